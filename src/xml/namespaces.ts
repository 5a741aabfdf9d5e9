/**
 * Resolves prefixes to namespaces.
 *
 * @module
 */

import { malformed } from './malformed.ts'

export const XML_NS = 'http://www.w3.org/XML/1998/namespace'
const XMLNS_NS = 'http://www.w3.org/2000/xmlns/'

/** Maximum number of declarations in scope, which keeps lookups fast. No client uses that many. */
const MAX_NAMESPACES = 64

/** The namespace declarations in scope, innermost last. */
export class Namespaces {
  readonly #prefixes: string[]
  readonly #uris: string[]

  constructor(prefixes: readonly string[] = [], uris: readonly string[] = []) {
    this.#prefixes = [...prefixes]
    this.#uris = [...uris]
  }

  /** Number of declarations in scope. Pass it to `leave` later to return to this state. */
  get size(): number {
    return this.#prefixes.length
  }

  /**
   * Adds a declaration.
   *
   * @param prefix - empty for the default namespace
   * @throws Failure `envelope-malformed` if XML Namespaces forbids it
   */
  declare(prefix: string, uri: string): void {
    if (prefix === 'xmlns' || uri === XMLNS_NS || (prefix === 'xml') !== (uri === XML_NS))
      throw malformed(`prefix "${prefix}" can't be declared with this namespace`)
    if (prefix !== '' && uri === '') throw malformed(`prefix "${prefix}" can't be undeclared`)
    if (this.#prefixes.length >= MAX_NAMESPACES)
      throw malformed(`more than ${MAX_NAMESPACES} namespace declarations are in scope`)

    this.#prefixes.push(prefix)
    this.#uris.push(uri)
  }

  /** Removes all declarations after the first `size`. */
  leave(size: number): void {
    if (size === this.#prefixes.length) return
    this.#prefixes.length = size
    this.#uris.length = size
  }

  /** Returns the declarations after the first `size`. */
  since(size: number): readonly (readonly [prefix: string, uri: string])[] {
    return this.#prefixes.slice(size).map((prefix, i) => [prefix, this.#uris[size + i] ?? ''])
  }

  /**
   * Returns the namespace of a prefix, or undefined if it is not declared. Without a declaration, the empty prefix
   * has the namespace ''.
   */
  resolve(prefix: string): string | undefined {
    for (let i = this.#prefixes.length - 1; i >= 0; i--)
      if (this.#prefixes[i] === prefix) return this.#uris[i]
    if (prefix === 'xml') return XML_NS
    return prefix === '' ? '' : undefined
  }

  /** Returns an independent copy of the declarations. */
  copy(): Namespaces {
    return new Namespaces(this.#prefixes, this.#uris)
  }
}
