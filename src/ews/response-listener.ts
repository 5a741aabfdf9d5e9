/**
 * Receives the events of the scanner for a response, and collects its content.
 *
 * @module
 */

import { TYPES_NS } from '../model/envelope.ts'
import type { ServerVersion } from '../model/server-version.ts'
import type { Listener } from '../xml/listener.ts'
import { malformed } from '../xml/malformed.ts'
import type { Name } from '../xml/names.ts'
import type { Tag } from '../xml/tag.ts'
import { TextBuffer } from '../xml/text.ts'
import {
  codeOf,
  MessageDraft,
  type ResponseMessage,
  type ShownContent,
} from './response-message.ts'
import type { Place, Role } from './response-shape.ts'
import { serverVersionOf } from './server-version.ts'

/** A SOAP fault. The code is absent if neither the detail nor the text of the fault contains one. */
export type ResponseFault = Readonly<{ code: string | undefined }>

/**
 * The first code of a response. For a fault without one, the local name of its `faultcode`, such as `Client`, if
 * there is one.
 */
export type FirstCode = Readonly<{ code: string | undefined; isFault: boolean; end: number }>

/** Maximum size of a code, an ID, or an address in bytes. */
const MAX_VALUE_BYTES = 1_024
/** Maximum number of messages, IDs, items, and addresses of one response. */
const MAX_VALUES = 10_000
/** Pattern of a code in the text of a fault. grommunio writes codes only there. */
const WORD = /\bError[A-Z]\w{1,62}/
/** Pattern of a word in the local name of a fault code. */
const FAULT_NAME = /[A-Za-z]\w{0,63}/

/** Roles of elements whose text is read. */
const TEXTS: ReadonlySet<Role> = new Set([
  'fault-code',
  'fault-name',
  'fault-words',
  'code',
  'subscription',
  'address',
  'routing',
  'property-value',
  'container-class',
  'item-class',
  'is-draft',
  'is-associated',
  'setting-name',
  'setting-value',
])

export class ResponseListener implements Listener {
  readonly messages: ResponseMessage[] = []
  serverVersion: ServerVersion | undefined
  fault: ResponseFault | undefined
  /** Whether the body contains a response. */
  hasResponse = false
  /** The first code of the response, and the offset of the byte after its element. */
  first: FirstCode | undefined
  readonly #root: Place
  /** Position of each open element in the response shape; undefined for elements without a meaning. */
  readonly #places: (Place | undefined)[] = []
  /** For each open element, the places that can appear only once and have appeared. */
  readonly #seen: Place[][] = []
  readonly #text = new TextBuffer(MAX_VALUE_BYTES)
  /** Whether the text of an element is being read. */
  #readsText = false
  /** Whether that element contains no elements so far. */
  #isPlain: boolean | undefined
  #message: MessageDraft | undefined
  #faultCode: string | undefined
  #faultWords = ''
  #faultName: string | undefined
  readonly #shown: ShownContent | undefined
  #values = 0

  /**
   * @param root - shape of the envelope
   * @param shown - receives folders and items in place of the messages
   */
  constructor(root: Place, shown?: ShownContent) {
    this.#root = root
    this.#shown = shown
  }

  /** @throws Failure if an element is in a wrong place, or appears more than once */
  open(tag: Tag): void {
    const { depth, name, namespace } = tag
    this.#isPlain = false
    const parent = this.#places[depth - 1]
    const place = depth === 0 ? this.#rootOf(tag) : childOf(parent, name.local, namespace)
    this.#places[depth] = place
    if (parent !== undefined) this.#note(parent, place, tag)
    if (place !== undefined) this.#enter(place.role, tag)
    else this.#message?.openOther(parent?.role, namespace !== TYPES_NS)
  }

  close(_name: Name, depth: number, end: number): void {
    const role = this.#places[depth]?.role
    if (role === undefined) return
    const text = this.#takeText()
    if (role.startsWith('fault')) this.#leaveFault(role, text, end)
    else this.#leave(role, text, end)
  }

  text(bytes: Uint8Array, from: number, to: number): void {
    if (this.#readsText) this.#text.add(bytes, from, to)
  }

  reference(character: string): void {
    if (this.#readsText) this.#text.addCharacter(character)
  }

  comment(): void {}

  #rootOf({ name, namespace }: Tag): Place {
    if (name.local !== 'Envelope' || namespace !== this.#root.namespace)
      throw malformed('the root is not a SOAP envelope')
    return this.#root
  }

  /** Rejects a second element in a place where only one is allowed. */
  #note(parent: Place, place: Place | undefined, { depth, name }: Tag): void {
    const seen = this.#seen[depth - 1] as Place[]
    const isTwice = place?.isSingle === true && seen.includes(place)
    if (isTwice || (parent.role === 'body' && seen.length > 0))
      throw malformed(`${name.written} appears more than once, or beside another response`)
    if (place?.isSingle === true || parent.role === 'body') seen.push(place ?? parent)
  }

  #enter(role: Role, tag: Tag): void {
    this.#seen[tag.depth] = []
    if (TEXTS.has(role)) {
      this.#readsText = true
      this.#isPlain = true
    } else if (role === 'version') this.serverVersion = serverVersionOf(tag)
    else if (role === 'response') this.hasResponse = true
    else if (role === 'message')
      this.#message = new MessageDraft(this.#count, this.messages.length, this.#shown)
    else this.#message?.open(role, tag)
  }

  #leave(role: Role, text: string | undefined, end: number): void {
    if (role === 'code') this.first ??= { code: codeOf(text), isFault: false, end }
    if (role !== 'message') this.#message?.close(role, text)
    else if (this.#message !== undefined) {
      this.#count()
      this.messages.push(this.#message.message)
    }
  }

  #leaveFault(role: Role, text: string | undefined, end: number): void {
    if (role === 'fault-code') this.#faultCode = codeOf(text)
    else if (role === 'fault-words' || role === 'fault-name') {
      this.#faultWords += ` ${text ?? ''}`
      if (role === 'fault-name') this.#faultName = faultName(text ?? '')
    } else {
      const code = this.#faultCode ?? WORD.exec(this.#faultWords)?.[0]
      this.fault = { code }
      this.first = { code: code ?? this.#faultName, isFault: true, end }
    }
  }

  /** Returns the text that was read. Returns undefined if it is too long, or if its element contains elements. */
  #takeText(): string | undefined {
    const text = this.#text.take()
    this.#readsText = false
    return this.#isPlain ? text : undefined
  }

  readonly #count = (): void => {
    this.#values += 1
    if (this.#values > MAX_VALUES) throw malformed(`more than ${MAX_VALUES} values`)
  }
}

/** Returns the first word of the local name of a fault code. */
const faultName = (text: string): string | undefined =>
  FAULT_NAME.exec(text.slice(text.lastIndexOf(':') + 1))?.[0]

function childOf(parent: Place | undefined, local: string, namespace: string): Place | undefined {
  const place = parent?.children.get(local) ?? parent?.others
  return place?.namespace === namespace ? place : undefined
}
