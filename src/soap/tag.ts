/**
 * One tag: its name and attributes, read from bytes that hold it whole or in part.
 *
 * @module
 */

import { decodeValue, INCOMPLETE, refuseByte, skipValue } from './attribute-value.ts'
import { NAME, SPACES } from './characters.ts'
import type { Limits } from './limits.ts'
import { malformed } from './malformed.ts'
import { knownUri, type Name, type Namespaces, nameOf } from './names.ts'

const GREATER = 0x3e
const SLASH = 0x2f
const EQUALS = 0x3d
const QUOTE = 0x22
const APOSTROPHE = 0x27

/** An attribute as written; its value is decoded when it is asked for. */
type Attribute = { name: Name; from: number; to: number }

/**
 * A start or end tag. One object serves a whole document: what it says holds until the next tag
 * is read, so listeners take what they need and keep no reference to it.
 */
export class Tag {
  name: Name = { written: '', prefix: '', local: '' }
  /** Of the element; set by the scanner once the declarations are known. */
  namespace = ''
  /** `<a/>`. */
  empty = false
  /** How many elements are around it: 0 for the root. */
  depth = 0
  /** Absolute offsets of the `<` and of what follows the `>`. */
  start = 0
  end = 0

  readonly #limits: Limits
  readonly #namespaces: Namespaces
  readonly #attributes: Attribute[] = []
  #count = 0
  /** How many declarations were in scope before this tag. */
  #mark = 0
  #bytes: Uint8Array = new Uint8Array()

  constructor(limits: Limits, namespaces: Namespaces) {
    this.#limits = limits
    this.#namespaces = namespaces
  }

  /** The attributes, namespace declarations left out. */
  get attributes(): readonly Name[] {
    return this.#attributes.slice(0, this.#count).map(({ name }) => name)
  }

  get attributeCount(): number {
    return this.#count
  }

  attributeName(index: number): Name {
    return (this.#attributes[index] as Attribute).name
  }

  get hasAttributes(): boolean {
    return this.#count > 0
  }

  /** The decoded value of an attribute, by its written name; undefined where there is none. */
  attribute(written: string): string | undefined {
    for (let i = 0; i < this.#count; i++) {
      const attribute = this.#attributes[i]
      if (attribute?.name.written === written) return this.#value(attribute)
    }
    return undefined
  }

  /** The namespaces that this tag itself declares. */
  declared(): readonly (readonly [prefix: string, uri: string])[] {
    return this.#namespaces.since(this.#mark)
  }

  /** The namespace that a prefix stands for here. */
  resolve(prefix: string): string | undefined {
    return this.#namespaces.resolve(prefix)
  }

  /**
   * Reads a start tag whose `<` stands at `at` and declares its namespaces.
   *
   * @returns where it ends, or INCOMPLETE
   * @throws Failure
   */
  readStart(bytes: Uint8Array, at: number, to: number): number {
    this.#bytes = bytes
    this.#count = 0
    this.#mark = this.#namespaces.size
    let i = this.#readName(bytes, at + 1, to)
    if (i === INCOMPLETE) return INCOMPLETE
    this.name = this.#lastName

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
      if (i === before) throw malformed(`no blank before an attribute of ${this.name.written}`)
      i = this.#readAttribute(bytes, i, to)
      if (i === INCOMPLETE) return INCOMPLETE
    }
  }

  /**
   * Reads an end tag whose `</` stands at `at`.
   *
   * @returns where it ends, or INCOMPLETE
   * @throws Failure
   */
  readEnd(bytes: Uint8Array, at: number, to: number): number {
    let i = this.#readName(bytes, at + 2, to)
    if (i === INCOMPLETE) return INCOMPLETE
    this.name = this.#lastName
    while (i < to && SPACES[bytes[i] as number] === 1) i++
    if (i >= to) return INCOMPLETE
    if (bytes[i] !== GREATER) throw malformed(`the end tag of ${this.name.written} is not closed`)
    return i + 1
  }

