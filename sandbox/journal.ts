/**
 * Records requests and operations for tests.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'

/** A received request, complete or not. */
export type SeenRequest = {
  at: number
  method: string
  path: string
  headers: Record<string, string>
  /** Primary address of the impersonated user, or the header's text if there is no such user. */
  impersonated: string | undefined
  /** Number of ExchangeImpersonation start tags in the bytes, with any prefix, anywhere. */
  impersonationHeaders: number
  /** Name of the server that ran the request. */
  node: string | undefined
  operation: string | undefined
  /** The first 64 KiB of the body, with one character for each byte. */
  body: string
  bytes: number
  complete: boolean
}

/** An operation that was run. */
export type Executed = Readonly<{ at: number; operation: string; as: string }>

const KEPT_BODY = 64 * 1024
const KEPT = 1000

/** Whether a request only asks for the authentication schemes. Such requests are not recorded. */
const isProbe = ({ method, headers }: IncomingMessage): boolean =>
  method === 'POST' && headers.authorization === undefined && headers['content-length'] === '0'

/** Keeps a limited number of the latest requests and operations. */
export class Journal {
  readonly seen: SeenRequest[] = []
  readonly executed: Executed[] = []
  readonly #max: number
  readonly #now: () => number

  constructor(now: () => number, max = KEPT) {
    this.#now = now
    this.#max = max
  }

  request(request: IncomingMessage): SeenRequest {
    const seen: SeenRequest = {
      at: this.#now(),
      method: request.method ?? '',
      path: request.url ?? '',
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      ),
      impersonated: undefined,
      impersonationHeaders: 0,
      node: undefined,
      operation: undefined,
      body: '',
      bytes: 0,
      complete: false,
    }
    if (!isProbe(request)) this.#keep(this.seen, seen)
    return seen
  }

  ran(operation: string, as: string) {
    this.#keep(this.executed, { at: this.#now(), operation, as })
  }

  #keep<Entry>(list: Entry[], entry: Entry) {
    list.push(entry)
    while (list.length > this.#max) list.shift()
  }
}

/** Adds received bytes. */
export function noteBytes(seen: SeenRequest, chunk: Buffer) {
  const room = KEPT_BODY - seen.body.length
  if (room > 0) seen.body += chunk.toString('latin1', 0, room)
  seen.bytes += chunk.length
}

/** Counts start tags by local name in the received bytes. */
export const countImpersonations = (bytes: Buffer): number =>
  bytes.toString('latin1').match(/<(?:[^\s<>/:]*:)?ExchangeImpersonation[\s/>]/gi)?.length ?? 0
