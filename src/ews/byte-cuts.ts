/**
 * Passes on the bytes of a stream without some parts, which can be replaced by others.
 *
 * @module
 */

import { NOTHING } from '../xml/text.ts'

/** A part to leave out. Its end is infinite until it is known. */
type Cut = { from: number; to: number; instead: Uint8Array | undefined }

/** Offsets are those of the stream, from its first byte. */
export class ByteCuts {
  /** Bytes that have not been passed on, and the offset of the first. */
  #kept: Uint8Array = NOTHING
  #at = 0
  readonly #cuts: Cut[] = []

  add(chunk: Uint8Array): void {
    this.#kept = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk])
  }

  /** Begins a cut at an offset up to which bytes were passed on at most. Cuts must be in order. */
  begin(from: number, instead?: string): void {
    const bytes = instead === undefined ? undefined : Buffer.from(instead)
    this.#cuts.push({ from, to: Number.POSITIVE_INFINITY, instead: bytes })
  }

  /** Ends the latest cut. */
  end(to: number): void {
    const cut = this.#cuts.at(-1)
    if (cut !== undefined) cut.to = to
  }

  /** Returns the bytes up to an offset, as far as they have arrived, without those that are cut. */
  take(limit: number): readonly Uint8Array[] {
    const end = Math.min(limit, this.#at + this.#kept.length)
    const parts: Uint8Array[] = []
    const pass = (from: number, to: number) => {
      if (from < to) parts.push(this.#kept.subarray(from - this.#at, to - this.#at))
    }
    let at = this.#at
    for (let cut = this.#cuts[0]; cut !== undefined && cut.from < end; cut = this.#cuts[0]) {
      pass(at, cut.from)
      if (cut.instead !== undefined) parts.push(cut.instead)
      at = Math.min(cut.to, end)
      if (cut.to <= end) this.#cuts.shift()
      else {
        this.#cuts[0] = { from: end, to: cut.to, instead: undefined }
        break
      }
    }
    pass(at, end)
    this.#kept = this.#kept.subarray(end - this.#at)
    this.#at = end
    return parts
  }
}
