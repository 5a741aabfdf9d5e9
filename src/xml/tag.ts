/**
 * Reads the name and attributes of a tag from bytes that contain the whole tag, or its beginning.
 *
 * @module
 */

import { decodeValue, INCOMPLETE, skipValue } from './attribute-value.ts'
import { Attributes } from './attributes.ts'
import { SPACES } from './characters.ts'
import type { Limits } from './limits.ts'
import { malformed } from './malformed.ts'
import { NameReader } from './name-reader.ts'
import { type Name, NO_NAME } from './names.ts'
import type { Namespaces } from './namespaces.ts'
import type { ScanBuffer } from './scan-buffer.ts'
import { NOTHING } from './text.ts'
import type { Vocabulary } from './vocabulary.ts'

const GREATER = 0x3e
const SLASH = 0x2f
const EQUALS = 0x3d
const QUOTE = 0x22
const APOSTROPHE = 0x27

/**
 * A start or end tag. One object is reused for all tags of a document, so it is valid only until the next tag is
 * read. Listeners must copy the values that they need.
 */
export class Tag {
  name: Name = NO_NAME
  /** Namespace of the element. The scanner sets it once the declarations are known. */
  namespace = ''
  /** Whether the tag is an empty element, such as `<a/>`. */
  empty = false
  /** Number of enclosing elements: 0 for the root. */
  depth = 0
  /** Absolute offset of the `<`. `end` is that of the byte after the `>`. */
  start = 0
  end = 0
  /** Number of declarations in scope before this tag. */
  mark = 0
  /** Bytes that contain the values of the attributes. */
  bytes: Uint8Array = NOTHING

  readonly #namespaces: Namespaces
  readonly #attributes: Attributes
  readonly #names: NameReader

  constructor(limits: Limits, vocabulary: Vocabulary, namespaces: Namespaces) {
    this.#attributes = new Attributes(limits.attributes, vocabulary)
    this.#names = new NameReader(limits.nameBytes, vocabulary.names)
    this.#namespaces = namespaces
  }

  /** The attributes, without namespace declarations. */
  get attributes(): readonly Name[] {
    return Array.from({ length: this.attributeCount }, (_, i) => this.attributeName(i))
  }

  get attributeCount(): number {
    return this.#attributes.count
  }

  get hasAttributes(): boolean {
    return this.#attributes.count > 0
  }

  attributeName(index: number): Name {
    return this.#attributes.at(index).name
  }

  /** Offset in `bytes` at which the written value of an attribute begins. */
  valueStart(index: number): number {
    return this.#attributes.at(index).from
  }

  /** Offset in `bytes` at which the value of an attribute ends. */
  valueEnd(index: number): number {
    return this.#attributes.at(index).to
  }

  /** Returns the decoded value of an attribute. */
  value(index: number): string {
    const { from, to } = this.#attributes.at(index)
    return decodeValue(this.bytes, from, to)
  }

  /** Returns the decoded value of the attribute with a written name; undefined if there is none. */
  attribute(written: string): string | undefined {
    for (let i = 0; i < this.attributeCount; i++)
      if (this.attributeName(i).written === written) return this.value(i)
    return undefined
  }

  /** Returns the namespaces that this tag declares. */
  declared(): readonly (readonly [prefix: string, uri: string])[] {
    return this.#namespaces.since(this.mark)
  }

  /** Returns the namespace of a prefix in this tag. */
  resolve(prefix: string): string | undefined {
    return this.#namespaces.resolve(prefix)
  }

  /**
   * Reads the start tag whose `<` is at `at`, and declares its namespaces.
   *
   * @returns the offset of its end, or INCOMPLETE
   * @throws Failure
   */
  readStart(buffer: ScanBuffer, at: number, to: number): number {
    const { bytes } = buffer
    this.bytes = bytes
    this.#attributes.count = 0
    this.mark = this.#namespaces.size
    let i = this.#names.read(bytes, at + 1, to)
    if (i === INCOMPLETE) return INCOMPLETE
    this.name = this.#names.name

    for (;;) {
      const before = i
      while (i < to && SPACES[bytes[i] as number] === 1) i++
      if (i >= to) return INCOMPLETE
      const byte = bytes[i]
      if (byte === GREATER) return this.#finish(false, i + 1)
      if (byte === SLASH) {
        if (i + 1 >= to) return INCOMPLETE
        if (bytes[i + 1] !== GREATER) throw malformed(`"/" inside the tag ${this.name.written}`)
        return this.#finish(true, i + 2)
      }
      if (i === before) throw malformed(`no space before an attribute of ${this.name.written}`)
      i = this.#readAttribute(buffer, i, to)
      if (i === INCOMPLETE) return INCOMPLETE
    }
  }

  /**
   * Reads the end tag whose `</` is at `at`.
   *
   * @param open - name of the open element; undefined if there is none
   * @returns the offset of its end, or INCOMPLETE
   * @throws Failure
   */
  readEnd(bytes: Uint8Array, at: number, to: number, open: Name | undefined): number {
    let i = this.#names.read(bytes, at + 2, to)
    if (i === INCOMPLETE) return INCOMPLETE
    const { written } = this.#names.name
    while (i < to && SPACES[bytes[i] as number] === 1) i++
    if (i >= to) return INCOMPLETE
    if (bytes[i] !== GREATER) throw malformed(`the end tag of ${written} is not closed`)
    if (open?.written !== written)
      throw malformed(`the end tag ${written} does not close the innermost open element`)
    return i + 1
  }

  #readAttribute(buffer: ScanBuffer, from: number, to: number): number {
    const { bytes } = buffer
    let i = this.#names.read(bytes, from, to)
    if (i === INCOMPLETE) return INCOMPLETE
    const { name } = this.#names
    while (i < to && SPACES[bytes[i] as number] === 1) i++
    if (i >= to) return INCOMPLETE
    if (bytes[i] !== EQUALS) throw malformed(`attribute ${name.written} has no value`)
    i++
    while (i < to && SPACES[bytes[i] as number] === 1) i++
    if (i >= to) return INCOMPLETE

    const quote = bytes[i]
    if (quote !== QUOTE && quote !== APOSTROPHE)
      throw malformed(`the value of ${name.written} is not quoted`)
    const end = skipValue(buffer, i + 1, to, quote)
    if (end === INCOMPLETE) return INCOMPLETE
    this.#attributes.add(name, i + 1, end)
    return end + 1
  }

  /** Declares namespaces, and resolves the name. */
  #finish(empty: boolean, end: number): number {
    this.empty = empty
    if (this.#attributes.count > 0) this.#attributes.settle(this.bytes, this.#namespaces)
    const { prefix } = this.name
    const namespace = this.#namespaces.resolve(prefix)
    if (namespace === undefined) throw malformed(`prefix "${prefix}" is not declared`)
    this.namespace = namespace
    return end
  }
}
