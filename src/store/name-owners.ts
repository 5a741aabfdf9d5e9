/**
 * Finds the users that names belong to, for the comparison in an import. It doesn't access the store.
 *
 * @module
 */

import type { User } from '../model/identity.ts'
import { type Name, NameMap, namesOf } from './names.ts'

/** A user, or the tombstone of a deleted user, with the former names that stay reserved for the user. */
export type StoredUser = Readonly<{
  user: User
  deleted: boolean
  /** Former names, by which requests don't find the user. All names of a deleted user are former names. */
  former: readonly Name[]
}>

/** The owner of a name. `live` says whether requests find the owner by the name; otherwise, it is a former name. */
export type Owner = Readonly<{ known: StoredUser; live: boolean }>

/** Returns the owners of all names, including former names. */
export function ownersOf(known: readonly StoredUser[]): NameMap<Owner> {
  const owners = new NameMap<Owner>()
  for (const one of known) {
    for (const name of one.former) owners.set(name, { known: one, live: false })
    for (const name of liveNamesOf(one)) owners.set(name, { known: one, live: true })
  }
  return owners
}

/** Returns the names by which requests find the user. */
export const liveNamesOf = (known: StoredUser | undefined): readonly Name[] =>
  known === undefined || known.deleted ? [] : namesOf(known.user)

/** Returns the names of the first list that are not in the second one. */
export const missingIn = (some: readonly Name[], names: readonly Name[]) =>
  some.filter(name => !isAmong(names, name))

export const isAmong = (names: readonly Name[], { space, name }: Name) =>
  names.some(one => one.space === space && one.name === name)
