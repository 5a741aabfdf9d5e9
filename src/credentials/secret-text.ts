/**
 * Generates secrets that are safe on command lines and in URLs.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { Secret } from '../model/secret.ts'

/** Letters and digits, so that no secret begins with `-`, or needs quotes in a shell or an escape in a URL. */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Number of letters that give at least 256 bits, at 5.95 bits (log2(62)) per letter. */
const LENGTH = 43

/** Random bytes from this value on are skipped. Otherwise, the first letters would be more likely than others. */
const EVEN = 256 - (256 % LETTERS.length)

/**
 * Makes a secret of 43 letters and digits, which is 256 bits.
 *
 * @param random - returns random bytes; tests pass their own
 */
export function makeSecret(random: (bytes: number) => Uint8Array = randomBytes): Secret {
  let text = ''
  while (text.length < LENGTH)
    for (const byte of random(LENGTH - text.length))
      if (byte < EVEN) text += LETTERS.charAt(byte % LETTERS.length)
  return new Secret(text)
}
