/**
 * A large body on its way to the upstream, whose end is withheld until all is judged.
 *
 * Servers run an operation when its end tag has come. So the end tag, and at least 4 KiB before
 * it, stay here until the client's whole request has been read and the verdict is in: what is
 * refused by then was never a whole operation to the server. Before that pieces go on as they came,
 * for to cut each of them would mean to write to a socket twice.
 *
 * @module
 */

import type { EnvelopeReader } from '../ews/reader.ts'
import { GrowingBuffer } from '../http/growing-buffer.ts'
import type { MaybePromise } from '../model/maybe-promise.ts'

const WITHHELD_BYTES = 4_096

/** What can be read on: the rest of the client's body. */
export interface Rest {
  /** The next piece, or undefined at the end. @throws Failure */
  next(): MaybePromise<Buffer | undefined>
}

export type Withholding = Readonly<{
  reader: EnvelopeReader
  /** Bytes that the reader has already read, from the first byte of the request. */
  begun: Buffer
  rest: Rest
  /** The gateway's own bytes before the operation element. */
  head: Uint8Array
  /** Offset of the operation element. */
  operationStart: number
  /** The gateway's own bytes behind it, once its end is known. */
  tail: (operationEnd: number) => Uint8Array
  /** Waited for when all has been read: @throws Failure where the request is refused */
  verdict: () => Promise<void>
}>

/** The bytes for the upstream. Throwing ends its request before the operation is whole. */
export async function* withhold(body: Withholding): AsyncGenerator<Uint8Array> {
  const { reader, rest, operationStart } = body
  const held = new Held()
  held.add(body.begun)
  held.cut(operationStart)

  yield body.head
  for (;;) {
    if (reader.operationEnd === undefined) yield* held.whole(reader.settled - WITHHELD_BYTES)
    const piece = await rest.next()
    if (piece === undefined) break
    reader.write(piece)
    held.add(piece)
  }
  reader.end()
  await body.verdict()

  const end = reader.operationEnd ?? operationStart
  yield* held.take(end)
  yield body.tail(end)
}

/** Up to this size, in bytes, pieces are joined: what is withheld is never many small ones. */
const JOINED_BYTES = 8_192

/** Pieces in a row, known by the offsets of their bytes. */
class Held {
  readonly #pieces: GrowingBuffer[] = []
  /** Offset of the first byte that is held. */
  #start = 0

  add(piece: Buffer): void {
    const last = this.#pieces.at(-1)
    if (last !== undefined && last.length + piece.length <= JOINED_BYTES) last.add(piece)
    else this.#pieces.push(new GrowingBuffer(piece))
  }

  /** Drops all before an offset. */
  cut(offset: number): void {
    for (const _ of this.take(offset));
  }

  /** Gives away all before an offset. */
  *take(offset: number): Generator<Uint8Array> {
    yield* this.whole(offset)
    const [piece] = this.#pieces
    const length = offset - this.#start
    if (piece === undefined || length <= 0) return
    const bytes = piece.take()
    piece.add(bytes.subarray(length))
    this.#start = offset
    yield bytes.subarray(0, length)
  }

  /** Gives away the pieces that end before an offset. */
  *whole(offset: number): Generator<Uint8Array> {
    for (;;) {
      const [piece] = this.#pieces
      if (piece === undefined || this.#start + piece.length > offset) return
      this.#pieces.shift()
      this.#start += piece.length
      yield piece.take()
    }
  }
}
