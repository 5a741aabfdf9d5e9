/**
 * Watches a request as it arrives and reports when the operation's end tag has been read. A lenient server runs the
 * operation at that moment.
 *
 * @module
 */

const ascii = (text: string) => Buffer.from(text, 'latin1')
const COMMENT = { start: ascii('<!--'), end: ascii('-->') }
const CDATA = { start: ascii('<![CDATA['), end: ascii(']]>') }
const INSTRUCTION = { start: ascii('<?'), end: ascii('?>') }

/** Receives the bytes of a request in order. Compares names of elements without their prefixes. */
export class OperationWatch {
  #rest: Buffer = Buffer.alloc(0)
  #depth = 0
  #inBody = false
  #bodySeen = false
  #operation: string | undefined
  #ended = false

  /** Local name of the first child of the first Body, once its start tag has been read. */
  get operation(): string | undefined {
    return this.#operation
  }

  /** Reads the next bytes. @returns whether the operation's end tag has been read */
  push(chunk: Buffer): boolean {
    if (this.#ended) return true
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (!this.#ended) {
      const start = bytes.indexOf(0x3c, at)
      const end = start < 0 ? -1 : markupEnd(bytes, start)
      if (end < 0) {
        this.#rest = start < 0 ? Buffer.alloc(0) : bytes.subarray(start)
        return false
      }
      if (bytes[start + 1] !== 0x21 && bytes[start + 1] !== 0x3f)
        this.#tag(bytes.toString('latin1', start + 1, end - 1))
      at = end
    }
    return true
  }

  #tag(tag: string) {
    if (tag.startsWith('/')) return this.#close()
    const name = tag.match(/^(?:[^\s/:]*:)?([^\s/]*)/)?.[1] ?? ''
    this.#depth += 1
    if (this.#depth === 2 && name === 'Body' && !this.#bodySeen) {
      this.#inBody = true
      this.#bodySeen = true
    }
    if (this.#depth === 3 && this.#inBody) this.#operation ??= name
    if (tag.endsWith('/')) this.#close()
  }

  #close() {
    this.#depth -= 1
    if (this.#depth === 2 && this.#inBody && this.#operation !== undefined) this.#ended = true
    if (this.#depth === 1) this.#inBody = false
  }
}

/** Returns the offset after the tag or other markup at `start`, or -1 if it is incomplete. */
function markupEnd(bytes: Buffer, start: number): number {
  for (const { start: opening, end: closing } of [COMMENT, CDATA, INSTRUCTION]) {
    const head = bytes.subarray(start, start + opening.length)
    if (!head.equals(opening.subarray(0, head.length))) continue
    if (head.length < opening.length && opening !== INSTRUCTION.start) return -1
    const end = bytes.indexOf(closing, start + opening.length)
    return end < 0 ? -1 : end + closing.length
  }
  let quote = 0
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (quote !== 0) quote = byte === quote ? 0 : quote
    else if (byte === 0x22 || byte === 0x27) quote = byte
    else if (byte === 0x3e) return at + 1
  }
  return -1
}
