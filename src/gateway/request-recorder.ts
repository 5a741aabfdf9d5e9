/**
 * Writes the records and metrics of one request, from the values that it reached.
 *
 * @module
 */

import type { DecisionRecord, OutcomeRecord } from '../audit/audit.ts'
import type { Caller } from '../credentials/credentials.ts'
import type { ShadowDecision } from '../decision/decision.ts'
import { operationOf, rowOf } from '../ews/operations.ts'
import type { Matched, Reason } from '../model/decision.ts'
import type { Failure } from '../model/failure.ts'
import { REASON_ROWS } from '../model/failure-table.ts'
import { byAddress } from '../model/identity.ts'
import type { Cause } from '../model/outcome.ts'
import type { AccessKeyId } from '../model/principal.ts'
import type { ImpersonationRole } from '../model/role.ts'
import type { ShadowResult } from '../model/shadow.ts'
import type { ExternalSignIn } from '../model/sign-in.ts'
import { findProfile } from '../policy/profiles.ts'
import type {
  Allowed,
  Authenticated,
  Decided,
  Discovery,
  DiscoveryDecided,
  Reached,
  Read,
  Received,
  RequestContext,
} from './context.ts'
import { ownersOfIds } from './id-owners.ts'

/** Maximum number of IDs of each kind in a record, and in that of a denial, which many requests can cause in a short time. */
const IDS = 100
const IDS_OF_DENIALS = 5

/** Parts of an outcome that only the end of a request shows. */
export type Ending = Pick<
  OutcomeRecord,
  | 'ended'
  | 'status'
  | 'requestBytes'
  | 'responseBytes'
  | 'responseCode'
  | 'itemCount'
  | 'leftOut'
  | 'upstreamMs'
>

/**
 * Writes the records of one request: its decisions, of which the last one counts, one outcome, and one sample of each
 * metric.
 */
export class RequestRecorder {
  readonly #context: RequestContext
  #verdict: 'allow' | 'deny' | 'error' | undefined
  #reason: Reason | undefined
  #cause: Cause | undefined
  /** Comparison of the last decision; undefined while a body streams. */
  #shadow: ShadowDecision | undefined
  /** Whether an exception from the protection of mailboxes let the request in, or might have. */
  #isExcepted = false
  /** Number of requests that the records count; 0: another record counts this one. */
  #count = 1
  /** Resolves when the last decision is written. */
  #written: Promise<void> | undefined

  constructor(context: RequestContext) {
    this.#context = context
  }

  /** Whether a final verdict has been recorded. */
  get hasVerdict(): boolean {
    return this.#verdict !== undefined
  }

  /** Records that a body streams and its end is withheld. @throws Failure `audit-unavailable` */
  pending(allowed: Allowed): Promise<void> {
    this.#isExcepted = allowed.isExcepted
    return this.#record('pending', allowed, allowed.decision)
  }

  /** Records a decision. @throws Failure `audit-unavailable` */
  decided(decided: Decided | DiscoveryDecided): Promise<void> {
    const { decision } = decided
    this.#verdict = decision.verdict
    this.#shadow = decided.shadow
    this.#isExcepted ||= 'isExcepted' in decided && decided.isExcepted
    if (decision.verdict === 'deny') this.#reason = decision.reason
    return this.#record(decision.verdict, decided, decision)
  }

