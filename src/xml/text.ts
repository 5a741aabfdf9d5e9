/**
 * Buffers, decodes, and escapes the text of elements.
 *
 * @module
 */

/** Buffers the text of one element, up to a limit. */
export class TextBuffer {
  readonly #maxBytes: number
  /** Text up to the last reference. The text after it is in `#run`. */
  #text = ''
  #run = ''
  #length = 0
  /** Decoder for text that is not all ASCII. It keeps a character that is split between two chunks. */
  #decoder: InstanceType<typeof TextDecoder> | undefined

  /** @param maxBytes - maximum length; `take` returns undefined for a longer text */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add(bytes: Uint8Array, from: number, to: number): void {
    this.#length += to - from
    if (this.#length <= this.#maxBytes) this.#run += this.#decode(bytes, from, to)
  }

  addCharacter(character: string): void {
    this.#length += character.length
    if (this.#length > this.#maxBytes) return
    this.#text += withLineFeeds(this.#run) + character
    this.#run = ''
  }

  /** Returns the text since the last call, or undefined if it is too long. */
  take(): string | undefined {
    if (this.#length === 0) return ''
    const fits = this.#length <= this.#maxBytes
    const text = this.#text + withLineFeeds(this.#run)
    this.#text = ''
    this.#run = ''
    this.#length = 0
    this.#decoder = undefined
    return fits ? text : undefined
  }

  /** ASCII needs no decoder: the scanner has checked that it doesn't follow an incomplete character. */
  #decode(bytes: Uint8Array, from: number, to: number): string {
    return ascii(bytes, from, to) ?? this.#decodeAny(bytes.subarray(from, to))
  }

  #decodeAny(bytes: Uint8Array): string {
    this.#decoder ??= new TextDecoder('utf-8', { ignoreBOM: true })
    return this.#decoder.decode(bytes, { stream: true })
  }
}

/** Replaces line ends by line feeds, as section 2.11 of XML 1.0 requires. Doesn't change references. */
const withLineFeeds = (text: string) => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text)

/** An empty byte array. */
export const NOTHING = new Uint8Array()

const FEW = 64

/** Copies bytes. Needed because `slice` of a Buffer shares its memory. */
export function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const copy = new Uint8Array(to - from)
  if (copy.length > FEW) copy.set(bytes.subarray(from, to))
  // Copies a few bytes one by one, because creating a view of them takes longer.
  else for (let i = 0; i < copy.length; i++) copy[i] = bytes[from + i] as number
  return copy
}

const MAX_ASCII_BYTES = 256

/**
 * Decodes short ASCII text, for which a decoder is slow. Returns undefined for all other text. Decodes eight bytes
 * at a time, because `apply` takes twice as long.
 */
export function ascii(bytes: Uint8Array, from: number, to: number): string | undefined {
  if (to - from > MAX_ASCII_BYTES) return undefined
  let text = ''
  let all = 0
  const last = to - 8
  let i = from
  for (; i <= last; i += 8) {
    const [a, b, c, d] = [at(bytes, i), at(bytes, i + 1), at(bytes, i + 2), at(bytes, i + 3)]
    const [e, f, g, h] = [at(bytes, i + 4), at(bytes, i + 5), at(bytes, i + 6), at(bytes, i + 7)]
    all |= a | b | c | d | e | f | g | h
    text += String.fromCharCode(a, b, c, d, e, f, g, h)
  }
  for (; i < to; i++) {
    all |= at(bytes, i)
    text += String.fromCharCode(at(bytes, i))
  }
  return all < 0x80 ? text : undefined
}

const at = (bytes: Uint8Array, i: number) => bytes[i] as number

/** Decodes a few bytes as Latin-1, one character for each byte. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  const part = to - from === bytes.length ? bytes : copyOf(bytes, from, to)
  return String.fromCharCode.apply(null, part as unknown as number[])
}

/** Escapes text for an element or a quoted attribute. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\t\n\r]/g, character => ESCAPES[character] as string)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}
