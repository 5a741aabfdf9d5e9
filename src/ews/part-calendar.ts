/**
 * Reads a calendar in a part of a message, and decodes it while it streams.
 *
 * @module
 */

import { latin1, NOTHING } from '../xml/text.ts'
import { Base64Reader } from './base64-reader.ts'
import { CalendarReader, namesSender } from './calendar-reader.ts'
import { LineSplitter } from './line-splitter.ts'
import type { Encoding } from './mime-fields.ts'

const MAX_LINE_LENGTH = 4_096
const CR = 0x0d
const LF = 0x0a
const TAB = 0x09
const SPACE = 0x20
const EQUALS = 0x3d
const CRLF = new Uint8Array([CR, LF])

/** Reads the lines of the part as they are in the message. */
export class PartCalendar {
  readonly #encoding: Encoding
  readonly #reader = new CalendarReader()
  readonly #lines = new LineSplitter(MAX_LINE_LENGTH, (bytes, from, to, isWhole) =>
    this.#reader.line(bytes, from, to, isWhole),
  )
  readonly #base64 = new Base64Reader()
  #out = NOTHING
  #broken = false
  /** Whether the previous line of quoted-printable text continues in this one. */
  #isContinued = false

  constructor(encoding: Encoding) {
    this.#encoding = encoding
  }

  line(bytes: Uint8Array, from: number, to: number, isWhole: boolean): void {
    if (this.#encoding === 'identity') {
      this.#reader.line(bytes, from, to, isWhole)
      return
    }
    if (!isWhole) this.#broken = true
    // A line of quoted-printable text without escapes is as long as its bytes, and base64 is never longer.
    const room = to - from
    if (this.#out.length < room) this.#out = new Uint8Array(room)
    const length =
      this.#encoding === 'base64'
        ? this.#base64.decode(bytes, from, to, this.#out)
        : this.#unquote(bytes, from, to)
    this.#lines.add(this.#out.subarray(0, length))
    if (this.isQuoted) this.#endQuoted(bytes, from, to)
  }

  /** Whether the calendar's lines are readable without decoding. */
  get isQuoted(): boolean {
    return this.#encoding === 'quoted-printable'
  }

  /** Returns the organizers, or undefined if they can't be determined. */
  end(): readonly string[] | undefined {
    this.#lines.end()
    this.#reader.end()
    const { broken, organizers } = this.#reader
    const isWhole = this.#base64.isWhole && !this.#lines.hasBareCr
    if (this.#broken || broken || !isWhole || organizers.length === 0) return undefined
    return organizers
  }

  /** Decodes one line of quoted-printable text. @returns the number of decoded bytes */
  #unquote(bytes: Uint8Array, from: number, to: number): number {
    const end = endOfText(bytes, from, to)
    // An equals sign followed by blanks is ambiguous: some programs treat it as text, others as a line break.
    if (endsInEquals(bytes, from, end) && !isLineEnd(bytes, end, to)) this.#broken = true
    let length = 0
    for (let i = from; i < end; i++) {
      const byte = bytes[i] as number
      if (byte !== EQUALS) this.#out[length++] = byte
      else if (i + 1 < end) {
        const decoded =
          hexadecimal(bytes[i + 1] as number) * 16 + hexadecimal(bytes[i + 2] as number)
        if (Number.isNaN(decoded) || i + 2 >= end) this.#broken = true
        else this.#out[length++] = decoded
        i += 2
      }
    }
    return length
  }

  /** Ends an encoded line. Programs that don't decode it must find the same senders, or the senders are unknown. */
  #endQuoted(bytes: Uint8Array, from: number, to: number): void {
    const text = latin1(bytes, from, Math.min(to, from + MAX_LINE_LENGTH))
    if (this.#isContinued && namesSender(text)) this.#broken = true
    this.#isContinued = endsInEquals(bytes, from, endOfText(bytes, from, to))
    if (!this.#isContinued) this.#lines.add(CRLF)
  }
}

/** Returns the end of a line's text, without the blanks after it. */
function endOfText(bytes: Uint8Array, from: number, to: number): number {
  let end = to
  while (end > from && isBlank(bytes[end - 1] as number)) end -= 1
  return end
}

const endsInEquals = (bytes: Uint8Array, from: number, end: number): boolean =>
  end > from && bytes[end - 1] === EQUALS

const isLineEnd = (bytes: Uint8Array, from: number, to: number): boolean =>
  from === to || (from === to - 1 && bytes[from] === CR)

const isBlank = (byte: number): boolean => byte === SPACE || byte === TAB || byte === CR

/**
 * Returns the value of a hexadecimal digit. Only uppercase letters count, because some programs treat lowercase
 * letters as text.
 */
function hexadecimal(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  return byte >= 0x41 && byte <= 0x46 ? byte - 0x37 : Number.NaN
}
