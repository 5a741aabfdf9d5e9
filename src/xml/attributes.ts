/**
 * Attributes of one tag. Rejects duplicates, and separates namespace declarations from other attributes.
 *
 * @module
 */

import { decodeValue } from './attribute-value.ts'
import { malformed } from './malformed.ts'
import type { Name } from './names.ts'
import type { Namespaces } from './namespaces.ts'
import type { Vocabulary } from './vocabulary.ts'

/**
 * Maximum number of attributes for which duplicates are found by comparing all pairs. With more attributes, a Set
 * is used.
 */
const FEW = 4

/** An attribute as written. Its value is decoded on demand. */
type Attribute = { name: Name; from: number; to: number }

/** Attributes of the current tag. One object is reused for all tags of a document. */
export class Attributes {
  count = 0
  readonly #max: number
  readonly #vocabulary: Vocabulary
  readonly #all: Attribute[] = []

  constructor(max: number, vocabulary: Vocabulary) {
    this.#max = max
    this.#vocabulary = vocabulary
  }

  at(index: number): Attribute {
    return this.#all[index] as Attribute
  }

  /** @throws Failure if there are too many */
  add(name: Name, from: number, to: number): void {
    if (this.count >= this.#max) throw malformed(`a tag has more than ${this.#max} attributes`)
    const attribute = this.#all[this.count]
    if (attribute === undefined) this.#all.push({ name, from, to })
    else {
      attribute.name = name
      attribute.from = from
      attribute.to = to
    }
    this.count += 1
  }

  /**
   * Separates the namespace declarations from the other attributes, and declares them.
   *
   * @param bytes - contain the values
   * @throws Failure if XML or its namespaces forbid an attribute
   */
  settle(bytes: Uint8Array, namespaces: Namespaces): void {
    if (this.count <= FEW) this.#compareNames()
    else this.#gatherNames()

    let left = 0
    for (let i = 0; i < this.count; i++) {
      const attribute = this.at(i)
      const { name, from, to } = attribute
      if (name.declares !== undefined)
        namespaces.declare(
          name.declares,
          this.#vocabulary.namespace(bytes, from, to) ?? decodeValue(bytes, from, to),
        )
      else {
        this.#all[i] = this.at(left)
        this.#all[left] = attribute
        left++
      }
    }
    this.count = left
    this.#resolve(namespaces)
  }

  #compareNames(): void {
    for (let i = 1; i < this.count; i++) {
      const { written } = this.at(i).name
      for (let j = 0; j < i; j++) if (this.at(j).name.written === written) throw twice(written)
    }
  }

  #gatherNames(): void {
    const seen = new Set<string>()
    for (let i = 0; i < this.count; i++) once(seen, this.at(i).name.written)
  }

  /** Rejects attributes with the same local name and different prefixes of the same namespace. */
  #resolve(namespaces: Namespaces): void {
    let seen: Set<string> | undefined
    for (let i = 0; i < this.count; i++) {
      const { prefix, local } = this.at(i).name
      if (prefix === '') continue
      const namespace = namespaces.resolve(prefix)
      if (namespace === undefined) throw malformed(`prefix "${prefix}" is not declared`)
      if (this.count === 1) return
      seen ??= new Set()
      once(seen, `{${namespace}}${local}`)
    }
  }
}

function once(seen: Set<string>, key: string): void {
  if (seen.has(key)) throw twice(key)
  seen.add(key)
}

const twice = (key: string) => malformed(`attribute ${key} appears more than once`)
