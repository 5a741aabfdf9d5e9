/**
 * Text of elements, gathered from the pieces in which a scanner tells it.
 *
 * @module
 */

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

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
    if (to > from && this.#length <= this.#longest) this.#parts.push(bytes.slice(from, to))
  }

  addCharacter(character: string): void {
    this.#length += character.length
    if (this.#length <= this.#longest) this.#parts.push(character)
  }

  /** The text so far, or undefined where it is too long. */
  value(): string | undefined {
    if (this.#length > this.#longest) return undefined
    const encoder = new TextEncoder()
    const bytes = this.#parts.map(part => (typeof part === 'string' ? encoder.encode(part) : part))
    const whole = new Uint8Array(bytes.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const part of bytes) {
      whole.set(part, at)
      at += part.length
    }
    return decoder.decode(whole)
  }
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
