/**
 * Sends audit records to a receiver outside of the gateway, or to a file. A sink is a consumer of the journal: it sends the records of
 * each process in their order, and each at least once. While the receiver is away, only the position falls behind.
 *
 * @module
 */

import type { Consumer } from '../audit/consumer.ts'
import type { Lines, Position } from '../audit/reader.ts'
import { AlertDetector } from './alert.ts'
import type { Members } from './members.ts'
import type { SinkPositions } from './positions.ts'
import { recordsIn, type Selection, type SinkRecord } from './record.ts'

/** Waits before attempts to send again. Each is half to all of this, so that gateways don't attempt together. */
const FIRST_RETRY_MS = 1_000
const MAX_RETRY_MS = 60_000

/** Bytes of records that are sent without waiting for more. */
const FULL_BYTES = 192 * 1024

/** Consecutive records of one writer: at least one. */
export type Batch = Readonly<{
  /** Position before the records, which stays the same if they are sent again. */
  start: Position
  records: readonly SinkRecord[]
}>

/** The connection to one receiver, or a file. */
export interface Sender {
  /**
   * Sends records.
   *
   * @param signal - ends the attempt
   * @throws if the receiver has not acknowledged all of them
   */
  send(batch: Batch, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** Returns the JSON value that is sent for a record. */
export type Format = (record: SinkRecord) => Members

export type SinkOptions = Readonly<{
  name: string
  selection: Selection
  positions: SinkPositions
  sender: Sender
  /** Time for which records wait for later ones, so that they are sent together. */
  gatherMs: number
  /** Maximum time of one attempt to send; undefined if it has none. */
  deadlineMs: number | undefined
  /** Milliseconds, from any start. */
  now: () => number
  /** Returns a number from 0 up to 1. */
  random: () => number
}>

export class Sink implements Consumer {
  readonly isRemote = true
  readonly #options: SinkOptions
  readonly #closing = new AbortController()
  readonly #alerts = new AlertDetector()
  /** Time at which the sink was offered records that still wait for later ones. */
  #offeredAt: number | undefined
  #failure: Readonly<{ error: unknown; retryMs: number; until: number }> | undefined

  constructor(options: SinkOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  async position(writer: string): Promise<Position> {
    return this.#options.positions.of(writer)
  }

  takes({ bytes }: Lines): boolean {
    const { gatherMs, now } = this.#options
    this.#offeredAt ??= now()
    return bytes.length >= FULL_BYTES || now() >= this.#offeredAt + gatherMs
  }

  async consume(lines: Lines): Promise<void> {
    const { selection, positions, now } = this.#options
    if (this.#failure && now() < this.#failure.until) throw this.#failure.error
    const records = recordsIn(lines, selection, this.#alerts)
    if (records.length > 0) await this.#send({ start: lines.start, records })
    positions.store(lines.end)
    this.#offeredAt = undefined
    this.#failure = undefined
  }

  async forget(writer: string): Promise<void> {
    this.#options.positions.forget(writer)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#options.sender.close()
  }

  async #send(batch: Batch): Promise<void> {
    const { sender, deadlineMs } = this.#options
    const closing = this.#closing.signal
    const signal =
      deadlineMs === undefined
        ? closing
        : AbortSignal.any([AbortSignal.timeout(deadlineMs), closing])
    try {
      await sender.send(batch, signal)
    } catch (error) {
      this.#backOff(error)
      throw error
    }
  }

  #backOff(error: unknown): void {
    const { now, random } = this.#options
    const retryMs = Math.min((this.#failure?.retryMs ?? FIRST_RETRY_MS / 2) * 2, MAX_RETRY_MS)
    this.#failure = { error, retryMs, until: now() + (retryMs / 2) * (1 + random()) }
  }
}
