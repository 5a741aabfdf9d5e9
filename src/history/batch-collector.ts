/**
 * Turns records of the journal into changes of the history.
 *
 * The two or three records of a request become one decision. The rows that the history already has are an input, so
 * the result doesn't depend on how the journal is split into batches.
 *
 * @module
 */

import type { DecisionRecord, OutcomeRecord } from '../audit/audit.ts'
import type { Position } from '../audit/reader.ts'
import type { Reason } from '../model/decision.ts'
import { hourOf, timeOfId } from '../model/decision-id.ts'
import { REASON_ROWS } from '../model/failure-table.ts'
import type {
  Batch,
  RollupIncrement,
  Series,
  SingleChange,
  SingleDecision,
  Verdict,
} from './history.ts'
import type { JournalRecord } from './journal-record.ts'
import { changeOf, type SeriesMemory, sharedBy } from './rows.ts'
import { storedDecision, storedOutcome, storedPlace } from './stored-record.ts'
import { totalsOf } from './totals.ts'

/**
 * Maximum number of denials of one principal, or of all callers who were not authenticated, that the history keeps
 * singly in an hour. Further denials only increase a total without a mailbox, so that denied requests cannot fill
 * the history.
 */
export const REFUSALS = 10_000

/** Maximum length of the user name in a request, which is stored for unknown users. */
const ASKED = 256

/** A request as stored in the history. */
export type Request = Readonly<{
  series: Series
  /** Number of requests that the decision record counts. */
  requests: number
  /** Time of the last request that the record counts, in milliseconds since the epoch. */
  lastAt: number
  single: SingleDecision
}>

/** Rows of the history that the changes depend on. */
export type StoredRequests = Readonly<{
  /** Stored requests by decision ID. */
  requests: ReadonlyMap<string, Request>
  /** Number of denials that are stored individually, by {@link refusalKey}. */
  refusals: ReadonlyMap<string, number>
}>

type Decided = DecisionRecord & Readonly<{ verdict: Verdict }>
type Writable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Returns the principal whose hourly limit a denial counts toward. Wrong credentials count as those of an unknown
 * caller, because they could come from an attacker and must not use up the limit of the key's owner.
 */
const budgetOf = ({ reason, principalId = '' }: Decided): string =>
  reason === WRONG_CREDENTIALS ? '' : principalId

export const WRONG_CREDENTIALS: Reason = 'credentials-refused'

/** Returns a key of {@link StoredRequests.refusals}. @param principalId - empty if the caller is unknown */
export const refusalKey = (hour: number, principalId: string): string => `${hour} ${principalId}`

/** Collects records of the journal, and converts them to one batch. */
export class BatchCollector {
  readonly #stored: StoredRequests
  readonly #memory: SeriesMemory
  readonly #organizationId: string | undefined
  readonly #requests = new Map<string, Request>()
  readonly #changes = new Map<string, SingleChange>()
  readonly #refusals = new Map<string, number>()
  readonly #increments = new Map<string, Writable<RollupIncrement>>()
  #flood = 0

  /** @param organizationId - organization for decisions about unknown callers. If absent, these are not stored */
  constructor(stored: StoredRequests, memory: SeriesMemory, organizationId: string | undefined) {
    this.#stored = stored
    this.#memory = memory
    this.#organizationId = organizationId
  }

  add({ record, at, line }: JournalRecord): void {
    if (record.type === 'outcome') this.#outcome(record)
    else if (record.type !== 'decision') this.#change(changeOf(record, line))
    else if (record.verdict !== 'pending') this.#decision(record as Decided, at)
  }

  /** Requests of the added records, by decision ID. */
  get requests(): ReadonlyMap<string, Request> {
    return this.#requests
  }

