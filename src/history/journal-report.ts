/**
 * Totals requests in lines of the audit, as the history does, without a database.
 *
 * Records of a request can be in different files. So the report keeps the requests in progress, and the last ones that
 * have ended, but no others. It parses only the records of requests that it can count.
 *
 * @module
 */

import { startOf, timeOfId } from '../model/decision-id.ts'
import { foldName } from '../model/identity.ts'
import { BatchCollector, type Request } from './batch-collector.ts'
import { newMemories } from './consume.ts'
import { membersOf } from './groups.ts'
import type { Series, SummaryProperty, SummaryRow } from './history.ts'
import { addSums } from './totals.ts'

/** Number of ended requests that are kept, because another record can follow. */
const ENDED = 10_000
/** Number of records that are collected at once. */
const BATCH = 256

const DAY_HOURS = 24

const BEGIN = '{'.charCodeAt(0)
const END = '}'.charCodeAt(0)

const DECISION = '"type":"decision"'
const OUTCOME = '"type":"outcome"'
const CHANGE = '"type":"change"'
const ID = '"decisionId":"'
const ID_LENGTH = 36
/** Member of an outcome that another process wrote. */
const BY_ANOTHER = ',"writer":"'

export type ReportQuery = Readonly<{
  /** Address at the time of the request, or ID of the user. By default, all mailboxes. */
  mailbox?: string
  /** IDs of principals. By default, all principals. */
  principals?: readonly string[]
  /** Whether only denied requests count. */
  denied: boolean
  groupBy: readonly SummaryProperty[]
  /** Milliseconds since the epoch; `until` is not within. */
  from: number
  until: number
}>

/**
 * Lines of one file: each byte is one character, so that text is found without decoding it.
 */
export type ByteLines = Readonly<{
  text: string
  /** Positions of the line feeds. */
  ends: readonly number[]
}>

type Sums = Pick<SummaryRow, 'requests' | 'items' | 'bytes' | 'lastAt'>
type Total = { -readonly [Name in keyof SummaryRow]: SummaryRow[Name] }

