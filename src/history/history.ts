/**
 * The history: what the audit journal says, kept so that it can be asked.
 *
 * Every request counts in hourly sums; refusals, changes and, for some days, allowed requests are
 * kept one by one besides. The journal stays the record: the history follows it.
 *
 * @module
 */

import type { DecisionRecord } from '../audit/audit.ts'
import type { Lines, Position } from '../audit/reader.ts'
import type { Cause, Outcome } from '../model/outcome.ts'

export type Verdict = Exclude<DecisionRecord['verdict'], 'pending'>

/**
 * What requests have in common that are counted together. A text is empty where there was none.
 */
export type Series = Readonly<{
  /** A whole number of 63 bits, in decimal, made of all other members. */
  id: string
  organizationId: string
  roleId: string
  /** As it was then. */
  roleName: string
  principalId: string
  userId: string
  /** The address of the user, as it was then. */
  mailbox: string
  operation: string
  verdict: Verdict
  reason: string
  /** Empty while the requests are in progress. */
  outcome: Outcome | ''
  cause: Cause | ''
}>

/** What a batch adds to the sums of a series in one hour. */
export type Tally = Readonly<{
  series: Series
  /** Hours since the epoch. */
  hour: number
  requests: number
  items: number
  /** In both directions. */
  bytes: number
  /** How many of the requests are kept one by one. */
  singles: number
  /** Milliseconds since the epoch. */
  lastAt: number
}>

/** One decision; one of the same id that was written before is replaced. */
export type SingleDecision = Readonly<{
  /** UUIDv7: its time is when the request came. */
  decisionId: string
  seriesId: string
  sourceAddress: string
  /** Whom the client asked for, where that is nobody who is known. */
  asked: string | undefined
  items: number
  bytes: number
  /** HTTP status of the response. Absent if none was sent. */
  status: number | undefined
  /** First ResponseCode of the response. */
  responseCode: string | undefined
  /** The decision record and, once there is one, the outcome: see `stored-record.ts`. */
  record: string
  outcome: string | undefined
  /** Place of the decision record in the journal. Absent if an earlier version recorded it. */
  place: string | undefined
}>

/** One change, or one token issued. */
export type SingleChange = Readonly<{
  decisionId: string
  organizationId: string
  action: string
  verdict: Verdict
  reason: string
  principalId: string
  roleId: string
  sourceAddress: string
  /** Whether it is kept as short as an allowed decision: there are many tokens. */
  brief: boolean
  record: string
}>

/** Changes of the history, made in one transaction. */
export type Batch = Readonly<{
  tallies: readonly Tally[]
  /** The same, of all mailboxes together: what is asked about none reads far less of these. */
  totals: readonly Tally[]
  /** Each ID once. */
  decisions: readonly SingleDecision[]
  /** Each ID once. */
  changes: readonly SingleChange[]
  /** Number of denials that are only counted. */
  flood: number
}>

export type DecisionProperty =
  | 'role'
  | 'principal'
  | 'mailbox'
  | 'operation'
  | 'verdict'
  | 'reason'
  | 'outcome'
  | 'cause'

/** A mailbox is the id of a user, or an address. */
export type Filter<Property extends string = DecisionProperty> = Readonly<{
  property: Property
  /** Any of these; with `not`, none. */
  values: readonly string[]
  not: boolean
}>

export type ChangeProperty = 'action' | 'role' | 'principal' | 'verdict' | 'reason'

/** Newest first. Times are milliseconds since the epoch; `until` is not within. */
export type ListQuery<Property extends string> = Readonly<{
  organizationId: string
  from: number
  until: number
  filters: readonly Filter<Property>[]
  /** Only those older than this one. */
  before?: string
  limit: number
}>

export type ListedDecision = Readonly<
  Omit<Series, 'id' | 'organizationId'> &
    Omit<SingleDecision, 'seriesId' | 'record' | 'outcome' | 'place'> & {
      /** When the request came, in milliseconds since the epoch. */
      at: number
    }
