/**
 * One segment of the journal, open for appending batches of lines. A batch is written completely or not at all.
 * Each batch contains the SHA-256 of the batch before it, so that readers can verify that no batch was changed or
 * removed.
 *
 * @module
 */

import { hash } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  futimesSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { segmentFile } from './segments.ts'

/** First line of a segment, which is a batch of its own. */
export type SegmentHeader = Readonly<{
  type: 'segment'
  /** Start of the segment as RFC 3339. */
  at: string
  writer: string
  segment: number
  /** Host and process of the writer. */
  host: string
  pid: number
  /** Time in days after which the writer deletes segments, `audit.keepDays`. */
  keepDays: number
  /** SHA-256 of the writer's last batch in the segment before. In its first segment, the hash of an empty text. */
  previous: string
}>

/** Change of a segment by another program. */
export type SegmentProblem = 'deleted' | 'replaced' | 'truncated'

/** SHA-256 of an empty text, used as the previous hash of the first batch of a writer. */
export const HASH_OF_NOTHING = hash('sha256', '')

const NEW_FILE = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL

export class Segment {
  readonly number: number
  readonly file: string
  readonly #fd: number
  #bytes = 0
  #lines = 0
  #hash = HASH_OF_NOTHING
  #isTorn = false

  private constructor(number: number, file: string) {
    this.number = number
    this.file = file
    this.#fd = openSync(file, NEW_FILE, 0o600)
  }

  /** Creates a segment with its header. @throws if that is not possible; no file is left */
  static begin(folder: string, header: SegmentHeader): Segment {
    const segment = new Segment(header.segment, segmentFile(folder, header))
    try {
      segment.append(Buffer.from(`${JSON.stringify(header)}\n`), 1)
      return segment
    } catch (error) {
      segment.close()
      rmSync(segment.file, { force: true })
      throw error
    }
  }

  /** Length of the segment. */
  get bytes(): number {
    return this.#bytes
  }

  /** Number of lines, with the header. */
  get lines(): number {
    return this.#lines
  }

  /** SHA-256 of the last batch. */
  get hash(): string {
    return this.#hash
  }

  /** Whether an incomplete batch could not be removed from the end, so that nothing more can be appended. */
  get isTorn(): boolean {
    return this.#isTorn
  }

  /**
   * Hands a batch to the operating system.
   *
   * @param lines - number of lines of the batch
   * @throws if that is not possible; the segment then has no part of the batch
   */
  append(batch: Uint8Array, lines: number): void {
    let written = 0
    try {
      while (written < batch.length) written += writeSync(this.#fd, batch, written)
    } catch (error) {
      if (written > 0) this.#removeTorn()
      throw error
    }
    this.#bytes += batch.length
    this.#lines += lines
    this.#hash = hash('sha256', batch)
  }

  /** Returns what another program has done to the file. */
  problem(): SegmentProblem | undefined {
    const { ino, dev, size } = fstatSync(this.#fd)
    const there = statSync(this.file, { throwIfNoEntry: false })
    if (there === undefined) return 'deleted'
    if (there.ino !== ino || there.dev !== dev) return 'replaced'
    return size < this.#bytes ? 'truncated' : undefined
  }

  /** Updates the modification time, which shows other processes that the writer is alive. */
  touch(at: Date): void {
    futimesSync(this.#fd, at, at)
  }

  close(): void {
    closeSync(this.#fd)
  }

  #removeTorn(): void {
    try {
      ftruncateSync(this.#fd, this.#bytes)
    } catch {
      this.#isTorn = true
    }
  }
}
