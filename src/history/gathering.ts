/**
 * What waits to be written: bounded, whatever comes and however long nothing is written.
 *
 * The two or three records that the audit has of a request become one decision here.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import type { AuditRecord, DecisionRecord, OutcomeRecord } from '../audit/audit.ts'
import { hourOf, timeOfId } from './decision-id.ts'
import type { Batch, Series, SingleChange, SingleDecision, Tally, Verdict } from './history.ts'
import { changeOf, SeriesMemory, sharedBy } from './rows.ts'
import { Singles } from './singles.ts'
import { totalsOf } from './totals.ts'

/**
 * `overflow`: there was no room. `flood`: too many of a kind, they are only counted. `sums`: requests
 * that not even a sum has.
 */
export type Dropped = 'overflow' | 'flood' | 'sums'

/** Sums that wait; requests under way; series that are remembered. */
const MOST = 100_000

/**
 * So many refusals of a principal, or of all who are nobody, are kept one by one in an hour; the
 * others are only counted, without a mailbox. So nobody fills the history with what he may not.
 */
const REFUSALS = 10_000

/** Whom a client asked for in vain is cut here. */
const ASKED = 256

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** A request that has been decided and has not ended. */
type UnderWay = {
  series: Series
  readonly hour: number
  readonly requests: number
  readonly items: number
  /** Absent where it is only counted. */
  decision: Writable<SingleDecision> | undefined
  /** Whether the decision still waits here. */
  isNew: boolean
}

type Judged = DecisionRecord & Readonly<{ verdict: Verdict }>

export class Gathering {
  readonly #organizationId: string | undefined
  readonly #dropped: (why: Dropped, count: number) => void
  readonly #writer = randomUUID()
  readonly #memory = new SeriesMemory(MOST)
  readonly #singles = new Singles()
  readonly #underWay = new Map<string, UnderWay>()
  readonly #refusals = new Map<string, number>()
  #refusalsHour = 0
  #tallies = new Map<string, Writable<Tally>>()
  #batches = 0

  /** @param organizationId - of decisions about nobody in particular; absent: they are not kept */
  constructor(organizationId: string | undefined, dropped: (why: Dropped, count: number) => void) {
    this.#organizationId = organizationId
    this.#dropped = dropped
  }

  /** Whether a batch is full. */
  get isBatch(): boolean {
    return this.#singles.isBatch
  }

  add(record: AuditRecord, line: string): void {
    if (record.type === 'outcome') this.#outcome(record, line)
    else if (record.type === 'decision') this.#decision(record, line)
    else this.#change(changeOf(record, line))
  }

  /** What is to be written next; undefined where there is nothing. */
  take(at: number): Batch | undefined {
    if (this.#singles.isEmpty && this.#tallies.size === 0) return undefined
    for (const request of this.#underWay.values()) {
      if (this.#singles.isFull) break
      this.#addNew(request)
    }
    const tallies = [...this.#tallies.values()].filter(isChange)
    this.#tallies = new Map()
    this.#batches += 1
    return {
      writer: this.#writer,
      number: this.#batches,
      at,
      tallies,
      totals: totalsOf(tallies, this.#memory),
      ...this.#singles.take(),
    }
  }

  #decision(record: DecisionRecord, line: string): void {
    const { verdict, decisionId, at } = record
    // The end of a large body is waited for: the decision that counts comes then.
    if (verdict === 'pending') return
    const organizationId = record.organizationId ?? this.#organizationId
    if (organizationId === undefined) return

    const judged = record as Judged
    const flood = verdict !== 'allow' && this.#isFlood(judged)
    const series = this.#memory.seriesOf(sharedBy(judged, organizationId, flood))
    const hour = hourOf(timeOfId(decisionId))
    const single = flood ? undefined : decisionOf(judged, series.id, line)
    const kept = single !== undefined && this.#admit(single)
    const { itemCount: items = 0, count: requests = 1 } = record
    this.#count(series, hour, at, { requests, items, singles: kept ? 1 : 0 })
    // Those who are nobody have an answer without an outcome.
    if (record.count === undefined)
      this.#follow(decisionId, {
        series,
        hour,
        requests,
        items,
        decision: kept ? single : undefined,
        isNew: kept,
      })
    else if (kept) this.#singles.add(single)
  }

  #outcome(record: OutcomeRecord, line: string): void {
    const { decisionId, at } = record
    const request = this.#underWay.get(decisionId)
    if (request === undefined) return
    this.#underWay.delete(decisionId)
    this.#move(request, record)
    const { series, hour, decision } = request
    const bytes = record.requestBytes + record.responseBytes
    this.#count(series, hour, at, { bytes })
    if (decision === undefined) return
    // Tables that a Map has outgrown keep what they had until the next great collection.
    request.decision = undefined
    if (request.isNew) this.#singles.withdraw(decision)
    decision.outcome = line
    decision.seriesId = series.id
    decision.status = record.status
    decision.responseCode = record.responseCode && plain(record.responseCode)
    decision.bytes = bytes
    if (this.#admit(decision)) this.#singles.add(decision)
  }

  #change(change: SingleChange | undefined): void {
    if (change === undefined) return
    const isRefused = change.verdict !== 'allow'
    if (
      isRefused &&
      this.#isFlood({ principalId: change.principalId, decisionId: change.decisionId })
    )
      return
    if (this.#admit(change)) this.#singles.addChange(change)
  }

  #admit(single: SingleDecision | SingleChange): boolean {
    const isIn = this.#singles.admit(single)
    if (!isIn) this.#dropped('overflow', 1)
    return isIn
  }

