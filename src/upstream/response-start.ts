/**
 * Reads responses while they stream: from their beginning the version of the server and the first response code, and
 * the number of items.
 *
 * It reads the first 16 KiB of a response, searches the rest for items only, and never delays a chunk. Most responses
 * of a server begin with the same bytes, so recent beginnings are cached with the facts in them.
 *
 * @module
 */

import { constants, gunzipSync } from 'node:zlib'
import { ItemCounter } from '../ews/item-counter.ts'
import { ResponseReader } from '../ews/response-reader.ts'
import { Failure } from '../model/failure.ts'
import type { ServerVersion } from '../model/server-version.ts'

const LOOKED_AT_BYTES = 16_384
/** Number of bytes that are read in one step. In most responses, the first code is within these bytes. */
const STEP_BYTES = 1_024
/** Number of bytes of a compressed response that are read. The first code is usually much earlier. */
const COMPRESSED_BYTES = 2_048
const KEPT = 16
const MAX_START_BYTES = 2_048
const NOTHING = new Uint8Array()

/** Facts that the beginning of a response contains. */
type Beginning = Readonly<{
  code: string | undefined
  isFault: boolean
  serverVersion: ServerVersion | undefined
}>
type CachedBeginning = Beginning & Readonly<{ bytes: Buffer }>

/** Cache of the beginnings of one upstream's responses. */
export class ResponseStarts {
  readonly #kept: CachedBeginning[] = []
  /** Index of the next beginning to replace: the oldest one. */
  #next = 0
  #serverVersion: ServerVersion | undefined

  /** The last version that the upstream sent; undefined before the first. */
  get serverVersion(): ServerVersion | undefined {
    return this.#serverVersion
  }

  /** Starts to read another response. @param gzip - whether it is compressed, so that its items can't be counted */
  follow(gzip: boolean, countItems = false): ResponseStart {
    return new ResponseStart(this, gzip, countItems && !gzip ? new ItemCounter() : undefined)
  }

  note(serverVersion: ServerVersion | undefined): void {
    if (serverVersion !== undefined) this.#serverVersion = serverVersion
  }

  /** Caches a beginning, with all bytes up to the end of the first code. */
  keep(bytes: Uint8Array, beginning: Beginning): void {
    if (bytes.length > MAX_START_BYTES) return
    this.#kept[this.#next] = { ...beginning, bytes: Buffer.from(bytes) }
    this.#next = (this.#next + 1) % KEPT
  }

  /** Returns the cached facts for a response that begins with this chunk. */
  find(chunk: Uint8Array): Beginning | undefined {
    return this.#kept.find(({ bytes }) => {
      const last = bytes.length - 1
      // Compares the last byte first, which excludes most other beginnings quickly.
      return bytes[last] === chunk[last] && bytes.compare(chunk, 0, last + 1) === 0
    })
  }
}

/** The beginning of one response. */
export class ResponseStart {
  readonly #starts: ResponseStarts
  readonly #gzip: boolean
  readonly #items: ItemCounter | undefined
  #reader: ResponseReader | undefined
  #bytes = 0
  #isDone = false
  #code: string | undefined
  #isFault = false

  /**
   * @param gzip - whether the response is compressed; then only its first chunk is read
   * @param items - counts the items of the response; undefined: they are not counted
   */
  constructor(starts: ResponseStarts, gzip: boolean, items: ItemCounter | undefined) {
    this.#starts = starts
    this.#gzip = gzip
    this.#items = items
  }

  /** Number of items so far; undefined if they are not counted. */
  get itemCount(): number | undefined {
    return this.#items?.count
  }

  /** The first response code; undefined before it has been read. */
  get code(): string | undefined {
    return this.#code
  }

  /** Whether the response is a SOAP fault; false before that has been read. */
  get isFault(): boolean {
    return this.#isFault
  }

  /** Reads the next chunk of the response. */
  look(chunk: Uint8Array): void {
    this.#items?.add(chunk)
    if (this.#isDone || chunk.length === 0) return
    const bytes = this.#gzip ? inflate(chunk) : chunk
    const known = this.#bytes === 0 ? this.#starts.find(bytes) : undefined
    if (known === undefined) this.#read(bytes)
    else this.#take(known)
    this.#isDone ||= this.#gzip || this.#bytes >= LOOKED_AT_BYTES
    if (this.#isDone) this.#reader = undefined
  }

  #read(bytes: Uint8Array): void {
    const isFirst = this.#bytes === 0
    this.#reader ??= new ResponseReader()
    this.#readSteps(this.#reader, bytes)
    const { first, serverVersion } = this.#reader
    if (first === undefined) {
      this.#starts.note(serverVersion)
      return
    }
    const { code, isFault } = first
    const beginning = { code, isFault, serverVersion }
    if (isFirst) this.#starts.keep(bytes.subarray(0, first.end), beginning)
    this.#take(beginning)
  }

  /** Reads up to the first code. A response that can't be parsed has no code. */
  #readSteps(reader: ResponseReader, bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length && this.#bytes < LOOKED_AT_BYTES; at += STEP_BYTES) {
        const step = bytes.subarray(at, at + STEP_BYTES)
        this.#bytes += step.length
        reader.write(step)
        if (reader.first !== undefined) return
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      this.#isDone = true
    }
  }

  #take({ code, isFault, serverVersion }: Beginning): void {
    this.#code = code
    this.#isFault = isFault
    this.#starts.note(serverVersion)
    this.#isDone = true
  }
}

/** Decompresses the beginning of a response. Returns nothing if it can't be read. */
function inflate(chunk: Uint8Array): Uint8Array {
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 16 * LOOKED_AT_BYTES }
    return gunzipSync(chunk.subarray(0, COMPRESSED_BYTES), options)
  } catch {
    return NOTHING
  }
}
