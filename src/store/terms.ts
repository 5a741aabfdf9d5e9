/**
 * Search terms of a user, independent of how the database classifies letters.
 *
 * @module
 */

import type { User } from '../model/identity.ts'

/** Fields that terms are made of. */
export type Termed = Pick<User, 'primarySmtpAddress' | 'aliases' | 'principalName' | 'displayName'>

/** Maximum length of a term in characters. Longer terms are truncated. */
const MAX_TERM_LENGTH = 100

/** A field by whose beginning users are listed. Users without a principal name sign in by their primary address. */
export type ListedField = 'primarySmtpAddress' | 'signInName' | 'displayName'

/** Prefix of the term that contains only this field. A user can't type it. */
const MARKS = {
  primarySmtpAddress: '\x01',
  signInName: '\x02',
  displayName: '\x03',
} as const satisfies Record<ListedField, string>

/** Prefix of the terms by which a search without text finds users. */
export const EVERYBODY = MARKS.primarySmtpAddress

/** Sorts after every character of a term, by code points. */
export const LAST = '\u{10FFFF}'

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

/** Returns the beginning of the terms of all users whose field begins with the text. */
export const leadOf = (field: ListedField, text: string): string => MARKS[field] + fold(text)

export function listedValueOf(field: ListedField, user: Termed): string {
  return field === 'signInName'
    ? (user.principalName ?? user.primarySmtpAddress)
    : (user[field] ?? '')
}

/** Returns a term for each field by which users are listed, if the user has it. */
const listedTermsOf = (user: Termed): readonly string[] =>
  (Object.keys(MARKS) as ListedField[]).flatMap(field => {
    const value = listedValueOf(field, user)
    return value === '' ? [] : [leadOf(field, value)]
  })

/**
 * Returns every address, the principal name, and the display name from each of its words on, with and
 * without characters that are neither letter nor digit; and the terms of {@link listedTermsOf}.
 */
export function termsOf(user: Termed): ReadonlySet<string> {
  const { primarySmtpAddress, aliases, principalName = '', displayName = '' } = user
  const phrases = [/\s+/u, /[^\p{L}\p{M}\p{N}]+/u].flatMap(between =>
    phrasesOf(displayName, between),
  )
  const terms = [primarySmtpAddress, ...aliases, principalName, ...phrases].map(fold)
  return new Set([...listedTermsOf(user), ...terms.filter(Boolean)])
}

/** Returns the words of a search text. */
export const wordsOf = (text: string): readonly string[] =>
  text
    .split(/\s+/u)
    .map(word => fold(word).replace(/[,;]+$/, ''))
    .filter(Boolean)

/** Returns a text starting at each of its words: "a b c", "b c", and "c" for "a b c". */
function phrasesOf(text: string, between: RegExp): readonly string[] {
  const words = text.split(between).filter(Boolean)
  return words.map((_, i) => words.slice(i).join(' '))
}
