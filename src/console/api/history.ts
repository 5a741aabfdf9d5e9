/**
 * The actions on what was decided and changed.
 *
 * @module
 */

import type { More, Page, Takes } from './types.ts'

export type Filter = {
  Property: 'ROLE' | 'PRINCIPAL' | 'MAILBOX' | 'OPERATION' | 'VERDICT' | 'REASON' | 'ACTION'
  Operator: 'EQUALS' | 'NOT_EQUALS'
  Value: string
}

/** From StartTime on, before EndTime. */
type Span = { StartTime: number; EndTime: number; Filters?: Filter[] }

export type Verdict = 'ALLOW' | 'DENY' | 'ERROR'

export type Decision = {
  DecisionId: string
  Time: number
  Verdict: Verdict
  Reason?: string
  RoleId?: string
  RoleName?: string
  PrincipalId?: string
  PrincipalName?: string
  UserId?: string
  Mailbox?: string
  Operation?: string
  /** Absent if several addresses are counted together. */
  SourceAddress?: string
  Items?: number
  Bytes?: number
}

export type Change = {
  DecisionId: string
  Time: number
  Action: string
  Verdict: string
  Reason?: string
  PrincipalId?: string
  PrincipalName?: string
  RoleId?: string
  SourceAddress?: string
  /** Denied calls that the entry stands for. */
  Count?: number
  Before?: unknown
  After?: unknown
}

export type Sum = {
  /** Its beginning. */
  Hour?: number
  RoleId?: string
  RoleName?: string
  PrincipalId?: string
  PrincipalName?: string
  UserId?: string
  Mailbox?: string
  Operation?: string
  Verdict?: Verdict
  Reason?: string
  Requests: number
  Items: number
  Bytes: number
  LastUsed: number
}

export type GroupBy = 'HOUR' | 'ROLE' | 'PRINCIPAL' | 'MAILBOX' | 'OPERATION' | 'VERDICT' | 'REASON'

export interface HistoryActions {
  'EwsGateway.ListDecisions': Takes<Span & Page, { Decisions: Decision[] } & More>
  'EwsGateway.GetDecision': Takes<{ DecisionId: string }, { Record: object; Outcome?: object }>
  'EwsGateway.ListChanges': Takes<Span & Page, { Changes: Change[] } & More>
  'EwsGateway.SummarizeDecisions': Takes<
    Span & { GroupBy: GroupBy[] },
    { Rows: Sum[]; Truncated: boolean }
  >
}
