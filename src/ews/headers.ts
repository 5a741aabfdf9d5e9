/**
 * Reads the SOAP headers that a client can send, from an allow-list. The gateway forwards none of the client's
 * bytes, but writes each header itself. It rejects a header that is not listed, is repeated, or has unexpected
 * content.
 *
 * @module
 */

import { TYPES_NS } from '../model/envelope.ts'
import { Failure } from '../model/failure.ts'
import { malformed } from '../xml/malformed.ts'
import type { Name } from '../xml/names.ts'
import type { Tag } from '../xml/tag.ts'
import { TextBuffer } from '../xml/text.ts'
import type { HeaderPart, Headers } from './header-part.ts'
import { Impersonation } from './impersonation.ts'
import { TimeZonePart } from './time-zone.ts'

/** Maximum size of the text of a header, which is that of a whole prologue. */
const MAX_TEXT_BYTES = 65_536
const TOO_LONG = `the text of a header exceeds ${MAX_TEXT_BYTES} bytes`

const rejected = (what: string) => new Failure('header-refused', what)

/** Reads a header whose text must match a pattern. */
class TextPart implements HeaderPart {
  readonly #key: 'mailboxCulture' | 'dateTimePrecision'
  readonly #pattern: RegExp
  #value = ''
  #name = ''

  constructor(key: 'mailboxCulture' | 'dateTimePrecision', pattern: RegExp) {
    this.#key = key
    this.#pattern = pattern
  }

  open(tag: Tag): void {
    if (this.#name !== '') throw rejected(`${this.#name} contains an element`)
    if (tag.hasAttributes) throw rejected(`${tag.name.local} has an attribute`)
    this.#name = tag.name.local
  }

  text(value: string): void {
    this.#value += value
  }

  close(): void {
    if (!this.#pattern.test(this.#value)) throw rejected(`${this.#name} has an invalid value`)
  }

  failure = rejected

  result(): Headers {
    return { [this.#key]: this.#value }
  }
}

const VERSION = /^(Exchange20\d\d(_SP\d)?|V\d{1,4}_\d{1,2}(_\d{1,2})?)$/

/** Reads RequestServerVersion: one attribute and nothing else. */
class VersionPart implements HeaderPart {
  #version = ''

  open(tag: Tag): void {
    if (this.#version !== '') throw rejected('RequestServerVersion contains an element')
    const version = tag.attribute('Version')
    if (tag.attributeCount !== 1 || version === undefined || !VERSION.test(version))
      throw rejected('RequestServerVersion needs the attribute Version, and no other')
    this.#version = version
  }

  text(value: string): void {
    if (value.trim() !== '') throw rejected('RequestServerVersion contains text')
  }

  close(): void {}

  failure = rejected

  result(): Headers {
    return { requestServerVersion: this.#version }
  }
}

const PARTS = new Map<string, () => HeaderPart>([
  ['RequestServerVersion', () => new VersionPart()],
  ['ExchangeImpersonation', () => new Impersonation()],
  ['TimeZoneContext', () => new TimeZonePart()],
  [
    'MailboxCulture',
    () => new TextPart('mailboxCulture', /^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,3}$/),
  ],
  ['DateTimePrecision', () => new TextPart('dateTimePrecision', /^(Seconds|Milliseconds)$/)],
])

/** Reads the content of the Header element. */
export class HeaderReader {
  #headers: Headers = {}
  readonly #seen = new Set<string>()
  #part: HeaderPart | undefined
  readonly #text = new TextBuffer(MAX_TEXT_BYTES)

  get headers(): Headers {
    return this.#headers
  }

  /** Whether a header element is open. */
  get inside(): boolean {
    return this.#part !== undefined
  }

  /** @throws Failure */
  open(tag: Tag): void {
    if (this.#part === undefined) this.#part = this.#begin(tag)
    else this.#flush(this.#part)
    this.#part.open(tag)
  }

  /** @param last - whether this is the end of the Header element itself. @throws Failure */
  close(name: Name, last: boolean): void {
    const part = this.#part
    if (part === undefined) return
    this.#flush(part)
    part.close(name)
    if (!last) return
    this.#headers = { ...this.#headers, ...part.result() }
    this.#part = undefined
  }

  /** Ends the Header element. @throws Failure `impersonation-missing` */
  end(): void {
    if (this.#seen.has('ExchangeImpersonation') && this.#headers.connectingSid === undefined)
      throw new Failure('impersonation-missing', 'ExchangeImpersonation names no user')
  }

  /** @throws Failure */
  text(bytes: Uint8Array, from: number, to: number, cdata: boolean): void {
    if (cdata) throw this.#failureOf('a CDATA section')
    this.#text.add(bytes, from, to)
  }

  reference(character: string): void {
    this.#text.addCharacter(character)
  }

  /** @throws Failure */
  comment(): void {
    throw this.#failureOf('a comment')
  }

  #begin(tag: Tag): HeaderPart {
    const { local } = tag.name
    const make = PARTS.get(local)
    if (make === undefined || tag.namespace !== TYPES_NS)
      throw rejected(`the header ${local} is not supported`)
    if (this.#seen.has(local))
      throw local === 'ExchangeImpersonation'
        ? new Failure('impersonation-ambiguous', 'ExchangeImpersonation appears more than once')
        : rejected(`the header ${local} appears more than once`)
    this.#seen.add(local)
    return make()
  }

  #flush(part: HeaderPart): void {
    const value = this.#text.take()
    if (value === undefined) throw malformed(TOO_LONG)
    part.text(value)
  }

  #failureOf(what: string): Failure {
    const message = `the header ${[...this.#seen].at(-1)} has ${what}`
    return this.#part?.failure(message) ?? rejected(message)
  }
}
