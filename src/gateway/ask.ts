/**
 * Sends a request that the gateway itself makes to the upstream, as one user.
 *
 * @module
 */

import { OWN_END_TAGS, ownPrologue } from '../ews/own-prologue.ts'
import { rebuildHead, rebuildTail } from '../ews/rebuild.ts'
import { type EwsResponse, receiveResponse } from '../ews/response-reader.ts'
import type { ReadOperation } from '../ews/response-shape.ts'
import { Failure, notSent } from '../model/failure.ts'
import { ownRequest, type Upstream } from '../upstream/upstream.ts'

/** A request that the gateway itself makes. */
export type Question = Readonly<{
  operation: ReadOperation
  /** The operation element, with the prefix `m` for messages and `t` for types. */
  element: string
  /** Primary address of the user that the request acts as. */
  address: string
  /** Principal whose share of the connections the request uses. */
  owner: string
  /**
   * Maximum time until the end of the response in milliseconds, including the wait for a connection. By default,
   * {@link ASK_MS}.
   */
  deadlineMs?: number
}>

const VERSION = 'Exchange2010_SP1'
/** Maximum time that the gateway's own requests for one decision take, in milliseconds. */
export const ASK_MS = 30_000

/**
 * Returns the upstream's response.
 *
 * @throws Failure if the upstream doesn't answer, or its response can't be read. The failure says that nothing was
 * sent, because the client's own request was not sent yet
 */
export function ask(upstream: Pick<Upstream, 'send'>, question: Question): Promise<EwsResponse> {
  const { operation, element, address, owner, deadlineMs = ASK_MS } = question
  const prologue = ownPrologue(VERSION)
  const body = Buffer.concat([
    rebuildHead(prologue, address),
    Buffer.from(element),
    rebuildTail(prologue, OWN_END_TAGS),
  ])
  const request = { ...ownRequest(body, address, deadlineMs), owner }
  const { response, sink } = receiveResponse(operation)
  const exchange = upstream.send(request, sink)
  // The timeouts of the request don't limit a response of which a part arrives again and again.
  const late = setTimeout(() => {
    sink.fail(new Failure('upstream-timeout', 'The upstream did not answer in time'))
  }, deadlineMs)
  return response
    .catch((error: unknown) => {
      throw notSent(error)
    })
    .finally(() => {
      clearTimeout(late)
      exchange.abort()
    })
}
