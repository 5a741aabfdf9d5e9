/**
 * How a request ends, whatever it asked for.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import type { Visit } from './visit.ts'

/** The failure for whatever was thrown: what is none is a bug. */
export const failureOf = (error: unknown): Failure =>
  error instanceof Failure ? error : new Failure('internal-error', 'A bug', { cause: error })

/**
 * Discards what is left of the body, once the response has been written. Sockets of callers that are
 * not authenticated are counted per address.
 */
export function discardBody(visit: Visit): void {
  const { request, response, source, body, trail, house } = visit
  const isKnown = trail.known.caller !== undefined
  body.release()
  if (!isKnown && body.failed) house.drain.refuse(request, response)
  else house.drain.drain(request, response, body.received, isKnown ? undefined : source.address)
}

/** Discards what is left of the body, and records how the request ended. */
export function leaveTraces(visit: Visit): void {
  const { response, body, trail, house } = visit
  if (trail.known.caller === undefined && !trail.decided) return
  trail.requestBytes = body.bytes
  if (response.writableEnded) discardBody(visit)
  const broken = response.destroyed && !response.writableFinished
  const ended = !broken ? 'complete' : trail.cut ? 'cut' : 'client-gone'
  const { log } = house.ports
  const { decisionId, operation } = trail
  if (log.isLevelEnabled('debug')) log.debug({ decisionId, operation, ended }, 'Request')
  try {
    trail.ended(ended, response.headersSent ? response.statusCode : undefined)
  } catch (error) {
    // The audit itself has said that it takes no records, once for all of them.
    if (!(error instanceof Failure)) log.error({ err: error }, 'A bug')
  }
}
