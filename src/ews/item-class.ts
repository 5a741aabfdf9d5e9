/**
 * Buffers the beginning of each text that could be a class, and of other short texts. The name of a property doesn't
 * matter, because it can follow its value.
 *
 * @module
 */

import { SPACES } from '../xml/characters.ts'
import { latin1, NOTHING } from '../xml/text.ts'
import { type ClassKind, kindOfClass } from './content.ts'

/** Number of bytes to keep. All item classes that the guard looks for are shorter. */
const KEPT = 64

export class ItemClass {
  #bytes = NOTHING
  #length = 0
  #depth: number | undefined
  #element = ''

  /** Local name of the element whose text is being read, or was read last. */
  get element(): string {
    return this.#element
  }

  /** The text, without white space at its beginning. It is incomplete if {@link isFull}. */
  get text(): string {
    return latin1(this.#bytes, 0, this.#length)
  }

  /** Whether the text is at least as long as what is kept. */
  get isFull(): boolean {
    return this.#length === KEPT
  }

  /** Whether text is being read. */
  get open(): boolean {
    return this.#depth !== undefined
  }

  get depth(): number | undefined {
    return this.#depth
  }

  /** @param element - local name of the element */
  begin(depth: number, element: string): void {
    this.#depth = depth
    this.#element = element
    this.#length = 0
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(KEPT)
  }

  add(bytes: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to && this.#length < KEPT; i++) this.#take(bytes[i] as number)
  }

  addCharacter(character: string): void {
    if (this.#length < KEPT) this.#take(character.charCodeAt(0) & 0xff)
  }

  end(): ClassKind {
    this.#depth = undefined
    return kindOfClass(this.text)
  }

  #take(byte: number): void {
    if (this.#length === 0 && SPACES[byte] === 1) return
    this.#bytes[this.#length++] = byte
  }
}
