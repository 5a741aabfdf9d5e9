/**
 * Verifies the segments of one writer: that each batch contains the hash of the one before, and that its checkpoints
 * are signed.
 *
 * A program that changes a file can make every hash match, but it can't sign. So a record is certain only if a valid
 * checkpoint follows, and every hash between them matches.
 *
 * @module
 */

import { createHash, type Hash, type KeyObject } from 'node:crypto'
import { basename } from 'node:path'
import { reasonOf } from '../model/file-problem.ts'
import type { CheckpointRecord } from './audit.ts'
import { checkpointIn, isCheckpoint, isSigned, lineOfCheckpoint } from './checkpoint.ts'
import { HASH_OF_NOTHING, type SegmentHeader } from './segment.ts'
import { isComplete, linesOf, previousIn } from './segment-lines.ts'

/** A line of a segment, and the time of the checkpoint in it. */
type Place = Readonly<{ file: string; line: number; at?: string }>

/** Lines that are not certain: those after one place and before another. */
type Change = {
  readonly after: Place | undefined
  before: Place
  /** The line that showed the change, and what is wrong with it. */
  readonly shownBy: string
  /** Number of missing lines; below 0 if lines were inserted. */
  missing: number
}

export class WriterVerifier {
  readonly problems: string[] = []
  /** Number of lines without headers and checkpoints. */
  records = 0
  /** Number of records after the last valid checkpoint. */
  unsigned = 0
  /** Last valid checkpoint of each segment. */
  readonly checkpoints = new Map<number, CheckpointRecord>()
  /** Headers of segments whose first checkpoint proves them. */
  readonly headers = new Map<number, SegmentHeader>()
  readonly #writer: string
  readonly #publicKeys: readonly KeyObject[]
  /** Signatures of checkpoints that were kept elsewhere and have not been found yet. */
  readonly #wanted: Set<string>
  #segment = 0
  #file = ''
  #line = 0
  /** First line of the segment, until its first checkpoint or change. */
  #header: Buffer | undefined
  /** Hash that the next batch must contain. Undefined if the batch before is not known. */
  #expected: string | undefined = HASH_OF_NOTHING
  /** Hash of the current batch. */
  #batch: Hash | undefined
  /** Place of the last valid checkpoint. */
  #certain: Place | undefined
  #isFinal = false
  /** Number of lines of this segment that are known to be missing. */
  #missing = 0
  #change: Change | undefined

  /** @param wanted - checkpoints that were kept elsewhere */
  constructor(
    writer: string,
    publicKeys: readonly KeyObject[],
    wanted: readonly CheckpointRecord[],
  ) {
    this.#writer = writer
    this.#publicKeys = publicKeys
    this.#wanted = new Set(wanted.map(({ signature }) => signature))
  }

  /** Whether the process stopped properly: its last line is a checkpoint that says so. */
  get isFinal(): boolean {
    return this.#isFinal
  }

  /** Whether the segments contain a checkpoint that was kept elsewhere. */
  contains({ signature }: CheckpointRecord): boolean {
    return !this.#wanted.has(signature)
  }

