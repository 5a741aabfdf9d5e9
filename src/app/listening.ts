/**
 * Starting listeners, with words for whoever has to choose another address.
 *
 * @module
 */

import { type ListenAddress, writeListenAddress } from '../model/listen-address.ts'

/** Nothing can listen there; the message names the address and the option to change. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/**
 * Starts one listener.
 *
 * @param name - its key in `listen`
 * @throws ListenError
 */
export async function listening<Server>(
  name: 'data' | 'control' | 'ops',
  address: ListenAddress,
  start: (address: ListenAddress) => Promise<Server>,
): Promise<Server> {
  try {
    return await start(address)
  } catch (cause) {
    throw new ListenError(
      `Cannot listen on ${writeListenAddress(address)}: ${reasonOf(cause)}. ` +
        `Choose another address with listen.${name} or --listen-${name}`,
      { cause },
    )
  }
}

const REASONS: ReadonlyMap<unknown, string> = new Map([
  ['EADDRINUSE', 'the port is taken'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['EACCES', 'the port is for privileged users'],
])

/** In words where the system has a code, of the error or of what caused it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error) return REASONS.get(error.code) ?? error.message
  return error.cause === undefined ? error.message : reasonOf(error.cause)
}
