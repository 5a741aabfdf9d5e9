/**
 * Sends an allowed request upstream, and passes the response on until it has ended.
 *
 * Nothing is forwarded before its audit record is written.
 *
 * @module
 */

import { rebuildHead, rebuildTail } from '../ews/rebuild.ts'
import { overBudget } from '../http/byte-budget.ts'
import { Failure, notSent } from '../model/failure.ts'
import type { RequestTrace } from '../traces/traces.ts'
import type { UpstreamRequest } from '../upstream/upstream.ts'
import { Answer, RESPONSE_BYTES } from './answer.ts'
import type { Allowed, Answered, Forwarded } from './context.ts'
import { FILTER_BYTES, FilteredAnswer, filterOf } from './filtered-answer.ts'
import {
  type Body,
  cookieOwner,
  isStreaming,
  isSubscribe,
  upstreamRequest,
  wholeBody,
} from './forward.ts'
import { shownAnswer } from './read-shown.ts'
import { reevaluate, watchStream, watchUpload, watchWaiting } from './reevaluate.ts'
import type { RequestRecorder } from './request-recorder.ts'
import { holdSubscribed } from './subscribing.ts'
import { WithheldBody } from './withhold.ts'

/** Cause of failures before the end of the request was sent, because that end was withheld. */
const EARLY = { kind: 'not-ews', reach: 'not-sent' } as const

/**
 * Sends a request upstream. Resolves when its response has ended, however it did.
 *
 * @param changes - number of reevaluations before the decision
 * @throws Failure if no response was begun
 */
export const exchange = (
  recorder: RequestRecorder,
  allowed: Allowed,
  changes: number,
): Promise<Answered> =>
  allowed.read.whole
    ? exchangeWhole(recorder, allowed, changes)
    : exchangeStreamed(recorder, allowed)

/**
 * Fails a request without a final verdict, which has not been forwarded completely. If the upstream has answered
 * nevertheless, it can't have run the operation.
 *
 * @throws Failure `client-gone`
 */
export async function requireVerdict(recorder: RequestRecorder, answered: Answered): Promise<void> {
  const { response } = answered.allowed.read.context
  if (!answered.isCut && !response.writableFinished)
    throw new Failure('client-gone', 'The client disconnected before it had sent the whole request')
  const message = 'The upstream responded before it had received the whole request'
  await recorder.failed(new Failure('upstream-unreachable', message, EARLY), answered)
}

async function exchangeWhole(
  recorder: RequestRecorder,
  allowed: Allowed,
  changes: number,
): Promise<Answered> {
  const { reevaluations } = allowed.read.context.server
  await recorder.decided(allowed)
  let latest = allowed
  let before = changes
  // A change reevaluates only requests that are open already.
  if (reevaluations.changes !== before) {
    before = reevaluations.changes
    // Otherwise, the next question could wait for the connection that its own request has.
    allowed.lease?.release()
    latest = await reevaluate(recorder, allowed, { keepsConnection: true })
  }
  try {
    const bytes = wholeBody(latest)
    const isCurrent = () => reevaluations.changes === before
    const body = { body: bytes, contentLength: bytes.length, isCurrent }
    const forwarded = forward(recorder, latest, body, () => latest)
    await forwarded.closed
    // The rest of a compressed response. Its client already has all of it.
    const reading = forwarded.shown?.reading
    if (reading !== undefined) await reading
    return answeredBy(forwarded)
  } finally {
    if (latest !== allowed) latest.lease?.release()
  }
}

/** Forwards a large body while it arrives. Forwards its end only after all of it has been read and decided on again. */
async function exchangeStreamed(recorder: RequestRecorder, allowed: Allowed): Promise<Answered> {
  const { reevaluations } = allowed.read.context.server
  let latest = allowed
  const verdict = async () => {
    stopReevaluations()
    const { changes } = reevaluations
    latest = await reevaluate(recorder, allowed)
    await recorder.decided(latest)
    if (reevaluations.changes !== changes) latest = await reevaluate(recorder, allowed)
  }
  const { body, contentLength } = streamedBody(allowed, verdict)
  const stopReevaluations = watchUpload(recorder, allowed, body)
  try {
    await recorder.pending(allowed)
    if (body.errored) throw body.errored
    const forwarded = forward(recorder, allowed, { body, contentLength }, () => latest)
    await forwarded.closed
    return answeredBy(forwarded)
  } finally {
    stopReevaluations()
  }
}

