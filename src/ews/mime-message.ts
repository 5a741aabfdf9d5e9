/**
 * Reads the sender of a message or an event while the base64 of its MimeContent streams.
 *
 * The content is a MIME message, or only iCalendar text. Some servers accept a calendar that begins at any line, so
 * every line is checked.
 *
 * @module
 */

import { latin1 } from '../xml/text.ts'
import { Base64Reader, decodedLength } from './base64-reader.ts'
import { CalendarReader } from './calendar-reader.ts'
import { LineSplitter } from './line-splitter.ts'
import { MAX_HEAD_BYTES, MimeHead } from './mime-head.ts'
import { MimeParts } from './mime-parts.ts'

/** Number of characters that are decoded in one step. */
const STEP = 16_384
/** Buffer for decoded bytes. Shared by all messages, because decoding a step never waits, and no bytes are kept. */
const DECODED = new Uint8Array(decodedLength(STEP))

/** Number of bytes of a line that are enough to recognize the beginning of a calendar. */
const OPENING = 64
const FIRST_SEEN = 0x21
const LAST_SEEN = 0x7e
const B = 0x62
const SMALL = 0x20
/** Beginning of a calendar or of one of its components. The line can be folded after these characters. */
const CALENDAR_LINE = 'BEGIN:V'
const CALENDAR_TEXT = /^BEGIN:VCALENDAR[ \t]*\r?$/i

/** Reads the text of one MimeContent in chunks that can end anywhere. */
export class MimeMessage {
  readonly #base64 = new Base64Reader()
  readonly #lines = new LineSplitter(MAX_HEAD_BYTES, (bytes, from, to, isWhole) =>
    this.#line(bytes, from, to, isWhole),
  )
  readonly #head = new MimeHead()
  readonly #senders = new Set<string>()
  #isFirst = true
  #parts: MimeParts | undefined
  /** Reader of the calendar, once one has begun. */
  #calendar: CalendarReader | undefined
  /** Whether the calendar is the whole content. */
  #isCalendar = false
  /** Whether the sender can't be determined. */
  #unknown = false

  add(bytes: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to && !this.#unknown; i += STEP) {
      const length = this.#base64.decode(bytes, i, Math.min(to, i + STEP), DECODED)
      this.#lines.add(DECODED.subarray(0, length))
      if (this.#base64.broken || this.#lines.hasBareCr) this.#unknown = true
    }
  }

  /** Adds a character that was written as an XML reference. */
  addCharacter(character: string): void {
    const bytes = Buffer.from(character)
    this.add(bytes, 0, bytes.length)
  }

  /**
   * Ends the content.
   *
   * @returns the addresses of all senders, without duplicates; undefined if they can't be determined
   */
  senders(): readonly string[] | undefined {
    this.#lines.end()
    if (!this.#base64.isWhole) return undefined
    if (!this.#isCalendar && !this.#head.ended) this.#endHead()
    this.#parts?.end()
    this.#calendar?.end()
    const organizers = this.#calendar?.organizers ?? []
    if (this.#isCalendar && organizers.length === 0) return undefined
    if (this.#unknown || this.#parts?.unknown || this.#calendar?.broken) return undefined
    return [...new Set([...this.#senders, ...(this.#parts?.organizers ?? []), ...organizers])]
  }

  #line(bytes: Uint8Array, from: number, to: number, isWhole: boolean): void {
    if (this.#isFirst)
      this.#isCalendar = CALENDAR_TEXT.test(latin1(bytes, from, Math.min(to, OPENING)))
    this.#isFirst = false
    if (this.#parts?.isQuoted !== true) this.#watch(bytes, from, to, isWhole)
    if (this.#isCalendar) return
    if (this.#head.ended) this.#parts?.line(bytes, from, to, isWhole, this.#lines.hasDashInRest)
    else {
      this.#head.line(bytes, from, to, isWhole)
      if (this.#head.ended) this.#endHead()
    }
  }

  #endHead(): void {
    const head = this.#head.read()
    if (head === undefined) {
      this.#unknown = true
      return
    }
    for (const sender of head.senders) this.#senders.add(sender)
    this.#parts = new MimeParts(head.content)
  }

  #watch(bytes: Uint8Array, from: number, to: number, isWhole: boolean): void {
    if (this.#calendar === undefined) {
      if (!beginsCalendar(bytes, from, to)) return
      this.#calendar = new CalendarReader(this.#isCalendar)
    }
    this.#calendar.line(bytes, from, to, isWhole)
  }
}

function beginsCalendar(bytes: Uint8Array, from: number, to: number): boolean {
  let i = from
  while (i < to && !isSeen(bytes[i] as number)) i += 1
  if (i >= to || ((bytes[i] as number) | SMALL) !== B) return false
  const text = latin1(bytes, i, Math.min(to, i + OPENING))
    .replace(/[^!-~]/g, '')
    .toUpperCase()
  return text.startsWith(CALENDAR_LINE) || CALENDAR_LINE.startsWith(text)
}

const isSeen = (byte: number): boolean => byte >= FIRST_SEEN && byte <= LAST_SEEN
