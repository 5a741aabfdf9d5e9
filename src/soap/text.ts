/**
 * Text of elements, gathered from the pieces in which a scanner tells it.
 *
 * @module
 */

const LONGEST_ASCII = 256
const FEW = 64

/** The text of one element: bounded, and plain or not. */
export class Gathered {
  readonly #longest: number
  #parts: (Uint8Array | string)[] = []
  #length = 0

  /** @param longest - bytes; more than that is kept as being too long */
  constructor(longest: number) {
    this.#longest = longest
  }

  add(bytes: Uint8Array, from: number, to: number): void {
    this.#length += to - from
    if (to > from && this.#length <= this.#longest) this.#parts.push(copyOf(bytes, from, to))
  }

  addCharacter(character: string): void {
    this.#length += character.length
    if (this.#length <= this.#longest) this.#parts.push(character)
  }

  /** The text since the last time, or undefined where it is too long. */
  take(): string | undefined {
    if (this.#length === 0) return ''
    const parts = this.#parts
    const fits = this.#length <= this.#longest
    this.#parts = []
    this.#length = 0
    return fits ? decode(parts) : undefined
  }
}

function decode(parts: readonly (Uint8Array | string)[]): string {
  let text = ''
  /** What stands between two references. */
  let run = ''
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  for (const part of parts) {
    if (typeof part === 'string') {
      text += withLineFeeds(run) + part
      run = ''
    } else run += ascii(part, 0, part.length) ?? decoder.decode(part, { stream: true })
  }
  return text + withLineFeeds(run)
}

/** XML 1.0, 2.11: every end of a line is a line feed, unless a reference wrote it. */
const withLineFeeds = (text: string) => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text)

/** No bytes. */
export const NOTHING = new Uint8Array()

/** Bytes of one's own: `slice` of a Buffer would be the caller's memory still. */
export function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const copy = new Uint8Array(to - from)
  if (copy.length > FEW) copy.set(bytes.subarray(from, to))
  // To make a view of few bytes costs more than to copy them.
  else for (let i = 0; i < copy.length; i++) copy[i] = bytes[from + i] as number
  return copy
}

/** Bytes as characters where all are ASCII and few, for which a decoder is slow. */
export function ascii(bytes: Uint8Array, from: number, to: number): string | undefined {
  if (to - from > LONGEST_ASCII) return undefined
  for (let i = from; i < to; i++) if ((bytes[i] as number) >= 0x80) return undefined
  return latin1(bytes, from, to)
}

/** Few bytes as characters, one of each. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  const part = to - from === bytes.length ? bytes : copyOf(bytes, from, to)
  return String.fromCharCode.apply(null, part as unknown as number[])
}

/** Text written so that it stands in an element or a quoted attribute. */
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
