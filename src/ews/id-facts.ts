/**
 * The ids in an operation element: for the audit, and whose mailboxes they point into.
 *
 * @module
 */

import type { Tag } from '../xml/tag.ts'
import { Distinct } from './distinct.ts'
import { type ItemPlace, placeOf, placeOfBase64 } from './item-id.ts'
import { FOLDER_ID_LIKE } from './meanings.ts'

/** A request names at most so many different mailboxes. */
export const MAX_MAILBOXES = 500
const IDS_KEPT = 100
const MAX_ID_LENGTH = 1_024

export class IdFacts {
  readonly folders: string[] = []
  readonly items: string[] = []
  itemCount = 0
  opaque = false
  /** Whether one points out of all mailboxes, or they point into too many. */
  elsewhere = false
  readonly #guids = new Distinct<string>(MAX_MAILBOXES)
  /** The one that was added last: most ids of a request are of one mailbox. */
  #last = ''

  get guids(): readonly string[] {
    return this.#guids.values
  }

  /** Keeps an id for the audit. */
  note(tag: Tag, index: number): void {
    if ((tag.name.meaning & FOLDER_ID_LIKE) !== 0) keep(this.folders, tag, index)
    else {
      this.itemCount += 1
      keep(this.items, tag, index)
    }
  }

  /** A list of the address book is in no mailbox. */
  locateList(id: string): void {
    if (placeOf(id).kind !== 'opaque') this.elsewhere = true
  }

  /** Tells whose mailbox an id points into. */
  locate(tag: Tag, index: number): void {
    const place =
      placeOfBase64(tag.bytes, tag.valueStart(index), tag.valueEnd(index)) ??
      this.#placeOfText(tag.value(index))
    if (place.kind === 'opaque') this.opaque = true
    else if (place.kind === 'elsewhere') this.elsewhere = true
    else this.#add(place.guid)
  }

  /** Readers differ in what a line break in an id becomes. */
  #placeOfText(id: string): ItemPlace {
    if (/\s/.test(id)) this.elsewhere = true
    return placeOf(id)
  }

  #add(guid: string): void {
    if (guid !== this.#last && !this.#guids.add(guid, guid)) this.elsewhere = true
    this.#last = guid
  }
}

function keep(ids: string[], tag: Tag, index: number): void {
  if (ids.length < IDS_KEPT) ids.push(tag.value(index).slice(0, MAX_ID_LENGTH))
}
