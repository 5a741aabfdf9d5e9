/**
 * Declares the history: records of the audit journal in a database that can be queried.
 *
 * Every request counts in hourly rollups. Denials, changes, and, for some days, allowed requests are also stored
 * individually. The journal is authoritative, and the history is derived from it.
 *
 * @module
 */

import type { DecisionRecord } from '../audit/audit.ts'
import type { Lines, Position } from '../audit/reader.ts'
import type { ChangedObject } from '../model/changed-object.ts'
import type { Cause, Outcome } from '../model/outcome.ts'
import type { ShadowOutcome } from '../model/shadow.ts'

export type Verdict = Exclude<DecisionRecord['verdict'], 'pending'>

/**
 * Properties that are the same for all requests of a series, which are counted together. A text is empty if there
 * is no value.
 */
export type Series = Readonly<{
  /** Hash of all other members: an integer of 63 bits, in decimal. */
  id: string
  organizationId: string
  roleId: string
  /** Name of the role at the time of the requests. */
  roleName: string
  principalId: string
  userId: string
  /** Address of the user at the time of the requests. */
  mailbox: string
  operation: string
  verdict: Verdict
  reason: string
  /** Empty while the requests are in progress. */
  outcome: Outcome | ''
  cause: Cause | ''
  /** Rule that decided: see `decidingRule()`. */
  rule: string
  /** Name of the rule at the time of the requests. */
  ruleName: string
}> &
  Compared

/** The comparison of requests with the draft that was attached to their role. Empty if none was. */
export type Compared = Readonly<{
  /** Version of the draft. */
  shadowVersion: string
  shadow: ShadowOutcome | ''
  /** Why the draft would deny the requests, or why its verdict is unknown. */
  shadowReason: string
}>

/** Increments of one batch to the rollup of a series and an hour. */
export type RollupIncrement = Readonly<{
  series: Series
  /** Hour of the requests, in hours since the epoch. */
  hour: number
  requests: number
  items: number
  /** Bytes of requests and responses. */
  bytes: number
  /** Number of the requests that are stored individually. */
  singles: number
  /** Time of the last request that is added, in milliseconds since the epoch; 0 if none is. */
  lastAt: number
}>

/** One decision. It replaces one with the same ID. */
export type SingleDecision = Readonly<{
  /** UUIDv7 with the time at which the request arrived. */
  decisionId: string
  seriesId: string
  sourceAddress: string
  /** Name in the request, if no user has it. */
  asked: string | undefined
  /** Number of items in the response; of those in the request until the response has ended, or if it has no number. */
  items: number
  bytes: number
  /** HTTP status of the response. Absent if none was sent. */
  status: number | undefined
  /** First ResponseCode of the response. */
  responseCode: string | undefined
  decision: StoredRecord
  /** Absent until the request has ended. */
  outcome: StoredRecord | undefined
  /** Position of the decision record in the journal. */
  place: Position
}>

/** A decision or an outcome in the form of `stored-record.ts`. */
export type StoredRecord = Readonly<{
  /** Time of the record after the one in the decision ID, in milliseconds. */
  sinceId: number
  /** Numbers that differ between records. */
  numbers: readonly (number | undefined)[]
  members: Members
}>

/** Members of records, which are stored once for all records that have them. */
export type Members = Readonly<{
  /** Hash of the other members. */
  id: string
  /** Writer of the journal that has the decision; empty for outcomes. */
  writer: string
  /** JSON. */
  text: string
}>

/** One change, or one issued token. */
export type SingleChange = Readonly<{
  decisionId: string
  organizationId: string
  action: string
  verdict: Verdict
  reason: string
  principalId: string
  roleId: string
  sourceAddress: string
  /** Whether the change has the short retention of an allowed decision, because there are many tokens. */
  brief: boolean
  /** Object of the change. Absent if the record names none. */
  object: ChangedObject | undefined
  /** Number of the record, if the change has several. */
  part: number
  record: string
}>

