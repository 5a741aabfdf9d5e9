/**
 * Declares the tables of the history for kysely.
 *
 * The row of a decision is small, so that listing decisions reads little. Its series and its members contain what it
 * shares with other decisions.
 *
 * @module
 */

import type { ColumnType, Kysely } from 'kysely'

/** Type of a PostgreSQL bigint, which is read as a string. */
type Bigint = ColumnType<number | string, number, number>

type Nullable = ColumnType<number | string | null, number | null, number | null>

type SeriesTable = {
  /** Integer of 63 bits, which a JavaScript number cannot represent. */
  id: ColumnType<string, string, never>
  organization_id: string
  role_id: string
  role_name: string
  principal_id: string
  user_id: string
  mailbox: string
  operation: string
  verdict: string
  reason: string
  /** Empty while the requests are in progress. */
  outcome: string
  cause: string
  /** Rule that decided: see `decidingRule()`. */
  rule: string
  rule_name: string
  /** Version of the draft that was attached to the role. Empty if none was. */
  shadow_version: string
  shadow: string
  shadow_reason: string
  last_at: Bigint
}

type SumTable = {
  series_id: string
  /** Hours since the epoch. */
  hour: Bigint
  requests: Bigint
  items: Bigint
  bytes: Bigint
  /** Number of decisions that are stored individually. */
  singles: Bigint
  last_at: Bigint
}

/** Coarse rollups, which triggers derive from the rollups per hour. `Start` is their first hour since the epoch. */
type CoarseTable<Start extends string> = Omit<SumTable, 'hour' | 'singles'> & Record<Start, Bigint>

type DecisionTable = {
  decision_id: string
  series_id: string
  source_address: string
  asked: string | null
  items: Bigint
  bytes: Bigint
  /** HTTP status of the response. */
  status: number | null
  response_code: string | null
  /** Members of the decision record that no column has. */
  members_id: Bigint
  /** Time of the decision record after the one in its ID, in milliseconds. */
  decided_ms: Bigint
  knowledge_age_ms: Nullable
  item_count: Nullable
  /** Members of the outcome that no column has. Null until the request has ended. */
  outcome_id: Nullable
  /** Time of the outcome after the one in the ID, in milliseconds. */
  ended_ms: Nullable
  request_bytes: Nullable
  response_bytes: Nullable
  duration_ms: Nullable
  upstream_ms: Nullable
  /** Number of items in the response. */
  answered_items: Nullable
  /** Position of the decision record in the journal of the writer in its members. */
  segment: Bigint
  sequence: Bigint
  byte_offset: Bigint
}

/** Members that several records share. */
type MembersTable = {
  id: ColumnType<string, string, never>
  /** Writer of the journal with the decisions. Empty for the members of outcomes. */
  writer: string
  members: string
  /** Latest time in the IDs of the decisions with these members. */
  last_at: Bigint
}

type ChangeTable = {
  decision_id: string
  organization_id: string
  action: string
  verdict: string
  reason: string
  principal_id: string
  role_id: string
  source_address: string
  /** 0 or 1: whether the change has the short retention of an allowed decision. */
  brief: number
  /** JSON of the object. Null if the record names none. */
  object: string | null
  /** Number of the record, if the change has several. Lists have only the first one. */
  part: number
}

type RecordTable = { decision_id: string; record: string }

/** Position up to which the history has the records of a writer of the journal. */
type PositionTable = { writer: string; segment: Bigint; sequence: Bigint; byte_offset: Bigint }

/** Tables by name. Their prefix separates them from the store's, which can be in the same database. */
export type Tables = {
  history_series: SeriesTable
  history_sums: SumTable
  /** Rollups over all mailboxes. */
  history_totals: SumTable
  history_weeks: CoarseTable<'week'>
  history_days: CoarseTable<'day'>
  history_decisions: DecisionTable
  history_changes: ChangeTable
  /** Records of changes. */
  history_records: RecordTable
  history_members: MembersTable
  history_positions: PositionTable
}

export type Database = Kysely<Tables>
