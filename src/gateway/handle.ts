/**
 * A request's way, top to bottom: authenticate, read, decide, rebuild, forward, answer.
 *
 * Nothing goes upstream before the audit has it, and nothing but what was judged.
 *
 * @module
 */

import type { Caller } from '../credentials/credentials.ts'
import { responseCodeOf } from '../ews/fault.ts'
import { rebuildHead, rebuildTail } from '../ews/rebuild.ts'
import { overBudget } from '../http/byte-budget.ts'
import type { Deny } from '../model/decision.ts'
import { Failure } from '../model/failure.ts'
import type { UpstreamRequest } from '../upstream/upstream.ts'
import { Answer, RESPONSE_BYTES } from './answer.ts'
import { authenticate } from './authenticate.ts'
import type { CookieOwner } from './cookies.ts'
import { failureOf, leaveTraces } from './ending.ts'
import {
  type Forwarded,
  isStreaming,
  isSubscribe,
  streamMs,
  upstreamRequest,
  wholeBody,
} from './forward.ts'
import type { Allowed } from './judge.ts'
import { decideAgain, decideNow, decidePrologue, served, wordsOf } from './present.ts'
import { checkHeaders, isToBeGathered, type ReadRequest, readPrologue, readWhole } from './read.ts'
import type { Refusal } from './reply.ts'
import { enterSubscribe, holdSubscribed, noteUnsubscribed } from './subscribing.ts'
import type { Visit } from './visit.ts'
import { withhold } from './withhold.ts'

/** How a request was decided last, and what decides it again. */
type Evaluation = { latest: Allowed; readonly again: () => Promise<Allowed> }

/** A caller is known anew when his body took longer than this, for the time counts too. */
const SLOW_BODY_MS = 1_000

/** How long a refused stream may go on to the end of its envelope. */
const STOP_MS = 1_000

/** Answers one EWS request. Never throws. */
export async function handle(visit: Visit): Promise<void> {
  const { request, response, reservation, trail, house } = visit
  const { settings, now, watch } = house.ports
  const leave: (() => void)[] = []
  try {
    const [arrived, turn] = [now(), watch.turn]
    const caller = await authenticate(visit)
    if (caller === undefined) return
    trail.known.caller = caller
    leave.push(house.inFlight.enter(caller.principal.id))
    if (!reservation.assign(caller.principal.id)) throw overBudget()
    checkHeaders(request, settings.limits)
    if (visit.expectsContinue) response.writeContinue()

    const read = await readPrologue(visit, caller.principal.id)
    trail.known.prologue = read.prologue
    if (isToBeGathered(read)) {
      const early = await decidePrologue(visit, read, { caller, turn })
      if (!('actAs' in early)) return refuseDenied(visit, early.decision)
    }
    await readWhole(read)
    trail.requestBytes = visit.body.bytes
    const isSlow = now() - arrived > SLOW_BODY_MS
    const judgement = await decideNow(visit, read, isSlow ? undefined : { caller, turn })
    if ('actAs' in judgement) {
      leave.push(house.inFlightInRole.enter(trail.known.role?.id ?? ''))
      if (isSubscribe(read.prologue)) leave.push(await enterSubscribe(visit, caller))
      await forward(visit, caller, read, judgement)
      noteUnsubscribed(visit, caller, read)
    } else refuseDenied(visit, judgement.decision)
  } catch (error) {
    refuse(visit, error)
  } finally {
    for (const counted of leave) counted()
    leaveTraces(visit)
  }
}

/**
 * Sends on what was allowed, and resolves when the answer has ended.
 *
 * An upstream that answers a large body before it was whole has not run it: no verdict came.
 */
async function forward(
  visit: Visit,
  caller: Caller,
  read: ReadRequest,
  allowed: Allowed,
): Promise<void> {
  const { request, trail, house } = visit
  const { decision, actAs } = allowed
  const forwarded: Forwarded = {
    request,
    reader: read.reader,
    prologue: read.prologue,
    actAs,
    cookies: house.ports.cookies.unseal(ownerOf(visit, caller), request.headers),
    upstreamMs: house.ports.settings.timeouts.upstreamMs,
  }
  const again = async () => {
    const judgement = await decideAgain(visit, read, actAs)
    if ('actAs' in judgement) return judgement
    trail.judged(judgement.decision)
    throw new Failure(judgement.decision.reason, wordsOf(visit, judgement.decision))
  }
  const evaluation: Evaluation = { latest: allowed, again }
  if (read.whole) {
    trail.judged(decision)
    const body = wholeBody(read.gathered.bytes, forwarded)
    await exchange(visit, caller, forwarded, evaluation, { body, contentLength: body.length })
    return
  }
  trail.pending(decision)
  const stopReviews = house.reviews.add({
    organization: caller.principal.organizationId,
    judge: async () => void (await again()),
    end: failure => read.body.fail(failure),
  })
  try {
    const verdict = async () => {
      stopReviews()
      trail.requestBytes = read.body.bytes
      evaluation.latest = await again()
      trail.judged(evaluation.latest.decision)
    }
    const body = streamedBody(visit, read, actAs, verdict)
    await exchange(visit, caller, forwarded, evaluation, body)
  } finally {
    stopReviews()
  }
  if (trail.decided) return
  if (trail.cut || visit.response.writableFinished) trail.failed('upstream-unreachable')
  else throw new Failure('client-gone', 'The client left before its request was whole')
}