  #lastName: Name = this.name

  #readName(bytes: Uint8Array, from: number, to: number): number {
    let hash = 0
    let i = from
    while (i < to && NAME[bytes[i] as number] === 1) {
      hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0
      i++
    }
    if (i - from > this.#limits.nameBytes) throw malformed('a name is too long')
    if (i >= to) return INCOMPLETE
    if ((bytes[i] as number) >= 0x80) return refuseByte(bytes, i, to)
    if (i === from) throw malformed('a name is missing')
    this.#lastName = nameOf(bytes, from, i, hash)
    return i
  }

  #readAttribute(bytes: Uint8Array, from: number, to: number): number {
    let i = this.#readName(bytes, from, to)
    if (i === INCOMPLETE) return INCOMPLETE
    const name = this.#lastName
    while (i < to && SPACES[bytes[i] as number] === 1) i++
    if (i >= to) return INCOMPLETE
    if (bytes[i] !== EQUALS) throw malformed(`attribute ${name.written} has no value`)
    i++
    while (i < to && SPACES[bytes[i] as number] === 1) i++
    if (i >= to) return INCOMPLETE

    const quote = bytes[i]
    if (quote !== QUOTE && quote !== APOSTROPHE)
      throw malformed(`the value of ${name.written} is not quoted`)
    const end = skipValue(bytes, i + 1, to, quote)
    if (end === INCOMPLETE) return INCOMPLETE
    this.#add(name, i + 1, end)
    return end + 1
  }

  #add(name: Name, from: number, to: number): void {
    if (this.#count >= this.#limits.attributes) throw malformed('too many attributes')
    const attribute = this.#attributes[this.#count]
    if (attribute === undefined) this.#attributes.push({ name, from, to })
    else Object.assign(attribute, { name, from, to })
    this.#count += 1
  }

  /** Declares namespaces, drops the declarations from the attributes and resolves the name. */
  #finish(empty: boolean, end: number): number {
    this.empty = empty
    if (this.#count > 0) this.#settleAttributes()
    const namespace = this.#namespaces.resolve(this.name.prefix)
    if (namespace === undefined || this.name.prefix === 'xmlns')
      throw malformed(`prefix "${this.name.prefix}" is not declared`)
    this.namespace = namespace
    return end
  }

  #settleAttributes(): void {
    const seen = this.#count > 1 ? new Set<string>() : undefined
    for (let i = 0; i < this.#count; i++)
      this.#once(seen, (this.#attributes[i] as Attribute).name.written)

    let left = 0
    for (let i = 0; i < this.#count; i++) {
      const attribute = this.#attributes[i] as Attribute
      const { prefix, local, written } = attribute.name
      if (prefix === 'xmlns') this.#namespaces.declare(local, this.#uri(attribute))
      else if (written === 'xmlns') this.#namespaces.declare('', this.#uri(attribute))
      else {
        this.#attributes[i] = this.#attributes[left] as Attribute
        this.#attributes[left++] = attribute
      }
    }
    this.#count = left
    for (let i = 0; i < left; i++)
      this.#resolveAttribute(seen, (this.#attributes[i] as Attribute).name)
  }

  #resolveAttribute(seen: Set<string> | undefined, { prefix, local }: Name): void {
    if (prefix === '') return
    const namespace = this.#namespaces.resolve(prefix)
    if (namespace === undefined) throw malformed(`prefix "${prefix}" is not declared`)
    this.#once(seen, `{${namespace}}${local}`)
  }

  #once(seen: Set<string> | undefined, key: string): void {
    if (seen?.has(key)) throw malformed(`attribute ${key} stands twice`)
    seen?.add(key)
  }

  #uri({ from, to }: Attribute): string {
    return knownUri(this.#bytes, from, to) ?? decodeValue(this.#bytes, from, to)
  }

  #value({ from, to }: Attribute): string {
    return decodeValue(this.#bytes, from, to)
  }
}
