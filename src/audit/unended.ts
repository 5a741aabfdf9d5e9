/**
 * Writes the outcomes of requests that were in flight when their process ended. After a crash, the next process
 * repeats this, but skips outcomes that are already recorded.
 *
 * @module
 */

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { timeOfId } from '../model/decision-id.ts'
import type { Audit, OutcomeRecord } from './audit.ts'
import { FilePositions } from './positions.ts'
import { beginningOf, linesIn, type Position } from './reader.ts'
import { CLOCKS_MS, linesAfter, placesSince } from './recent.ts'
import { type SegmentName, segmentFile, segmentsIn } from './segments.ts'

/**
 * Maximum duration of a request. Segments of a writer that are older than its end by more than this have no
 * unfinished request.
 */
const REQUEST_MS = 2 * 3_600_000

/**
 * Time since its end after which a writer is ignored: by default, the history has deleted its allowed requests by
 * then.
 */
const OLD_MS = 7 * 86_400_000

/** Maximum number of unfinished requests of one writer. A gateway has far fewer at once. */
const MAX_OPEN_REQUESTS = 10_000

export type UnendedOptions = Readonly<{
  folder: string
  audit: Pick<Audit, 'record' | 'written' | 'checkWritable'>
  /** Current time in milliseconds since the epoch. */
  now: () => number
}>

/** The last segment of a writer that has ended. */
type Ended = Readonly<{ last: SegmentName; at: number }>

export class Unended {
  readonly #options: UnendedOptions
  /** Positions up to which all requests of each writer have outcomes. */
  readonly #positions: FilePositions
  readonly #writers = new Set<string>()
  #ending: Promise<void> | undefined
  #isStopped = false

  constructor(options: UnendedOptions) {
    this.#options = options
    this.#positions = new FilePositions(join(options.folder, 'positions', 'outcomes'))
  }

  /** Adds a writer that has ended. */
  add(writer: string): void {
    this.#writers.add(writer)
  }

  /**
   * Writes the missing outcomes of all added writers.
   *
   * @param isDelivered - whether all consumers have received the records of a writer. Other writers wait for the
   * next call, so that consumers receive decisions before outcomes
   * @throws if the journal can't be read or written; the next call tries again
   */
  async end(isDelivered: (writer: string) => boolean): Promise<void> {
    this.#ending ??= this.#end([...this.#writers].filter(isDelivered)).finally(() => {
      this.#ending = undefined
    })
    await this.#ending
  }

  forget(writer: string): void {
    this.#writers.delete(writer)
    this.#positions.forget(writer)
  }

  /** Stops writing outcomes. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#ending?.catch(() => undefined)
  }

  async #end(writers: readonly string[]): Promise<void> {
    const outcomes = new Map<string, OutcomeRecord>()
    const ends: Position[] = []
    for (const writer of writers) {
      const ended = await this.#endOf(writer)
      if (ended === undefined || ended.at < this.#options.now() - OLD_MS)
        this.#writers.delete(writer)
      else ends.push(await this.#find(ended, outcomes))
    }
    await this.#removeRecorded(outcomes)
    if (this.#isStopped) return
    await this.#write([...outcomes.values()])
    for (const end of ends) {
      this.#positions.store(end)
      this.#writers.delete(end.writer)
    }
  }

  /** Returns the last segment of a writer and the time of its last write; undefined if it has no segments left. */
  async #endOf(writer: string): Promise<Ended | undefined> {
    const { folder } = this.#options
    const segments = segmentsIn(await readdir(folder))
    const last = segments.findLast(name => name.writer === writer)
    if (last === undefined) return undefined
    const { mtimeMs } = await stat(segmentFile(folder, last))
    return { last, at: Math.trunc(mtimeMs) }
  }

  /** Adds the missing outcomes of a writer. @returns the position up to which it has read */
  async #find({ last, at }: Ended, outcomes: Map<string, OutcomeRecord>): Promise<Position> {
    const { writer } = last
    const open = new Set<string>()
    let end = this.#positions.of(writer) ?? (await this.#firstOf(last, at))
    for await (const read of linesAfter(this.#options.folder, end)) {
      for (const { line } of linesIn(read)) follow(open, line)
      end = read.end
    }
    for (const decisionId of open) outcomes.set(decisionId, outcomeOf(decisionId, writer, at))
    return end
  }

  /** Returns the start of the first segment that can contain a request that was unfinished at a time. */
  async #firstOf(last: SegmentName, at: number): Promise<Position> {
    const places = await placesSince(this.#options.folder, at - REQUEST_MS)
    const first = places.find(({ writer }) => writer === last.writer)
    return first ?? beginningOf(last.writer)
  }

  /** Removes outcomes that are already recorded, by another process that ended before it could finish this task. */
  async #removeRecorded(outcomes: Map<string, OutcomeRecord>): Promise<void> {
    if (outcomes.size === 0) return
    const { folder } = this.#options
    const ends = [...outcomes.values()].map(({ at }) => at)
    const endedAt = ends.reduce((first, at) => Math.min(first, at))
    for (const place of await placesSince(folder, endedAt - CLOCKS_MS))
      for await (const lines of linesAfter(folder, place)) {
        if (this.#isStopped) return
        for (const { line } of linesIn(lines)) {
          const { type, decisionId } = parse(line)
          if (type === 'outcome') outcomes.delete(decisionId)
        }
      }
  }

  async #write(outcomes: readonly OutcomeRecord[]): Promise<void> {
    if (outcomes.length === 0) return
    const { audit } = this.#options
    for (const outcome of outcomes) audit.record(outcome)
    await audit.written()
    // With `audit.onFailure: continue`, written() doesn't throw although records were lost.
    audit.checkWritable()
  }
}

/** Updates the set of unfinished requests with a line: adds an allowed decision, removes an ended one. */
function follow(open: Set<string>, line: string): void {
  const { type, decisionId, verdict } = parse(line)
  if (type === 'decision' && (verdict === 'allow' || verdict === 'pending')) open.add(decisionId)
  else if (type === 'decision' || type === 'outcome') open.delete(decisionId)
  const [oldest] = open
  if (open.size > MAX_OPEN_REQUESTS && oldest !== undefined) open.delete(oldest)
}

/** Returns the members of a record. A line that another program has changed counts as no record. */
function parse(line: string) {
  try {
    return JSON.parse(line) ?? {}
  } catch {
    return {}
  }
}

const outcomeOf = (decisionId: string, writer: string, at: number): OutcomeRecord => ({
  type: 'outcome',
  at,
  decisionId,
  requestBytes: 0,
  responseBytes: 0,
  durationMs: Math.max(0, at - timeOfId(decisionId)),
  ended: 'cut',
  outcome: 'ABORTED',
  cause: 'internal',
  writer,
})
