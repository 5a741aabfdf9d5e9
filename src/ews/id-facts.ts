/**
 * Collects the IDs in an operation element, for the audit, and the mailboxes that they belong to, for the decision.
 *
 * @module
 */

import type { Tag } from '../xml/tag.ts'
import { placeOfAlternate } from './alternate-id.ts'
import { Distinct } from './distinct.ts'
import { type ItemPlace, placeOf, placeOfBase64 } from './item-id.ts'
import { FOLDER_ID_LIKE } from './meanings.ts'

/** Maximum number of different mailboxes in a request. */
export const MAX_MAILBOXES = 500
const IDS_KEPT = 100
const MAX_ID_LENGTH = 1_024

export class IdFacts {
  readonly folders: string[] = []
  readonly items: string[] = []
  itemCount = 0
  /** Whether an ID, a synchronization state, or a watermark has an unknown form. */
  opaque = false
  /** Whether one of them is an ID. */
  unknown = false
  /** Whether an ID belongs to no mailbox, or the IDs belong to too many mailboxes. */
  elsewhere = false
  readonly #guids = new Distinct<string>(MAX_MAILBOXES)
  /** GUID of the mailbox that was added last, because most IDs of a request belong to the same mailbox. */
  #last = ''

  get guids(): readonly string[] {
    return this.#guids.values
  }

  /** Counts an ID, and keeps the first ones for the audit. @param index - index of the attribute with the ID */
  note(tag: Tag, index: number): void {
    if ((tag.name.meaning & FOLDER_ID_LIKE) !== 0) keep(this.folders, tag, index)
    else {
      this.itemCount += 1
      keep(this.items, tag, index)
    }
  }

  /** Sets {@link elsewhere} for an address list, which belongs to no mailbox, unless its ID is of an unknown form. */
  locateList(id: string): void {
    if (placeOf(id).kind !== 'opaque') this.elsewhere = true
  }

  /**
   * Adds the mailbox that an ID belongs to, or sets {@link unknown} or {@link elsewhere} if there is no known one.
   *
   * @param index - index of the attribute with the ID
   */
  locate(tag: Tag, index: number): void {
    this.#note(
      placeOfBase64(tag.bytes, tag.valueStart(index), tag.valueEnd(index)) ??
        this.#placeOfText(tag.value(index)),
    )
  }

  /** As {@link locate}, for the text of an ID that is to be converted. */
  locateAlternate(id: string): void {
    this.#note(placeOfAlternate(id))
  }

  #note(place: ItemPlace): void {
    if (place.kind === 'opaque') this.noteUnknown()
    else if (place.kind === 'elsewhere') this.elsewhere = true
    else this.#add(place.guid)
  }

  /** Sets {@link opaque} and {@link unknown} for an ID. */
  noteUnknown(): void {
    this.opaque = true
    this.unknown = true
  }

  /**
   * Returns the mailbox of an ID. An ID with a line break counts as unknown, because servers handle it differently.
   */
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
