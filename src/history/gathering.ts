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
import { totalsOf } from './totals.ts'

/**
 * `overflow`: there was no room. `flood`: too many of a kind, they are only counted. `sums`: requests
 * that not even a sum has.
 */
export type Dropped = 'overflow' | 'flood' | 'sums'

/** Decisions and changes in one batch. */
const BATCH = 5_000

/** Characters of records that wait. */
const ROOM = 16_000_000

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
type UnderWay = Readonly<{
  series: Series
  hour: number
  /** Absent where it is only counted. */
  decision?: Writable<SingleDecision>
}>

type Judged = DecisionRecord & Readonly<{ verdict: Verdict }>

export class Gathering {
  readonly #organizationId: string | undefined
  readonly #dropped: (why: Dropped, count: number) => void
  readonly #writer = randomUUID()
  readonly #memory = new SeriesMemory(MOST)
  readonly #underWay = new Map<string, UnderWay>()
  readonly #refusals = new Map<string, number>()
  #refusalsHour = 0
  #tallies = new Map<string, Writable<Tally>>()
  #singles = new Map<string, SingleDecision | SingleChange>()
  #size = 0
  #batches = 0

  /** @param organizationId - of decisions about nobody in particular; absent: they are not kept */
  constructor(organizationId: string | undefined, dropped: (why: Dropped, count: number) => void) {
    this.#organizationId = organizationId
    this.#dropped = dropped
  }

  /** Whether a batch is full. */
  get isBatch(): boolean {
    return this.#singles.size >= BATCH
  }

  add(record: AuditRecord, line: string): void {
    if (record.type === 'outcome') this.#outcome(record, line)
    else if (record.type === 'decision') this.#decision(record, line)
    else this.#change(changeOf(record, line))
  }

  /** What is to be written next; undefined where there is nothing. */
  take(at: number): Batch | undefined {
    if (this.#singles.size === 0 && this.#tallies.size === 0) return undefined
    const singles = [...this.#singles.values()].slice(0, BATCH)
    for (const { decisionId } of singles) this.#singles.delete(decisionId)
    this.#size -= singles.reduce((size, single) => size + sizeOf(single), 0)
    const tallies = [...this.#tallies.values()]
    this.#tallies = new Map()
    this.#batches += 1
    return {
      writer: this.#writer,
      number: this.#batches,
      at,
      tallies,
      totals: totalsOf(tallies, this.#memory),
      decisions: singles.filter(single => 'seriesId' in single),
      changes: singles.filter(single => 'action' in single),
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
    const kept = single !== undefined && this.#keep(single)
    this.#count(series, hour, at, {
      requests: record.count ?? 1,
      items: record.itemCount ?? 0,
      singles: kept ? 1 : 0,
    })
    // Those who are nobody have an answer without an outcome.
    if (record.count === undefined)
      this.#follow(decisionId, { series, hour, ...(kept && { decision: single }) })
  }

  #outcome({ decisionId, at, requestBytes, responseBytes }: OutcomeRecord, line: string): void {
    const request = this.#underWay.get(decisionId)
    if (request === undefined) return
    this.#underWay.delete(decisionId)
    const { series, hour, decision } = request
    const bytes = requestBytes + responseBytes
    this.#count(series, hour, at, { bytes })
    if (decision === undefined) return
    if (this.#singles.delete(decisionId)) this.#size -= sizeOf(decision)
    decision.outcome = line
    decision.bytes = bytes
    this.#keep(decision)
  }

  #change(change: SingleChange | undefined): void {
    if (change === undefined) return
    const isRefused = change.verdict !== 'allow'
    if (
      isRefused &&
      this.#isFlood({ principalId: change.principalId, decisionId: change.decisionId })
    )
      return
    this.#keep(change)
  }

  #keep(single: SingleDecision | SingleChange): boolean {
    const size = sizeOf(single)
    if (this.#size + size > ROOM) {
      this.#dropped('overflow', 1)
      return false
    }
    this.#size += size
    this.#singles.set(single.decisionId, single)
    return true
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
    this.#underWay.set(decisionId, request)
    if (this.#underWay.size <= MOST) return
    const [oldest = ''] = this.#underWay.keys()
    this.#underWay.delete(oldest)
  }
}

function decisionOf(record: Judged, seriesId: string, line: string): Writable<SingleDecision> {
  const asked = record.userId === undefined ? record.connectingSid?.value : undefined
  return {
    decisionId: record.decisionId,
    seriesId,
    sourceAddress: record.sourceAddress,
    asked: asked && plain(asked),
    items: record.itemCount ?? 0,
    bytes: 0,
    record: line,
    outcome: undefined,
  }
}

const plain = (text: string) =>
  text
    .slice(0, ASKED)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\ufffd')

const sizeOf = (single: SingleDecision | SingleChange) =>
  single.record.length + ('outcome' in single ? (single.outcome?.length ?? 0) : 0)
