/**
 * Follows the audit and writes the history, beside the requests and never in their way.
 *
 * What comes is gathered in memory and written once a second. Where the database is slow or gone,
 * so much is kept as has room; what has none is counted, and stands in the audit journal alone.
 *
 * @module
 */

import type { AuditRecord } from '../audit/audit.ts'
import { release } from './bulk.ts'
import { type Dropped, Gathering } from './gathering.ts'
import {
  type Batch,
  type History,
  type HistoryReader,
  type HistorySource,
  Rejected,
  type Retention,
} from './history.ts'

const WRITE_MS = 1_000
const RETRY_MS = 5_000
const EXPIRE_MS = 600_000

/** How long what is left may take at the end. */
const CLOSE_MS = 5_000

/** A batch that the database has refused so often is given up: it may be at fault itself. */
const ATTEMPTS = 10

export type RecorderOptions = Readonly<{
  open: () => Promise<History>
  /** Whose are decisions about nobody in particular, such as wrong credentials. */
  organizationId: string | undefined
  retention: Retention
  /** Milliseconds since the epoch. */
  now: () => number
  /** Told of records that are not kept one by one. */
  dropped: (why: Dropped, count: number) => void
  /** Told of each failure to open, to write or to expire. */
  failed: (error: Error) => void
}>

export class Recorder implements HistorySource {
  readonly #options: RecorderOptions
  readonly #gathering: Gathering
  readonly #timer: NodeJS.Timeout
  #history: Promise<History> | undefined
  #batch: Batch | undefined
  #attempts = 0
  #writing: Promise<void> | undefined
  #retryAt = 0
  #expiring: Promise<void> | undefined
  #expireAt = 0
  #isClosed = false

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#gathering = new Gathering(options.organizationId, options.dropped)
    this.#timer = setInterval(() => this.#tick(), WRITE_MS).unref()
  }

  /**
   * Takes a record of the audit. Never throws, and waits for nothing.
   *
   * @param line - the record as the audit journal has it
   */
  readonly record = (record: AuditRecord, line: string): void => {
    this.#gathering.add(record, line)
    if (this.#gathering.isBatch && !this.#writing) this.#tick()
  }

  async ask<T>(question: (history: HistoryReader) => Promise<T>): Promise<T> {
    try {
      return await question(await this.#open())
    } catch (error) {
      await this.#failed(error)
      throw error
    }
  }

  /** Writes all that has come until now, as far as the database takes it. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    this.#retryAt = 0
    await this.#write(() => true)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(() => late.resolve(), CLOSE_MS)
    await Promise.race([this.flush(), late.promise])
    clearTimeout(timer)
    this.#isClosed = true
    await this.#forget()
    await this.#expiring
  }

  #tick(): void {
    const now = performance.now()
    if (now >= this.#retryAt) void this.#write()
    if (now >= this.#expireAt && !this.#expiring) {
      this.#expireAt = now + EXPIRE_MS
      this.#expiring = this.#expire().finally(() => {
        this.#expiring = undefined
      })
    }
  }

  /** One batch, and others as long as `more` says so: a request's share grows with their number. */
  #write(more = () => this.#gathering.isBatch): Promise<void> {
    this.#writing ??= this.#writeBatches(more).finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #writeBatches(more: () => boolean): Promise<void> {
    try {
      do {
        this.#batch ??= this.#gathering.take(this.#options.now())
        if (!this.#batch) return
        const history = await this.#open()
        await history.write(this.#batch)
        this.#leaveBatch(this.#batch)
      } while (more())
    } catch (error) {
      await this.#giveWay(error)
    }
  }

  async #giveWay(error: unknown): Promise<void> {
    this.#retryAt = performance.now() + RETRY_MS
    await this.#failed(error)
    if (error instanceof Rejected) this.#attempts += 1
    if (this.#attempts < ATTEMPTS || !this.#batch) return
    const { decisions, changes, tallies } = this.#batch
    const singles = decisions.reduce((sum, { count }) => sum + count, changes.length)
    this.#options.dropped('overflow', singles)
    this.#options.dropped(
      'sums',
      tallies.reduce((sum, { requests }) => sum + requests, 0),
    )
    this.#leaveBatch(this.#batch)
  }

  #leaveBatch({ decisions }: Batch): void {
    for (const piece of decisions) {
      release(piece.decisions)
      release(piece.records)
    }
    this.#batch = undefined
    this.#attempts = 0
  }

  async #expire(): Promise<void> {
    try {
      const history = await this.#open()
      await history.expire(this.#options.retention, this.#options.now())
    } catch (error) {
      // The end interrupts it; what is left expires after the next start.
      if (!this.#isClosed) await this.#failed(error)
    }
  }

  /** A database that does not answer is opened anew by the next one who needs it. */
  async #failed(error: unknown): Promise<void> {
    this.#options.failed(error instanceof Error ? error : new Error(String(error)))
    if (!(error instanceof Rejected)) await this.#forget()
  }

  async #open(): Promise<History> {
    this.#history ??= this.#options.open()
    try {
      return await this.#history
    } catch (error) {
      this.#history = undefined
      throw error
    }
  }

  async #forget(): Promise<void> {
    const history = this.#history
    this.#history = undefined
    await history?.then(open => open.close()).catch(() => undefined)
  }
}
