/**
 * Errors of a listener that cannot start.
 *
 * @module
 */

import { type ListenAddress, writeListenAddress } from '../model/listen-address.ts'

/** A listener cannot start. The message names the options to change. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/**
 * Returns the error for an address that the system rejects.
 *
 * @param options - option that sets the address, such as `--listen`
 */
export function addressError(
  options: string,
  address: ListenAddress,
  cause: NodeJS.ErrnoException,
): ListenError {
  const reason = REASONS.get(cause.code) ?? cause.message
  return new ListenError(
    `Cannot listen on ${writeListenAddress(address)}: ${reason}. ` +
      `Choose another address with ${options}`,
    { cause },
  )
}

/** Returns the error for a certificate or a private key that OpenSSL rejects. */
export const tlsError = (cause: Error): ListenError =>
  new ListenError(
    `Cannot use tls.certificate with tls.privateKey: ${cause.message}. ` +
      'Set a certificate and the private key that belongs to it, both in PEM',
    { cause },
  )

const REASONS: ReadonlyMap<string | undefined, string> = new Map([
  ['EADDRINUSE', 'the port is taken'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['EACCES', 'the port is for privileged users'],
])
