/**
 * A request's way, top to bottom: authenticate, read, decide, rebuild, forward, answer.
 *
 * Nothing goes upstream before the audit has it, and nothing but what was judged.
 *
 * @module
 */

import type { Caller } from '../credentials/credentials.ts'
import type { Deny } from '../model/decision.ts'
import { Failure } from '../model/failure.ts'
import { responseCodeOf } from '../soap/fault.ts'
import { rebuildHead, rebuildTail } from '../soap/rebuild.ts'
import type { UpstreamRequest } from '../upstream/upstream.ts'
import { Answer } from './answer.ts'
import { authenticate, authenticateAgain, presentsToken } from './authenticate.ts'
import type { CookieOwner } from './cookies.ts'
import { type Forwarded, isStreaming, streamMs, upstreamRequest, wholeBody } from './forward.ts'
import { IncomingBody } from './incoming.ts'
import { type Judgement, judge, type Knowledge } from './judge.ts'
import type { ServedOrganization } from './ports.ts'
import { checkHeaders, type ReadRequest, readRequest } from './read.ts'
import { findRole } from './role.ts'
import type { Visit } from './visit.ts'
import { withhold } from './withhold.ts'

type Allowed = Extract<Judgement, { actAs: string }>

/** What was known when a body began to arrive is asked for again when it took longer than this. */
const SLOW_BODY_MS = 1_000

/** Answers one EWS request. Never throws. */
export async function handle(visit: Visit): Promise<void> {
  const { request, response, trail, house } = visit
  const { settings, now, prologues } = house.ports
  let leave: (() => void) | undefined
  let body: IncomingBody | undefined
  try {
    const arrived = now()
    const caller = await authenticate(visit)
    if (caller === undefined) return
    trail.known.caller = caller
    leave = house.inFlight.enter(caller.principal.id)
    checkHeaders(request, settings.limits)
    if (visit.expectsContinue) response.writeContinue()

    body = new IncomingBody(request, settings.timeouts.bodyIdleMs)
    const read = await readRequest(request, body, settings.limits, prologues, caller.principal.id)
    trail.known.prologue = read.prologue
    trail.requestBytes = body.bytes
    const present = now() - arrived > SLOW_BODY_MS ? await recall(visit) : caller
    const judgement = await decideNow(visit, present, read)
    if ('actAs' in judgement) await forward(visit, caller, read, judgement)
    else refuseDenied(visit, judgement.decision)
  } catch (error) {
    refuse(visit, error)
  } finally {
    body?.release()
    leave?.()
    leaveTraces(visit, body)
  }
}

/** The decision on the present state of role, user and policy. */
async function decideNow(
  visit: Visit,
  caller: Caller,
  { reader, prologue }: ReadRequest,
): Promise<Judgement> {
  const { ports } = visit.house
  const { known } = visit.trail
  const house = served(visit, caller)
  const { organization } = house
  known.knownSince = ports.now()
  known.policyVersion = await ports.versions.policyVersion(organization.id)
  ports.metrics.policyConfirmed(organization.id, known.policyVersion, known.knownSince)
  const { directory, roles } = ports
  const at = known.knownSince
  const role = await findRole(caller, visit.source, at, roles)
  known.role = role
  known.facts = reader.facts
  const accessControl = await ports.accessControl.accessControlRules(organization.id)
  const circumstances = { sourceAddress: visit.source.address, at, accessControl }
  const ownersOf: Knowledge['ownersOf'] = (guids, users) =>
    ports.mailboxOwners.ownersOf(house, guids, users)
  const knowledge = { organization, directory, role, circumstances, ownersOf }
  const judgement = await judge(knowledge, prologue, reader.facts)
  known.user = judgement.user
  return judgement
}

/** The caller anew: his key may be gone by now. */
async function recall(visit: Visit): Promise<Caller> {
  const authentication = await authenticateAgain(visit)
  if (authentication.kind === 'authenticated') return authentication.caller
  if (authentication.kind === 'braked')
    throw new Failure('policy-unavailable', 'The credential cannot be judged again now')
  const reason = presentsToken(visit) ? 'credentials-refused' : 'role-not-permitted'
  throw new Failure(reason, 'The credential is no longer good')
}