  #isFlood({
    principalId = '',
    decisionId,
  }: Readonly<{ principalId?: string | undefined; decisionId: string }>) {
    const hour = hourOf(timeOfId(decisionId))
    if (hour !== this.#refusalsHour) this.#refusals.clear()
    this.#refusalsHour = hour
    const refusals = (this.#refusals.get(principalId) ?? 0) + 1
    this.#refusals.set(principalId, refusals)
    if (refusals <= REFUSALS) return false
    this.#dropped('flood', 1)
    return true
  }

  /** Counts a request in the series of its outcome instead of in that of requests in progress. */
  #move(request: UnderWay, record: OutcomeRecord): void {
    const { at, outcome } = record
    const cause = record.cause ?? ''
    const { hour, requests, items, decision } = request
    if (this.#tallies.size + 2 > MOST) return
    const { id: _, ...shared } = request.series
    const series = this.#memory.seriesOf({ ...shared, outcome, cause })
    const singles = decision === undefined ? 0 : 1
    this.#count(series, hour, at, { requests, items, singles })
    const inProgress = { requests: -requests, items: -items, singles: -singles }
    this.#count(request.series, hour, at, inProgress)
    request.series = series
  }

  #count(
    series: Series,
    hour: number,
    at: number,
    { requests = 0, items = 0, bytes = 0, singles = 0 },
  ): void {
    const key = `${series.id} ${hour}`
    let tally = this.#tallies.get(key)
    if (tally === undefined) {
      if (this.#tallies.size >= MOST) {
        if (requests > 0) this.#dropped('sums', requests)
        return
      }
      tally = { series, hour, requests: 0, items: 0, bytes: 0, singles: 0, lastAt: at }
      this.#tallies.set(key, tally)
    }
    tally.requests += requests
    tally.items += items
    tally.bytes += bytes
    tally.singles += singles
    if (at > tally.lastAt) tally.lastAt = at
  }

  #follow(decisionId: string, request: UnderWay): void {
    const former = this.#underWay.get(decisionId)
    if (former?.decision && former.isNew) this.#singles.withdraw(former.decision)
    this.#underWay.set(decisionId, request)
    for (const [oldest, forgotten] of this.#underWay) {
      if (this.#underWay.size <= MOST) return
      this.#underWay.delete(oldest)
      this.#addNew(forgotten)
    }
  }

  /** A decision that is written before its request has ended. */
  #addNew(request: UnderWay): void {
    if (request.decision === undefined || !request.isNew) return
    request.isNew = false
    this.#singles.add(request.decision)
  }
}

function decisionOf(record: Judged, seriesId: string, line: string): Writable<SingleDecision> {
  const asked = record.userId === undefined ? record.connectingSid?.value : undefined
  return {
    decisionId: record.decisionId,
    seriesId,
    sourceAddress: record.sourceAddress ?? '',
    asked: asked && plain(asked),
    items: record.itemCount ?? 0,
    bytes: 0,
    status: undefined,
    responseCode: undefined,
    record: line,
    outcome: undefined,
  }
}

/** Whether a tally changes a sum: requests that ended within a second are moved before they are written. */
const isChange = ({ requests, items, bytes, singles }: Tally) =>
  requests !== 0 || items !== 0 || bytes !== 0 || singles !== 0

const plain = (text: string) =>
  text
    .slice(0, ASKED)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\ufffd')