/** A large body: its end goes out when all has been read and decided again. */
function streamedBody(
  visit: Visit,
  read: ReadRequest,
  actAs: string,
  verdict: () => Promise<void>,
): Pick<UpstreamRequest, 'body' | 'contentLength'> {
  const { reader, prologue, body } = read
  const announced = Number(visit.request.headers['content-length'])
  const head = rebuildHead(prologue, actAs)
  const stream = withhold({
    reader,
    begun: read.gathered.bytes,
    rest: body,
    head,
    operationStart: prologue.length,
    tail: end => rebuildTail(prologue, announced - end),
    verdict,
  })
  return { body: stream, contentLength: head.length + announced - prologue.length }
}

/** One exchange with the upstream; resolves when its answer has ended, however it did. */
function exchange(
  visit: Visit,
  caller: Caller,
  forwarded: Forwarded,
  evaluation: Evaluation,
  body: Pick<UpstreamRequest, 'body' | 'contentLength'>,
): Promise<void> {
  const { response, reservation, trail, house } = visit
  const { cookies, now } = house.ports
  const streaming = isStreaming(forwarded.prologue)
  if (response.destroyed) throw new Failure('client-gone', 'The client left before it was answered')
  if (!reservation.reserve(RESPONSE_BYTES)) throw overBudget()
  return new Promise<void>((resolve, reject) => {
    const answer = new Answer({
      response,
      reservation,
      trail,
      cookies,
      owner: ownerOf(visit, caller),
      streaming,
      now,
      passed: house.passed,
      failed: reject,
    })
    const { upstream } = served(visit, caller)
    const held = isSubscribe(forwarded.prologue)
      ? holdSubscribed(visit, caller, answer, () => ({
          ...evaluation.latest,
          timeout: forwarded.reader.facts.subscriptionTimeout,
        }))
      : undefined
    const underway = upstream.send(
      { ...upstreamRequest(forwarded), ...body, owner: caller.principal.id },
      held ?? answer,
    )
    answer.follow(underway)
    held?.follow(underway)
    const closed = streaming ? watchStream(visit, caller, answer, forwarded, evaluation) : undefined
    response.once('close', () => {
      closed?.()
      if (!response.writableFinished) underway.abort()
      resolve()
    })
  })
}

/** Looks after a streaming answer. @returns what is to be called when it has ended */
function watchStream(
  { trail, house }: Visit,
  { principal }: Caller,
  answer: Answer,
  { reader }: Forwarded,
  { again }: Evaluation,
): () => void {
  let late: NodeJS.Timeout | undefined
  const leaveStreams = house.streams.add(answer, streamMs(reader))
  const leaveReviews = house.reviews.add({
    organization: principal.organizationId,
    judge: async () => void (await again()),
    end: ({ reason }) => {
      trail.failed(reason)
      answer.stop()
      late = setTimeout(() => answer.cut(), STOP_MS)
    },
  })
  house.ports.metrics.streamOpened()
  return () => {
    clearTimeout(late)
    leaveReviews()
    leaveStreams()
    house.ports.metrics.streamClosed()
  }
}

function ownerOf({ trail }: Visit, { principal }: Caller): CookieOwner {
  const { organizationId, id } = principal
  return { organizationId, principalId: id, roleId: trail.known.role?.id ?? '' }
}

/** A denial is no failure: the stack that one keeps took a twentieth of its CPU. */
function refuseDenied(visit: Visit, decision: Deny): void {
  visit.trail.judged(decision)
  answerFault(visit, { reason: decision.reason, message: wordsOf(visit, decision) })
}

/** Turns whatever was thrown into a fault, once it has been recorded. */
function refuse(visit: Visit, error: unknown): void {
  const failure = failureOf(error)
  if (failure.reason === 'internal-error') visit.house.ports.log.error({ err: error }, 'A bug')
  try {
    visit.trail.failed(failure.reason)
    answerFault(visit, failure)
  } catch (unrecorded) {
    answerFault(visit, failureOf(unrecorded))
  }
}

function answerFault(visit: Visit, { reason, message, backOffMs }: Refusal): void {
  const { response, reply, trail, house } = visit
  if (response.headersSent || response.destroyed || reason === 'client-gone') {
    response.destroy()
    return
  }
  if (reason === 'credentials-refused') {
    reply.unauthorized('invalid')
    return
  }
  const organization = trail.known.caller?.principal.organizationId
  const upstream = organization && house.ports.organizations.get(organization)?.upstream
  const serverVersion = upstream ? upstream.serverVersion() : undefined
  reply.fault({ reason, message, backOffMs, serverVersion })
  trail.responseCode = responseCodeOf(reason)
  trail.responseBytes = reply.bytes
}