function streamedBody({ read, actAs }: Allowed, verdict: () => Promise<void>) {
  const { context, reader, prologue, gathered } = read
  const announced = Number(context.request.headers['content-length'])
  const head = rebuildHead(prologue, actAs)
  const body = new WithheldBody({
    reader,
    begun: gathered.bytes,
    rest: context.body,
    head,
    operationStart: prologue.length,
    tail: end => rebuildTail(prologue, announced - end),
    verdict,
  })
  return { body, contentLength: head.length + announced - prologue.length }
}

/**
 * Sends the request.
 *
 * @param latest - returns the last decision, which was made on the whole body
 * @throws Failure `client-gone`, `over-budget`
 */
function forward(
  recorder: RequestRecorder,
  allowed: Allowed,
  body: Body,
  latest: () => Allowed,
): Forwarded {
  const { prologue, context } = allowed.read
  const { response, reservation } = context
  const streaming = isStreaming(prologue)
  if (response.destroyed)
    throw new Failure('client-gone', 'The client disconnected before it got a response')
  const bytes = RESPONSE_BYTES + (filterOf(allowed) === undefined ? 0 : FILTER_BYTES)
  if (!reservation.reserve(bytes)) throw overBudget()
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>()
  let leave: (() => void) | undefined
  const ended = () => {
    leave?.()
    leave = undefined
  }
  const failed = (failure: Failure) => {
    ended()
    reject(failure)
  }
  // Before the final verdict, the upstream can't have run the operation, because the end of its body is withheld.
  const request = upstreamRequest(allowed, body)
  const answer = answerTo(allowed, request, failure =>
    failed(recorder.hasVerdict ? failure : notSent(failure)),
  )
  let renewed: Allowed | undefined
  const sink = isSubscribe(prologue)
    ? holdSubscribed(answer, latest)
    : new FilteredAnswer(answer, () => renewed ?? latest())
  const shown = allowed.role.shadow && shownAnswer(allowed, sink)
  if (context.trace) traceForward(context.trace, allowed, answer, closed)
  const { lease, served } = allowed
  const underway = (lease ?? served.upstream).send(request, shown ?? sink)
  lease?.release()
  answer.follow(underway)
  sink.follow(underway)
  const sending = {
    underway,
    answer,
    denied: failed,
    renewed: (allowed: Allowed) => {
      renewed = allowed
    },
  }
  if (streaming) leave = watchStream(recorder, allowed, sending)
  else if (recorder.hasVerdict) leave = watchWaiting(recorder, allowed, sending)
  response.once('close', () => {
    underway.abort()
    shown?.close()
    ended()
    resolve()
  })
  return { allowed, answer, closed, shown }
}

/** Adds the span of the request to the upstream. @param closed - settles when the response has ended */
function traceForward(
  trace: RequestTrace,
  { read }: Allowed,
  answer: Answer,
  closed: Promise<void>,
): void {
  const span = trace.forward(read.caller.principal.organizationId)
  const end = () => {
    const { upstreamMs, responseCode, isFault, failure } = answer
    const facts = {
      'http.response.status_code':
        upstreamMs === undefined ? undefined : read.context.response.statusCode,
      'ews.response_code': responseCode,
      'ews.upstream_ms': upstreamMs,
    }
    span.end(facts, failure?.kind ?? (isFault ? 'upstream-fault' : undefined))
  }
  closed.then(end, end)
}

/** Creates the receiver of the response. @param failed - called if the upstream fails before the response has begun */
function answerTo(
  allowed: Allowed,
  { anchorMailbox }: Pick<UpstreamRequest, 'anchorMailbox'>,
  failed: (failure: Failure) => void,
): Answer {
  const { context, prologue } = allowed.read
  const { decisionId, response, reservation, server } = context
  const { cookies, metrics, now } = server.ports
  return new Answer({
    response,
    reservation,
    decisionId,
    cookies,
    owner: cookieOwner(allowed),
    anchorMailbox,
    streaming: isStreaming(prologue),
    now,
    upstreamFailed: ({ reason, kind }) => {
      if (reason.startsWith('upstream-')) metrics.upstream.failed(kind)
    },
    failed,
  })
}

function answeredBy({ allowed, answer }: Forwarded): Answered {
  const { responseBytes, responseCode, isFault, itemCount, upstreamMs } = answer
  const { isCut, failure, leftOut } = answer
  return {
    allowed,
    responseBytes,
    responseCode,
    isFault,
    itemCount: itemCount === undefined ? undefined : Math.max(0, itemCount - leftOut),
    leftOut,
    upstreamMs,
    isCut,
    failure,
  }
}
