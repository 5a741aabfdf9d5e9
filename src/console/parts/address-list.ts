/**
 * Reads pasted lists of users, and compares them with the users that the gateway found.
 *
 * @module
 */

import type { FoundUsers } from '../api/users.ts'

/**
 * Returns the entries of a list in their order: addresses and other names of users, separated by line breaks, commas,
 * semicolons, or spaces. In `Name <address>`, only the address counts.
 */
export function readAddressList(text: string): string[] {
  return text
    .replaceAll(/"([^"\n]*)"/g, (_, quoted: string) => (quoted.includes('@') ? quoted : ' '))
    .split(/[,;\r\n]+/)
    .flatMap(entriesIn)
}

/** Returns each entry of a part once. Beside an address in angle brackets, other words are of a name unless they have an `@`. */
function entriesIn(part: string): string[] {
  const bracketed = [...part.matchAll(/<([^<>]*)>/g)].map(([, address = '']) => address)
  const words = part
    .replaceAll(/<[^<>]*>/g, ' ')
    .split(/\s+/)
    .filter(word => bracketed.length === 0 || word.includes('@'))
  const entries = [...words, ...bracketed].map(word => word.trim().replaceAll(/^'+|'+$/g, ''))
  return [...new Set(entries.filter(entry => entry !== ''))]
}

/** Entries of a list, by what becomes of them. */
export type SortedList = Readonly<{
  /** Users to add, each once. */
  found: FoundUsers['Users']
  /** Entries that name a user again, in the list or among the selected users. */
  duplicates: readonly string[]
  unknown: readonly string[]
  /** Entries that name two users. */
  ambiguous: readonly string[]
}>

/**
 * Sorts the entries of a list.
 *
 * @param answers - responses of GetUsers to all entries
 * @param selected - IDs of the users that are selected already
 */
export function sortList(
  entries: readonly string[],
  answers: readonly FoundUsers[],
  selected: Iterable<string>,
): SortedList {
  const users = new Map(
    answers.flatMap(({ Users }) => Users.map(user => [user.Identifier, user] as const)),
  )
  const seen = new Set(selected)
  const written = new Set<string>()
  const found: FoundUsers['Users'] = []
  const duplicates: string[] = []
  for (const entry of entries) {
    const user = users.get(entry)
    const isRepeated = user === undefined ? written.has(entry) : seen.has(user.UserId)
    if (isRepeated) duplicates.push(entry)
    else if (user !== undefined) found.push(user)
    written.add(entry)
    if (user !== undefined) seen.add(user.UserId)
  }
  return {
    found,
    duplicates,
    unknown: answers.flatMap(({ Unknown }) => Unknown),
    ambiguous: answers.flatMap(({ Ambiguous }) => Ambiguous.map(({ Identifier }) => Identifier)),
  }
}
