/**
 * How a request ends, whatever it asked for.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import type { IncomingBody } from './incoming.ts'
import type { Visit } from './visit.ts'

/** The failure for whatever was thrown: what is none is a bug. */
export const failureOf = (error: unknown): Failure =>
  error instanceof Failure ? error : new Failure('internal-error', 'A bug', { cause: error })

/** Drains what the client still sends, and records how it all ended. */
export function leaveTraces({ request, response, trail, house }: Visit, body?: IncomingBody): void {
  if (trail.known.caller === undefined && !trail.decided) return
  if (body !== undefined) trail.requestBytes = body.bytes
  if (response.writableEnded) house.drain.drain(request, response)
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
