/**
 * Mutants of operations that real clients send: with other folders and items, other elements, and other attributes.
 *
 * @module
 */

import { fixtures } from '../kit/corpus.ts'
import { type Canary, readsOf } from './profile-canaries.ts'

/** An attribute with an ID, and the element that has it. */
const ID = /<(\w+:)?(\w+)((?:\s[^<>]*)?)\sId="[^"]*"/g
const ELEMENTS = ['FolderId', 'DistinguishedFolderId', 'ItemId', 'AttachmentId', 'ParentFolderId']
const SWAPS = [
  ['Shallow', 'Associated'],
  ['IdOnly', 'AllProperties'],
  ['Default', 'AllProperties'],
  ['GetItem', 'FindItem'],
  ['GetFolder', 'FindFolder'],
  ['FindItem', 'SyncFolderItems'],
  ['SaveOnly', 'SendAndSaveCopy'],
] as const

export class Mutator {
  /** Operations by the names of their elements. */
  readonly #operations: readonly (readonly string[])[]
  readonly #canaries: readonly Canary[]
  #state: number

  constructor(seed: number, canaries: readonly Canary[]) {
    this.#state = seed
    this.#canaries = canaries
    const operations = [
      ...fixtures('envelopes').flatMap(({ bytes }) => operationIn(String(bytes)) ?? []),
      ...canaries.flatMap(canary => readsOf(canary)),
    ]
    const nameOf = (operation: string) => /^<[\w-]*:?(\w+)/.exec(operation)?.[1]
    this.#operations = [...Map.groupBy(operations, nameOf).values()]
  }

  /** Returns the next operation element. */
  next(): string {
    let text = this.#pick(this.#pick(this.#operations))
    text = text.replace(ID, (whole, prefix = '', element: string, attributes: string) => {
      if (!ELEMENTS.includes(element) || this.#below(8) === 0) return whole
      const written = this.#below(4) > 0 ? element : this.#pick(ELEMENTS)
      const id = this.#idFor(this.#below(4) > 0 ? written : this.#pick(ELEMENTS))
      return `<${prefix}${written}${attributes} Id="${id}"`
    })
    if (this.#below(3) === 0) {
      const [from, to] = this.#pick(SWAPS)
      text = text.replaceAll(from, to)
    }
    return text
  }

  #idFor(element: string): string {
    const canary = this.#pick(this.#canaries)
    if (element === 'DistinguishedFolderId') return canary.name ?? 'searchfolders'
    if (element === 'ItemId') return canary.itemId
    return element === 'AttachmentId' ? canary.attachmentId : canary.folderId
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T
  }

  #below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * limit)
  }
}

/** Returns the operation element, with the namespaces that it needs. */
function operationIn(envelope: string): string | undefined {
  const [, body] = /<(?:[\w-]+:)?Body[^>]*>([\s\S]*)<\/(?:[\w-]+:)?Body>/.exec(envelope) ?? []
  const [root = ''] = /<(?:[\w-]+:)?Envelope[^>]*>/.exec(envelope) ?? []
  const declared = (root.match(/\sxmlns:[\w-]+=("[^"]*"|'[^']*')/g) ?? []).join('')
  return body?.trim().replace(/^<([\w:-]+)/, (whole, name: string) => {
    const missing = declared.replace(/\sxmlns:(s|m|t)=("[^"]*"|'[^']*')/g, '')
    return body.includes(`<${name} xmlns:`) ? whole : `${whole}${missing}`
  })
}
