/**
 * Finds the users that a change of groups affects, from the groups before and after it. It doesn't access
 * the store.
 *
 * @module
 */

import type { GroupId, UserId } from '../model/identity.ts'
import type { KnownGroup } from './group-plan.ts'

type Graph = ReadonlyMap<GroupId, KnownGroup>

/** Returns all users whose groups a change could affect, directly or through nested groups. */
export function concernedBy(
  before: readonly KnownGroup[],
  after: readonly KnownGroup[],
): ReadonlySet<UserId> {
  const graphs = [graphOf(before), graphOf(after)] as const
  const [was, is] = graphs
  const users = new Set<UserId>()
  const below = new Set<GroupId>()
  for (const id of new Set([...was.keys(), ...is.keys()])) {
    const [old, now] = [was.get(id), is.get(id)]
    if (old === now) continue
    if (old && now && old.deleted !== now.deleted) below.add(id)
    for (const user of differing(old?.group.users, now?.group.users)) users.add(user)
    for (const group of differing(old?.group.groups, now?.group.groups)) below.add(group)
  }
  addBelow(graphs, below, users)
  return users
}

const graphOf = (known: readonly KnownGroup[]): Graph =>
  new Map(known.map(one => [one.group.id, one]))

function differing<T>(before: readonly T[] = [], after: readonly T[] = []): readonly T[] {
  const [was, is] = [new Set(before), new Set(after)]
  return [...before.filter(one => !is.has(one)), ...after.filter(one => !was.has(one))]
}

/** Adds the users of groups, and of all groups nested in them, to `users`. Also adds the nested groups to `groups`. */
function addBelow(graphs: readonly Graph[], groups: Set<GroupId>, users: Set<UserId>): void {
  for (const id of groups)
    for (const graph of graphs) {
      const found = graph.get(id)?.group
      for (const user of found?.users ?? []) users.add(user)
      for (const group of found?.groups ?? []) groups.add(group)
    }
}
