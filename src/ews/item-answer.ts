/**
 * Reads the response to GetItem: the version of each item, and who sends it.
 *
 * @module
 */

import type { StoredItem, StoredItemResult } from '../model/stored-item.ts'
import { DEFAULT_LIMITS } from '../xml/limits.ts'
import type { Listener } from '../xml/listener.ts'
import type { Name } from '../xml/names.ts'
import { Scanner } from '../xml/scanner.ts'
import type { Tag } from '../xml/tag.ts'
import { Gathered } from '../xml/text.ts'
import { EWS_VOCABULARY } from './meanings.ts'
import { isAmong, propertyOf } from './property.ts'

/** Depths of elements: Envelope, Body, GetItemResponse, ResponseMessages, then these. */
const MESSAGE = 4
const CODE = 5
const ITEM = 6
const PART = 7
const MAILBOX = 8
const ADDRESS = 9
const LONGEST_TEXT = 1_024

/** The address of who is represented, of the sender, and both again as SMTP addresses. */
const ADDRESSES: ReadonlySet<number> = new Set([0x0065, 0x0c1f, 0x5d01, 0x5d02])
/** Properties that name a sender: who is represented, and who sends for them. */
const REPRESENTED: ReadonlySet<number> = new Set([0x0041, 0x0065, 0x5d02])
const SENDING: ReadonlySet<number> = new Set([0x0c19, 0x0c1f, 0x5d01])

/**
 * Returns what the upstream says about each item, in its order.
 *
 * @param response - the whole response, in UTF-8
 * @throws Failure if it is not well-formed
 */
export function readItemAnswers(response: Uint8Array): readonly StoredItemResult[] {
  const reader = new AnswerReader()
  const scanner = new Scanner(reader, EWS_VOCABULARY, DEFAULT_LIMITS)
  scanner.write(response)
  scanner.end()
  return reader.answers
}

/** Facts about the item that is being read. */
type Draft = {
  kind: string
  changeKey: string
  senders: string[]
  unknown: boolean
  /** Whether elements name who is represented, and who sends; and whether properties do. */
  hasFrom: boolean
  hasSender: boolean
  hasOtherFrom: boolean
  hasOtherSender: boolean
}

class AnswerReader implements Listener {
  readonly answers: StoredItemResult[] = []
  readonly #path: string[] = []
  readonly #text = new Gathered(LONGEST_TEXT)
  #code = ''
  #items: StoredItem[] = []
  #draft: Draft | undefined
  /** Addresses in the present From, Sender, or Organizer. */
  #addresses = 0
  /** The property of the present ExtendedProperty. */
  #property: ReturnType<typeof propertyOf>

  open(tag: Tag): void {
    const { name, depth } = tag
    this.#path.length = depth
    this.#path.push(name.local)
    this.#text.take()
    if (depth === MESSAGE) this.#beginMessage()
    if (!this.#isInAnswer()) return
    if (depth === ITEM && this.#path[CODE] === 'Items') this.#draft = draftOf(name.local)
    if (this.#draft === undefined) return
    if (depth === PART) this.#beginPart(this.#draft, tag)
    if (depth === MAILBOX && this.#path[PART] === 'ExtendedProperty' && name.local !== 'Value')
      this.#property = propertyOf(tag)
  }

  close(name: Name, depth: number): void {
    const text = this.#text.take()
    if (this.#path[2] === 'Fault' && name.local === 'ResponseCode')
      this.answers.push({ code: `fault:${text}`, item: undefined })
    if (!this.#isInAnswer()) return
    if (depth === CODE && name.local === 'ResponseCode') this.#code = text ?? ''
    if (this.#draft !== undefined) this.#close(this.#draft, name.local, depth, text)
    if (depth === MESSAGE) this.#endMessage()
  }

  text(bytes: Uint8Array, from: number, to: number): void {
    this.#text.add(bytes, from, to)
  }

  reference(character: string): void {
    this.#text.addCharacter(character)
  }

  comment(): void {}

  #isInAnswer(): boolean {
    const [envelope, body, response, messages, message] = this.#path
    return (
      envelope === 'Envelope' &&
      body === 'Body' &&
      response === 'GetItemResponse' &&
      messages === 'ResponseMessages' &&
      message === 'GetItemResponseMessage'
    )
  }

  #beginMessage(): void {
    this.#code = ''
    this.#items = []
  }

  #endMessage(): void {
    const [item, ...others] = this.#items
    this.answers.push({ code: this.#code, item: others.length === 0 ? item : undefined })
  }

  #beginPart(draft: Draft, tag: Tag): void {
    const { local } = tag.name
    this.#addresses = 0
    this.#property = undefined
    if (local === 'ItemId') draft.changeKey = tag.attribute('ChangeKey') ?? ''
    if (local === 'From' || local === 'Organizer') draft.hasFrom = true
    if (local === 'Sender') draft.hasSender = true
  }

  #close(draft: Draft, local: string, depth: number, text: string | undefined): void {
    const part = this.#path[PART]
    const names = part === 'From' || part === 'Sender' || part === 'Organizer'
    if (depth === ITEM) this.#endItem(draft)
    else if (depth === PART && names && this.#addresses !== 1) draft.unknown = true
    else if (depth === ADDRESS && names && local === 'EmailAddress') this.#addAddress(draft, text)
    else if (depth === ADDRESS && names && local === 'RoutingType')
      draft.unknown ||= text === undefined || text.toUpperCase() !== 'SMTP'
    else if (depth === MAILBOX && part === 'ExtendedProperty' && local === 'Value')
      this.#addProperty(draft, text)
  }

  #addAddress(draft: Draft, text: string | undefined): void {
    this.#addresses += 1
    if (text === undefined || text === '') draft.unknown = true
    else draft.senders.push(text)
  }

  /** A property without a number is one of the Internet headers that name a sender. */
  #addProperty(draft: Draft, text: string | undefined): void {
    const property = this.#property
    if (text === '') return
    if (text === undefined || property === undefined) draft.unknown = true
    else if (isAmong(ADDRESSES, property) && text.includes('@')) draft.senders.push(text)
    draft.hasOtherFrom ||= isAmong(REPRESENTED, property)
    draft.hasOtherSender ||= isAmong(SENDING, property)
  }

  #endItem(draft: Draft): void {
    const { kind, changeKey, senders, hasFrom, hasSender, hasOtherFrom, hasOtherSender } = draft
    const isHidden = (hasOtherFrom && !hasFrom) || (hasOtherSender && !hasSender)
    this.#items.push({ kind, changeKey, senders, unknownSender: draft.unknown || isHidden })
    this.#draft = undefined
  }
}

const draftOf = (kind: string): Draft => ({
  kind,
  changeKey: '',
  senders: [],
  unknown: false,
  hasFrom: false,
  hasSender: false,
  hasOtherFrom: false,
  hasOtherSender: false,
})
