/**
 * Writes the records of the journal to the history, and runs queries. It queues nothing in memory: if the database
 * is slow or unavailable, the history falls behind, and later continues from its stored position.
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
 * Reason why the history doesn't store a record individually. `flood`: a principal was denied too often in an hour,
 * so its denials are only counted. `rejected`: the database rejects the record.
 */
export type DropReason = 'flood' | 'rejected'

export type RecorderOptions = Readonly<{
  open: () => Promise<History>
  /** Organization to which decisions about unknown callers, such as wrong credentials, are assigned. */
  organizationId: string | undefined
  retention: Retention
  /** Bytes of the journal in one batch. By default, as many as other consumers take. */
  batchBytes?: number | undefined
  /** Milliseconds since the epoch. */
  now: () => number
  /** Called for records that are not stored individually. */
  dropped: (reason: DropReason, count: number) => void
  /** Called with each failure to open the database, run a query, delete old rows, or write a record. */
  failed: (error: Error) => void
}>

export class Recorder implements Consumer, HistorySource {
  readonly name = 'history'
  readonly batchBytes: number | undefined
  readonly #options: RecorderOptions
  readonly #timer: NodeJS.Timeout
  #history: Promise<History> | undefined
  #expiring: Promise<void> | undefined
  #isClosed = false

  constructor(options: RecorderOptions) {
    this.#options = options
    this.batchBytes = options.batchBytes
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

  /** Skips a record that the database would reject again. */
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

  /** Reports a failure, except during shutdown, which interrupts calls. */
  #failed(error: unknown): void {
    if (this.#isClosed) return
    this.#options.failed(error instanceof Error ? error : new Error(String(error)))
  }

  /** Runs a call on the open history. If it fails, the database is opened again for the next call. */
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

/** Splits lines into units of one line. */
function singly(lines: Lines): readonly Lines[] {
  const places = linesIn(lines).map(({ at }) => at)
  return places.map((start, n) => {
    const end = places[n + 1] ?? lines.end
    const from = start.offset - lines.start.offset
    return { bytes: lines.bytes.subarray(from, end.offset - lines.start.offset), start, end }
  })
}
