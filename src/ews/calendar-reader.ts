/**
 * Reads the organizers in iCalendar text, line by line.
 *
 * Servers unfold lines differently and use different parameters. If two servers could understand a line
 * differently, the organizer is unknown.
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
/** Parameters that some readers take for the sender. */
const SENT_BY = /;(?:SENT-BY|EMAIL)=("[^"]*"|[^";:,]*)([,]?)/gi
/** Properties that a reader of messages takes for headers. */
const HEADER = /^(?:(?:RESENT-)?(?:FROM|SENDER)$|CONTENT-)/

export class CalendarReader {
  /** Whether readers could understand the organizers differently. */
  broken = false
  readonly #organizers = new Distinct<string>(MAX_ORGANIZERS)
  readonly #isWholeMessage: boolean
  #line = ''
  #isCut = false

  /**
   * @param isWholeMessage - whether a message could be in place of the text, so it must not look like a
   *   header
   */
  constructor(isWholeMessage = false) {
    this.#isWholeMessage = isWholeMessage
  }

  /** Addresses of the organizers. */
  get organizers(): readonly string[] {
    return this.#organizers.values
  }

  /** Takes a line as {@link TakeLine} does. */
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

  /** Ends the text. */
  end(): void {
    this.#endLine()
  }

  /** Continues a line, and also checks the continuation, because some readers don't unfold. */
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
    const [, parameters, value] = SENDER.exec(line) ?? []
    if (this.#isCut || parameters === undefined || value === undefined) this.broken = true
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

/** Returns the name of a property as the most lenient reader sees it: without blanks and invisible bytes. */
function nameOf(line: string): string {
  const end = line.search(/[:;]/)
  const name = end === -1 ? line : line.slice(0, end)
  return name.replace(/[^!-~]/g, '').toUpperCase()
}

/**
 * Whether a line names a sender for the most lenient reader. A property can belong to a group:
 * `g.ORGANIZER`.
 */
export function namesSender(line: string): boolean {
  const name = nameOf(line)
  return SENDERS.has(name.slice(name.lastIndexOf('.') + 1))
}