function served({ house }: Visit, { principal }: Caller): ServedOrganization {
  const served = house.ports.organizations.get(principal.organizationId)
  if (served === undefined)
    throw new Failure('role-unknown', `Organization ${principal.organizationId} is not configured`)
  return served
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
  { decision, actAs }: Allowed,
): Promise<void> {
  const { request, trail, house } = visit
  const forwarded: Forwarded = {
    request,
    reader: read.reader,
    prologue: read.prologue,
    actAs,
    cookies: house.ports.cookies.unseal(ownerOf(visit, caller), request.headers),
    upstreamMs: house.ports.settings.timeouts.upstreamMs,
  }
  if (read.whole) {
    trail.judged(decision)
    const body = wholeBody(Buffer.concat(read.pieces), forwarded)
    await exchange(visit, caller, forwarded, { body, contentLength: body.length })
    return
  }
  trail.pending(decision)
  await exchange(visit, caller, forwarded, streamedBody(visit, read, actAs))
  if (trail.decided) return
  if (trail.cut || visit.response.writableFinished) trail.failed('upstream-unreachable')
  else throw new Failure('client-gone', 'The client left before its request was whole')
}

/** A large body: its end goes out when all has been read and decided again. */
function streamedBody(
  visit: Visit,
  read: ReadRequest,
  actAs: string,
): Pick<UpstreamRequest, 'body' | 'contentLength'> {
  const { reader, prologue, body } = read
  const announced = Number(visit.request.headers['content-length'])
  const head = rebuildHead(prologue, actAs)
  const verdict = async () => {
    visit.trail.requestBytes = body.bytes
    const again = await decideNow(visit, await recall(visit), read)
    if ('actAs' in again && again.actAs !== actAs)
      throw new Failure('policy-unavailable', 'The user got another address meanwhile')
    visit.trail.judged(again.decision)
    if (!('actAs' in again)) throw denial(visit, again.decision)
  }
  const stream = withhold({
    reader,
    pieces: read.pieces,
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
  body: Pick<UpstreamRequest, 'body' | 'contentLength'>,
): Promise<void> {
  const { response, trail, house } = visit
  const { cookies, now, metrics } = house.ports
  const streaming = isStreaming(forwarded.prologue)
  if (response.destroyed) throw new Failure('client-gone', 'The client left before it was answered')
  return new Promise<void>((resolve, reject) => {
    const answer = new Answer({
      response,
      trail,
      cookies,
      owner: ownerOf(visit, caller),
      streaming,
      now,
      failed: reject,
    })
    const { upstream } = served(visit, caller)
    const underway = upstream.send({ ...upstreamRequest(forwarded), ...body }, answer)
    answer.follow(underway)
    const stop = streaming ? house.streams.add(answer, streamMs(forwarded.reader)) : undefined
    if (streaming) metrics.streamOpened()
    response.once('close', () => {
      stop?.()
      if (streaming) metrics.streamClosed()
      if (!response.writableFinished) underway.abort()
      resolve()
    })
  })
}

function ownerOf({ trail }: Visit, { principal }: Caller): CookieOwner {
  const { organizationId, id } = principal
  return { organizationId, principalId: id, roleId: trail.known.role?.id ?? '' }
}

function refuseDenied(visit: Visit, decision: Deny): void {
  visit.trail.judged(decision)
  answerFault(visit, denial(visit, decision))
}

/** Only a lock has words of its own: those of whoever locked the role. */
function denial({ trail }: Visit, { reason }: Deny): Failure {
  const message = reason === 'role-locked' ? trail.known.role?.lock?.message : undefined
  return new Failure(reason, message ?? '')
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

const failureOf = (error: unknown): Failure =>
  error instanceof Failure ? error : new Failure('internal-error', 'A bug', { cause: error })

function answerFault(visit: Visit, { reason, message, backOffMs }: Failure): void {
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

/** Drains what the client still sends, and records how it all ended. */
function leaveTraces({ request, response, trail, house }: Visit, body?: IncomingBody): void {
  if (trail.known.caller === undefined && !trail.decided) return
  if (body !== undefined) trail.requestBytes = body.bytes
  if (response.writableEnded) house.drain.drain(request, response)
  const broken = response.destroyed && !response.writableFinished
  const ended = !broken ? 'complete' : trail.cut ? 'cut' : 'client-gone'
  house.ports.log.debug(
    { decisionId: trail.decisionId, operation: trail.operation, ended },
    'Request',
  )
  try {
    trail.ended(ended, response.headersSent ? response.statusCode : undefined)
  } catch (error) {
    // The audit itself has said that it takes no records, once for all of them.
    if (!(error instanceof Failure)) house.ports.log.error({ err: error }, 'A bug')
  }
}