export class JournalReport {
  readonly #query: ReportQuery
  readonly #mailbox: string | undefined
  readonly #members: ReturnType<typeof membersOf>
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
    this.#mailbox = query.mailbox && foldName(query.mailbox)
    this.#members = membersOf(query.groupBy)
  }

  /** Names of principals by their IDs, as far as the lines have them. */
  get principalNames(): ReadonlyMap<string, string> {
    return this.#names
  }

  /** Takes lines. @param damaged - called with the index of a line that is not a record */
  add({ text, ends }: ByteLines, damaged: (index: number) => void): void {
    const mentions = mentionsIn(text, this.#query)
    const hasOthers = text.includes(BY_ANOTHER)
    let start = 0
    for (let i = 0; i < ends.length; i += 1) {
      const end = ends[i] ?? 0
      const isWhole = text.charCodeAt(start) === BEGIN && text.charCodeAt(end - 1) === END
      try {
        if (!isWhole) damaged(i)
        else this.#addLine(text, start, end, mentions, hasOthers)
      } catch {
        damaged(i)
      }
      start = end + 1
    }
  }

  /** Returns the totals, by time and most requests first. */
  rows(): readonly SummaryRow[] {
    this.#collect()
    this.#waiting = this.#late.filter(line =>
      this.#isKnown(line.slice(line.indexOf(ID) + ID.length).slice(0, ID_LENGTH)),
    )
    this.#collect()
    return [...this.#totals.values()]
      .filter(({ requests }) => requests > 0)
      .sort((a, b) => timeOf(a) - timeOf(b) || b.requests - a.requests)
  }

  /** @param hasOthers - whether any line is an outcome that another process wrote */
  #addLine(text: string, start: number, end: number, mentions: Mentions, hasOthers: boolean): void {
    const at = text.indexOf(ID, start) + ID.length
    if (at < ID.length || at > end) return
    const type = typeIn(text, start, end)
    if (type === CHANGE) this.#addNames(lineOf(text, start, end))
    else if (type !== undefined) {
      const id = text.slice(at, at + ID_LENGTH)
      const isKnown = this.#isKnown(id)
      if (type === OUTCOME && (isKnown || hasOthers))
        this.#addOutcome(lineOf(text, start, end), isKnown)
      else if (type === DECISION && (isKnown || (mentions(start, end) && this.#isWithin(id))))
        this.#addDecision(id, lineOf(text, start, end))
    }
  }

  #isWithin(id: string): boolean {
    const at = timeOfId(id)
    return at >= this.#query.from && at < this.#query.until
  }

  #addDecision(id: string, line: string): void {
    JSON.parse(line)
    this.#waitingIds.add(id)
    this.#wait(line)
  }

  #addOutcome(line: string, isKnown: boolean): void {
    if (line.includes(BY_ANOTHER)) this.#late.push(line)
    else if (isKnown) {
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
    const collector = new BatchCollector(stored, this.#memory.series, NO_ORGANIZATION)
    for (const line of this.#waiting) {
      const record = this.#memory.records.recordIn({ at: NOWHERE, line })
      if (record !== undefined) collector.add(record)
    }
    for (const { series, hour, ...sums } of collector.batch().increments)
      if (this.#counts(series)) this.#count(series, hour, sums)
    for (const [id, request] of collector.requests) this.#keep(id, request)
    this.#forget()
    this.#waiting = []
    this.#waitingIds.clear()
  }

  #counts({ userId, mailbox, principalId, verdict }: Series): boolean {
    const { principals, denied } = this.#query
    const isOfMailbox =
      this.#mailbox === undefined ||
      userId === this.#query.mailbox ||
      foldName(mailbox) === this.#mailbox
    return (
      isOfMailbox && (principals?.includes(principalId) ?? true) && (!denied || verdict === 'deny')
    )
  }

  #count(series: Series, hour: number, sums: Sums): void {
    const { requests, items, bytes, lastAt } = sums
    const { groupBy } = this.#query
    const { keys, names } = this.#members
    const time = {
      ...(groupBy.includes('day') && { day: startOf(hour - (hour % DAY_HOURS)) }),
      ...(groupBy.includes('hour') && { hour: startOf(hour) }),
    }
    const key = [time.day, time.hour, ...keys.map(name => series[name])].join('\n')
    const total = this.#totals.get(key)
    if (total === undefined) {
      const members = Object.fromEntries([...keys, ...names].map(name => [name, series[name]]))
      this.#totals.set(key, { ...time, ...members, requests, items, bytes, lastAt })
      return
    }
    for (const name of names)
      if (series[name] > (total[name] ?? '')) Object.assign(total, { [name]: series[name] })
    addSums(total, sums)
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

/** Counts decisions about unknown callers, as the history of the only organization does. */
const NO_ORGANIZATION = ''

/** The position of a record matters only to the database. */
const NOWHERE = { writer: '', segment: 0, sequence: 0, offset: 0 }

const timeOf = ({ day, hour = day ?? 0 }: SummaryRow): number => hour

const lineOf = (text: string, start: number, end: number): string =>
  Buffer.from(text.slice(start, end), 'latin1').toString()

/** Returns the type of a line. The journal's own lines begin with it, those of a sink's file with their ID. */
function typeIn(text: string, start: number, end: number) {
  for (const type of [OUTCOME, DECISION, CHANGE]) if (text.startsWith(type, start + 1)) return type
  if (text.startsWith('"type":', start + 1)) return undefined
  const line = text.slice(start, end)
  return [OUTCOME, DECISION, CHANGE].find(type => line.includes(type))
}

/** Returns whether a line mentions what a query is about. Lines are asked for in their order. */
type Mentions = (start: number, end: number) => boolean

/** Characters with a meaning in a regular expression. */
const SPECIAL = /[$()*+.?[\\\]^{|}-]/g

/** Decisions of a request replace earlier ones, so a denied request has this in one of them. */
const DENIED = '"verdict":"deny"'

/** Searches all lines at once, because few of them mention one mailbox, or are denials. */
function mentionsIn(text: string, { mailbox, principals, denied }: ReportQuery): Mentions {
  const wanted = mailbox === undefined ? (principals ?? (denied ? [DENIED] : [])) : [mailbox]
  if (wanted.length === 0) return () => true
  const bytes = wanted.map(one => Buffer.from(one).toString('latin1').replace(SPECIAL, '\\$&'))
  const pattern = new RegExp(bytes.join('|'), 'gi')
  let next = pattern.exec(text)?.index
  return (start, end) => {
    while (next !== undefined && next < start) {
      pattern.lastIndex = start
      next = pattern.exec(text)?.index
    }
    return next !== undefined && next < end
  }
}
