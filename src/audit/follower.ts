/**
 * Passes the records of writers to one consumer as they are written.
 *
 * @module
 */

import type { Consumer } from './consumer.ts'
import { beginningOf, type Committed, JournalReader, type Position } from './reader.ts'
import type { SegmentName } from './segments.ts'

/** Interval at which the journal is polled for new records. */
const POLL_INTERVAL_MS = 500

/** Maximum time for delivering the last records on close. */
const CLOSE_MS = 5_000

export type FollowerOptions = Readonly<{
  /** The journal's folder. */
  folder: string
  /** Name of this process in the journal. */
  writer: string
  consumer: Consumer
  /** Returns the end of what this process has written. If absent, everything that is there can be read. */
  committed?: (() => Committed | undefined) | undefined
  /** Called when the consumer or the journal starts to fail, but not at each retry. */
  failed: (consumer: string, error: unknown) => void
  /** Called when the consumer accepts records again. */
  recovered: (consumer: string) => void
  /** Current time in milliseconds since the epoch. */
  now: () => number
}>

type Followed = {
  /** Absent if the writer has ended and the consumer has received all its records. */
  reader: JournalReader | undefined
  position: Position
  /**
   * Last segment of a writer that has ended. It can be longer than the position, because a header or an incomplete
   * line can follow.
   */
  last?: Readonly<{ segment: number; bytes: number }> | undefined
}

export class Follower {
  readonly #options: FollowerOptions
  readonly #timer: NodeJS.Timeout
  readonly #followed = new Map<string, Followed | undefined>()
  #consuming: Promise<void> | undefined
  #hasFailed = false
  /** Whether the consumer must take all records now. */
  #isClosing = false
  #isClosed = false
  /** Last time at which the consumer had received all records. */
  #completeAt: number

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#completeAt = options.now()
    this.follow(options.writer)
    this.#timer = setInterval(() => this.#consume(), POLL_INTERVAL_MS).unref()
  }

  /** Name of the consumer. */
  get consumer(): string {
    return this.#options.consumer.name
  }

  get isRemote(): boolean {
    return this.#options.consumer.isRemote ?? false
  }

  /** Whether the consumer or the journal failed at the last attempt. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** Time since the consumer had received all records, in milliseconds. */
  get lagMs(): number {
    return this.#options.now() - this.#completeAt
  }

  /** Starts to follow another writer, which has ended, from the consumer's stored position. */
  follow(writer: string): void {
    if (!this.#followed.has(writer)) this.#followed.set(writer, undefined)
  }

  /** Whether the consumer has received all records of a writer that has ended. */
  hasAll(writer: string): boolean {
    const followed = this.#followed.get(writer)
    return followed !== undefined && followed.reader === undefined
  }

  /** Whether the consumer has all records of a segment. @param bytes - length of the segment */
  has({ writer, segment }: SegmentName, bytes: number): boolean {
    const followed = this.#followed.get(writer)
    if (followed === undefined) return false
    const { position, last } = followed
    if (last) return last.segment > segment || (last.segment === segment && last.bytes === bytes)
    return position.segment > segment || (position.segment === segment && position.offset >= bytes)
  }

  /** Stops following a writer whose segments have all been deleted. */
  async forget(writer: string): Promise<void> {
    const followed = this.#followed.get(writer)
    this.#followed.delete(writer)
    await followed?.reader?.close()
    await this.#options.consumer.forget(writer)
  }

  /** Resolves when the consumer has received all records written before the call, or has failed. */
  async drain(): Promise<void> {
    await this.#consuming
    await this.#consume()
  }

  /** Closes the consumer as well. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#isClosing = true
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, CLOSE_MS)
    await Promise.race([this.drain(), late.promise])
    clearTimeout(timer)
    this.#isClosed = true
    for (const followed of this.#followed.values()) await followed?.reader?.close()
    await this.#options.consumer.close()
  }

  #consume(): Promise<void> {
    this.#consuming ??= this.#consumeAll().finally(() => {
      this.#consuming = undefined
    })
    return this.#consuming
  }

  async #consumeAll(): Promise<void> {
    const { consumer, failed, recovered, now } = this.#options
    const begunAt = now()
    try {
      let hasAll = true
      for (const writer of this.#followed.keys())
        if (!(await this.#consumeWriter(writer))) hasAll = false
      if (hasAll && !this.#isClosed) this.#completeAt = begunAt
      if (this.#hasFailed) recovered(consumer.name)
      this.#hasFailed = false
    } catch (error) {
      if (this.#hasFailed || this.#isClosed) return
      this.#hasFailed = true
      failed(consumer.name, error)
    }
  }

  /** Returns false if the consumer takes the last records together with later ones. */
  async #consumeWriter(writer: string): Promise<boolean> {
    const { consumer } = this.#options
    const followed = await this.#openWriter(writer)
    const { reader } = followed
    const isOwn = writer === this.#options.writer
    // Reads no further than what was written when it began. Otherwise, as long as requests arrive, each batch would have
    // only the few records that were written during the batch before it.
    const committed = isOwn ? this.#options.committed?.() : undefined
    while (reader && !this.#isClosed) {
      const lines = await reader.read(followed.position, committed)
      if (lines === undefined) break
      if (isOwn && !this.#isClosing && consumer.takes?.(lines) === false) return false
      await consumer.consume(lines)
      followed.position = lines.end
    }
    if (reader === undefined || isOwn) return true
    followed.last = await reader.reached()
    followed.reader = undefined
    await reader.close()
    return true
  }

  async #openWriter(writer: string): Promise<Followed> {
    const { folder, consumer } = this.#options
    const open = this.#followed.get(writer)
    if (open !== undefined) return open
    const position = (await consumer.position(writer)) ?? beginningOf(writer)
    const followed: Followed = { reader: new JournalReader(folder, consumer.batchBytes), position }
    this.#followed.set(writer, followed)
    return followed
  }
}
