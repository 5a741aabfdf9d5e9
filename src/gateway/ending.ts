/**
 * Ends a request of any kind.
 *
 * @module
 */

import type { OutcomeRecord } from '../audit/audit.ts'
import type { Caller } from '../credentials/credentials.ts'
import type { Answered, Reached, RequestContext } from './context.ts'
import { callerOf, operationIn, type RequestRecorder } from './request-recorder.ts'

/**
 * Discards the rest of the body, once the response has been written.
 *
 * @param caller - undefined: not authenticated; such sockets are counted per address
 */
export function discardBody(context: RequestContext, caller?: Caller): void {
  const { request, response, source, body, server } = context
  const isKnown = caller !== undefined
  body.release()
  if (!isKnown && body.failed) server.drain.refuse(request, response)
  else server.drain.drain(request, response, body.received, isKnown ? undefined : source.address)
}

/** Discards the rest of the body, and records how the request ended. */
export function endRequest(
  context: RequestContext,
  recorder: RequestRecorder,
  reached: Reached,
): void {
  const { decisionId, response, body, server } = context
  const caller = callerOf(reached)
  if (caller === undefined && !recorder.hasVerdict) return
  const requestBytes = body.bytes
  if (response.writableEnded) discardBody(context, caller)
  const ended = endedAs(context, reached)
  const { log } = server.ports
  if (log.isLevelEnabled('debug'))
    log.debug({ decisionId, operation: operationIn(reached), ended }, 'Request')
  const status = response.headersSent ? response.statusCode : undefined
  const answered = responseOf(context, reached)
  const { responseBytes, responseCode, itemCount, upstreamMs, leftOut = 0 } = answered
  recorder.ended(reached, {
    ended,
    status,
    requestBytes,
    responseBytes,
    responseCode,
    itemCount,
    leftOut: leftOut === 0 ? undefined : leftOut,
    upstreamMs,
  })
}

function endedAs({ response }: RequestContext, reached: Reached): OutcomeRecord['ended'] {
  if (!response.destroyed || response.writableFinished) return 'complete'
  return 'allowed' in reached && reached.isCut ? 'cut' : 'client-gone'
}

/**
 * Returns the size and the code of the response to record: of the upstream's response, or else of the gateway's
 * own.
 */
function responseOf(
  { reply }: RequestContext,
  reached: Reached,
): Pick<Answered, 'responseBytes' | 'responseCode'> & Partial<Answered> {
  return 'allowed' in reached ? reached : reply
}
