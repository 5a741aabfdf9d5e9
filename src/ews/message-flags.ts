/**
 * Reads the message flags of new items.
 *
 * Without the flag for unsent messages, a new message looks received or sent. One form of flags keeps it a draft: an
 * ExtendedProperty of the item itself, with the tag of the flags and one of two values. All other forms count as flags
 * that don't, because servers could read them in different ways.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcmsg
 * @module
 */

import type { Tag } from '../xml/tag.ts'
import { STATE_PROPERTIES } from './content.ts'
import { isAmong, propertyOf } from './property.ts'

/** Depths of an entry in the list of CreateItem, of its properties, and of their parts. */
const ITEM_DEPTH = 4
const PROPERTY_DEPTH = 5
const PART_DEPTH = 6
/** The flag for unsent messages, alone and with the flag for read messages. */
const OF_DRAFTS: ReadonlySet<string> = new Set(['8', '9'])

export class MessageFlags {
  /** Whether flags have been read that don't keep a message a draft. */
  others = false
  /** Whether the open item has flags. */
  #isFlagged = false
  /** Latest part of the open ExtendedProperty; `other` if that can't be, or isn't, a property with flags. */
  #latest: 'beginning' | 'flags' | 'value' | 'end' | 'other' = 'other'
  #value = ''

  /** Whether the value of flags is being read. */
  get open(): boolean {
    return this.#latest === 'value'
  }

  /** Begins an element that is, or can be part of, an extended property, or that names a field. */
  begin(tag: Tag): void {
    const { name, depth } = tag
    const property = propertyOf(tag)
    const namesFlags = isAmong(STATE_PROPERTIES, property)
    if (name.local === 'ExtendedProperty' && depth === PROPERTY_DEPTH) this.#latest = 'beginning'
    else if (namesFlags && property !== 'any' && this.#isPlain(tag)) {
      this.#latest = 'flags'
      this.#isFlagged = true
    } else if (this.#latest === 'flags' && isValue(tag)) {
      this.#latest = 'value'
      this.#value = ''
    } else if (namesFlags || this.#isOfFlags) this.others = true
    else this.#latest = 'other'
  }

  add(bytes: Uint8Array, from: number, to: number, cdata: boolean): void {
    if (cdata) this.others = true
    for (let i = from; i < to && this.#value.length <= 1; i++)
      this.#value += String.fromCharCode(bytes[i] as number)
  }

  /** Receives a character reference, which servers could leave out. */
  addCharacter(): void {
    this.others = true
  }

  close(depth: number): void {
    if (depth === ITEM_DEPTH) this.#isFlagged = false
    if (depth === PART_DEPTH && this.open) {
      this.#latest = 'end'
      this.others ||= !OF_DRAFTS.has(this.#value)
    }
    if (depth !== PROPERTY_DEPTH) return
    this.others ||= this.#latest === 'flags'
    this.#latest = 'other'
  }

  /** Whether the open ExtendedProperty is one with flags. */
  get #isOfFlags(): boolean {
    return this.#latest !== 'beginning' && this.#latest !== 'other'
  }

  /** Whether a field is that of the first flags of an item, in the one form. */
  #isPlain(tag: Tag): boolean {
    if (this.#latest !== 'beginning' || this.#isFlagged) return false
    if (tag.name.local !== 'ExtendedFieldURI' || tag.depth !== PART_DEPTH) return false
    if (tag.attributeCount !== 2 || tag.attribute('PropertyTag') === undefined) return false
    return tag.attribute('PropertyType') === 'Integer'
  }
}

const isValue = ({ name, depth, attributeCount }: Tag): boolean =>
  name.local === 'Value' && depth === PART_DEPTH && attributeCount === 0
