/**
 * Decisions and changes that wait to be written one by one, as far as they have room.
 *
 * @module
 */

import type { Batch, Piece, SingleChange, SingleDecision } from './history.ts'
import { rowsOf } from './write.ts'

/** Decisions in a piece, and pieces in a batch. */
const PIECE = 250
const PIECES = 20

/** Decisions or changes in a batch. */
const BATCH = PIECE * PIECES

/** Characters of records. */
const ROOM = 16_000_000

export class Singles {
  /** Those of the next piece. */
  #decisions: SingleDecision[] = []
  readonly #pieces: Piece[] = []
  readonly #changes: SingleChange[] = []
  #count = 0
  #size = 0

  /** Whether what has been let in makes a batch. */
  get isBatch(): boolean {
    return this.#count >= BATCH
  }

  get isEmpty(): boolean {
    return this.#count === 0
  }

  /** Whether the pieces alone make a batch. */
  get isFull(): boolean {
    return this.#pieces.length >= PIECES
  }

  /** Lets one more in, where there is room for it. */
  admit(single: SingleDecision | SingleChange): boolean {
    const size = sizeOf(single)
    if (this.#size + size > ROOM) return false
    this.#size += size
    this.#count += 1
    return true
  }

  /** Takes out what was let in and has not been added. */
  withdraw(single: SingleDecision | SingleChange): void {
    this.#size -= sizeOf(single)
    this.#count -= 1
  }

  /** Adds one that was let in: from now on it is as it is. */
  add(decision: SingleDecision): void {
    this.#decisions.push(decision)
    if (this.#decisions.length >= PIECE) this.#pack()
  }

  addChange(change: SingleChange): void {
    this.#changes.push(change)
  }

  /** What is to be written next. */
  take(): Pick<Batch, 'decisions' | 'changes'> {
    this.#pack()
    const decisions = this.#pieces.splice(0, PIECES)
    const changes = this.#changes.splice(0, BATCH)
    for (const { count, size } of decisions) {
      this.#count -= count
      this.#size -= size
    }
    for (const change of changes) this.withdraw(change)
    return { decisions, changes }
  }

  #pack(): void {
    if (this.#decisions.length === 0) return
    const waiting = this.#decisions
    this.#decisions = []
    // Of an id the last one alone: no statement may change a row twice.
    const last = new Map(waiting.map(decision => [decision.decisionId, decision]))
    this.#pieces.push({
      count: waiting.length,
      size: waiting.reduce((sum, decision) => sum + sizeOf(decision), 0),
      ...rowsOf([...last.values()]),
    })
  }
}

const sizeOf = (single: SingleDecision | SingleChange) =>
  single.record.length + ('outcome' in single ? (single.outcome?.length ?? 0) : 0)
