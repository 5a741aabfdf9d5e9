/**
 * Finds names and values of Internet headers that contain a further header.
 *
 * Some servers write the headers of an item into the message without encoding them. A line break in one of them
 * begins another header, such as From.
 *
 * @module
 */

import type { Tag } from '../xml/tag.ts'
import { headerIn } from './content.ts'
import { HEADER } from './meanings.ts'

const LF = 0x0a
const CR = 0x0d
const TAB = 0x09
const SPACE = 0x20

export class HeaderLines {
  /** Whether a name or a value contains, or could contain, a further header. */
  broken = false
  /** Depth of the element whose text is being read. */
  #text: number | undefined
  /** Whether that text ends with a line break so far. */
  #isAtBreak = false
  /** Depth of the open ExtendedProperty, and whether its value has begun. */
  #property: number | undefined
  #hasValue = false
  /** Whether the last property that was named is a header. */
  #isHeader = false

  /** Whether text is being read. */
  get open(): boolean {
    return this.#text !== undefined
  }

  /** Begins an element that names a property or a header, or whose text can be a header. */
  begin(tag: Tag): void {
    const { name, depth } = tag
    if (name.local === 'ExtendedProperty') {
      this.#property = depth
      this.#hasValue = false
    } else if (name.local === 'Value') {
      this.#hasValue = true
      if (this.#isHeader) this.#beginText(depth)
    } else if (name.local.endsWith('URI') || name.local === 'Path') this.#readProperty(tag)
    else if ((name.meaning & HEADER) !== 0) {
      this.broken ||= headerIn(tag) === 'broken'
      this.#beginText(depth)
    }
  }

  add(bytes: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to && !this.broken; i++) this.#take(bytes[i] as number)
  }

  addCharacter(character: string): void {
    this.#take(character.charCodeAt(0))
  }

  close(depth: number): void {
    if (depth === this.#text) {
      this.#text = undefined
      this.broken ||= this.#isAtBreak
    }
    if (depth === this.#property) {
      this.#property = undefined
      this.#isHeader = false
    }
  }

  #beginText(depth: number): void {
    this.#text = depth
    this.#isAtBreak = false
  }

  #readProperty(tag: Tag): void {
    const header = headerIn(tag)
    if (header === undefined) return
    this.#isHeader = true
    // A value before its property has not been read.
    this.broken ||= header === 'broken' || (this.#property !== undefined && this.#hasValue)
  }

  /** A line that begins with a blank continues the header. */
  #take(byte: number): void {
    if (byte === LF || byte === CR) {
      this.#isAtBreak = true
      return
    }
    if (this.#isAtBreak && byte !== SPACE && byte !== TAB) this.broken = true
    this.#isAtBreak = false
  }
}
