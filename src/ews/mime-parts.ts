/**
 * Follows the parts of a MIME message while they stream, to find every calendar at any depth.
 *
 * If two servers could split the parts differently, the senders are unknown, for example because of boundaries with
 * the same beginning, delimiters inside a line, unclosed parts, or nonstandard encodings.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2046
 *
 * @module
 */

import { latin1 } from '../xml/text.ts'
import { Distinct } from './distinct.ts'
import { type Content, contentOfPart, endsHeader } from './mime-fields.ts'
import { PartCalendar } from './part-calendar.ts'

const MAX_DEPTH = 20
const MAX_ORGANIZERS = 20
const MAX_HEADER_BYTES = 16_384
/** Maximum length in bytes of a delimiter, including the blanks after it. */
const MAX_DELIMITER_BYTES = 512
const DASH = 0x2d
/** Beginning of the fields that say what a part is. */
const CONTENT = 'content-'

/** A multipart at one level of nesting. It is open, or is the one that was closed last. */
type Level = { readonly delimiter: string; readonly folded: string; closed: boolean }

export class MimeParts {
  /** Whether servers could find different parts. */
  unknown = false
  readonly #organizers = new Distinct<string>(MAX_ORGANIZERS)
  readonly #levels: Level[] = []
  #inHeader = false
  /** Whether the header that is being read is that of a message, and not of a part. */
  #isMessage = false
  /** Whether the present text follows an empty header, which some servers skip. They read a header in the text. */
  #isUnheaded = false
  /** Lines of the header that is being read. */
  #header = ''
  #calendar: PartCalendar | undefined

  /** @param content - content that the header of the message describes */
  constructor(content: Content) {
    this.#begin(content)
  }

  /** Whether the current part is a calendar that is readable without decoding. */
  get isQuoted(): boolean {
    return this.#calendar?.isQuoted === true
  }

  get organizers(): readonly string[] {
    return this.#organizers.values
  }

  /**
   * Reads a line of the message's body. It must not contain a carriage return except at its end.
   *
   * @param hasDashInRest - whether the rest of a truncated line has a dash
   */
  line(
    bytes: Uint8Array,
    from: number,
    to: number,
    isWhole: boolean,
    hasDashInRest: boolean,
  ): void {
    if (this.unknown) return
    if (bytes[from] === DASH) {
      const end = Math.min(to, from + MAX_DELIMITER_BYTES)
      if (this.#delimit(latin1(bytes, from, end), end === to)) return
    }
    if (this.#hidesDelimiter(bytes, from, to, isWhole, hasDashInRest)) this.unknown = true
    if (this.#inHeader) this.#headerLine(bytes, from, to, isWhole)
    else if (this.#isUnheaded)
      this.#unheadedLine(latin1(bytes, from, Math.min(to, from + CONTENT.length)))
    else this.#calendar?.line(bytes, from, to, isWhole)
  }

  /** Ends the last part, at the end of the message. */
  end(): void {
    this.#endPart()
    if (this.#levels.some(({ closed }) => !closed)) this.unknown = true
  }

  /**
   * @param isAll - whether the text is the whole line
   * @returns whether the line divides parts, at least for some readers
   */
  #delimit(text: string, isAll: boolean): boolean {
    const line = text.replace(/[ \t\r]+$/, '')
    for (let i = this.#levels.length - 1; i >= 0; i--) {
      const { delimiter } = this.#levels[i] as Level
      if (!text.startsWith(delimiter)) continue
      if (!isAll) this.unknown = true
      else if (line === delimiter) this.#openPart(i)
      else if (line === `${delimiter}--`) this.#closeLevel(i)
      else this.unknown = true
      return true
    }
    return false
  }

  /**
   * Whether a reader could find a delimiter in a line that doesn't begin with one. Some readers search for it at any
   * position or in any case, and some skip blanks in it. A truncated line could have one that ends in its rest, if it
   * has a dash anywhere. Base64 has none, so attachments in one line can be read.
   */
  #hidesDelimiter(
    bytes: Uint8Array,
    from: number,
    to: number,
    isWhole: boolean,
    hasDashInRest: boolean,
  ): boolean {
    if (this.#levels.length === 0) return false
    if (hasDashInRest) return true
    if (!hasDash(bytes, from, to)) return false
    if (!isWhole) return true
    const text = fold(latin1(bytes, from, to))
    return this.#levels.some(({ folded }) => text.includes(folded))
  }

  #openPart(at: number): void {
    this.#endPart()
    this.#leaveTo(at)
    this.#inHeader = true
    this.#isMessage = false
  }

  #closeLevel(at: number): void {
    this.#endPart()
    this.#leaveTo(at).closed = true
  }

  /** Closes levels up to `at`. All inner levels must be closed, and the level itself must be open. */
  #leaveTo(at: number): Level {
    const level = this.#levels[at] as Level
    const inside = this.#levels.slice(at + 1)
    if (level.closed || inside.some(({ closed }) => !closed)) this.unknown = true
    this.#levels.length = at + 1
    return level
  }

  #headerLine(bytes: Uint8Array, from: number, to: number, isWhole: boolean): void {
    if (to - from + this.#header.length > MAX_HEADER_BYTES) {
      this.unknown = true
      return
    }
    const text = latin1(bytes, from, to)
    if (text === '' || text === '\r') {
      this.#isUnheaded = !this.#isMessage && this.#header === ''
      if (!this.#isUnheaded && !endsHeader(this.#header, text === '\r')) this.unknown = true
      this.#begin(contentOfPart(this.#header))
      return
    }
    this.#header += `${text}\n`
    if (!isWhole || text.includes('\0')) this.unknown = true
  }

  #unheadedLine(text: string): void {
    if (text.toLowerCase() === CONTENT) this.unknown = true
  }

  #begin(content: Content): void {
    this.#header = ''
    this.#inHeader = content.kind === 'message'
    this.#isMessage = this.#inHeader
    switch (content.kind) {
      case 'unknown':
        this.unknown = true
        return
      case 'multipart':
        this.#openLevel(`--${content.boundary}`)
        return
      case 'calendar':
        this.#calendar = new PartCalendar(content.encoding)
    }
  }

  #openLevel(delimiter: string): void {
    const folded = fold(delimiter)
    // If this delimiter contains an outer one, servers could confuse the two.
    const isAlike = this.#levels.some(level => folded.includes(level.folded))
    if (isAlike || this.#levels.length >= MAX_DEPTH) this.unknown = true
    this.#levels.push({ delimiter, folded, closed: false })
  }

  #endPart(): void {
    this.#isUnheaded = false
    if (this.#inHeader) this.unknown = true
    const organizers = this.#calendar?.end() ?? []
    if (this.#calendar !== undefined && organizers.length === 0) this.unknown = true
    for (const organizer of organizers)
      if (!this.#organizers.add(organizer, organizer)) this.unknown = true
    this.#calendar = undefined
  }
}

/** Looks without a view of the bytes, which takes longer than a short line. */
function hasDash(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i += 1) if (bytes[i] === DASH) return true
  return false
}

/** Returns a text in lowercase and without blanks. */
const fold = (text: string): string => text.replace(/[ \t]+/g, '').toLowerCase()
