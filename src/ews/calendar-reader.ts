/**
 * Reads who organizes what an iCalendar text says, line by line.
 *
 * Servers differ in how they unfold lines and in which parameters they obey, so a line that two of them
 * could understand differently makes the organizer unknown.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5545
 * @module
 */

import { isAddress } from '../model/identity.ts'
import { latin1 } from '../xml/text.ts'
import { Distinct } from './distinct.ts'

/** Bytes of an unfolded line. Only lines that name a sender must be whole. */
const MAX_LINE_LENGTH = 2_048
const MAX_ORGANIZERS = 20
const CR = 0x0d
const TAB = 0x09
const SPACE = 0x20

/** Properties that name a sender. */
const SENDERS: ReadonlySet<string> = new Set(['ORGANIZER', 'X-MS-OLK-SENDER'])
/** A line that names a sender, as RFC 5545 has it: name, parameters, value. */
const SENDER =
  /^(?:ORGANIZER|X-MS-OLK-SENDER)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)$/i
/** Parameters that some readers take for the sender. */
const SENT_BY = /;(?:SENT-BY|EMAIL)=("[^"]*"|[^";:,]*)([,]?)/gi
/** Properties that are headers of a message to a reader of messages. */
const HEADER = /^(?:(?:RESENT-)?(?:FROM|SENDER)$|CONTENT-)/

export class CalendarReader {
  /** Whether the text says who organizes in a way that readers could understand differently. */
  broken = false
  readonly #organizers = new Distinct<string>(MAX_ORGANIZERS)
  readonly #isWholeMessage: boolean
  #line = ''
  #isCut = false

  /** @param isWholeMessage - the text stands where a message could, so it must not look like its header */
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

  /** The text ends. */
  end(): void {
    this.#endLine()
  }

  /** A reader that doesn't unfold takes a continuation for a line of its own. */
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

/** The name of a property as the boldest reader has it: without blanks and bytes that are not seen. */
function nameOf(line: string): string {
  const end = line.search(/[:;]/)
  const name = end === -1 ? line : line.slice(0, end)
  return name.replace(/[^!-~]/g, '').toUpperCase()
}

/** Whether a line names a sender to the boldest reader. A property may belong to a group: `g.ORGANIZER`. */
export function namesSender(line: string): boolean {
  const name = nameOf(line)
  return SENDERS.has(name.slice(name.lastIndexOf('.') + 1))
}
