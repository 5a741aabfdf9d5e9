/**
 * Reads the operation element as it streams by: what in it matters to a decision, and that it is
 * nothing but EWS (every element in one of the two namespaces, no attribute that changes meaning).
 *
 * @module
 */

import { type BodyFacts, MESSAGES_NS, type NamedMailbox, TYPES_NS } from '../model/envelope.ts'
import { malformed } from './malformed.ts'
import { type Name, XML_NS } from './names.ts'
import {
  FOLDER_MAILBOX,
  FOLDER_OWNERS,
  GRANT_FIELD,
  GRANTS,
  OPAQUE_MAILBOXES,
  type Selector,
  selectorsOf,
} from './selectors.ts'
import type { Tag } from './tag.ts'
import { Gathered } from './text.ts'

const XSI_NS = 'http://www.w3.org/2001/XMLSchema-instance'
const MAX_MAILBOXES = 500
const LONGEST_ADDRESS = 1_024
const IDS_KEPT = 100
const ID_ELEMENTS: ReadonlySet<string> = new Set(['FolderId', 'DistinguishedFolderId', 'ItemId'])

/** A selector that is open: at which depth, and how many addresses it has named. */
type OpenSelector = { selector: Selector; depth: number; addresses: number }

/** An element whose text is wanted. */
type Wanted = { depth: number; text: Gathered; take: (value: string | undefined) => void }

export class TargetReader {
  readonly #request: string
  readonly #selectors: readonly Selector[]
  readonly #mailboxes = new Map<string, NamedMailbox>()
  readonly #folders: string[] = []
  readonly #items: string[] = []
  #pushSubscription = false
  #unknownMailbox = false
  #grants = false
  #hasIds = false
  #itemCount = 0
  #connectionTimeout: number | undefined

  readonly #open: OpenSelector[] = []
  /** Depths of the open elements that a Mailbox may own. */
  readonly #owners: number[] = []
  #wanted: Wanted | undefined

  /** @param requestElement - local name of the operation element, which is told first */
  constructor(requestElement: string) {
    this.#request = requestElement
    this.#selectors = selectorsOf(requestElement)
  }

