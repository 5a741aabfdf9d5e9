/**
 * The value of an attribute: what may stand in it, and what it says.
 *
 * @module
 */

import { MAX_REFERENCE, referenced, VALUE_STOP } from './characters.ts'
import { malformed } from './malformed.ts'
import { ascii } from './text.ts'
import { Utf8 } from './utf8.ts'

const LESS = 0x3c
const AMPERSAND = 0x26
const SEMICOLON = 0x3b
const QUOTE = 0x22
const APOSTROPHE = 0x27

/** The bytes ran out before what was read did. */
export const INCOMPLETE = -1

/** Where the value ends: at its quote. Refuses what may not stand in it. */
export function skipValue(bytes: Uint8Array, from: number, to: number, quote: number): number {
  let i = from
  for (;;) {
    while (i < to && VALUE_STOP[bytes[i] as number] === 0) i++
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

function skipReference(bytes: Uint8Array, at: number, to: number): number {
  let i = at + 1
  while (i < to && bytes[i] !== SEMICOLON && i - at <= MAX_REFERENCE) i++
  if (i - at > MAX_REFERENCE) throw malformed('a reference is too long')
  if (i >= to) return INCOMPLETE
  if (referenced(latin1(bytes, at + 1, i)) === undefined) throw malformed('an unknown reference')
  return i + 1
}

function skipCharacter(bytes: Uint8Array, at: number, to: number): number {
  const utf8 = new Utf8()
  let i = at
  do {
    if (i >= to) return INCOMPLETE
    const byte = bytes[i++] as number
    if (byte < 0x80 || !utf8.accepts(byte)) throw utf8.refusal()
  } while (utf8.open)
  return i
}

/** Says why a byte that is not ASCII may not stand in a name, once its character is whole. */
export function refuseByte(bytes: Uint8Array, at: number, to: number): typeof INCOMPLETE {
  if (skipCharacter(bytes, at, to) === INCOMPLETE) return INCOMPLETE
  throw malformed('a name with other letters than ASCII')
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function decodeValue(bytes: Uint8Array, from: number, to: number): string {
  const raw = bytes.subarray(from, to)
  const text = ascii(raw) ?? decoder.decode(raw)
  if (!NEEDS_WORK.test(text)) return text
  // XML 1.0, 3.3.3: white space in an attribute's value is a blank.
  return text
    .replace(/\r\n|[\t\n\r]/g, ' ')
    .replace(/&([^;]*);/g, (_, name: string) => referenced(name) ?? '')
}

const NEEDS_WORK = /[\t\n\r&]/

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to))
}
