/**
 * The audit: who asked for what, and what was decided and why.
 *
 * @module
 */

import type { Reason } from '../model/decision.ts'
import type { ConnectingSid } from '../model/identity.ts'

/** One decision. Absent members were not known when it was made. */
export type DecisionRecord = Readonly<{
  type: 'decision'
  /** Milliseconds since the epoch; written as RFC 3339 with milliseconds and `Z`. */
  at: number
  /** UUIDv7. */
  decisionId: string
  organizationId?: string | undefined
  principalId?: string | undefined
  accessKeyId?: string | undefined
  roleId?: string | undefined
  roleName?: string | undefined
  roleType?: string | undefined
  /** Absent if the record counts failures of several addresses. */
  sourceAddress?: string | undefined
  userAgent?: string | undefined
  connectingSid?: ConnectingSid | undefined
  /** The mailbox that the user name asks for; the connecting one where no header names any. */
  userNameMailbox?: string | undefined
  userId?: string | undefined
  userAddress?: string | undefined
  operation?: string | undefined
  folders?: readonly string[] | undefined
  items?: readonly string[] | undefined
  itemCount?: number | undefined
  /** `pending`: a streamed body whose end is still withheld. */
  verdict: 'allow' | 'deny' | 'pending' | 'error'
  reason?: Reason | undefined
  matchedRules?: readonly string[] | undefined
  /** Ids of the groups by which they matched; absent where they matched by none. */
  matchedGroups?: readonly string[] | undefined
  policyVersion?: number | undefined
  /** Age of the oldest knowledge that the decision used. */
  knowledgeAgeMs?: number | undefined
  /** Wrong credentials are recorded once per address, key and minute: how many there were. */
  count?: number | undefined
}>

/** How a request ended. */
export type OutcomeRecord = Readonly<{
  type: 'outcome'
  at: number
  decisionId: string
  /** HTTP status sent to the client; absent where none was sent. */
  status?: number | undefined
  /** The first ResponseCode of the answer. */
  responseCode?: string | undefined
  requestBytes: number
  responseBytes: number
  durationMs: number
  upstreamMs?: number | undefined
  ended: 'complete' | 'client-gone' | 'cut'
}>

/** One change made through the control API or the command line, or one that was refused. */
export type ChangeRecord = Readonly<{
  type: 'change'
  at: number
  /** UUIDv7. */
  decisionId: string
  organizationId?: string
  /** Absent for the command line. */
  principalId?: string
  accessKeyId?: string
  /** Absent for the command line. */
  sourceAddress?: string
  userAgent?: string
  /** As a permission: `workmail:CreateImpersonationRole`. */
  action: string
  verdict: 'allow' | 'deny' | 'error'
  reason?: string
  policyVersion?: number
  /** What stood there and what stands there now; secrets are no part of it. */
  before?: unknown
  after?: unknown
}>

/** A token was issued, or was not; or somebody signed in at the console, or out. */
export type AssumeRecord = Readonly<
  Omit<ChangeRecord, 'type' | 'before' | 'after'> & {
    type: 'assume'
    roleId?: string
    roleName?: string
    roleType?: string
  }
>

/** Calls of the control API that were denied, of actions that have no record of another type. */
export type CallRecord = Readonly<
  Omit<ChangeRecord, 'type' | 'verdict' | 'action' | 'before' | 'after'> & {
    type: 'call'
    /** Absent, with everything that names the caller, if calls of several callers are counted. */
    action?: string
    verdict: 'deny'
    /** Denied calls that the record stands for. */
    count: number
  }
>

export type AuditRecord = DecisionRecord | OutcomeRecord | ChangeRecord | AssumeRecord | CallRecord

export interface Audit {
  /**
   * Hands one record to the operating system before it returns; an outcome goes with the next record,
   * or when this turn of the event loop ends.
   *
   * Strings longer than 256 characters are cut.
   *
   * @throws Failure `audit-unavailable` where that fails and requests must be refused then
   */
  record(record: AuditRecord): void
  /** Opens the file anew, after it was moved away. */
  reopen(): void
  close(): void
}
