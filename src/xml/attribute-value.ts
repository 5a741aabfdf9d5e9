/**
 * Checks and decodes the values of attributes.
 *
 * @module
 */

import { VALUE_DELIMITERS } from './characters.ts'
import { malformed } from './malformed.ts'
import { MAX_REFERENCE, referenced } from './references.ts'
import type { ScanBuffer } from './scan-buffer.ts'
import { ascii } from './text.ts'
import { skipCharacters, Utf8 } from './utf8.ts'

const LESS = 0x3c
const AMPERSAND = 0x26
const SEMICOLON = 0x3b
const QUOTE = 0x22
const APOSTROPHE = 0x27

/** Return value if the bytes end before the end of the value, name, or tag. */
export const INCOMPLETE = -1

/** Returns the offset of the quote that ends the value. Rejects bytes that a value can't contain. */
export function skipValue(buffer: ScanBuffer, from: number, to: number, quote: number): number {
  const { bytes } = buffer
  let i = from
  for (;;) {
    i = buffer.skip(i, to, VALUE_DELIMITERS)
    if (i >= to) return INCOMPLETE
    const byte = bytes[i] as number
    if (byte === quote) return i
    if (byte === QUOTE || byte === APOSTROPHE) i++
    else if (byte === LESS) throw malformed('"<" in an attribute')
    else if (byte === AMPERSAND) i = skipReference(bytes, i, to)
    else if (byte >= 0x80) i = skipCharacter(bytes, i, to)
    else throw malformed('a control character in an attribute')
    if (i === INCOMPLETE) return INCOMPLETE
  }
}

/** Returns the offset of the `;` after a reference, which is plain in a value. */
function skipReference(bytes: Uint8Array, at: number, to: number): number {
  let i = at
  while (i < to && bytes[i] !== SEMICOLON && i - at <= MAX_REFERENCE) i++
  if (i - at > MAX_REFERENCE) throw malformed(`a reference is longer than ${MAX_REFERENCE} bytes`)
  if (i >= to) return INCOMPLETE
  if (referenced(bytes, at + 1, i) === undefined) throw malformed('an unknown reference')
  return i
}

function skipCharacter(bytes: Uint8Array, at: number, to: number): number {
  const next = skipCharacters(bytes, at, to)
  if (next > at) return next
  const utf8 = new Utf8()
  let i = at
  do {
    if (i >= to) return INCOMPLETE
    const byte = bytes[i++] as number
    if (byte < 0x80 || !utf8.accepts(byte)) throw utf8.failure()
  } while (utf8.open)
  return i
}

/**
 * Rejects a non-ASCII character in a name. Waits until the character is complete, so that invalid UTF-8 gets its
 * own error.
 */
export function rejectByte(bytes: Uint8Array, at: number, to: number): typeof INCOMPLETE {
  if (skipCharacter(bytes, at, to) === INCOMPLETE) return INCOMPLETE
  throw malformed('a name with letters that are not ASCII')
}

/** Decodes a value that `skipValue` has accepted. */
export function decodeValue(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let i = from; ; ) {
    const reference = indexOf(bytes, AMPERSAND, i, to)
    text += decodePlain(bytes, i, reference)
    if (reference === to) return text
    i = indexOf(bytes, SEMICOLON, reference, to)
    text += referenced(bytes, reference + 1, i++) ?? ''
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Replaces each white space character by a space, as section 3.3.3 of XML 1.0 requires for attribute values. */
function decodePlain(bytes: Uint8Array, from: number, to: number): string {
  const text = ascii(bytes, from, to) ?? decoder.decode(bytes.subarray(from, to))
  return SPACE.test(text) ? text.replace(/\r\n|[\t\n\r]/g, ' ') : text
}

const SPACE = /[\t\n\r]/

function indexOf(bytes: Uint8Array, byte: number, from: number, to: number): number {
  let i = from
  while (i < to && bytes[i] !== byte) i++
  return i
}
