/**
 * Collects the content of a response about one stored item: its version and its senders.
 *
 * @module
 */

import type { FoundItem } from '../model/stored-item.ts'
import type { Tag } from '../xml/tag.ts'
import { isSigned } from './content.ts'
import { isAmong, type PropertyIds, propertyOf } from './property.ts'
import type { Role } from './response-shape.ts'

/**
 * IDs of properties with the addresses of the represented user and of the sender, and of both as SMTP addresses.
 */
const ADDRESSES: ReadonlySet<number> = new Set([0x0065, 0x0c1f, 0x5d01, 0x5d02])
/** IDs of properties that name the represented user, in whose name the sender sends. */
const REPRESENTED: ReadonlySet<number> = new Set([0x0041, 0x0065, 0x5d02])
const SENDING: ReadonlySet<number> = new Set([0x0c19, 0x0c1f, 0x5d01])

/** Roles of elements that may contain only elements of the response shape. */
const CLOSED: ReadonlySet<Role> = new Set(['from', 'sender', 'extended'])

export class ItemDraft {
  readonly #kind: string
  readonly #senders: string[] = []
  #changeKey = ''
  #isUnknown = false
  /** Whether an element names the represented user, and whether one names the sender. */
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
  #isAssociated = false

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

  get #place(): Pick<FoundItem, 'place'> {
    const [folderId, itemClass] = [this.#folderId, this.#itemClass]
    if (folderId === undefined || itemClass === undefined) return {}
    const [isDraft, isAssociated] = [this.#isDraft, this.#isAssociated]
    return { place: { folderId, itemClass, isDraft, isAssociated } }
  }

  /** Receives the start tag of an element with a role. */
  open(role: Role, tag: Tag): void {
    if (role === 'item-id') this.#changeKey = tag.attribute('ChangeKey') ?? ''
    else if (role === 'parent') this.#folderId = tag.attribute('Id')
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
    else if (isAmong(ADDRESSES, property) && text.includes('@')) this.#senders.push(text)
    this.#hasOtherFrom ||= isAmong(REPRESENTED, property)
    this.#hasOtherSender ||= isAmong(SENDING, property)
  }
}
