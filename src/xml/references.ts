/**
 * Decodes references to characters: `&lt;`, `&#60;`, `&#x3c;`.
 *
 * @module
 */

import { isCharacter } from './characters.ts'
import { same } from './names.ts'

const HASH = 0x23
const X = 0x78

/** Maximum length of a reference in bytes: enough for `#x10FFFF` and some leading zeros. */
export const MAX_REFERENCE = 16

const PREDEFINED: readonly (readonly [name: Uint8Array, character: string])[] = [
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['apos', "'"],
  ['quot', '"'],
].map(([name = '', character = '']) => [new TextEncoder().encode(name), character])

/**
 * Returns the character of a reference, or undefined if it is not a reference to one.
 *
 * @param bytes - contain the text between `&` and `;` in `[from..to)`
 */
export function referenced(bytes: Uint8Array, from: number, to: number): string | undefined {
  if (bytes[from] !== HASH) {
    for (const [name, character] of PREDEFINED) if (same(name, bytes, from, to)) return character
    return undefined
  }
  const code =
    bytes[from + 1] === X ? numberIn(bytes, from + 2, to, 16) : numberIn(bytes, from + 1, to, 10)
  return code !== undefined && isCharacter(code) ? String.fromCodePoint(code) : undefined
}

/** Returns the number that digits represent; 0, which is not a character, if there are no digits. */
function numberIn(bytes: Uint8Array, from: number, to: number, base: number): number | undefined {
  let number = 0
  for (let i = from; i < to; i++) {
    const digit = digitOf(bytes[i] as number)
    if (digit >= base) return undefined
    number = number * base + digit
  }
  return number
}

/** Returns the value of a digit; 16 or more if the byte is not a digit of any base. */
function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 ? letter - 0x57 : Number.POSITIVE_INFINITY
}
