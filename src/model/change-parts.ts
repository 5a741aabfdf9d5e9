/**
 * Splits the record of a change into several, and joins them again.
 *
 * A change can name every user of an organization. One record of it would be a line of many megabytes, which log collectors
 * cut. Nothing that a change names is cut, so a long record becomes as many records as it takes.
 *
 * @module
 */

import { idAfter } from './decision-id.ts'

/** Maximum length of the states in one record, in characters of JSON. A single value that is longer is not split. */
export const PART_LENGTH = 65_536

/** Members of a record that is one of several about the same change. */
export type Part = Readonly<{
  /** Number of this record, from 1. Absent if the change has one record. */
  part?: number
  /** Number of all records of the change. */
  parts?: number
  /** `decisionId` of the first record. Absent in the first one. */
  partOf?: string
}>

/** A record of a change, and the states that can be long. */
export type ChangeStates = Readonly<{ decisionId: string; before?: unknown; after?: unknown }>

/**
 * Returns the records of a change, in their order. Each of them has all members except parts of the states. The first one has
 * the decision ID of the change, and the others have the IDs after it.
 *
 * @param maxLength - maximum length of the states in one record
 */
export function partsOf<Record extends ChangeStates>(
  record: Record,
  maxLength = PART_LENGTH,
): readonly (Record & Part)[] {
  const { before, after, ...rest } = record
  const json = JSON.stringify({ before, after })
  if (json.length <= maxLength) return [record]
  const split = [...splitMembers(JSON.parse(json), maxLength)]
  if (split.length === 1) return [record]
  return split.map((states, n) => ({
    ...(rest as Record),
    ...numbered(record.decisionId, n, split.length),
    ...states,
  }))
}

/**
 * Returns the members that number one of several records: nothing but the ID if there is one record.
 *
 * @param decisionId - ID of the first record
 * @param n - index of the record, from 0
 */
export const numbered = (
  decisionId: string,
  n: number,
  parts: number,
): Part & Readonly<{ decisionId: string }> => ({
  decisionId: idAfter(decisionId, n),
  ...(parts > 1 && { part: n + 1, parts }),
  ...(n > 0 && { partOf: decisionId }),
})

/** Returns the IDs of all records of a change. */
export const idsOfParts = (decisionId: string, parts: number): readonly string[] =>
  Array.from({ length: parts }, (_, n) => idAfter(decisionId, n))

/**
 * Returns the record of a change from its parts, in their order. The first part can't be missing. Lists are joined, and all
 * other values are in one of the parts.
 */
export function joinParts<Record extends ChangeStates & Part>(
  first: Record,
  others: readonly (ChangeStates & Part)[],
): Record {
  const { part: _, before, after, ...rest } = first
  const states = [{ before, after }, ...others.map(({ before, after }) => ({ before, after }))]
  return { ...(rest as Record), ...joinMembers(states) }
}

/** Returns a structure from its parts, as plain JSON. Lists are joined, and all other values are in one of the parts. */
export function joinMembers(parts: readonly object[]): Readonly<Record<string, unknown>> {
  const joined = newMembers()
  for (const part of parts) add(joined, part as Members)
  return JSON.parse(JSON.stringify(joined))
}

type Members = { [name: string]: unknown }

/** A value that is not split: an element of a list, or a value that is neither a list nor a structure, or is empty. */
type Leaf = Readonly<{ path: readonly string[]; value: unknown; isElement: boolean }>

/**
 * Splits a structure of plain JSON between its values, one part at a time. There is at least one part.
 *
 * @param maxLength - maximum length of a part in characters of JSON
 */
export function* splitMembers(members: object, maxLength = PART_LENGTH): Generator<object> {
  let part = newMembers()
  let length = 0
  let path: Leaf['path'] | undefined
  for (const leaf of leavesOf(members, [])) {
    const own = JSON.stringify(leaf.value).length + 1
    const names = lengthOf(leaf.path)
    const added = leaf.path === path ? own : own + names
    if (length > 0 && length + added > maxLength) {
      yield part
      part = newMembers()
      length = own + names
    } else length += added
    path = leaf.path
    put(part, leaf)
  }
  yield part
}

/** Returns the length of the names before a value, with their quotation marks, colons, and braces. */
const lengthOf = (path: Leaf['path']): number =>
  path.reduce((length, name) => length + JSON.stringify(name).length + 4, 0)

function* leavesOf(value: unknown, path: readonly string[]): Generator<Leaf> {
  if (Array.isArray(value) && value.length > 0)
    for (const element of value) yield { path, value: element, isElement: true }
  else if (isMembers(value)) {
    let isEmpty = true
    // Object.entries() of very many members would take long before the first part.
    for (const name in value) {
      isEmpty = false
      yield* leavesOf(value[name], [...path, name])
    }
    if (isEmpty) yield { path, value, isElement: false }
  } else yield { path, value, isElement: false }
}

function put(part: Members, { path, value, isElement }: Leaf): void {
  const name = path.at(-1) ?? ''
  let at = part
  for (const outer of path.slice(0, -1)) {
    const inner = at[outer] ?? newMembers()
    at[outer] = inner
    at = inner as Members
  }
  const list = at[name]
  if (!isElement) at[name] = value
  else if (Array.isArray(list)) list.push(value)
  else at[name] = [value]
}

/** Adds the members of a part. Appends to lists. */
function add(joined: Members, part: Members): void {
  for (const [name, value] of Object.entries(part)) {
    const present = joined[name]
    if (present === undefined) joined[name] = copyOf(value)
    else if (Array.isArray(present) && Array.isArray(value))
      for (const one of value) present.push(one)
    else if (isMembers(present) && isMembers(value)) add(present, value)
  }
}

/** Returns a value to which others can be added. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return [...value]
  if (!isMembers(value)) return value
  const copy = newMembers()
  add(copy, value)
  return copy
}

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null

/** Returns an object without members, also none of a prototype, because names can be any text. */
const newMembers = (): Members => Object.create(null) as Members
