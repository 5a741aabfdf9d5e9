/**
 * What becomes known of one request, and the records and metrics that it leaves.
 *
 * @module
 */

import type { DecisionRecord, OutcomeRecord } from '../audit/audit.ts'
import type { Caller } from '../credentials/credentials.ts'
import type { Decision, Matched, Reason } from '../model/decision.ts'
import type { BodyFacts, Prologue } from '../model/envelope.ts'
import { byAddress, type User } from '../model/identity.ts'
import { operationOf } from '../model/operation.ts'
import type { ImpersonationRole } from '../model/role.ts'
import type { GatewayPorts } from './ports.ts'

/** Known of a request, more and more of it. */
export type Known = {
  caller?: Caller
  role?: ImpersonationRole
  /** Which operation is asked for, and for whom. */
  prologue?: Pick<Prologue, 'requestElement' | 'connectingSid'>
  facts?: BodyFacts
  user?: User | undefined
  policyVersion?: number
  /** When the oldest knowledge was read that the decision uses. */
  knownSince?: number
}

type Origin = Readonly<{ decisionId: string; sourceAddress: string; userAgent: string | undefined }>

/** One decision record (two, where a body streams), one outcome, one sample: never more. */
export class Trail {
  readonly decisionId: string
  readonly known: Known = {}
  requestBytes = 0
  responseBytes = 0
  upstreamMs: number | undefined
  responseCode: string | undefined
  /** Whether the gateway itself broke the answer off. */
  cut = false
  readonly #ports: GatewayPorts
  readonly #origin: Origin
  readonly #startedAt: number
  #verdict: 'allow' | 'deny' | 'error' | undefined
  #reason: Reason | undefined
  #ended = false

  constructor(ports: GatewayPorts, origin: Origin) {
    this.#ports = ports
    this.#origin = origin
    this.#startedAt = ports.now()
    this.decisionId = origin.decisionId
  }

  /** Whether a final verdict has been recorded. */
  get decided(): boolean {
    return this.#verdict !== undefined
  }

  get operation(): string | undefined {
    const { prologue } = this.known
    return prologue && (operationOf(prologue.requestElement) ?? prologue.requestElement)
  }

  /** Records that a body streams and its end is withheld. @throws Failure `audit-unavailable` */
  pending(decision: Decision): void {
    this.#record('pending', decision)
  }

  /** Records a decision. @throws Failure `audit-unavailable` */
  judged(decision: Decision): void {
    const { verdict } = decision
    this.#verdict = verdict
    if (verdict === 'deny') this.#reason = decision.reason
    this.#record(verdict, decision)
  }

  /** Records what ended the request without a decision. @throws Failure `audit-unavailable` */
  failed(reason: Reason): void {
    if (reason === 'policy-unavailable') this.#ports.metrics.failedClosed()
    if (this.#verdict === 'deny') return
    const decided = this.decided
    this.#reason = reason
    this.#verdict = 'error'
    if (!decided) this.#record('error')
  }

  /** Counts what the upstream did to the request. */
  upstreamFailed(reason: Reason): void {
    if (reason.startsWith('upstream-')) this.#ports.metrics.upstreamFailed(reason)
  }

  /** Records how the request ended. @throws Failure `audit-unavailable` */
  ended(ended: OutcomeRecord['ended'], status: number | undefined): void {
    if (this.#ended) return
    this.#ended = true
    const { metrics, now } = this.#ports
    const durationMs = now() - this.#startedAt
    metrics.request({
      organization: this.known.caller?.principal.organizationId,
      operation: this.operation,
      verdict: this.#verdict ?? 'error',
      reason: this.#reason,
      durationMs,
    })
    this.#ports.audit.record({
      type: 'outcome',
      at: now(),
      decisionId: this.decisionId,
      requestBytes: this.requestBytes,
      responseBytes: this.responseBytes,
      durationMs,
      ended,
      status,
      responseCode: this.responseCode,
      upstreamMs: this.upstreamMs,
    })
  }

  /** Written out in one piece, for objects that are put together of parts are slow to make and to read. */
  #record(verdict: DecisionRecord['verdict'], matched?: Matched): void {
    const { caller, role, prologue, facts, user, policyVersion, knownSince } = this.known
    const { mailbox } = caller ?? {}
    const asked = prologue && mailbox !== undefined ? byAddress(mailbox) : undefined
    const at = this.#ports.now()
    this.#ports.audit.record({
      type: 'decision',
      at,
      decisionId: this.decisionId,
      sourceAddress: this.#origin.sourceAddress,
      userAgent: this.#origin.userAgent,
      organizationId: caller?.principal.organizationId,
      principalId: caller?.principal.id,
      accessKeyId: caller?.key.id,
      userNameMailbox: mailbox,
      roleId: role?.id,
      roleName: role?.name,
      roleType: role?.type,
      policyVersion,
      connectingSid: prologue?.connectingSid ?? asked,
      userId: user?.id,
      userAddress: user?.primarySmtpAddress,
      folders: facts?.folders,
      items: facts?.items,
      itemCount: facts?.itemCount,
      operation: this.operation,
      knowledgeAgeMs: knownSince === undefined ? undefined : at - knownSince,
      verdict,
      matchedRules: matched?.matchedRules,
      matchedGroups: matched?.matchedGroups,
      reason: this.#reason,
    })
  }
}