  get facts(): BodyFacts {
    return {
      mailboxes: [...this.#mailboxes.values()],
      pushSubscription: this.#pushSubscription,
      unknownMailbox: this.#unknownMailbox,
      grants: this.#grants,
      hasIds: this.#hasIds,
      folders: this.#folders,
      items: this.#items,
      itemCount: this.#itemCount,
      ...(this.#connectionTimeout !== undefined && { connectionTimeout: this.#connectionTimeout }),
    }
  }

  /** @throws Failure */
  open(tag: Tag): void {
    const { local } = tag.name
    if (tag.namespace !== MESSAGES_NS && tag.namespace !== TYPES_NS)
      throw malformed(`${tag.name.written} is in no namespace of EWS`)
    if (this.#wanted !== undefined) throw malformed(`${local} stands where text should`)

    this.#note(local)
    const selector = this.#selectorAt(local, tag.depth)
    if (tag.hasAttributes)
      this.#readAttributes(tag, selector !== undefined || this.#isJudged(local))
    if (selector !== undefined) this.#openSelector(selector, tag.depth)
    else this.#openChild(local, tag.depth)
    if (FOLDER_OWNERS.has(local)) this.#owners.push(tag.depth)
  }

  /** @throws Failure */
  close(_name: Name, depth: number): void {
    if (this.#wanted?.depth === depth) {
      const { take, text } = this.#wanted
      this.#wanted = undefined
      take(text.take())
    }
    if (this.#owners.at(-1) === depth) this.#owners.pop()
    if (this.#open.at(-1)?.depth !== depth) return
    if (this.#open.pop()?.addresses === 0) this.#unknownMailbox = true
  }

  /** @throws Failure */
  text(bytes: Uint8Array, from: number, to: number, cdata: boolean): void {
    if (this.#wanted === undefined) return
    if (cdata) throw malformed('a CDATA section in a value that is judged')
    this.#wanted.text.add(bytes, from, to)
  }

  reference(character: string): void {
    this.#wanted?.text.addCharacter(character)
  }

  #note(local: string): void {
    if (GRANTS.has(local)) this.#grants = true
    if (ID_ELEMENTS.has(local)) this.#hasIds = true
    if (OPAQUE_MAILBOXES.has(local)) this.#unknownMailbox = true
    if (local === 'PushSubscriptionRequest') this.#pushSubscription = true
    // A Mailbox may also name its owner by an item of the address book or of a store.
    if (local === 'ItemId' && this.#open.length > 0) this.#unknownMailbox = true
  }

  /** Whether the element says whose mailbox is meant, so that nothing may change its meaning. */
  #isJudged(local: string): boolean {
    return ID_ELEMENTS.has(local) || this.#open.at(-1)?.selector.child === local
  }

  #selectorAt(local: string, depth: number): Selector | undefined {
    const open = this.#open.at(-1)
    if (open !== undefined && open.selector.child === local) return undefined
    if (local === 'Mailbox' && this.#owners.length > 0) return FOLDER_MAILBOX
    if (this.#selectors.length === 0 || depth === OPERATION_DEPTH) return undefined
    return this.#selectors.find(({ element }) => element === local)
  }

  #openSelector(selector: Selector, depth: number): void {
    const open = { selector, depth, addresses: 0 }
    this.#open.push(open)
    if (selector.child === undefined) this.#wantAddress(open, depth)
  }

  #openChild(local: string, depth: number): void {
    const open = this.#open.at(-1)
    if (open?.selector.child === local) this.#wantAddress(open, depth)
    else if (local === 'ConnectionTimeout' && this.#request === 'GetStreamingEvents')
      this.#want(depth, value => {
        this.#connectionTimeout = minutes(value)
      })
  }

  #wantAddress(open: OpenSelector, depth: number): void {
    if (depth <= open.depth + 1) open.addresses += 1
    this.#want(depth, address => this.#addMailbox(address, open.selector.allowed))
  }

  #want(depth: number, take: Wanted['take']): void {
    this.#wanted = { depth, text: new Gathered(LONGEST_ADDRESS), take }
  }

  #addMailbox(address: string | undefined, allowed: NamedMailbox['allowed']): void {
    const full = this.#mailboxes.size >= MAX_MAILBOXES
    if (address === undefined || address === '' || full) this.#unknownMailbox = true
    else this.#mailboxes.set(`${allowed}:${address}`, { address, allowed })
  }

  #readAttributes(tag: Tag, judged: boolean): void {
    for (let i = 0; i < tag.attributeCount; i++) {
      const name = tag.attributeName(i)
      if (name.prefix !== '') checkAttribute(tag, name, judged || tag.depth === OPERATION_DEPTH)
      else if (name.local === 'Id' || name.local.endsWith('Id')) this.#noteId(tag, name)
      else if (name.local === 'FieldURI' && this.#request === 'UpdateFolder')
        this.#grants ||= tag.attribute(name.written) === GRANT_FIELD
    }
  }

  #noteId(tag: Tag, name: Name): void {
    const { local } = tag.name
    if (local === 'AlternateId' && this.#request === 'ConvertId') return
    this.#hasIds = true
    const value = tag.attribute(name.written) ?? ''
    if (local.endsWith('FolderId')) keep(this.#folders, value)
    else {
      this.#itemCount += 1
      keep(this.#items, value)
    }
  }
}

/** Envelope, Body, operation. */
const OPERATION_DEPTH = 2

function keep(ids: string[], id: string): void {
  if (ids.length < IDS_KEPT) ids.push(id.slice(0, LONGEST_ADDRESS))
}

function minutes(value: string | undefined): number | undefined {
  return value !== undefined && /^\s*\d{1,4}\s*$/.test(value) ? Number(value) : undefined
}

/** Prefixed attributes: xml:lang, and of xsi: what changes nothing that is judged. */
function checkAttribute(tag: Tag, name: Name, judged: boolean): void {
  const namespace = tag.resolve(name.prefix)
  const value = tag.attribute(name.written) ?? ''
  if (namespace === XML_NS && name.local === 'lang') return
  if (namespace === XSI_NS && !judged) {
    if (name.local === 'nil' && /^(true|false)$/.test(value)) return
    if (name.local === 'type' && isType(tag, value)) return
  }
  throw malformed(`${tag.name.local} may not have the attribute ${name.written}`)
}

function isType(tag: Tag, value: string): boolean {
  const name = /^(?:([A-Za-z_][\w.-]*):)?[A-Za-z_][\w.-]*$/.exec(value)
  return name !== null && tag.resolve(name[1] ?? '') === TYPES_NS
}
