/**
 * The ids in an operation element: for the audit, and whose mailboxes they point into.
 *
 * @module
 */

import { placeOf } from '../model/item-id.ts'

/** A request names at most so many different mailboxes. */
export const MAX_MAILBOXES = 500
const IDS_KEPT = 100
const LONGEST_KEPT = 1_024

export class IdFacts {
  readonly folders: string[] = []
  readonly items: string[] = []
  itemCount = 0
  opaque = false
  /** Whether one points out of all mailboxes, or they point into too many. */
  elsewhere = false
  readonly #guids = new Set<string>()

  get guids(): readonly string[] {
    return [...this.#guids]
  }

  /** Keeps an id for the audit. */
  note(element: string, id: string): void {
    if (element.endsWith('FolderId')) keep(this.folders, id)
    else {
      this.itemCount += 1
      keep(this.items, id)
    }
  }

  /** A list of the address book is in no mailbox. */
  locateList(id: string): void {
    if (placeOf(id).kind !== 'opaque') this.elsewhere = true
  }

  /** Tells whose mailbox an id points into. Readers differ in what a line break in one becomes. */
  locate(id: string): void {
    if (/\s/.test(id)) this.elsewhere = true
    const place = placeOf(id)
    if (place.kind === 'opaque') this.opaque = true
    else if (place.kind === 'elsewhere' || this.#guids.size >= MAX_MAILBOXES) this.elsewhere = true
    else this.#guids.add(place.guid)
  }
}

function keep(ids: string[], id: string): void {
  if (ids.length < IDS_KEPT) ids.push(id.slice(0, LONGEST_KEPT))
}
