/**
 * Reads a response to a client while it is passed on, for the draft that is attached to the role.
 *
 * Each chunk is passed on first, and unchanged. The reader keeps no bytes of it, except of a compressed response until
 * they are decompressed. Whatever it can't read, it ignores: nothing of it reaches the request.
 *
 * @module
 */

import { createGunzip, type Gunzip } from 'node:zlib'
import { ResponseReader } from '../ews/response-reader.ts'
import type { Reservation } from '../http/byte-budget.ts'
import { Failure } from '../model/failure.ts'
import type { AnswerSink, UpstreamHead } from '../upstream/upstream.ts'
import type { ShownResponse } from './shown-response.ts'

/** Maximum number of bytes of incomplete markup. */
const MARKUP_BYTES = 65_536
/** Maximum number of compressed bytes that wait. If more do, the rest of the response is not read. */
const WAITING_BYTES = 262_144

type Options = Readonly<{
  /** Receives the response that the client gets. */
  sink: AnswerSink
  shown: ShownResponse
  reservation: Reservation
  /** Called with an unhandled error. */
  failed: (error: unknown) => void
}>

export class ShownAnswer implements AnswerSink {
  readonly #options: Options
  /** Undefined before the response has begun, and after the reader has stopped. */
  #reader: ResponseReader | undefined
  #gunzip: Gunzip | undefined
  readonly #read = Promise.withResolvers<void>()
  #reserved = 0
  #hasEnded = false

  constructor(options: Options) {
    this.#options = options
  }

  /** Resolves when the reader has stopped; undefined if it has. It reads on only if the response was compressed. */
  get reading(): Promise<void> | undefined {
    return this.#reader && this.#read.promise
  }

  head(head: UpstreamHead): void {
    this.#options.sink.head(head)
    this.#safely(() => this.#begin(head))
  }

  chunk(bytes: Uint8Array): boolean {
    const more = this.#options.sink.chunk(bytes)
    if (this.#reader !== undefined) this.#safely(() => this.#take(bytes))
    return more
  }

  end(): void {
    this.#hasEnded = true
    this.#options.sink.end()
    if (this.#gunzip !== undefined) this.#gunzip.end()
    else this.#safely(() => this.#finish())
  }

  fail(failure: Failure): void {
    this.#options.sink.fail(failure)
    this.#stop()
  }

  /** Stops if the response ended early. Nothing more of it arrives. */
  close(): void {
    if (!this.#hasEnded) this.#stop()
  }

  #begin({ status, gzip }: UpstreamHead): void {
    const { shown } = this.#options
    if (status !== 200 || !this.#reserve(MARKUP_BYTES + (gzip ? WAITING_BYTES : 0))) return
    this.#reader = new ResponseReader(shown.operation, shown)
    if (!gzip) return
    this.#gunzip = createGunzip()
      .on('data', (bytes: Buffer) => this.#safely(() => this.#write(bytes)))
      .on('end', () => this.#safely(() => this.#finish()))
      .on('error', () => this.#stop())
  }

  #take(bytes: Uint8Array): void {
    if (this.#gunzip === undefined) this.#write(bytes)
    else if (this.#gunzip.writableLength + bytes.length > WAITING_BYTES) this.#stop()
    else this.#gunzip.write(bytes)
  }

  #write(bytes: Uint8Array): void {
    const { shown } = this.#options
    const before = shown.bytes
    this.#reader?.write(bytes)
    if (!this.#reserve(shown.bytes - before)) this.#stop()
  }

  #reserve(bytes: number): boolean {
    const fits = this.#options.reservation.reserve(bytes)
    if (fits) this.#reserved += bytes
    return fits
  }

  #finish(): void {
    if (this.#reader === undefined) return
    this.#reader.end()
    this.#options.shown.end()
    this.#stop()
  }

  #stop(): void {
    this.#reader = undefined
    this.#gunzip?.destroy()
    this.#gunzip = undefined
    this.#options.reservation.release(this.#reserved)
    this.#reserved = 0
    this.#read.resolve()
  }

  /** Runs a step, after whose failure nothing more is read. */
  #safely(step: () => void): void {
    try {
      step()
    } catch (error) {
      this.#stop()
      if (!(error instanceof Failure)) this.#options.failed(error)
    }
  }
}
