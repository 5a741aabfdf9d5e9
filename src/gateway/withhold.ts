/**
 * Forwards a large body to the upstream, and withholds its end until the decision on the whole body. Servers run an
 * operation when they receive its end tag. The gateway withholds the end tag, and at least 4 KiB before it, until
 * it has read the whole request and made the decision. If that is a denial, the upstream never got a complete
 * operation. Chunks before that are forwarded whole, because splitting one would take two writes.
 *
 * @module
 */

import type { EnvelopeReader } from '../ews/reader.ts'
import { GrowingBuffer } from '../http/growing-buffer.ts'
import type { MaybePromise } from '../model/maybe-promise.ts'

const WITHHELD_BYTES = 4_096

/** Rest of the client's body. */
export interface Rest {
  /** Returns the next chunk, or undefined at the end. @throws Failure */
  next(): MaybePromise<Buffer | undefined>
}

export type Withholding = Readonly<{
  reader: EnvelopeReader
  /** Bytes of the request that have already been read, from its first byte on. */
  begun: Buffer
  rest: Rest
  /** Bytes that the gateway writes before the operation element. */
  head: Uint8Array
  /** Offset of the operation element. */
  operationStart: number
  /** Returns the bytes that the gateway writes after the operation element, once its end is known. */
  tail: (operationEnd: number) => Uint8Array
  /** Called when the whole body has been read. @throws Failure if the request is denied */
  verdict: () => Promise<void>
}>

/** Yields the bytes for the upstream. If it throws, the upstream's request ends before the operation is complete. */
export async function* withhold(body: Withholding): AsyncGenerator<Uint8Array> {
  const { reader, rest, operationStart } = body
  const held = new ChunkWindow()
  held.add(body.begun)
  held.cut(operationStart)

  yield body.head
  for (;;) {
    if (reader.operationEnd === undefined) yield* held.whole(reader.settled - WITHHELD_BYTES)
    const chunk = await rest.next()
    if (chunk === undefined) break
    reader.write(chunk)
    held.add(chunk)
  }
  reader.end()
  await body.verdict()

  const end = reader.operationEnd ?? operationStart
  yield* held.take(end)
  yield body.tail(end)
}

/** Maximum size in bytes of chunks that are joined to one, so that the number of withheld chunks stays small. */
const JOINED_BYTES = 8_192

/** Consecutive chunks, addressed by the offsets of their bytes. */
class ChunkWindow {
  readonly #chunks: GrowingBuffer[] = []
  /** Offset of the first byte in the window. */
  #start = 0

  add(chunk: Buffer): void {
    const last = this.#chunks.at(-1)
    if (last !== undefined && last.length + chunk.length <= JOINED_BYTES) last.add(chunk)
    else this.#chunks.push(new GrowingBuffer(chunk))
  }

  /** Drops all bytes before an offset. */
  cut(offset: number): void {
    for (const _ of this.take(offset));
  }

  /** Yields and removes all bytes before an offset. */
  *take(offset: number): Generator<Uint8Array> {
    yield* this.whole(offset)
    const [chunk] = this.#chunks
    const length = offset - this.#start
    if (chunk === undefined || length <= 0) return
    const bytes = chunk.take()
    chunk.add(bytes.subarray(length))
    this.#start = offset
    yield bytes.subarray(0, length)
  }

  /** Yields and removes the complete chunks before an offset. */
  *whole(offset: number): Generator<Uint8Array> {
    for (;;) {
      const [chunk] = this.#chunks
      if (chunk === undefined || this.#start + chunk.length > offset) return
      this.#chunks.shift()
      this.#start += chunk.length
      yield chunk.take()
    }
  }
}