  batch(): Batch {
    for (const [decisionId, request] of this.#requests) {
      const before = this.#stored.requests.get(decisionId)
      if (before) this.#countRequest(before, -1)
      this.#countRequest(request, 1)
    }
    const increments = [...this.#increments.values()]
    return {
      increments,
      totals: totalsOf(increments, this.#memory),
      decisions: [...this.#requests.values()].map(({ single }) => single),
      changes: [...this.#changes.values()],
      flood: this.#flood,
    }
  }

  /** Adds a decision. A later decision on the same request replaces an earlier one. */
  #decision(record: Decided, place: Position): void {
    const { decisionId, at, count: requests = 1 } = record
    const organizationId = record.organizationId ?? this.#organizationId
    if (organizationId === undefined) return
    const shared = sharedBy(record, organizationId)
    const before = this.#requestOf(decisionId)
    if (!before && record.verdict !== 'allow' && this.#isFlood(decisionId, budgetOf(record))) {
      const { outcome, cause = '' } = (record.reason && REASON_ROWS[record.reason]) || DENIED
      const series = this.#memory.seriesOf({ ...shared, userId: '', mailbox: '', outcome, cause })
      const { itemCount: items = 0 } = record
      this.#count(series, decisionId, { requests, items, bytes: 0, singles: 0, lastAt: at })
      return
    }
    const { outcome, cause } = before?.series ?? shared
    const series = this.#memory.seriesOf({ ...shared, outcome, cause })
    const { bytes, status, responseCode, outcome: outcomeLine } = before?.single ?? NOT_ENDED
    const ended = { bytes, status, responseCode, outcome: outcomeLine }
    const single = { ...singleOf(record, series, place), ...ended }
    this.#requests.set(decisionId, { series, requests, lastAt: at, single })
  }

  /**
   * Adds an outcome. Ignores outcomes of requests that are only counted or no longer stored. An outcome from
   * another process, written because the request's own process ended, never replaces one from that process.
   */
  #outcome(record: OutcomeRecord): void {
    const before = this.#requestOf(record.decisionId)
    if (before === undefined) return
    if (record.writer !== undefined && before.single.outcome !== undefined) return
    const { id: _, ...shared } = before.series
    const { at, outcome, cause = '', status, responseCode } = record
    const series = this.#memory.seriesOf({ ...shared, outcome, cause })
    const ended = {
      ...before.single,
      seriesId: series.id,
      items: record.itemCount ?? before.single.items,
      bytes: record.requestBytes + record.responseBytes,
      status,
      responseCode: responseCode && plain(responseCode),
    }
    const single = { ...ended, outcome: storedOutcome(record, series, ended) }
    this.#requests.set(record.decisionId, { ...before, series, lastAt: at, single })
  }

  /** Adds a change. A record that says that the change succeeded replaces one that says that it failed. */
  #change(change: SingleChange | undefined): void {
    if (change === undefined) return
    const { decisionId, principalId, verdict } = change
    const before = this.#changes.get(decisionId)
    if (before && (before.verdict !== 'error' || verdict === 'error')) return
    if (!before && verdict !== 'allow' && this.#isFlood(decisionId, principalId)) return
    this.#changes.set(decisionId, change)
  }

  #requestOf(decisionId: string): Request | undefined {
    return this.#requests.get(decisionId) ?? this.#stored.requests.get(decisionId)
  }

  #isFlood(decisionId: string, principalId = ''): boolean {
    const key = refusalKey(hourOf(timeOfId(decisionId)), principalId)
    const refusals = this.#refusals.get(key) ?? this.#stored.refusals.get(key) ?? 0
    if (refusals >= REFUSALS) {
      this.#flood += 1
      return true
    }
    this.#refusals.set(key, refusals + 1)
    return false
  }

  #countRequest({ series, requests, lastAt, single }: Request, sign: 1 | -1): void {
    this.#count(series, single.decisionId, {
      requests: sign * requests,
      items: sign * single.items,
      bytes: sign * single.bytes,
      singles: sign,
      lastAt: sign === 1 ? lastAt : 0,
    })
  }

  #count(
    series: Series,
    decisionId: string,
    added: Omit<RollupIncrement, 'series' | 'hour'>,
  ): void {
    const hour = hourOf(timeOfId(decisionId))
    const key = `${series.id} ${hour}`
    const increment = this.#increments.get(key)
    if (increment === undefined) {
      this.#increments.set(key, { series, hour, ...added })
      return
    }
    increment.requests += added.requests
    increment.items += added.items
    increment.bytes += added.bytes
    increment.singles += added.singles
    increment.lastAt = Math.max(increment.lastAt, added.lastAt)
  }
}

const DENIED = { outcome: 'DENIED', cause: '' } as const

const NOT_ENDED = { bytes: 0, status: undefined, responseCode: undefined, outcome: undefined }

function singleOf(record: Decided, series: Series, place: Position) {
  const asked = record.userId === undefined ? record.connectingSid?.value : undefined
  const single = {
    decisionId: record.decisionId,
    seriesId: series.id,
    sourceAddress: record.sourceAddress ?? '',
    asked: asked && plain(asked),
    items: record.itemCount ?? 0,
  }
  const stored = storedDecision(record, series, single)
  return { ...single, record: stored, place: storedPlace(place) }
}

const plain = (text: string) =>
  text
    .slice(0, ASKED)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\ufffd')
