/**
 * Writes the records of the journal to the history, and answers questions about it.
 *
 * Nothing waits in memory: if the database is slow or gone, the history falls behind, and follows the journal from its
 * own position later.
 *
 * @module
 */

import type { Consumer } from '../audit/consumer.ts'
import { type Lines, linesIn, type Position } from '../audit/reader.ts'
import {
  type History,
  type HistoryReader,
  type HistorySource,
  Rejected,
  type Retention,
} from './history.ts'

const EXPIRE_MS = 600_000

/**
 * Reason why the history doesn't keep a record singly. `flood`: a principal was denied too often in an hour, so its
 * denials are only counted. `rejected`: the database rejects the record.
 */
export type DropReason = 'flood' | 'rejected'

export type RecorderOptions = Readonly<{
  open: () => Promise<History>
  /** Organization of decisions about unknown callers, such as wrong credentials. */
  organizationId: string | undefined
  retention: Retention
  /** Milliseconds since the epoch. */
  now: () => number
  /** Called for records that are not kept singly. */
  dropped: (reason: DropReason, count: number) => void
  /** Called with each failure to open, to answer, to expire, or to take one record. */
  failed: (error: Error) => void
}>

export class Recorder implements Consumer, HistorySource {
  readonly name = 'history'
  readonly #options: RecorderOptions
  readonly #timer: NodeJS.Timeout
  #history: Promise<History> | undefined
  #expiring: Promise<void> | undefined
  #isClosed = false

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#beginExpiry(), EXPIRE_MS).unref()
  }

  async position(writer: string): Promise<Position | undefined> {
    return await this.#use(history => history.position(writer))
  }

  async consume(lines: Lines): Promise<void> {
    const { organizationId, dropped } = this.#options
    try {
      const flood = await this.#use(history => history.consume(lines, organizationId))
      if (flood > 0) dropped('flood', flood)
    } catch (error) {
      if (!(error instanceof Rejected && error.isPermanent)) throw error
      const each = singly(lines)
      if (each.length > 1) for (const one of each) await this.consume(one)
      else await this.#skip(lines, error)
    }
  }

  async forget(writer: string): Promise<void> {
    await this.#use(history => history.forget(writer))
  }

  async ask<T>(question: (history: HistoryReader) => Promise<T>): Promise<T> {
    try {
      return await this.#use(question)
    } catch (error) {
      this.#failed(error)
      throw error
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#isClosed = true
    await this.#forgetHistory(this.#history)
    await this.#expiring
  }

  /** Passes over a record that the database would reject again. */
  async #skip({ end }: Lines, error: Rejected): Promise<void> {
    await this.#use(history => history.consume({ bytes: NO_BYTES, start: end, end }, undefined))
    this.#failed(error)
    this.#options.dropped('rejected', 1)
  }

  #beginExpiry(): void {
    this.#expiring ??= this.#expire().finally(() => {
      this.#expiring = undefined
    })
  }

  async #expire(): Promise<void> {
    const { retention, now } = this.#options
    try {
      await this.#use(history => history.expire(retention, now()))
    } catch (error) {
      this.#failed(error)
    }
  }

  /** The end interrupts calls, which is no failure; what is left expires after the next start. */
  #failed(error: unknown): void {
    if (this.#isClosed) return
    this.#options.failed(error instanceof Error ? error : new Error(String(error)))
  }

  /** A database that does not answer is opened again when it is needed the next time. */
  async #use<T>(call: (history: History) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new Error('The history is closed')
    this.#history ??= this.#options.open()
    const opened = this.#history
    try {
      return await call(await opened)
    } catch (error) {
      if (!(error instanceof Rejected)) await this.#forgetHistory(opened)
      throw error
    }
  }

  async #forgetHistory(opened: Promise<History> | undefined): Promise<void> {
    if (this.#history !== opened) return
    this.#history = undefined
    await opened?.then(history => history.close()).catch(() => undefined)
  }
}

const NO_BYTES = new Uint8Array()

/** Returns each line by itself. */
function singly(lines: Lines): readonly Lines[] {
  const places = linesIn(lines).map(({ at }) => at)
  return places.map((start, n) => {
    const end = places[n + 1] ?? lines.end
    const from = start.offset - lines.start.offset
    return { bytes: lines.bytes.subarray(from, end.offset - lines.start.offset), start, end }
  })
}
