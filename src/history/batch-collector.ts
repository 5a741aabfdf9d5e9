/**
 * Turns records of the journal into changes of the history.
 *
 * The records of a request become one decision. The rows that the history already has are an input, so
 * the result doesn't depend on how the journal is split into batches.
 *
 * @module
 */

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
import {
  type DecisionCommon,
  type JournalRecord,
  NUMBERS,
  type OutcomeCommon,
  type RequestRecord,
} from './journal-record.ts'
import { changeOf, type SeriesMemory } from './rows.ts'
import { storedDecision, storedOutcome } from './stored-record.ts'
import { addIncrement, totalsOf } from './totals.ts'

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
  /** Time in the ID, in milliseconds since the epoch. */
  receivedAt: number
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

type Decided = DecisionCommon & Readonly<{ verdict: Verdict }>
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
  /** Increments by the ID of their series, and by their hour. */
  readonly #increments = new Map<string, Map<number, Writable<RollupIncrement>>>()
  #flood = 0

  /** @param organizationId - organization for decisions about unknown callers. If absent, these are not stored */
  constructor(stored: StoredRequests, memory: SeriesMemory, organizationId: string | undefined) {
    this.#stored = stored
    this.#memory = memory
    this.#organizationId = organizationId
  }

  add(record: JournalRecord): void {
    if ('line' in record) this.#change(changeOf(record.record, record.line))
    else if (record.common.type === 'outcome') this.#outcome(record, record.common)
    else if (record.common.verdict !== 'pending') this.#decision(record, record.common as Decided)
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
    const increments = [...this.#increments.values()].flatMap(byHour => [...byHour.values()])
    return {
      increments,
      totals: totalsOf(increments, this.#memory),
      decisions: [...this.#requests.values()].map(({ single }) => single),
      changes: [...this.#changes.values()],
      flood: this.#flood,
    }
  }

  /** Adds a decision. A later decision on the same request replaces an earlier one. */
  #decision(record: RequestRecord, common: Decided): void {
    const { decisionId, receivedAt, at, numbers, place } = record
    const { count: requests = 1 } = common
    const organizationId = common.organizationId ?? this.#organizationId
    if (organizationId === undefined) return
    const decided = this.#memory.decided(common, organizationId)
    const items = numbers[ITEMS_ASKED] ?? common.itemCount ?? 0
    const before = this.#requestOf(decisionId)
    if (!before && common.verdict !== 'allow' && this.#isFlood(decisionId, budgetOf(common))) {
      const { outcome, cause = '' } = (common.reason && REASON_ROWS[common.reason]) || DENIED
      const { id: _, ...shared } = decided
      const series = this.#memory.seriesOf({ ...shared, userId: '', mailbox: '', outcome, cause })
      this.#count(series, hourOf(receivedAt), { requests, items, bytes: 0, singles: 0, lastAt: at })
      return
    }
    const series = this.#memory.ended(decided, before?.series ?? decided)
    const asked = common.userId === undefined ? common.connectingSid?.value : undefined
    const { bytes, status, responseCode, outcome: ended } = before?.single ?? NOT_ENDED
    const columns = { sourceAddress: common.sourceAddress ?? '' }
    const single = {
      decisionId,
      seriesId: series.id,
      ...columns,
      asked: asked && plain(asked),
      items,
      bytes,
      status,
      responseCode,
      decision: storedDecision(record, decided, columns),
      outcome: ended,
      place,
    }
    this.#requests.set(decisionId, { series, requests, receivedAt, lastAt: at, single })
  }

  /**
   * Adds an outcome. Ignores outcomes of requests that are only counted or no longer stored. An outcome from
   * another process, written because the request's own process ended, never replaces one from that process.
   */
  #outcome(record: RequestRecord, common: OutcomeCommon): void {
    const { decisionId, at, numbers } = record
    const before = this.#requestOf(decisionId)
    if (before === undefined) return
    if (common.writer !== undefined && before.single.outcome !== undefined) return
    const { outcome, cause = '', status } = common
    const series = this.#memory.ended(before.series, { outcome, cause }, common.shadow)
    const responseCode = common.responseCode && plain(common.responseCode)
    const [requestBytes = common.requestBytes ?? 0, responseBytes = common.responseBytes ?? 0] =
      numbers
    const single = {
      ...before.single,
      seriesId: series.id,
      items: numbers[ITEMS_ANSWERED] ?? common.itemCount ?? before.single.items,
      bytes: requestBytes + responseBytes,
      status,
      responseCode,
      outcome: storedOutcome(record, series, { status, responseCode }),
    }
    this.#requests.set(decisionId, { ...before, series, lastAt: at, single })
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

  #countRequest({ series, requests, receivedAt, lastAt, single }: Request, sign: 1 | -1): void {
    this.#count(series, hourOf(receivedAt), {
      requests: sign * requests,
      items: sign * single.items,
      bytes: sign * single.bytes,
      singles: sign,
      lastAt: sign === 1 ? lastAt : 0,
    })
  }

  #count(series: Series, hour: number, added: Omit<RollupIncrement, 'series' | 'hour'>): void {
    const byHour = this.#increments.get(series.id) ?? new Map<number, Writable<RollupIncrement>>()
    if (byHour.size === 0) this.#increments.set(series.id, byHour)
    const increment = byHour.get(hour)
    if (increment === undefined) byHour.set(hour, { series, hour, ...added })
    else addIncrement(increment, added)
  }
}

const DENIED = { outcome: 'DENIED', cause: '' } as const

const NOT_ENDED = { bytes: 0, status: undefined, responseCode: undefined, outcome: undefined }

const ITEMS_ASKED = NUMBERS.decision.indexOf('itemCount')
const ITEMS_ANSWERED = NUMBERS.outcome.indexOf('itemCount')

const plain = (text: string) =>
  text
    .slice(0, ASKED)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\ufffd')
