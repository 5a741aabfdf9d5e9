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
  organizationId?: string
  principalId?: string
  accessKeyId?: string
  roleId?: string
  roleName?: string
  roleType?: string
  sourceAddress: string
  userAgent?: string
  connectingSid?: ConnectingSid
  /** The mailbox that the user name asks for; the connecting one where no header names any. */
  userNameMailbox?: string
  userId?: string
  userAddress?: string
  operation?: string
  folders?: readonly string[]
  items?: readonly string[]
  itemCount?: number
  /** `pending`: a streamed body whose end is still withheld. */
  verdict: 'allow' | 'deny' | 'pending' | 'error'
  reason?: Reason
  matchedRules?: readonly string[]
  /** Ids of the groups by which they matched; absent where they matched by none. */
  matchedGroups?: readonly string[]
  policyVersion?: number
  /** Age of the oldest knowledge that the decision used. */
  knowledgeAgeMs?: number
  /** Wrong credentials are recorded once per address, key and minute: how many there were. */
  count?: number
}>

/** How a request ended. */
export type OutcomeRecord = Readonly<{
  type: 'outcome'
  at: number
  decisionId: string
  /** HTTP status sent to the client; absent where none was sent. */
  status?: number
  /** The first ResponseCode of the answer. */
  responseCode?: string
  requestBytes: number
  responseBytes: number
  durationMs: number
  upstreamMs?: number
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

export type AuditRecord = DecisionRecord | OutcomeRecord | ChangeRecord | AssumeRecord

export interface Audit {
  /**
   * Hands one record to the operating system before it returns.
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
