/**
 * Collects the content of a response about one stored item: its version and its senders.
 *
 * @module
 */

import type { FoundItem } from '../model/stored-item.ts'
import type { Tag } from '../xml/tag.ts'
import { isSigned } from './content.ts'
import { addressInEntryId } from './entry-id.ts'
import { isAmong, isExactly, type PropertyIds, propertyOf } from './property.ts'
import type { Role } from './response-shape.ts'

/**
 * IDs of properties with the addresses of the represented user and of the sender, and of both as SMTP addresses.
 */
const ADDRESSES: ReadonlySet<number> = new Set([0x0065, 0x0c1f, 0x5d01, 0x5d02])
/** IDs of properties that name the represented user, in whose name the sender sends. */
const REPRESENTED: ReadonlySet<number> = new Set([0x0041, 0x0065, 0x5d02])
const SENDING: ReadonlySet<number> = new Set([0x0c19, 0x0c1f, 0x5d01])
/** IDs of properties with the SMTP address of either, which servers prefer to all other properties. */
const SMTP_REPRESENTED = 0x5d02
const SMTP_SENDING = 0x5d01
/** IDs of properties with the entry ID of either. */
const ENTRY_IDS: ReadonlySet<number> = new Set([0x0041, 0x0c19])

/** Roles of elements that may contain only elements of the response shape. */
const CLOSED: ReadonlySet<Role> = new Set(['from', 'sender', 'extended'])

/** An item in a response to a client, with what the client asked for. */
export type ShownItem = Readonly<{
  id: string
  /** Local name of its element. */
  element: string
  folderId: string | undefined
  itemClass: string | undefined
  isAssociated: boolean | undefined
}>

export class ItemDraft {
  readonly #kind: string
  readonly #senders: string[] = []
  #id: string | undefined
  #changeKey = ''
  #isUnknown = false
  /** Whether an element or an SMTP address names the represented user, and whether one names the sender. */
  #hasFrom = false
  #hasSender = false
  /** Whether an extended property names the represented user, and whether one names the sender. */
  #hasOtherFrom = false
  #hasOtherSender = false
  /** Number of addresses in the current From, Sender, or Organizer element. */
  #addresses = 0
  /** Property of the current ExtendedProperty. */
  #property: PropertyIds
  #folderId: string | undefined
  #itemClass: string | undefined
  #isDraft = false
  /** Undefined until the response contains it. */
  #isAssociated: boolean | undefined

  constructor(kind: string) {
    this.#kind = kind
  }

  /** The item. Available once it has been read completely. */
  get item(): FoundItem {
    const isHidden =
      (this.#hasOtherFrom && !this.#hasFrom) || (this.#hasOtherSender && !this.#hasSender)
    return {
      kind: this.#kind,
      changeKey: this.#changeKey,
      senders: this.#senders,
      unknownSender: this.#isUnknown || isHidden || isSigned(this.#itemClass ?? ''),
      ...this.#place,
    }
  }

  /** The item as a client sees it; undefined if it has no ID. */
  get shown(): ShownItem | undefined {
    if (this.#id === undefined) return undefined
    return {
      id: this.#id,
      element: this.#kind,
      folderId: this.#folderId,
      itemClass: this.#itemClass,
      isAssociated: this.#isAssociated,
    }
  }

  get #place(): Pick<FoundItem, 'place'> {
    const [folderId, itemClass] = [this.#folderId, this.#itemClass]
    if (folderId === undefined || itemClass === undefined) return {}
    const [isDraft, isAssociated] = [this.#isDraft, this.#isAssociated === true]
    return { place: { folderId, itemClass, isDraft, isAssociated } }
  }

  /** Receives the start tag of an element with a role. */
  open(role: Role, tag: Tag): void {
    if (role === 'item-id') {
      this.#id = tag.attribute('Id')
      this.#changeKey = tag.attribute('ChangeKey') ?? ''
    } else if (role === 'parent') this.#folderId = tag.attribute('Id')
    else if (role === 'property') this.#property = propertyOf(tag)
    else if (role === 'extended') this.#property = undefined
    else if (role === 'from' || role === 'sender') {
      this.#addresses = 0
      this.#hasFrom ||= role === 'from'
      this.#hasSender ||= role === 'sender'
    }
  }

  /**
   * Receives an element that the response shape doesn't contain. If it could name a sender, the senders are
   * unknown.
   */
  openOther(parent: Role | undefined, isForeign: boolean): void {
    if (isForeign || (parent !== undefined && CLOSED.has(parent))) this.#isUnknown = true
  }

  /** Receives the end of an element with a role, and its text; undefined if the text is not plain. */
  close(role: Role, text: string | undefined): void {
    if (role === 'from' || role === 'sender') this.#isUnknown ||= this.#addresses !== 1
    else if (role === 'address') this.#addAddress(text)
    else if (role === 'routing') this.#isUnknown ||= text?.toUpperCase() !== 'SMTP'
    else if (role === 'item-class') this.#itemClass = text
    else if (role === 'is-draft') this.#isDraft = text === 'true'
    else if (role === 'is-associated') this.#isAssociated = text !== 'false'
    else if (role === 'property-value') this.#addProperty(text)
  }

  #addAddress(text: string | undefined): void {
    this.#addresses += 1
    if (text === undefined || text === '') this.#isUnknown = true
    else this.#senders.push(text)
  }

  /** Adds a property. A property without a number is an Internet header that names a sender. */
  #addProperty(text: string | undefined): void {
    const property = this.#property
    if (text === '') return
    if (text === undefined || property === undefined) this.#isUnknown = true
    else this.#addSender(text, property)
    this.#hasOtherFrom ||= isAmong(REPRESENTED, property)
    this.#hasOtherSender ||= isAmong(SENDING, property)
  }

  #addSender(text: string, property: PropertyIds): void {
    if (isAmong(ENTRY_IDS, property)) this.#addEntryId(text)
    if (!isAmong(ADDRESSES, property) || !text.includes('@')) return
    this.#senders.push(text)
    this.#hasFrom ||= isExactly(SMTP_REPRESENTED, property)
    this.#hasSender ||= isExactly(SMTP_SENDING, property)
  }

  /**
   * Adds the address in an entry ID. One without an address counts only if nothing else names the sender, because servers then
   * look up what it identifies.
   */
  #addEntryId(base64: string): void {
    const address = addressInEntryId(base64)
    if (address === '') this.#isUnknown = true
    else if (address !== undefined) this.#senders.push(address)
  }
}
