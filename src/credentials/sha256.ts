/**
 * SHA-256 and HMAC-SHA256 of Node.js, with the interface that AWS's signer requires. The signer's own
 * implementation in JavaScript takes forty times as long.
 *
 * @module
 */

import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'

/** Input that AWS's packages pass to a hash: text, or bytes in one of three types. */
type Source = string | ArrayBuffer | ArrayBufferView

/** A SHA-256 hash, or an HMAC if there is a secret. */
export class Sha256 {
  readonly #secret: Uint8Array | undefined
  #hash: Hash | Hmac

  constructor(secret?: Source) {
    this.#secret = secret === undefined ? undefined : bytesOf(secret)
    this.#hash = begin(this.#secret)
  }

  update(data: Source): void {
    this.#hash.update(bytesOf(data))
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {
    this.#hash = begin(this.#secret)
  }
}

const begin = (secret: Uint8Array | undefined): Hash | Hmac =>
  secret === undefined ? createHash('sha256') : createHmac('sha256', secret)

function bytesOf(source: Source): Uint8Array {
  if (typeof source === 'string') return Buffer.from(source)
  if (source instanceof ArrayBuffer) return new Uint8Array(source)
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
}
