/**
 * Search terms of a user, independent of how the database classifies letters.
 *
 * @module
 */

import type { User } from '../model/identity.ts'

/** Fields that terms are made of. */
export type Termed = Pick<User, 'primarySmtpAddress' | 'aliases' | 'principalName' | 'displayName'>

/** Maximum length of a term in characters. Longer ones are found by their beginning. */
const MAX_TERM_LENGTH = 100

/** Prefix of the term by which a search without text finds a user. A user can't type it. */
export const EVERYBODY = '\x01'

/** Folds text for comparison: without case and accents. */
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
 * Returns every address, the principal name, and the display name from each of its words on, with and
 * without characters that are neither letter nor digit.
 */
export function termsOf(user: Termed): ReadonlySet<string> {
  const { primarySmtpAddress, aliases, principalName = '', displayName = '' } = user
  const phrases = [/\s+/u, /[^\p{L}\p{M}\p{N}]+/u].flatMap(between =>
    phrasesOf(displayName, between),
  )
  const terms = [primarySmtpAddress, ...aliases, principalName, ...phrases].map(fold)
  return new Set([EVERYBODY + fold(primarySmtpAddress), ...terms.filter(Boolean)])
}

/** Returns the words of a search text. */
export const wordsOf = (text: string): readonly string[] =>
  text
    .split(/\s+/u)
    .map(word => fold(word).replace(/[,;]+$/, ''))
    .filter(Boolean)

/** Returns "a b c", "b c", and "c". */
function phrasesOf(text: string, between: RegExp): readonly string[] {
  const words = text.split(between).filter(Boolean)
  return words.map((_, i) => words.slice(i).join(' '))
}
