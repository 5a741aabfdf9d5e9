/**
 * Collects a whole body in one buffer that the byte budget accounts for.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import { after, type MaybePromise } from '../model/maybe-promise.ts'
import { overBudget, type Reservation } from './byte-budget.ts'
import { GrowingBuffer } from './growing-buffer.ts'
import type { IncomingBody } from './incoming-body.ts'

/** Minimum number of bytes that count for a chunk in a body of unknown length, because each chunk costs CPU time. */
const LEAST_CHUNK_BYTES = 64

/**
 * Maximum time for a body that {@link gather} reads to arrive, in milliseconds. Such bodies are small, and some are read
 * before the caller is known.
 */
const ARRIVAL_MS = 60_000

export type GatherOptions = Readonly<{
  reservation: Reservation
  /** Maximum size of the body in bytes. */
  most: number
  /** Number of bytes to reserve in advance. By default, the Content-Length, or 0 without one. */
  expected?: number
  /** Number of copies of the body in memory, such as two if it is read and then written again. By default, one. */
  copies?: number
}>

export class GatheredBody {
  readonly #body: IncomingBody
  readonly #options: GatherOptions
  readonly #buffer = new GrowingBuffer()
  #reserved = 0

  /**
   * Reserves the expected bytes before they are read.
   *
   * @throws Failure `body-too-large`, `over-budget`
   */
  constructor(body: IncomingBody, options: GatherOptions) {
    this.#body = body
    this.#options = options
    const { expected = body.announced ?? 0 } = options
    this.#check(expected)
    this.#reserve(expected)
  }

  /** Bytes read so far. Valid until more is read. */
  get bytes(): Buffer {
    return this.#buffer.bytes
  }

  /**
   * Reads the next chunk.
   *
   * @returns the chunk, or undefined at the end
   * @throws Failure `body-too-large`, `over-budget`, `client-gone`
   */
  next(): MaybePromise<Buffer | undefined> {
    return after(this.#body.next(), this.#add)
  }

  readonly #add = (chunk: Buffer | undefined): Buffer | undefined => {
    if (chunk === undefined) return undefined
    const { announced, bytes, chunks } = this.#body
    const { most } = this.#options
    this.#check(bytes)
    if (announced === undefined && chunks * LEAST_CHUNK_BYTES > most)
      throw new Failure(
        'body-too-large',
        `The request has more than ${Math.floor(most / LEAST_CHUNK_BYTES)} chunks. Send larger chunks, or Content-Length.`,
      )
    // Doubles the buffer when it is full, up to the maximum size.
    if (bytes > this.#reserved) this.#reserve(Math.max(bytes, Math.min(2 * this.#reserved, most)))
    this.#buffer.add(chunk, this.#reserved)
    return chunk
  }

  #check(bytes: number): void {
    const { most } = this.#options
    if (bytes > most)
      throw new Failure('body-too-large', `The request exceeds the limit of ${most} bytes.`)
  }

  #reserve(bytes: number): void {
    const { reservation, copies = 1 } = this.#options
    if (!reservation.reserve((bytes - this.#reserved) * copies)) throw overBudget()
    this.#reserved = bytes
  }
}

/**
 * Reads a whole body, within a minute.
 *
 * @throws Failure `body-too-large`, `over-budget`, `client-gone`
 */
export async function gather(body: IncomingBody, options: GatherOptions): Promise<Buffer> {
  const gathered = new GatheredBody(body, options)
  body.expectWithin(ARRIVAL_MS)
  while ((await gathered.next()) !== undefined);
  return gathered.bytes
}
