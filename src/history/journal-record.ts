/**
 * Reads the records of a journal's lines.
 *
 * The lines of requests differ in a few members at their beginning. The text after these recurs, so it is parsed once.
 *
 * @module
 */

import type {
  AssumeRecord,
  CallRecord,
  ChangeRecord,
  DecisionRecord,
  OutcomeRecord,
} from '../audit/audit.ts'
import { idOf, type JournalLine, type Position } from '../audit/reader.ts'
import { timeOfId } from '../model/decision-id.ts'
import { Rejected } from './history.ts'

/** A decision or an outcome. */
export type RequestRecord = Readonly<{
  decisionId: string
  /** Time in the ID, in milliseconds since the epoch. */
  receivedAt: number
  /** Milliseconds since the epoch. */
  at: number
  place: Position
  /** Numbers at the beginning of the line, in the order of {@link NUMBERS}. */
  numbers: readonly (number | undefined)[]
  common: Common
}>

/** A change, or something else that is recorded as such, with its JSON without the hash of the previous batch. */
export type ChangeLine = Readonly<{
  record: ChangeRecord | AssumeRecord | CallRecord
  line: string
}>

export type JournalRecord = RequestRecord | ChangeLine

/** Members that many records share: all but the ID, the time, and the numbers at the beginning. */
export type Common = DecisionCommon | OutcomeCommon
export type DecisionCommon = Readonly<Omit<DecisionRecord, 'at' | 'decisionId'>>
export type OutcomeCommon = Readonly<
  Omit<OutcomeRecord, 'at' | 'decisionId' | keyof OutcomeNumbers> & OutcomeNumbers
>
type OutcomeNumbers = Partial<
  Pick<OutcomeRecord, 'requestBytes' | 'responseBytes' | 'durationMs' | 'upstreamMs' | 'itemCount'>
>

/** A position in the journal of one writer. */
export type Place = Readonly<{ segment: number; sequence: number }>

/** Start of the member with the hash of the previous batch, which is the last member of a batch's first record. */
const PREVIOUS = ',"previous":"'

/** Members with folder and item IDs, which the history doesn't store. They differ between most requests. */
const IDS = /(?:,"(?:folders|items)":\[(?:"[^"\\]*(?:\\.[^"\\]*)*",?)*\])+/y

/** Names of the numbers at the beginning of a line, by the type of its record. */
export const NUMBERS = {
  decision: ['knowledgeAgeMs', 'itemCount'],
  outcome: ['requestBytes', 'responseBytes', 'durationMs', 'upstreamMs', 'itemCount'],
} as const satisfies Record<RequestType, readonly (keyof DecisionRecord | keyof OutcomeRecord)[]>

type RequestType = 'decision' | 'outcome'

/** Beginnings of the lines of requests. */
const HEADS = { decision: headOf('decision'), outcome: headOf('outcome') } as const

function headOf(type: RequestType): RegExp {
  const numbers = NUMBERS[type].map(name => `(?:,"${name}":([0-9]{1,15})(?=[,}]))?`).join('')
  return new RegExp(
    `{"type":"${type}","at":"([^"\\\\]+)","decisionId":"([^"\\\\]+)"${numbers}`,
    'y',
  )
}

export const isAfter = (one: Place, other: Place): boolean =>
  one.segment === other.segment ? one.sequence > other.sequence : one.segment > other.segment

/** Caches the common members of records by their text, those of decisions apart from those of outcomes. */
export class RecordMemory {
  readonly #known = { decision: new Map<string, Common>(), outcome: new Map<string, Common>() }
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** Returns the record of a line; undefined if it is of another type. @throws Rejected if it is damaged */
  recordIn(journalLine: JournalLine): JournalRecord | undefined {
    const { at: place, line } = journalLine
    const type = line.startsWith('{"type":"outcome"') ? 'outcome' : 'decision'
    const pattern = HEADS[type]
    pattern.lastIndex = 0
    const head = pattern.exec(line)
    if (head === null) return otherIn(journalLine)
    const [begun, time = '', decisionId = '', ...texts] = head
    const numbers = texts.map(text => (text === undefined ? undefined : Number(text)))
    const common = this.#commonOf(type, membersIn(line, begun.length), place)
    const receivedAt = timeIn(place, decisionId)
    return { decisionId, receivedAt, at: Date.parse(time), place, numbers, common }
  }

  #commonOf(type: RequestType, text: string, place: Position): Common {
    const memory = this.#known[type]
    const known = memory.get(text)
    if (known !== undefined) return known
    const common = parse(place, `{"type":"${type}"${text}}`)
    if (memory.size >= this.#most) memory.clear()
    memory.set(text, common)
    return common
  }
}

/** Returns the end of a record's members, without the hash of the previous batch. */
function endOf(line: string): number {
  const previous = line.lastIndexOf(PREVIOUS)
  return previous === -1 ? line.length - 1 : previous
}

/** Returns the members of a line from a position on, without the IDs if these are the last ones. */
function membersIn(line: string, from: number): string {
  const end = endOf(line)
  const folders = line.indexOf(',"folders":[', from)
  IDS.lastIndex = folders === -1 ? line.indexOf(',"items":[', from) : folders
  const last = IDS.lastIndex
  return line.slice(from, last !== -1 && IDS.test(line) && IDS.lastIndex === end ? last : end)
}

const CHANGES: ReadonlySet<unknown> = new Set([
  'change',
  'assume',
  'call',
] satisfies ChangeLine['record']['type'][])

/** Returns the record of a line that begins differently: of a change, or of a request in a sink's file. */
function otherIn({ at: place, line }: JournalLine): JournalRecord | undefined {
  const { previous: _, at: time, ...members } = Object(parse(place, line))
  const { type, decisionId, ...rest } = members
  const isChange = CHANGES.has(type)
  if (!isChange && type !== 'decision' && type !== 'outcome') return undefined
  const at = Date.parse(time)
  const receivedAt = timeIn(place, decisionId)
  if (!isChange)
    return { decisionId, receivedAt, at, place, numbers: [], common: { type, ...rest } }
  if (type === 'change' && typeof rest.action !== 'string') throw damaged(place, 'has no action')
  return { record: { ...members, at }, line: `${line.slice(0, endOf(line))}}` }
}

/** Returns the time in a decision ID. @throws Rejected if it has none */
function timeIn(place: Position, decisionId: unknown): number {
  const time = typeof decisionId === 'string' ? timeOfId(decisionId) : Number.NaN
  if (Number.isNaN(time)) throw damaged(place, 'has no valid decisionId')
  return time
}

function parse(at: Position, text: string) {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw damaged(at, 'is not JSON', cause)
  }
}

const damaged = (at: Position, what: string, cause?: unknown) =>
  new Rejected(`Record ${idOf(at)} of the audit journal ${what}`, true, { cause })
