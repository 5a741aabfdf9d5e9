/**
 * Reads the organizers in iCalendar text, line by line.
 *
 * Servers join folded lines differently and use different parameters. If two servers could find different
 * organizers in a line, the organizer is unknown.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5545
 *
 * @module
 */

import { isAddress } from '../model/identity.ts'
import { latin1 } from '../xml/text.ts'
import { Distinct } from './distinct.ts'

/** Maximum length of an unfolded line. A longer line that names a sender makes the organizer unknown. */
const MAX_LINE_LENGTH = 2_048
const MAX_ORGANIZERS = 20
const CR = 0x0d
const TAB = 0x09
const SPACE = 0x20

/** Properties that name a sender. */
const SENDERS: ReadonlySet<string> = new Set(['ORGANIZER', 'X-MS-OLK-SENDER'])
/** A line that names a sender as in RFC 5545: name, parameters, value. */
const SENDER =
  /^(?:ORGANIZER|X-MS-OLK-SENDER)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)$/i
/** Parameters that some servers treat as the sender. */
const SENT_BY = /;(?:SENT-BY|EMAIL)=("[^"]*"|[^";:,]*)([,]?)/gi
/** Properties that a program could mistake for headers of a message. */
const HEADER = /^(?:(?:RESENT-)?(?:FROM|SENDER)$|CONTENT-)/

export class CalendarReader {
  /** Whether servers could find different organizers in the text. */
  broken = false
  readonly #organizers = new Distinct<string>(MAX_ORGANIZERS)
  readonly #isWholeMessage: boolean
  #line = ''
  #isCut = false

  /**
   * @param isWholeMessage - whether the text is the whole content, so that a server could also read it as a message
   * with a header
   */
  constructor(isWholeMessage = false) {
    this.#isWholeMessage = isWholeMessage
  }

  /** Addresses of the organizers. */
  get organizers(): readonly string[] {
    return this.#organizers.values
  }

  /** Reads a line, as {@link TakeLine} describes. */
  line(bytes: Uint8Array, from: number, to: number, isWhole: boolean): void {
    const end = to > from && bytes[to - 1] === CR ? to - 1 : to
    const text = latin1(bytes, from, Math.min(end, from + MAX_LINE_LENGTH))
    if (text.includes('\0')) this.broken = true
    const isCut = !isWhole || end - from > MAX_LINE_LENGTH
    const first = bytes[from]
    if (end > from && (first === SPACE || first === TAB)) this.#continue(text, isCut)
    else {
      this.#endLine()
      this.#line = text
      this.#isCut = isCut
    }
  }

  /** Reads the last line, at the end of the text. */
  end(): void {
    this.#endLine()
  }

  /** Appends a folded line to the current one. Also checks it on its own, because some servers don't join lines. */
  #continue(text: string, isCut: boolean): void {
    if (namesSender(text)) this.broken = true
    const line = this.#line + text.slice(1)
    this.#isCut ||= isCut || line.length > MAX_LINE_LENGTH
    this.#line = line.slice(0, MAX_LINE_LENGTH)
  }

  #endLine(): void {
    const line = this.#line
    this.#line = ''
    if (this.#isWholeMessage && HEADER.test(nameOf(line))) this.broken = true
    if (!namesSender(line)) return
    const [, parameters, value = ''] = SENDER.exec(line) ?? []
    if (this.#isCut || parameters === undefined) this.broken = true
    else this.#addAll(parameters, value)
  }

  #addAll(parameters: string, value: string): void {
    this.#add(value.trim())
    for (const [, sentBy = '', comma] of parameters.matchAll(SENT_BY)) {
      if (comma !== '') this.broken = true
      this.#add(sentBy.replaceAll('"', ''))
    }
  }

  #add(value: string): void {
    const address = value.replace(/^mailto:/i, '')
    if (!isAddress(address) || !this.#organizers.add(address, address)) this.broken = true
  }
}

/** Returns the name of a property as the most lenient server reads it: without blanks and invisible bytes. */
function nameOf(line: string): string {
  const end = line.search(/[:;]/)
  const name = end === -1 ? line : line.slice(0, end)
  return name.replace(/[^!-~]/g, '').toUpperCase()
}

/**
 * Whether the most lenient server could read a line as one that names a sender. A property can belong to a group:
 * `g.ORGANIZER`.
 */
export function namesSender(line: string): boolean {
  const name = nameOf(line)
  return SENDERS.has(name.slice(name.lastIndexOf('.') + 1))
}
