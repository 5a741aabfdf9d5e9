/**
 * Writes the audit journal: the records of one turn of the event loop with one write.
 *
 * Actions that depend on a record wait for {@link Journal.written}. So a process that is killed loses only records
 * that nothing waited for, such as the outcomes of its last turn.
 *
 * @module
 */

import { mkdirSync, statfsSync } from 'node:fs'
import { hostname } from 'node:os'
import { timeOfId } from '../model/decision-id.ts'
import { Failure } from '../model/failure.ts'
import { FileError } from '../model/file-problem.ts'
import type { Audit, AuditRecord, CheckpointRecord } from './audit.ts'
import { type CheckpointSigner, lineOfCheckpoint } from './checkpoint.ts'
import { lineOf } from './line.ts'
import { type Committed, type Position, readLineAt } from './reader.ts'
import { CLOCKS_MS } from './recent.ts'
import { recordedIn } from './recorded.ts'
import type { Room } from './room.ts'
import { HASH_OF_NOTHING, Segment, type SegmentProblem } from './segment.ts'
import { newWriter } from './segments.ts'

export type JournalOptions = Readonly<{
  folder: string
  /**
   * `refuse` makes requests fail if their records cannot be written. `continue` serves them, and the records are
   * lost.
   */
  onFailure: 'refuse' | 'continue'
  /** Time in days after which segments are deleted. Each header has it, for readers that lack the configuration. */
  keepDays: number
  /** Signs the checkpoints. */
  signer: CheckpointSigner
  /** Current time in milliseconds since the epoch. */
  now: () => number
  /** Called when writing starts to fail, not at each failure. */
  failed: (error: unknown) => void
  /** Called when records can be written again, with the number of lost records. */
  recovered: (lost: number) => void
  /** Called at every check with the room on the disk. */
  room?: (room: Room) => void
  /** Called with each record and its size. */
  charged?: (record: AuditRecord, bytes: number) => void
  /** Called when another program has changed or deleted the segment. */
  disturbed: (problem: SegmentProblem, file: string) => void
}>

/** Maximum size of a segment. Only a single batch that is larger can exceed it. */
export const SEGMENT_BYTES = 64 * 1024 * 1024

/** Interval at which the journal checks its segment and updates the modification time. */
export const CHECK_MS = 5_000

/** Maximum time from a record to the checkpoint after it. */
const CHECKPOINT_MS = 1_000

/** Wait that clients are asked for while records cannot be written. */
const BACK_OFF_MS = 1_000

/** Size of the buffer for the lines of a turn. */
const BUFFER_BYTES = 64 * 1024

/** Size at which a batch is written before the turn ends. */
const MAX_BATCH_BYTES = 1024 * 1024

/** Maximum number of outcomes that wait while records can't be written. */
const MAX_OUTCOMES = 1_000

const DAY_MS = 86_400_000

const CHAIN_START = ',"previous":"'
/** End of the first line of a batch, with a placeholder for the hash. */
const CHAIN = `${CHAIN_START}${HASH_OF_NOTHING}"}\n`

/** Records that are written with one call. */
type Batch = {
  /** Number of records. */
  count: number
  /** Lines of outcomes. */
  readonly outcomes: string[]
  /** Resolves when the records are written. Created only if something waits for it. */
  written: PromiseWithResolvers<void> | undefined
  /** Failure of an earlier batch of the same turn. This one then fails as well, so that no caller waits for a part. */
  failure: Failure | undefined
}

