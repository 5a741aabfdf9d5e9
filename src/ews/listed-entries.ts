/**
 * Collects the entries of a request whose response has one message for each of them, in their order.
 *
 * @module
 */

import type { NamedContent } from '../model/envelope.ts'
import type { Tag } from '../xml/tag.ts'

/** Depth of lists in the operation element, and of their entries. */
const LIST_DEPTH = 3
const ENTRY_DEPTH = 4
/** Maximum number of entries that are kept. A request with more counts as one that a server could read differently. */
const MAX_ENTRIES = 500
/** Lists of requests that only read and whose responses have one message for each entry. */
const LISTS: ReadonlyMap<string, string> = new Map([
  ['GetAttachment', 'AttachmentIds'],
  ['GetFolder', 'FolderIds'],
  ['GetItem', 'ItemIds'],
])

export class ListedEntries {
  /** Whether responses to the request have one message for each entry. */
  readonly isListed: boolean
  readonly #list: string | undefined
  readonly #entries: NamedContent[] = []
  #lists = 0
  #isInList = false
  /** Number of elements in the list, and of names anywhere. */
  #elements = 0
  #names = 0

  /** @param request - local name of the operation element */
  constructor(request: string) {
    this.#list = LISTS.get(request)
    this.isListed = this.#list !== undefined
  }

  /**
   * The entries so far. Empty if a server could read others: if there are two lists, if an element of the list names
   * not exactly one object, or if something else names one.
   */
  get values(): readonly NamedContent[] {
    const { length } = this.#entries
    const isRegular = this.#lists === 1 && length === this.#elements && length === this.#names
    return isRegular ? [...this.#entries] : []
  }

  open({ depth, name }: Tag): void {
    if (depth === LIST_DEPTH) {
      this.#isInList = name.local === this.#list
      if (this.#isInList) this.#lists += 1
    } else if (this.#isEntry(depth)) this.#elements += 1
  }

  /** Receives an object that a tag names; undefined if it is not known. */
  name({ depth }: Tag, named: NamedContent | undefined): void {
    this.#names += 1
    const isKept = named !== undefined && this.#entries.length < MAX_ENTRIES
    if (isKept && this.#isEntry(depth)) this.#entries.push(named)
  }

  #isEntry(depth: number): boolean {
    return this.#isInList && depth === ENTRY_DEPTH
  }
}