>

/** Without what stood there before and after where that is long. */
export type ListedChange = Readonly<
  Omit<SingleChange, 'organizationId' | 'brief' | 'record'> & {
    at: number
    record: string | undefined
  }
>

export type SummaryProperty = DecisionProperty | 'hour'

/** From whole hours: the one that `from` lies in to the one before `until`, rounded up. */
export type SummaryQuery = Readonly<{
  organizationId: string
  from: number
  until: number
  groupBy: readonly SummaryProperty[]
  filters: readonly Filter[]
  limit: number
}>

/** With what it is grouped by, and nothing else of a series. */
export type SummaryRow = Readonly<
  Partial<Omit<Series, 'id' | 'organizationId'>> & {
    hour?: number
    requests: number
    items: number
    bytes: number
    lastAt: number
  }
>

/** How long what is kept; days are 24 hours. */
export type Retention = Readonly<{
  sums: Readonly<{ days: number }>
  /** Of refusals and failures one by one, and of changes. */
  refusals: Readonly<{ days: number; rows: number }>
  /** Of allowed requests one by one. */
  allowed: Readonly<{ days: number; rows: number }>
}>

/** Whom to ask. */
export interface HistorySource {
  /** @throws Error where the history cannot be opened, or does not answer */
  ask<T>(question: (history: HistoryReader) => Promise<T>): Promise<T>
}

/** The records of a decision or change, by their members. */
export type FoundRecords = Readonly<{
  /** A decision has no folder or item IDs, unless an earlier version recorded it. */
  record: Readonly<Record<string, unknown>>
  outcome?: Readonly<Record<string, unknown>>
  /** ID and place of the decision record in the journal, which has the IDs. */
  inJournal?: Readonly<{ recordId: string; place: Position }>
}>

export interface HistoryReader {
  decisions(query: ListQuery<DecisionProperty>): Promise<readonly ListedDecision[]>
  /** Returns the records of one decision or change of an organization. */
  decision(organizationId: string, decisionId: string): Promise<FoundRecords | undefined>
  changes(query: ListQuery<ChangeProperty>): Promise<readonly ListedChange[]>
  /** By hour, or by most requests first. */
  summary(query: SummaryQuery): Promise<readonly SummaryRow[]>
  /**
   * When requests were last allowed, by one property of those that the filters leave.
   *
   * @returns milliseconds since the epoch by the id of role, principal or user
   */
  lastUsed(
    organizationId: string,
    by: 'role' | 'principal' | 'mailbox',
    filters: readonly Filter[],
  ): Promise<ReadonlyMap<string, number>>
  /** Returns whether it has an allowed request of an organization. */
  hasAllowed(organizationId: string): Promise<boolean>
}

export interface History extends HistoryReader {
  /** Returns the place up to which it has the records of a writer; undefined if it has none. */
  position(writer: string): Promise<Position | undefined>
  /**
   * Takes records of the journal and stores the place behind them, or does nothing. Records before the stored
   * place are skipped.
   *
   * @param organizationId - organization of decisions about unknown callers; absent: they are not kept
   * @returns the number of denials that are only counted
   * @throws Rejected if the database answered that it does not take them
   */
  consume(lines: Lines, organizationId: string | undefined): Promise<number>
  /** Forgets the position of a writer. */
  forget(writer: string): Promise<void>
  /** Removes, in small steps, what has been kept long enough. */
  expire(retention: Retention, now: number): Promise<void>
  close(): Promise<void>
}

/** The database is there, and does not do what it was asked. */
export class Rejected extends Error {
  override readonly name = 'Rejected'
  /** Whether the values are the reason, so that they would be rejected again. */
  readonly isPermanent: boolean

  constructor(message: string, isPermanent: boolean, options?: ErrorOptions) {
    super(message, options)
    this.isPermanent = isPermanent
  }
}
