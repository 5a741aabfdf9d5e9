/**
 * Meanings of names to the code that scans documents of one kind, and the namespaces of these documents.
 *
 * @module
 */

import { NameTable } from './name-table.ts'
import { same, type WordOf } from './names.ts'

const meaningless: WordOf = local => ({ local, meaning: 0 })

/**
 * A vocabulary for documents of one kind. It remembers names, so create it once per kind, not per
 * document. Vocabularies share nothing: a name in one document has only the meaning of its own vocabulary.
 */
export class Vocabulary {
  /** Names that documents of this kind contained, with their meanings. */
  readonly names: NameTable
  readonly #uris: readonly (readonly [text: string, bytes: Uint8Array])[]

  /**
   * @param wordOf - meanings of names; the default knows none
   * @param namespaces - URIs that most documents declare, so that no text has to be made of them
   */
  constructor(wordOf: WordOf = meaningless, namespaces: readonly string[] = []) {
    this.names = new NameTable(wordOf)
    this.#uris = namespaces.map(uri => [uri, new TextEncoder().encode(uri)])
  }

  /** Returns the namespace in `bytes[from..to)` if it is one that most documents declare. */
  namespace(bytes: Uint8Array, from: number, to: number): string | undefined {
    return this.#uris.find(([, known]) => same(known, bytes, from, to))?.[0]
  }
}
