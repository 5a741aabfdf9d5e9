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
  const split = splitStates(JSON.parse(json), maxLength)
  if (split.length === 1) return [record]
  return split.map((states, n) => ({
    ...(rest as Record),
    ...(n > 0 && { decisionId: idAfter(record.decisionId, n) }),
    part: n + 1,
    parts: split.length,
    ...(n > 0 && { partOf: record.decisionId }),
    ...states,
  }))
}

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
  const states = others.reduce<unknown>(
    (joined, { before, after }) => join(joined, { before, after }),
    {
      before,
      after,
    },
  )
  return { ...(rest as Record), ...JSON.parse(JSON.stringify(states)) }
}

type Members = { [name: string]: unknown }

/** A value that is not split: an element of a list, or a value that is neither a list nor a structure, or is empty. */
type Leaf = Readonly<{ path: readonly string[]; value: unknown; isElement: boolean }>

function splitStates(states: Members, maxLength: number): readonly Members[] {
  let part = newMembers()
  const parts = [part]
  let length = 0
  let path: Leaf['path'] | undefined
  for (const leaf of leavesOf(states, [])) {
    const own = JSON.stringify(leaf.value).length + 1
    const names = lengthOf(leaf.path)
    const added = leaf.path === path ? own : own + names
    if (length > 0 && length + added > maxLength) {
      part = newMembers()
      parts.push(part)
      length = own + names
    } else length += added
    path = leaf.path
    put(part, leaf)
  }
  return parts
}

/** Returns the length of the names before a value, with their quotation marks, colons, and braces. */
const lengthOf = (path: Leaf['path']): number =>
  path.reduce((length, name) => length + JSON.stringify(name).length + 4, 0)

function* leavesOf(value: unknown, path: readonly string[]): Generator<Leaf> {
  if (Array.isArray(value) && value.length > 0)
    for (const element of value) yield { path, value: element, isElement: true }
  else if (isMembers(value) && Object.keys(value).length > 0)
    for (const [name, member] of Object.entries(value)) yield* leavesOf(member, [...path, name])
  else yield { path, value, isElement: false }
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

function join(one: unknown, other: unknown): unknown {
  if (one === undefined) return other
  if (other === undefined) return one
  if (Array.isArray(one) && Array.isArray(other)) return [...one, ...other]
  if (!isMembers(one) || !isMembers(other)) return one
  const joined = newMembers()
  for (const name of new Set([...Object.keys(one), ...Object.keys(other)]))
    joined[name] = join(one[name], other[name])
  return joined
}

const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null

/** Returns an object without members, also none of a prototype, because names can be any text. */
const newMembers = (): Members => Object.create(null) as Members
