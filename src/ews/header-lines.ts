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
  /** The outermost open ExtendedProperty: its depth, whether it is a header, and whether its value has begun. */
  #property: { depth: number; isHeader: boolean; hasValue: boolean } | undefined
  /** Whether the last field or property outside of an ExtendedProperty is a header. */
  #isPathOfHeader = false

  /** Whether text is being read. */
  get open(): boolean {
    return this.#text !== undefined
  }

  /** Begins an element that names a property or a header, or whose text can be a header. */
  begin(tag: Tag): void {
    const { name, depth } = tag
    if (name.local === 'ExtendedProperty')
      this.#property ??= { depth, isHeader: false, hasValue: false }
    else if (name.local === 'Value') this.#beginValue(depth)
    else if (name.local.endsWith('URI') || name.local === 'Path') this.#readProperty(tag)
    else if ((name.meaning & HEADER) !== 0) {
      this.broken ||= headerIn(tag) === 'broken'
      this.#text = depth
    }
  }

  add(bytes: Uint8Array, from: number, to: number): void {
    for (const byte of bytes.subarray(from, to)) this.#take(byte)
  }

  addCharacter(character: string): void {
    this.#take(character.charCodeAt(0))
  }

  close(depth: number): void {
    if (depth === this.#text) {
      this.#text = undefined
      this.broken ||= this.#isAtBreak
    }
    if (depth === this.#property?.depth) this.#property = undefined
  }

  #beginValue(depth: number): void {
    if (this.#property) this.#property.hasValue = true
    if (this.#isPathOfHeader || this.#property?.isHeader) this.#text = depth
  }

  #readProperty(tag: Tag): void {
    const header = headerIn(tag)
    this.broken ||= header === 'broken'
    if (this.#property === undefined) this.#isPathOfHeader = header !== undefined
    else if (header !== undefined) {
      this.#property.isHeader = true
      // A value before its property has not been read.
      this.broken ||= this.#property.hasValue
    }
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
