/**
 * Names and namespaces of documents of one kind, and the meanings that names have in them.
 *
 * @module
 */

import { NameTable } from './name-table.ts'
import { type FlagsOf, same } from './names.ts'

const meaningless: FlagsOf = local => ({ local, meaning: 0 })

/**
 * A vocabulary for documents of one kind. It caches names, so create it once per kind, not per document.
 * Vocabularies share nothing: a name in one document has only the meaning of its own vocabulary.
 */
export class Vocabulary {
  /** Cache of names that documents of this kind contained, with their meanings. */
  readonly names: NameTable
  readonly #uris: readonly (readonly [text: string, bytes: Uint8Array])[]

  /**
   * @param flagsOf - meanings of names; by default, names have no meaning
   * @param namespaces - URIs that most documents declare, which are compared as bytes
   */
  constructor(flagsOf: FlagsOf = meaningless, namespaces: readonly string[] = []) {
    this.names = new NameTable(flagsOf)
    this.#uris = namespaces.map(uri => [uri, new TextEncoder().encode(uri)])
  }

  /** Returns the namespace in `bytes[from..to)` if it is one of those that most documents declare. */
  namespace(bytes: Uint8Array, from: number, to: number): string | undefined {
    return this.#uris.find(([, known]) => same(known, bytes, from, to))?.[0]
  }
}