  /**
   * Records a failure that ended the request. If the request was denied, only waits for the record of the denial.
   *
   * @throws Failure `audit-unavailable`
   */
  async failed({ reason, kind }: Failure, reached: Reached): Promise<void> {
    if (reason === 'policy-unavailable') this.#context.server.ports.metrics.policy.failedClosed()
    if (this.#verdict === 'deny') return await this.#written
    const { hasVerdict } = this
    this.#reason = reason
    this.#cause = kind
    this.#verdict = 'error'
    if (hasVerdict) return
    this.#count = this.#countOf(reached)
    if (this.#count > 0) await this.#record('error', reached)
  }

  /** Returns the number of requests that the record of a failure before a decision counts; 0: it has none. */
  #countOf(reached: Reached): number {
    const caller = callerOf(reached)
    const { journalShares } = this.#context.server.ports
    return caller === undefined ? 1 : journalShares.count(caller.principal.id)
  }

  /** Records how the request ended. Callers don't wait for the record. */
  ended(reached: Reached, ending: Ending): void {
    const { decisionId, receivedAt, server } = this.#context
    const { audit, metrics, now } = server.ports
    const at = now()
    const durationMs = at - receivedAt
    const { ended, outcome, cause } = this.#result(reached, ending)
    const sample = {
      organization: callerOf(reached)?.principal.organizationId,
      operation: operationIn(reached),
      role: decidedIn(reached)?.role?.id,
      verdict: this.#verdict ?? 'error',
      reason: this.#reason,
      outcome,
      cause,
      durationMs,
      // The upstream does not get a denied request, unless it is an open stream.
      isExcepted: this.#isExcepted && (this.#verdict !== 'deny' || 'allowed' in reached),
    }
    metrics.request(sample)
    this.#context.trace?.result(sample)
    const { shadows } = server
    const again =
      this.#shadow && 'allowed' in reached ? shadows.comparedAgain(this.#shadow) : undefined
    const shadow = again ?? this.#shadow
    if (shadow !== undefined) metrics.shadowCompared(shadow.outcome)
    // A record that counts several requests has no outcome.
    if (this.#count !== 1) return
    audit.record({
      type: 'outcome',
      at,
      decisionId,
      requestBytes: ending.requestBytes,
      responseBytes: ending.responseBytes,
      durationMs,
      upstreamMs: ending.upstreamMs,
      itemCount: ending.itemCount,
      ended,
      outcome,
      cause,
      status: ending.status,
      responseCode: ending.responseCode,
      leftOut: ending.leftOut,
      shadow: again && resultOf(again),
    })
  }

  #result(reached: Reached, { ended }: Ending): Pick<OutcomeRecord, 'ended' | 'outcome' | 'cause'> {
    if (ended === 'client-gone') return { ended, outcome: 'ABORTED', cause: ended }
    const isForwarded = 'allowed' in reached
    const brokeOff = isForwarded ? reached.failure?.kind : undefined
    if (ended === 'cut') return { ended, outcome: 'ABORTED', cause: brokeOff ?? this.#cause }
    if (this.#reason === undefined) {
      if (isForwarded && reached.isFault)
        return { ended, outcome: 'FAILED', cause: 'upstream-fault' }
      return { ended, outcome: 'ANSWERED' }
    }
    const { outcome } = REASON_ROWS[this.#reason]
    return { ended: isForwarded ? ended : 'fault', outcome, cause: this.#cause }
  }

  /**
   * Writes a decision record. Resolves when it is written. Builds the record in one expression, because merging
   * objects would be slower.
   */
  #record(verdict: DecisionRecord['verdict'], reached: Reached, matched?: Matched): Promise<void> {
    const { decisionId, source, request, server } = this.#context
    const decided = decidedIn(reached)
    const caller = callerOf(reached)
    const prologue = prologueIn(reached)
    const mailbox = caller?.mailbox
    const signIn = caller?.signIn
    const facts = decided?.facts
    const profile = decided?.role?.profile?.name
    const at = server.ports.now()
    const { audit } = server.ports
    const most = verdict === 'deny' ? IDS_OF_DENIALS : IDS
    const owners = ownersOfIds(facts, decided?.user, caller, server.ports, most)
    audit.record({
      type: 'decision',
      at,
      decisionId,
      knowledgeAgeMs: decided?.knownSince === undefined ? undefined : at - decided.knownSince,
      itemCount: facts?.itemCount,
      sourceAddress: source.address,
      userAgent: request.headers['user-agent'],
      organizationId: caller?.principal.organizationId,
      principalId: caller?.principal.id,
      accessKeyId: caller && keyIdOf(caller),
      identity: caller && identityOf(caller),
      scheme: signIn?.scheme,
      signedInBy: signIn?.signedInBy,
      workstation: signIn?.workstation,
      mic: signIn?.mic,
      channelBinding: signIn?.channelBinding,
      targetName: signIn?.targetName,
      protectionRequiredBy: signIn?.protectionRequiredBy,
      userNameMailbox: mailbox,
      roleId: decided?.role?.id,
      roleName: decided?.role?.name,
      roleType: decided?.role?.type,
      profile,
      profileVersion: profile && findProfile(profile)?.version,
      shadow: this.#shadow && resultOf(this.#shadow),
      protectionException: verdict !== 'deny' && this.#isExcepted ? true : undefined,
      policyVersion: decided?.policyVersion,
      connectingSid:
        prologue?.connectingSid ??
        (prologue && mailbox !== undefined ? byAddress(mailbox) : undefined),
      userId: decided?.user?.id,
      userAddress: decided?.user?.primarySmtpAddress,
      operation: operationIn(reached),
      verdict,
      matchedRules: matched?.matchedRules,
      ruleName: ruleNameIn(decided?.role, matched),
      matchedGroups: matched?.matchedGroups,
      reason: this.#reason,
      mailboxOwners: owners?.known,
      unknownMailboxes: owners?.unknown,
      folders: firstOf(facts?.folders, most),
      items: firstOf(facts?.items, most),
      count: this.#count > 1 ? this.#count : undefined,
    })
    this.#written = audit.written()
    return this.#written
  }
}

const firstOf = (ids: readonly string[] | undefined, most: number) =>
  ids === undefined || ids.length <= most ? ids : ids.slice(0, most)

const resultOf = ({ version, outcome, reason, cause }: ShadowDecision): ShadowResult => ({
  version,
  outcome,
  ...(reason && { reason }),
  ...(cause && { cause }),
})

/** Returns the name of the first rule that matched; undefined if it is no rule of the role, or has no name. */
function ruleNameIn(
  role: ImpersonationRole | undefined,
  matched: (Matched & Readonly<{ reason?: Reason }>) | undefined,
): string | undefined {
  const [first] = matched?.matchedRules ?? []
  if (first === undefined || matched?.reason === 'access-control-denies') return undefined
  return role?.rules.find(({ id }) => id === first)?.name
}

/** Returns the ID of the access key that a caller presented; undefined if it signed in in another way. */
const keyIdOf = ({ credential }: Caller): AccessKeyId | undefined =>
  credential.kind === 'access-key' ? credential.key.id : undefined

/** Returns the external identity of a caller; undefined if it presented an access key. */
const identityOf = ({ credential }: Caller): ExternalSignIn | undefined =>
  credential.kind === 'access-key' ? undefined : credential

/** Returns the caller; undefined if the request was not authenticated. */
export function callerOf(reached: Reached): Caller | undefined {
  const request = requestIn(reached)
  return 'caller' in request ? request.caller : undefined
}

/** Returns the operation, as audit and metrics name it; undefined if it was not read. */
export function operationIn(reached: Reached): string | undefined {
  const prologue = prologueIn(reached)
  return prologue && (operationOf(prologue.requestElement) ?? prologue.requestElement)
}

/** Returns whether it does no harm if the upstream receives the request twice. */
export function isRepeatable(reached: Reached): boolean {
  const prologue = prologueIn(reached)
  if (prologue === undefined) return true
  const { class: kind } = rowOf(prologue.requestElement)
  return kind === 'read' || kind === 'session'
}

function prologueIn(reached: Reached) {
  const request = requestIn(reached)
  return 'prologue' in request ? request.prologue : undefined
}

function decidedIn(reached: Reached) {
  if ('allowed' in reached) return reached.allowed
  return 'verdict' in reached ? reached : undefined
}

/** Returns the request with everything that was read of it. */
function requestIn(reached: Reached): Received | Authenticated | Read | Discovery {
  if ('allowed' in reached) return reached.allowed.read
  return 'read' in reached ? reached.read : reached
}
