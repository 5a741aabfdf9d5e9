/**
 * Reads the values of states in audit records: times, and IDs that have names.
 *
 * @module
 */

import { type IdKind, kindOf, listIn, MAX_SHOWN } from './long-lists.ts'
import type { ChangedMember } from './record.ts'

/** Members that are times, in milliseconds since 1970. */
const TIMES: ReadonlySet<string> = new Set([
  'notBefore',
  'notAfter',
  'expiresAt',
  'createdAt',
  'modifiedAt',
  'attachedAt',
  'lockedAt',
])

/** Returns the time of a member in seconds since 1970; undefined if it is not a time. @param path - of the member */
export function timeIn(path: string, value: unknown): number | undefined {
  return TIMES.has(path.split('.').at(-1) ?? '') && typeof value === 'number'
    ? value / 1_000
    : undefined
}

/** ID in a state, and what it identifies. */
export type NamedId = Readonly<{ kind: IdKind; id: string }>

/** Returns the IDs of a member: its text, or the texts of a list that is not too long. @param path - of the member */
export function idsIn(path: string, value: unknown): readonly NamedId[] {
  const kind = kindOf({ field: path })
  if (kind === 'other') return []
  if (typeof value === 'string') return [{ kind, id: value }]
  const list = listIn(path, value) ?? []
  return list.length <= MAX_SHOWN ? list.map(id => ({ kind, id })) : []
}

/** Returns every ID that changed members show. */
export function shownIds(members: readonly ChangedMember[]): readonly NamedId[] {
  return members.flatMap(({ name, before, after }) =>
    [before, after].flatMap(value => idsBelow(name, value)),
  )
}

function idsBelow(path: string, value: unknown): readonly NamedId[] {
  if (typeof value !== 'object' || value === null || listIn(path, value)) return idsIn(path, value)
  return Object.entries(value).flatMap(([name, member]) =>
    idsBelow(pathBelow(path, value, name), member),
  )
}

/** Returns the path of a member. The entries of a list have the path of the list, because an index is not a name. */
const pathBelow = (path: string, parent: object, name: string): string =>
  Array.isArray(parent) ? path : `${path}.${name}`

/** Words for the values of a state. */
export type StateWords = Readonly<{
  /** @param seconds - since 1970 */
  time: (seconds: number) => string
  name: (id: NamedId) => string
}>

/** Returns a value as text: with times and names in words, and the number of entries in place of a long list. */
export function textOfState(path: string, value: unknown, words: StateWords): string {
  const said = inWords(path, value, words)
  if (Array.isArray(said) && said.length === 0) return 'None'
  return typeof said === 'string' ? said : (JSON.stringify(said, null, 2) ?? '')
}

function inWords(path: string, value: unknown, words: StateWords): unknown {
  const time = timeIn(path, value)
  if (time !== undefined) return words.time(time)
  const { length = 0 } = listIn(path, value) ?? []
  if (length > MAX_SHOWN) return `${length.toLocaleString('en')} entries`
  const names = idsIn(path, value).map(words.name)
  if (names.length > 0) return typeof value === 'string' ? names[0] : names
  if (Array.isArray(value)) return value.map(entry => inWords(path, entry, words))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      inWords(pathBelow(path, value, name), member, words),
    ]),
  )
}