  /** Verifies a segment. Segments must come in the order of their numbers. */
  async verify(segment: number, file: string): Promise<void> {
    if (segment > this.#segment + 1) this.#skipTo(segment)
    this.#segment = segment
    this.#file = basename(file)
    this.#line = 0
    this.#missing = 0
    try {
      for await (const lines of linesOf(file)) for (const line of lines) this.#add(line)
    } catch (error) {
      this.problems.push(
        `${this.#file} cannot be read after line ${this.#line}: ${reasonOf(error)}. Restore it from a backup`,
      )
    }
    this.#endBatch()
    // A process that was killed when it began the segment leaves a header without a checkpoint.
    if (this.#line > 1 && !this.checkpoints.has(segment)) this.#reportForeign()
  }

  /** Reports a change that no valid checkpoint follows. */
  end(): void {
    this.#report('No valid checkpoint follows')
  }

  #skipTo(segment: number): void {
    this.#expected = undefined
    if (this.#segment === 0) return
    const [first, last] = [this.#segment + 1, segment - 1]
    const missing = first === last ? `Segment ${first} is` : `Segments ${first} to ${last} are`
    this.problems.push(`${missing} missing after ${this.#file}. ${certainUpTo(this.#certain)}`)
  }

  #add(line: Buffer): void {
    this.#line += 1
    if (this.#line === 1) this.#header = line
    if (this.#isFinal) this.#changed('follows the last checkpoint of a process that stopped')
    const previous = previousIn(line)
    if (previous !== undefined) this.#beginBatch(previous)
    this.#batch?.update(line)
    if (isCheckpoint(line)) this.#addCheckpoint(line.toString())
    else if (this.#line > 1 && isComplete(line)) {
      this.records += 1
      this.unsigned += 1
    }
  }

  #beginBatch(previous: string): void {
    this.#endBatch()
    if (this.#expected !== undefined && this.#expected !== previous)
      this.#changed("has a hash that doesn't match the lines before it")
    this.#batch = createHash('sha256')
  }

  #endBatch(): void {
    if (this.#batch) this.#expected = this.#batch.digest('hex')
    this.#batch = undefined
  }

  #addCheckpoint(line: string): void {
    const checkpoint = checkpointIn(line)
    if (checkpoint === undefined || !this.#isValid(checkpoint, line)) {
      this.#changed('is a checkpoint that is not valid')
      return
    }
    const missing = checkpoint.sequence - this.#line - this.#missing
    if (missing !== 0 && this.#change === undefined)
      this.#changed('was another line when it was signed')
    this.#missing += missing
    if (this.#change) this.#change.missing += missing
    this.#certain = { file: this.#file, line: this.#line, at: checkpoint.at }
    this.#isFinal = checkpoint.final === true
    this.#wanted.delete(checkpoint.signature)
    this.checkpoints.set(this.#segment, checkpoint)
    this.unsigned = 0
    this.#report()
    if (this.#header) this.headers.set(this.#segment, JSON.parse(`${this.#header}`))
    this.#header = undefined
  }

  #isValid(checkpoint: CheckpointRecord, line: string): boolean {
    const { writer, segment } = checkpoint
    if (lineOfCheckpoint(checkpoint) !== line) return false
    if (writer !== this.#writer || segment !== this.#segment) return false
    return this.#publicKeys.some(key => isSigned(checkpoint, key))
  }

  /** @param why - what is wrong with the current line */
  #changed(why: string): void {
    this.#isFinal = false
    this.#header = undefined
    const before = { file: this.#file, line: this.#line }
    if (this.#change) this.#change.before = before
    else
      this.#change = {
        after: this.#certain,
        before,
        shownBy: `${nameOf(before)} ${why}`,
        missing: 0,
      }
  }

  #report(ending?: string): void {
    if (this.#change === undefined) return
    const { after, before, shownBy, missing } = this.#change
    this.#change = undefined
    const again = ending ?? `Certain again from ${nameOf(before)}`
    this.problems.push(`${shownBy}. ${changesOf(missing)}. ${certainUpTo(after)}. ${again}`)
  }

  #reportForeign(): void {
    this.#change = undefined
    this.problems.push(
      `${this.#file} has no valid checkpoint. A program without the master key wrote it, or a gateway with another one. If the master key was rotated, name the former and the present public key with --public-key`,
    )
  }
}

const nameOf = ({ file, line }: Place): string => `${file}, line ${line}`

const certainUpTo = (place: Place | undefined): string =>
  place === undefined ? 'Nothing before is certain' : `Certain up to ${nameOf(place)} (${place.at})`

function changesOf(missing: number): string {
  if (missing > 0) return `${linesOfCount(missing)} too few: lines were removed or inserted`
  if (missing < 0) return `${linesOfCount(-missing)} too many: lines were removed or inserted`
  return 'Lines were changed, inserted, removed, or reordered'
}

const linesOfCount = (count: number): string => (count === 1 ? '1 line' : `${count} lines`)