/** Rows to write to the history in one transaction. */
export type Batch = Readonly<{
  increments: readonly RollupIncrement[]
  /** Increments of all mailboxes together. Queries that name no mailbox read these, because they are far fewer. */
  totals: readonly RollupIncrement[]
  /** Decisions, each ID at most once. */
  decisions: readonly SingleDecision[]
  /** Changes, each ID at most once. */
  changes: readonly SingleChange[]
  /** Number of denials that are only counted, and not stored individually. */
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
  | 'rule'

/** Condition on a property. A mailbox is the ID of a user, or an address. */
export type Filter<Property extends string = DecisionProperty> = Readonly<{
  property: Property
  /** Values of which one must match; with `not`, none may match. */
  values: readonly string[]
  not: boolean
  /**
   * Texts of which the name, the address, or the ID contains any, in place of `values`. The case of letters is ignored: of
   * ASCII letters in SQLite, of all that its locale has in PostgreSQL.
   */
  parts?: readonly string[]
}>

/** Property of a change. Only a part of an object's name can be searched, so `object` has no values. */
export type ChangeProperty = 'action' | 'role' | 'principal' | 'verdict' | 'reason' | 'object'

/** Query of a list, newest first. Times are milliseconds since the epoch; `until` is exclusive. */
export type ListQuery<Property extends string> = Readonly<{
  organizationId: string
  from: number
  until: number
  filters: readonly Filter<Property>[]
  /** Returns only entries older than the one with this ID. */
  before?: string
  limit: number
}>

export type ListedDecision = Readonly<
  Omit<Series, 'id' | 'organizationId' | keyof Compared> &
    Omit<SingleDecision, 'seriesId' | 'decision' | 'outcome' | 'place'> & {
      /** Arrival of the request, in milliseconds since the epoch. */
      at: number
    }
>

/** A change in a list. If its record is long, the record is absent. */
export type ListedChange = Readonly<
  Omit<SingleChange, 'organizationId' | 'brief' | 'part' | 'record'> & {
    at: number
    record: string | undefined
  }
>

export type SummaryProperty = DecisionProperty | 'hour' | 'day'

/** Query of totals of whole hours, from the hour of `from` to the hour before `until`, rounded up. */
export type SummaryQuery = Readonly<{
  organizationId: string
  from: number
  until: number
  groupBy: readonly SummaryProperty[]
  filters: readonly Filter[]
  limit: number
}>

/** A row of totals. It has only those properties of a series that the query groups by. */
export type SummaryRow = Readonly<
  Partial<Omit<Series, 'id' | 'organizationId' | keyof Compared>> & {
    hour?: number
    /** Start of the day, in UTC. */
    day?: number
    requests: number
    items: number
    bytes: number
    lastAt: number
  }
>

/** The draft of a role whose differences are queried. */
export type ShadowQuery = Readonly<{
  organizationId: string
  roleId: string
  /** Version of the draft. */
  version: number
}>

/** Requests for which a draft has another verdict, or an unknown one, of one principal, user, operation, and reason. */
export type ShadowDifference = Readonly<
  Pick<Series, 'principalId' | 'userId' | 'mailbox' | 'operation' | 'reason' | 'shadowReason'> & {
    shadow: Exclude<ShadowOutcome, 'same'>
    requests: number
    /** Milliseconds since the epoch. If the first request is no longer stored, the start of its hour. */
    firstAt: number
    lastAt: number
    /** Some decision IDs, latest first. Empty if none is stored any more. */
    examples: readonly string[]
  }
>

/** Numbers of requests that were compared with a draft. */
export type ShadowTotals = Readonly<Record<ShadowOutcome, number>>

/** Query of everything that a role decided, in whole hours as in a summary. */
export type ReplayQuery = Readonly<{
  organizationId: string
  roleId: string
  from: number
  until: number
  /** Requests in hours that begin before this time are counted separately. */
  since: number
  /** Returns only series with an ID after this one. */
  after?: string
  limit: number
}>

/** Requests of a series. */
export type RecordedRequests = Readonly<
  Pick<Series, 'id' | 'principalId' | 'userId' | 'mailbox' | 'operation' | 'verdict' | 'reason'> & {
    requests: number
    /** Number of the requests in hours that begin at `since` or later. */
    requestsSince: number
    lastAt: number
  }
>

/** Retention of each kind of row. A day has 24 hours. */
export type Retention = Readonly<{
  sums: Readonly<{ days: number }>
  /** Retention of individual denials and failures, and of changes. */
  refusals: Readonly<{ days: number; rows: number }>
  /** Retention of individual allowed requests. */
  allowed: Readonly<{ days: number; rows: number }>
}>

/** Gives queries access to the history. */
export interface HistorySource {
  /** @throws Error if the history cannot be opened, or does not answer */
  ask<T>(question: (history: HistoryReader) => Promise<T>): Promise<T>
}

/** The members of the records of a decision or change. */
export type FoundRecords = Readonly<{
  /** The folder and item IDs of a decision are absent. */
  record: Readonly<Record<string, unknown>>
  outcome?: Readonly<Record<string, unknown>>
  /** ID and position of the decision record in the journal, which contains the folder and item IDs. */
  inJournal?: Readonly<{ recordId: string; place: Position }>
}>

export interface HistoryReader {
  decisions(query: ListQuery<DecisionProperty>): Promise<readonly ListedDecision[]>
  /** Returns the records of one decision or change of an organization. */
  decision(organizationId: string, decisionId: string): Promise<FoundRecords | undefined>
  changes(query: ListQuery<ChangeProperty>): Promise<readonly ListedChange[]>
  /** Returns totals. Sorted by day or hour if grouped by it, otherwise by the number of requests, highest first. */
  summary(query: SummaryQuery): Promise<readonly SummaryRow[]>
  /**
   * Returns the time of the last allowed request that matches the filters, for each value of one property.
   *
   * @returns milliseconds since the epoch by the ID of the role, principal, or user
   */
  lastUsed(
    organizationId: string,
    by: 'role' | 'principal' | 'mailbox',
    filters: readonly Filter[],
  ): Promise<ReadonlyMap<string, number>>
  /** Returns the numbers of requests that were compared with a draft. */
  shadowTotals(query: ShadowQuery): Promise<ShadowTotals>
  /** Returns differences, most requests first. */
  shadowDifferences(
    query: ShadowQuery & Readonly<{ offset: number; limit: number }>,
  ): Promise<readonly ShadowDifference[]>
  /** Returns some series of a role, ordered by ID, even those without requests in the time range. */
  recorded(query: ReplayQuery): Promise<readonly RecordedRequests[]>
  /** Returns whether the history contains an allowed request of an organization. */
  hasAllowed(organizationId: string): Promise<boolean>
}

export interface History extends HistoryReader {
  /** Returns the position up to which the history has the records of a writer; undefined if it has none. */
  position(writer: string): Promise<Position | undefined>
  /**
   * Writes records of the journal and the position after them, in one transaction. Skips records before the stored
   * position.
   *
   * @param organizationId - organization for decisions about unknown callers. If absent, these are not stored
   * @returns the number of denials that are only counted
   * @throws Rejected if the database rejects the records
   */
  consume(lines: Lines, organizationId: string | undefined): Promise<number>
  /** Forgets the position of a writer. */
  forget(writer: string): Promise<void>
  /** Deletes rows at the end of their retention, in small steps. */
  expire(retention: Retention, now: number): Promise<void>
  close(): Promise<void>
}

/** The database is available, but rejects a statement. */
export class Rejected extends Error {
  override readonly name = 'Rejected'
  /** Whether the database rejects the values, so that repeating the statement doesn't help. */
  readonly isPermanent: boolean

  constructor(message: string, isPermanent: boolean, options?: ErrorOptions) {
    super(message, options)
    this.isPermanent = isPermanent
  }
}
