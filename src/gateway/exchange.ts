/**
 * Sends an allowed request upstream, and passes the response on until it has ended.
 *
 * Nothing is forwarded before its audit record is written.
 *
 * @module
 */

import { nextChangeOf } from '../decision/next-change.ts'
import { rebuildHead, rebuildTail } from '../ews/rebuild.ts'
import { overBudget } from '../http/byte-budget.ts'
import { Failure, notSent } from '../model/failure.ts'
import type { RequestTrace } from '../traces/traces.ts'
import type { UpstreamRequest } from '../upstream/upstream.ts'
import { Answer, RESPONSE_BYTES } from './answer.ts'
import type { Allowed, Answered, Forwarded } from './context.ts'
import { decide } from './decide.ts'
import { denialMessage } from './denial-message.ts'
import {
  type Body,
  cookieOwner,
  isStreaming,
  isSubscribe,
  streamMs,
  upstreamRequest,
  wholeBody,
} from './forward.ts'
import type { RequestRecorder } from './request-recorder.ts'
import { holdSubscribed } from './subscribing.ts'
import { WithheldBody } from './withhold.ts'

/** Maximum time for a denied stream to reach the end of its current envelope. */
const STOP_MS = 1_000

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
  const { read } = allowed
  const { reevaluations } = read.context.server
  await recorder.decided(allowed)
  // Decides again if the policy may have changed during the decision, because a change reevaluates only streams that are
  // already open.
  const isOutdated = isStreaming(read.prologue) && reevaluations.changes !== changes
  const latest = isOutdated ? await reevaluate(recorder, allowed) : allowed
  const body = wholeBody(latest)
  const contentLength = body.length
  const forwarded = forward(recorder, latest, { body, contentLength }, () => latest)
  await forwarded.closed
  return answeredBy(forwarded)
}

/** Forwards a large body while it arrives. Forwards its end only after all of it has been read and decided on again. */
async function exchangeStreamed(recorder: RequestRecorder, allowed: Allowed): Promise<Answered> {
  const { context, caller } = allowed.read
  let latest = allowed
  const stopReevaluations = context.server.reevaluations.add({
    organization: caller.principal.organizationId,
    dueAt: dueAt(allowed),
    reevaluate: async isOpen => dueAt(await reevaluate(recorder, allowed, isOpen)),
    end: failure => context.body.fail(failure),
  })
  const verdict = async () => {
    stopReevaluations()
    latest = await reevaluate(recorder, allowed)
    await recorder.decided(latest)
  }
  try {
    await recorder.pending(allowed)
    const body = streamedBody(allowed, verdict)
    const forwarded = forward(recorder, allowed, body, () => latest)
    await forwarded.closed
    return answeredBy(forwarded)
  } finally {
    stopReevaluations()
  }
}

function streamedBody({ read, actAs }: Allowed, verdict: () => Promise<void>): Body {
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
 * Decides again on a request that was allowed, and records a denial.
 *
 * @param isOpen - returns false if the request has ended in between: its records are complete then
 * @throws Failure if the request is no longer allowed, or would act as another user
 */
async function reevaluate(
  recorder: RequestRecorder,
  before: Allowed,
  isOpen: () => boolean = () => true,
): Promise<Allowed> {
  const { read } = before
  const caller = await read.context.server.ports.authenticator.confirm(read.caller)
  const decided = await decide(caller === read.caller ? read : { ...read, caller })
  if (decided.verdict === 'error') throw decided.failure
  if (decided.verdict === 'deny') {
    // Not awaited here: RequestRecorder.failed() waits for the record before the client gets its answer.
    if (isOpen()) recorder.decided(decided).catch(() => undefined)
    throw new Failure(decided.decision.reason, denialMessage(decided))
  }
  if (decided.actAs === before.actAs) return decided
  throw new Failure('policy-unavailable', "The user's address changed during the request")
}

/** Returns the next time at which the decision can change without a change of the policy. */
const dueAt = (allowed: Allowed): number | undefined =>
  nextChangeOf(allowed, allowed.read.caller.proof, { at: allowed.decidedAt })

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
  if (!reservation.reserve(RESPONSE_BYTES)) throw overBudget()
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>()
  // Before the final verdict, the upstream can't have run the operation, because the end of its body is withheld.
  const request = upstreamRequest(allowed, body)
  const answer = answerTo(allowed, request, failure =>
    reject(recorder.hasVerdict ? failure : notSent(failure)),
  )
  const held = isSubscribe(prologue) ? holdSubscribed(answer, latest) : undefined
  if (context.trace) traceForward(context.trace, allowed, answer, closed)
  const { lease, served } = allowed
  const underway = (lease ?? served.upstream).send(request, held ?? answer)
  lease?.release()
  answer.follow(underway)
  held?.follow(underway)
  const leaveStream = streaming ? watchStream(recorder, allowed, answer) : undefined
  response.once('close', () => {
    leaveStream?.()
    underway.abort()
    resolve()
  })
  return { allowed, answer, closed }
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

/** Reevaluates a streaming response. @returns function to call when it has ended */
function watchStream(recorder: RequestRecorder, allowed: Allowed, answer: Answer): () => void {
  const { context, caller, reader } = allowed.read
  const { streams, reevaluations, ports } = context.server
  let late: NodeJS.Timeout | undefined
  const leaveStreams = streams.add(answer, streamMs(reader))
  const leaveReevaluations = reevaluations.add({
    organization: caller.principal.organizationId,
    dueAt: dueAt(allowed),
    reevaluate: async isOpen => dueAt(await reevaluate(recorder, allowed, isOpen)),
    end: failure => {
      // Ignores that a record can't be written, because the audit has logged it.
      recorder.failed(failure, allowed).catch(() => undefined)
      answer.stop()
      late = setTimeout(() => answer.cut(), STOP_MS)
    },
  })
  ports.metrics.streamOpened()
  return () => {
    clearTimeout(late)
    leaveReevaluations()
    leaveStreams()
    ports.metrics.streamClosed()
  }
}

function answeredBy({ allowed, answer }: Forwarded): Answered {
  const { responseBytes, responseCode, isFault, itemCount, upstreamMs } = answer
  const { isCut, failure } = answer
  return { allowed, responseBytes, responseCode, isFault, itemCount, upstreamMs, isCut, failure }
}
