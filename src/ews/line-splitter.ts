/**
 * Splits bytes into lines as they stream.
 *
 * @module
 */

import { NOTHING } from '../xml/text.ts'

const LF = 0x0a
const CR = 0x0d
const DASH = 0x2d

/**
 * Receives one line without its line feed. A carriage return before the line feed is part of the line. The bytes
 * are valid only during the call.
 *
 * @param isWhole - false if the line was too long and was truncated
 */
export type TakeLine = (bytes: Uint8Array, from: number, to: number, isWhole: boolean) => void

/** Splits bytes in chunks that can end anywhere. */
export class LineSplitter {
  /** Whether there was a carriage return without a line feed. Some programs end a line there. */
  hasBareCr = false
  /** Whether the dropped rest of the line that is passed on has a dash. */
  hasDashInRest = false
  readonly #maxBytes: number
  readonly #take: TakeLine
  #kept = NOTHING
  #length = 0
  #isCut = false
  /** Whether the last chunk ended with a carriage return. */
  #endsInCr = false

  /** @param maxBytes - maximum length of a line; the rest of a longer line is dropped */
  constructor(maxBytes: number, take: TakeLine) {
    this.#maxBytes = maxBytes
    this.#take = take
  }

  add(chunk: Uint8Array): void {
    this.#lookForBareCr(chunk)
    let start = 0
    for (;;) {
      const end = chunk.indexOf(LF, start)
      if (end === -1) break
      if (this.#length === 0) this.#tell(chunk, start, end)
      else {
        this.#keep(chunk, start, end)
        this.#flush()
      }
      start = end + 1
    }
    this.#keep(chunk, start, chunk.length)
  }

  /** Ends the text. Passes on the last line even if it has no line feed. */
  end(): void {
    if (this.#length > 0) this.#flush()
  }

  #tell(bytes: Uint8Array, from: number, to: number): void {
    const end = Math.min(to, from + this.#maxBytes)
    this.hasDashInRest = end < to && bytes.subarray(end, to).includes(DASH)
    this.#take(bytes, from, end, end === to)
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    const room = this.#maxBytes - this.#length
    const end = Math.min(to, from + room)
    if (this.#length === 0) this.hasDashInRest = false
    if (end < to) {
      this.#isCut = true
      this.hasDashInRest ||= bytes.subarray(end, to).includes(DASH)
    }
    const length = this.#length + end - from
    if (length > this.#kept.length) this.#grow(length)
    this.#kept.set(bytes.subarray(from, end), this.#length)
    this.#length = length
  }

  #lookForBareCr(chunk: Uint8Array): void {
    if (chunk.length === 0 || this.hasBareCr) return
    if (this.#endsInCr && chunk[0] !== LF) this.hasBareCr = true
    const last = chunk.length - 1
    for (let cr = chunk.indexOf(CR); cr !== -1; cr = chunk.indexOf(CR, cr + 1))
      if (cr < last && chunk[cr + 1] !== LF) this.hasBareCr = true
    this.#endsInCr = chunk[last] === CR
  }

  #grow(length: number): void {
    const larger = new Uint8Array(Math.min(this.#maxBytes, 2 * length))
    larger.set(this.#kept.subarray(0, this.#length))
    this.#kept = larger
  }

  #flush(): void {
    const [length, isCut] = [this.#length, this.#isCut]
    this.#length = 0
    this.#isCut = false
    this.#take(this.#kept, 0, length, !isCut)
  }
}
