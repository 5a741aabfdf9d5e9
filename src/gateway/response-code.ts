/**
 * The first ResponseCode of an answer, for the audit.
 *
 * @module
 */

import { constants, gunzipSync } from 'node:zlib'

const LONGEST = 16_384
const CODE = /<(?:[A-Za-z_][\w.-]*:)?ResponseCode\b[^>]*>([A-Za-z]{1,64})</g

const WORD = Buffer.from('ResponseCode')
/** Bytes around the word, in which mostly all of it has room. */
const BEFORE = 32
const BEHIND = 128

/** Looks at the beginning of an answer as it passes, and keeps nothing of it. */
export class ResponseCodeWatch {
  readonly #gzip: boolean
  #seen = ''
  #done = false
  code: string | undefined

  /** @param gzip - whether the answer is compressed: then only its first piece can be read */
  constructor(gzip: boolean) {
    this.#gzip = gzip
  }

  look(piece: Uint8Array): void {
    if (this.#done) return
    if (!this.#gzip && this.#seen === '') this.code = codeNear(piece)
    if (this.code === undefined) this.#gather(piece)
    else this.#done = true
  }

  /** Keeps what has been seen, for a code that is cut. */
  #gather(piece: Uint8Array): void {
    this.#seen += this.#gzip ? inflate(piece) : latin1(piece, LONGEST)
    this.code = codeIn(this.#seen)
    this.#done = this.code !== undefined || this.#gzip || this.#seen.length >= LONGEST
    if (this.#done) this.#seen = ''
  }
}

/** As most answers have it: to make text of all of their beginning took more than all else here. */
function codeNear(bytes: Uint8Array): string | undefined {
  const beginning = beginningOf(bytes, LONGEST)
  const at = beginning.indexOf(WORD)
  if (at === -1) return undefined
  return codeIn(beginning.toString('latin1', Math.max(0, at - BEFORE), at + BEHIND))
}

/** A search for the plain word first takes a third of the time. */
function codeIn(text: string): string | undefined {
  const at = text.indexOf('ResponseCode')
  if (at === -1) return undefined
  CODE.lastIndex = Math.max(0, text.lastIndexOf('<', at))
  return CODE.exec(text)?.[1]
}

function inflate(piece: Uint8Array): string {
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 4 * LONGEST }
    return latin1(gunzipSync(piece.subarray(0, LONGEST), options), 4 * LONGEST)
  } catch {
    return ''
  }
}

const latin1 = (bytes: Uint8Array, longest: number) =>
  beginningOf(bytes, longest).toString('latin1')

const beginningOf = (bytes: Uint8Array, longest: number) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, longest))
