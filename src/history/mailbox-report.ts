/**
 * Totals the requests for one mailbox in lines of the audit, as the history does, without a database.
 *
 * Records of a request can be in different files. So the report keeps the requests in progress, and the last ones that
 * have ended, but no others.
 *
 * @module
 */

import { startOf, timeOfId } from '../model/decision-id.ts'
import { foldName } from '../model/identity.ts'
import { BatchCollector, type Request } from './batch-collector.ts'
import { newMemories } from './consume.ts'
import type { Series, SummaryRow } from './history.ts'

/** Number of ended requests that are kept, because another record can follow. */
const ENDED = 10_000
/** Number of records that are collected at once. */
const BATCH = 256

const DAY_HOURS = 24

const DECISION = '"type":"decision"'
const OUTCOME = '"type":"outcome"'
const CHANGE = '"type":"change"'
const ID = '"decisionId":"'
const ID_LENGTH = 36
/** Member of an outcome that another process wrote. */
const BY_ANOTHER = ',"writer":"'

type ReportQuery = Readonly<{
  /** Address at the time of the request, or ID of the user. */
  mailbox: string
  /** Milliseconds since the epoch; `until` is not within. */
  from: number
  until: number
}>

type Total = { -readonly [Name in keyof ReportRow]: ReportRow[Name] }

/** Total of a day and of all properties that a report has. */
type ReportRow = Readonly<Required<Omit<SummaryRow, 'hour' | 'userId' | 'mailbox'>>>

export class MailboxReport {
  readonly #query: ReportQuery
  readonly #mailbox: string
  readonly #memory = newMemories()
  readonly #requests = new Map<string, Request>()
  readonly #totals = new Map<string, Total>()
  readonly #names = new Map<string, string>()
  /** Outcomes that other processes wrote. They count if no other follows for the request, even before its decision. */
  readonly #late: string[] = []
  /** IDs of the decisions among the lines that wait. */
  readonly #waitingIds = new Set<string>()
  #waiting: string[] = []

  constructor(query: ReportQuery) {
    this.#query = query
    this.#mailbox = foldName(query.mailbox)
  }

  /** Names of principals by their IDs, as far as the lines have them. */
  get principalNames(): ReadonlyMap<string, string> {
    return this.#names
  }

  /** Takes a line. @throws Error if the line is not a record */
  add(line: string): void {
    if (!line.startsWith('{') || !line.endsWith('}')) throw new Error('The line is not a record')
    const at = line.indexOf(ID)
    if (at < 0) return
    const id = line.slice(at + ID.length, at + ID.length + ID_LENGTH)
    if (line.includes(OUTCOME)) this.#addOutcome(id, line)
    else if (line.includes(DECISION)) this.#addDecision(id, line)
    else if (line.includes(CHANGE)) this.#addNames(line)
  }

  /** Returns the totals by day, most requests first. */
  rows(): readonly ReportRow[] {
    this.#collect()
    this.#waiting = this.#late.filter(line =>
      this.#isKnown(line.slice(line.indexOf(ID) + ID.length).slice(0, ID_LENGTH)),
    )
    this.#collect()
    return [...this.#totals.values()]
      .filter(({ requests }) => requests > 0)
      .sort((a, b) => a.day - b.day || b.requests - a.requests)
  }

  #addDecision(id: string, line: string): void {
    const at = timeOfId(id)
    if (!(at >= this.#query.from && at < this.#query.until)) return
    if (!this.#isKnown(id) && !foldName(line).includes(this.#mailbox)) return
    JSON.parse(line)
    this.#waitingIds.add(id)
    this.#wait(line)
  }

  #addOutcome(id: string, line: string): void {
    if (line.includes(BY_ANOTHER)) this.#late.push(line)
    else if (this.#isKnown(id)) {
      JSON.parse(line)
      this.#wait(line)
    }
  }

  #addNames(line: string): void {
    if (!line.includes('Principal') && !line.includes('RoleToTool')) return
    const { after } = JSON.parse(line)
    const { id, name } = after?.principal ?? after ?? {}
    if (typeof id === 'string' && typeof name === 'string') this.#names.set(id, name)
  }

  #isKnown(id: string): boolean {
    return this.#waitingIds.has(id) || this.#requests.has(id)
  }

  #wait(line: string): void {
    this.#waiting.push(line)
    if (this.#waiting.length >= BATCH) this.#collect()
  }

  #collect(): void {
    const stored = { requests: this.#requests, refusals: new Map() }
    const collector = new BatchCollector(stored, this.#memory.series, undefined)
    for (const line of this.#waiting) {
      const record = this.#memory.records.recordIn({ at: NOWHERE, line })
      if (record !== undefined) collector.add(record)
    }
    for (const { series, hour, ...sums } of collector.batch().increments)
      if (this.#isOfMailbox(series)) this.#count(series, hour, sums)
    for (const [id, request] of collector.requests) this.#keep(id, request)
    this.#forget()
    this.#waiting = []
    this.#waitingIds.clear()
  }

  #isOfMailbox({ userId, mailbox }: Series): boolean {
    return userId === this.#query.mailbox || foldName(mailbox) === this.#mailbox
  }

  #count(
    series: Series,
    hour: number,
    sums: Pick<Total, 'requests' | 'items' | 'bytes' | 'lastAt'>,
  ): void {
    const { id: _, organizationId: __, userId: ___, mailbox: ____, ...shared } = series
    const day = startOf(hour - (hour % DAY_HOURS))
    const { roleName, ruleName, ...group } = shared
    const key = JSON.stringify([day, ...Object.values(group)])
    const total = this.#totals.get(key)
    if (total === undefined) {
      const { requests, items, bytes, lastAt } = sums
      this.#totals.set(key, { day, ...shared, requests, items, bytes, lastAt })
      return
    }
    if (roleName > total.roleName) total.roleName = roleName
    if (ruleName > total.ruleName) total.ruleName = ruleName
    total.requests += sums.requests
    total.items += sums.items
    total.bytes += sums.bytes
    total.lastAt = Math.max(total.lastAt, sums.lastAt)
  }

  /** Puts a request at the end, so that those that ended first are forgotten first. */
  #keep(id: string, request: Request): void {
    this.#requests.delete(id)
    this.#requests.set(id, request)
  }

  #forget(): void {
    let excess = this.#requests.size - ENDED
    if (excess <= 0) return
    for (const [id, { series }] of this.#requests) {
      if (series.outcome !== '' || series.verdict !== 'allow') {
        this.#requests.delete(id)
        excess -= 1
      }
      if (excess <= 0) return
    }
  }
}

/** The position of a record matters only to the database. */
const NOWHERE = { writer: '', segment: 0, sequence: 0, offset: 0 }
