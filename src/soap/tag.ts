/**
 * One tag: its name and attributes, read from bytes that hold it whole or in part.
 *
 * @module
 */

import { decodeValue, INCOMPLETE, skipValue } from './attribute-value.ts'
import { SPACES } from './characters.ts'
import type { Limits } from './limits.ts'
import { malformed } from './malformed.ts'
import { NameReader } from './name-reader.ts'
import { type Name, NO_NAME } from './names.ts'
import { knownUri, type Namespaces } from './namespaces.ts'
import type { Piece } from './piece.ts'
import { NOTHING } from './text.ts'

const GREATER = 0x3e
const SLASH = 0x2f
const EQUALS = 0x3d
const QUOTE = 0x22
const APOSTROPHE = 0x27

/** So many attributes are compared with each other; of more a set is made. */
const FEW = 4

/** An attribute as written; its value is decoded when it is asked for. */
type Attribute = { name: Name; from: number; to: number }

/**
 * A start or end tag. One object serves a whole document: what it says holds until the next tag
 * is read, so listeners take what they need and keep no reference to it.
 */
export class Tag {
  name: Name = NO_NAME
  /** Of the element; set by the scanner once the declarations are known. */
  namespace = ''
  /** `<a/>`. */
  empty = false
  /** How many elements are around it: 0 for the root. */
  depth = 0
  /** Absolute offsets of the `<` and of what follows the `>`. */
  start = 0
  end = 0
  /** How many declarations were in scope before this tag. */
  mark = 0
  /** Where the values of the attributes stand. */
  bytes: Uint8Array = NOTHING
  /** Namespace declarations left out. */
  attributeCount = 0

  readonly #limits: Limits
  readonly #namespaces: Namespaces
  readonly #attributes: Attribute[] = []
  readonly #names: NameReader

  constructor(limits: Limits, namespaces: Namespaces) {
    this.#limits = limits
    this.#names = new NameReader(limits.nameBytes)
    this.#namespaces = namespaces
  }

  /** The attributes, namespace declarations left out. */
  get attributes(): readonly Name[] {
    return this.#attributes.slice(0, this.attributeCount).map(({ name }) => name)
  }

  get hasAttributes(): boolean {
    return this.attributeCount > 0
  }

  attributeName(index: number): Name {
    return this.#at(index).name
  }

  /** Where the value of an attribute begins in `bytes`, as it is written. */
  valueStart(index: number): number {
    return this.#at(index).from
  }

  /** Where the value of an attribute ends in `bytes`. */
  valueEnd(index: number): number {
    return this.#at(index).to
  }

  /** The decoded value of an attribute. */
  value(index: number): string {
    const { from, to } = this.#at(index)
    return decodeValue(this.bytes, from, to)
  }

  /** The decoded value of an attribute, by its written name; undefined where there is none. */
  attribute(written: string): string | undefined {
    for (let i = 0; i < this.attributeCount; i++)
      if (this.#at(i).name.written === written) return this.value(i)
    return undefined
  }

  /** The namespaces that this tag itself declares. */
  declared(): readonly (readonly [prefix: string, uri: string])[] {
    return this.#namespaces.since(this.mark)
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
  readStart(piece: Piece, at: number, to: number): number {
    const { bytes } = piece
    this.bytes = bytes
    this.attributeCount = 0
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
      if (i === before) throw malformed(`no blank before an attribute of ${this.name.written}`)
      i = this.#readAttribute(piece, i, to)
      if (i === INCOMPLETE) return INCOMPLETE
    }
  }

  /**
   * Reads an end tag whose `</` stands at `at`.
   *
   * @param open - the name that it must have; undefined: it closes nothing
   * @returns where it ends, or INCOMPLETE
   * @throws Failure
   */
  readEnd(bytes: Uint8Array, at: number, to: number, open: Name | undefined): number {
    let i = this.#names.read(bytes, at + 2, to)
    if (i === INCOMPLETE) return INCOMPLETE
    const { written } = this.#names.name
    while (i < to && SPACES[bytes[i] as number] === 1) i++
    if (i >= to) return INCOMPLETE
    if (bytes[i] !== GREATER) throw malformed(`the end tag of ${written} is not closed`)
    if (open?.written !== written) throw malformed(`the end tag ${written} closes nothing`)
    return i + 1
  }

  #at(index: number): Attribute {
    return this.#attributes[index] as Attribute
  }

  #readAttribute(piece: Piece, from: number, to: number): number {
    const { bytes } = piece
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
    const end = skipValue(piece, i + 1, to, quote)
    if (end === INCOMPLETE) return INCOMPLETE
    this.#add(name, i + 1, end)
    return end + 1
  }

  #add(name: Name, from: number, to: number): void {
    const count = this.attributeCount
    if (count >= this.#limits.attributes) throw malformed('too many attributes')
    const attribute = this.#attributes[count]
    if (attribute === undefined) this.#attributes.push({ name, from, to })
    else {
      attribute.name = name
      attribute.from = from
      attribute.to = to
    }
    this.attributeCount = count + 1
  }

  /** Declares namespaces, drops the declarations from the attributes and resolves the name. */
  #finish(empty: boolean, end: number): number {
    this.empty = empty
    if (this.attributeCount > 0) this.#settleAttributes()
    const { prefix } = this.name
    const namespace = this.#namespaces.resolve(prefix)
    if (namespace === undefined) throw malformed(`prefix "${prefix}" is not declared`)
    this.namespace = namespace
    return end
  }

  #settleAttributes(): void {
    if (this.attributeCount <= FEW) this.#compareNames()
    else this.#gatherNames()

    let left = 0
    for (let i = 0; i < this.attributeCount; i++) {
      const attribute = this.#at(i)
      const { declares } = attribute.name
      if (declares !== undefined) this.#namespaces.declare(declares, this.#uri(attribute))
      else {
        this.#attributes[i] = this.#at(left)
        this.#attributes[left++] = attribute
      }
    }
    this.attributeCount = left
    this.#resolveAttributes()
  }

  #compareNames(): void {
    for (let i = 1; i < this.attributeCount; i++) {
      const { written } = this.#at(i).name
      for (let j = 0; j < i; j++) if (this.#at(j).name.written === written) throw twice(written)
    }
  }

  #gatherNames(): void {
    const seen = new Set<string>()
    for (let i = 0; i < this.attributeCount; i++) once(seen, this.#at(i).name.written)
  }

  /** Attributes of different names are the same when their prefixes stand for the same. */
  #resolveAttributes(): void {
    let seen: Set<string> | undefined
    for (let i = 0; i < this.attributeCount; i++) {
      const { prefix, local } = this.#at(i).name
      if (prefix === '') continue
      const namespace = this.#namespaces.resolve(prefix)
      if (namespace === undefined) throw malformed(`prefix "${prefix}" is not declared`)
      if (this.attributeCount === 1) return
      seen ??= new Set()
      once(seen, `{${namespace}}${local}`)
    }
  }

  #uri({ from, to }: Attribute): string {
    return knownUri(this.bytes, from, to) ?? decodeValue(this.bytes, from, to)
  }
}

function once(seen: Set<string>, key: string): void {
  if (seen.has(key)) throw twice(key)
  seen.add(key)
}

const twice = (key: string) => malformed(`attribute ${key} stands twice`)
