/**
 * The port of the conformance check: sends its requests to a server.
 *
 * @module
 */

import type { ProbeResult } from '../../src/model/conformance.ts'
import type { ServerVersion } from '../../src/model/server-version.ts'

/** A response of the server, or the reason why there is none. */
export type Reply = Readonly<{
  result: Exclude<ProbeResult, { form: 'skipped' }>
  /** The first MiB of the response. */
  text: string
  /** Affinity cookies that the server set. */
  cookies: ReadonlyMap<string, string>
}>

export type CallOptions = Readonly<{
  /**
   * Sends the request with the affinity cookies of this anchor mailbox, so that it reaches the same backend server.
   */
  affinity?: Readonly<{ anchorMailbox: string; cookies: ReadonlyMap<string, string> }>
  /** Size of the whole request, padded with blanks. */
  bytes?: number
  /**
   * Prevents a call that has not begun. A call in flight isn't stopped, because the server could run it
   * nevertheless.
   */
  signal?: AbortSignal
}>

export interface Client {
  /**
   * Sends one operation element, with the prefixes `m` and `t`, as a user.
   *
   * @throws the reason of the signal, if it was aborted before
   */
  call(address: string, element: string, options?: CallOptions): Promise<Reply>
  /** Returns the version in the last response; undefined before the first. */
  serverVersion(): ServerVersion | undefined
}