export class Journal implements Audit {
  /** Name of this process in the journal's folder. */
  readonly writer: string
  readonly #options: JournalOptions
  readonly #timer: NodeJS.Timeout
  #segment: Segment | undefined
  /** Day of the segment, in UTC. */
  #day = 0
  #batch: Batch = newBatch()
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES)
  #end = 0
  /** Offset of the hash in the first line of the batch. */
  #hashAt = 0
  #flush: NodeJS.Immediate | undefined
  /** Runs while records have no checkpoint after them. */
  #unsigned: NodeJS.Timeout | undefined
  #isFailing = false
  /** Number of records lost since writing started to fail. */
  #lost = 0
  /** Whether another program has changed the segment, so that records in it would be lost. */
  #isDisturbed = false

  /** @throws FileError if no segment can be created in the folder */
  constructor(options: JournalOptions) {
    this.#options = options
    this.writer = newWriter(options.now())
    this.#segment = this.#beginFirst()
    this.#timer = setInterval(() => this.check(), CHECK_MS).unref()
  }

  /** Number of the segment that records are appended to. */
  get segment(): number {
    return this.#segment?.number ?? 0
  }

  /**
   * Returns the end of what is written. A read that began before may see the beginning of a batch behind it that is then
   * removed, because the disk is full. Undefined after the journal is closed.
   */
  committed(): Committed | undefined {
    return this.#segment && { segment: this.#segment.number, bytes: this.#segment.bytes }
  }

  record(record: AuditRecord): void {
    const line = lineOf(record)
    this.#options.charged?.(record, line.length)
    if (this.#end + line.length > MAX_BATCH_BYTES) {
      const failure = this.#write()
      this.#batch.failure = failure
    }
    this.#put(record.type, line)
    this.#flushLater()
  }

  written(): Promise<void> {
    if (this.#batch.count === 0) return Promise.resolve()
    this.#batch.written ??= Promise.withResolvers()
    this.#flushLater()
    return this.#batch.written.promise
  }

  async recorded(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const since = Math.min(...ids.map(timeOfId)) - CLOCKS_MS
    return await recordedIn(this.#options.folder, ids, since, this)
  }

  async lineAt(place: Position): Promise<string | undefined> {
    return await readLineAt(this.#options.folder, place)
  }

  rotate(): void {
    this.#write()
    this.#notice()
    this.#begin()
  }

  /** Returns the size of the disk that the journal is on, and the bytes that are left for the gateway. */
  room(): Room {
    const { bsize, blocks, bavail } = statfsSync(this.#options.folder)
    return { bytes: bsize * blocks, freeBytes: bsize * bavail }
  }

  checkWritable(): void {
    if (!this.#isFailing) return
    throw new Error(
      `Cannot write the audit in ${this.#options.folder}: make room, or make it writable`,
    )
  }

  /**
   * Starts another segment if another program has changed this one or if it can't be written to. So writing
   * recovers without waiting for a request to fail. Also updates the modification time, which shows other processes
   * that the writer is alive.
   */
  check(): void {
    this.#notice()
    this.#write()
    try {
      if (this.#isDisturbed || this.#isFailing) this.#begin()
      this.#recover()
      this.#options.room?.(this.room())
      this.#segment?.touch(new Date(this.#options.now()))
    } catch {
      // Ignored, because the next records that can't be written report this failure.
    }
  }

  close(): void {
    clearInterval(this.#timer)
    this.#notice()
    this.#write()
    this.#sign({ final: true })
    this.#segment?.close()
    this.#segment = undefined
  }

  #flushLater(): void {
    this.#flush ??= setImmediate(() => this.#write())
  }

  #notice(): void {
    const segment = this.#segment
    const problem = this.#isDisturbed ? undefined : segment?.problem()
    if (segment === undefined || problem === undefined) return
    this.#isDisturbed = true
    this.#options.disturbed(problem, segment.file)
  }

  #put(type: AuditRecord['type'], line: string): void {
    // A UTF-16 unit has at most three bytes of UTF-8.
    const most = line.length * 3 + CHAIN.length
    if (this.#end + most > this.#buffer.length) this.#grow(most)
    this.#batch.count += 1
    if (type === 'outcome') this.#batch.outcomes.push(line)
    if (this.#end > 0) {
      this.#end += this.#buffer.write(line, this.#end)
      return
    }
    this.#hashAt = this.#buffer.write(line) - '}\n'.length
    this.#end = this.#hashAt + this.#buffer.write(CHAIN, this.#hashAt)
    this.#hashAt += CHAIN_START.length
  }

  #grow(most: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#end + most))
    this.#buffer.copy(larger, 0, 0, this.#end)
    this.#buffer = larger
  }

  /** Writes the batch. Returns the failure if that is not possible. */
  #write(): Failure | undefined {
    clearImmediate(this.#flush)
    this.#flush = undefined
    if (this.#end === 0) return undefined
    const batch = this.#batch
    this.#batch = newBatch()
    const failure = this.#append(batch)
    if (failure === undefined) this.#recover()
    else {
      const kept = this.#options.onFailure === 'refuse' ? this.#keepOutcomes(batch) : 0
      this.#lost += batch.count - kept
    }
    if (failure !== undefined && this.#options.onFailure === 'refuse')
      batch.written?.reject(failure)
    else batch.written?.resolve()
    return failure
  }

  /** Writes the buffer. Returns the failure if that is not possible. */
  #append({ count, failure }: Batch): Failure | undefined {
    const bytes = this.#buffer.subarray(0, this.#end)
    this.#end = 0
    if (this.#buffer.length > MAX_BATCH_BYTES) this.#buffer = Buffer.allocUnsafe(BUFFER_BYTES)
    if (failure !== undefined) return failure
    try {
      const segment = this.#segmentFor(bytes.length)
      bytes.write(segment.hash, this.#hashAt)
      segment.append(bytes, count)
      this.#unsigned ??= setTimeout(() => this.#sign(), CHECKPOINT_MS).unref()
    } catch (cause) {
      return this.#fail(cause)
    }
    return undefined
  }

  /** Appends a checkpoint. If that fails, the next records get one. */
  #sign(ending: Pick<CheckpointRecord, 'final'> = {}): void {
    clearTimeout(this.#unsigned)
    this.#unsigned = undefined
    const segment = this.#segment
    if (segment === undefined || segment.isTorn || this.#isDisturbed) return
    try {
      segment.append(Buffer.from(this.#checkpoint(segment, ending)), 1)
    } catch (cause) {
      this.#fail(cause)
    }
  }

  #checkpoint({ number, lines, hash }: Segment, ending: Pick<CheckpointRecord, 'final'>): string {
    const { signer, now } = this.#options
    const checkpoint = signer.sign({
      at: new Date(now()).toISOString(),
      writer: this.writer,
      segment: number,
      sequence: lines + 1,
      ...ending,
      previous: hash,
    })
    return lineOfCheckpoint(checkpoint)
  }

  #recover(): void {
    if (this.#isFailing) this.#options.recovered(this.#lost)
    this.#isFailing = false
    this.#lost = 0
  }

  /**
   * Moves the outcomes of a failed batch to the next one, because their requests have already been served. Keeps
   * the oldest ones up to a limit, and returns the number of those kept.
   */
  #keepOutcomes({ outcomes }: Batch): number {
    const kept = outcomes.slice(0, MAX_OUTCOMES)
    for (const line of kept) this.#put('outcome', line)
    return kept.length
  }

  #fail(cause: unknown): Failure {
    if (!this.#isFailing) this.#options.failed(cause)
    this.#isFailing = true
    const options = { cause, backOffMs: BACK_OFF_MS }
    return new Failure('audit-unavailable', 'Cannot write the audit record', options)
  }

  /**
   * Returns the segment for a batch. Starts another one if the current one is full, damaged, or from another day.
   */
  #segmentFor(bytes: number): Segment {
    const segment = this.#segment
    if (segment === undefined) throw new Error('The audit journal is closed')
    if (segment.isTorn || this.#isDisturbed) return this.#begin()
    const isFull = segment.bytes + bytes > SEGMENT_BYTES
    if (!isFull && this.#today() === this.#day) return segment
    try {
      return this.#begin()
    } catch {
      return segment
    }
  }

  #beginFirst(): Segment {
    try {
      return this.#begin()
    } catch (cause) {
      const path = this.#options.folder
      throw new FileError({ what: 'the audit journal', path, key: 'audit.journal' }, cause)
    }
  }

  #begin(): Segment {
    const { folder, now, keepDays } = this.#options
    const before = this.#segment
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const next = Segment.begin(folder, {
      type: 'segment',
      at: new Date(now()).toISOString(),
      writer: this.writer,
      segment: this.segment + 1,
      host: hostname(),
      pid: process.pid,
      keepDays,
      previous: before?.hash ?? HASH_OF_NOTHING,
    })
    before?.close()
    this.#segment = next
    this.#isDisturbed = false
    this.#day = this.#today()
    this.#sign()
    return next
  }

  #today(): number {
    return Math.floor(this.#options.now() / DAY_MS)
  }
}

const newBatch = (): Batch => ({
  count: 0,
  outcomes: [],
  written: undefined,
  failure: undefined,
})
