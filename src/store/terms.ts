/**
 * The terms by which people look for a user, whatever the database's own idea of letters is.
 *
 * @module
 */

import type { User } from '../model/identity.ts'

/** What terms are made of. */
export type Termed = Pick<User, 'primarySmtpAddress' | 'aliases' | 'principalName' | 'displayName'>

/** In characters; what is longer is found by its beginning. */
const MAX_TERM_LENGTH = 100

/** Begins the term by which a user is found where nothing is looked for; nobody can type it. */
export const EVERYBODY = '\x01'

/** As terms are compared: without case and accents. */
const fold = (text: string): string =>
  Array.from(
    text
      .normalize('NFKD')
      .replace(/[\p{M}\p{Cc}]+/gu, '')
      .toLowerCase(),
  )
    .slice(0, MAX_TERM_LENGTH)
    .join('')

/**
 * Every address, the principal name, and the display name from each of its words on, with and
 * without what is neither letter nor digit.
 */
export function termsOf(user: Termed): ReadonlySet<string> {
  const { primarySmtpAddress, aliases, principalName = '', displayName = '' } = user
  const phrases = [/\s+/u, /[^\p{L}\p{M}\p{N}]+/u].flatMap(between =>
    phrasesOf(displayName, between),
  )
  const terms = [primarySmtpAddress, ...aliases, principalName, ...phrases].map(fold)
  return new Set([EVERYBODY + fold(primarySmtpAddress), ...terms.filter(Boolean)])
}

/** What somebody typed, by its words. */
export const wordsOf = (text: string): readonly string[] =>
  text
    .split(/\s+/u)
    .map(word => fold(word).replace(/[,;]+$/, ''))
    .filter(Boolean)

/** "a b c", "b c" and "c" */
function phrasesOf(text: string, between: RegExp): readonly string[] {
  const words = text.split(between).filter(Boolean)
  return words.map((_, i) => words.slice(i).join(' '))
}
