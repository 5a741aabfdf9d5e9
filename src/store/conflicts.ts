/**
 * Finds conflicts in an import: drafts that contradict one another, and names that belong to other users. It
 * doesn't access the store.
 *
 * @module
 */

import type { User, UserId } from '../model/identity.ts'
import { liveNamesOf, missingIn, type Owner, type StoredUser } from './name-owners.ts'
import { type Name, NameMap } from './names.ts'
import { ConflictError } from './store.ts'

/** The user that a draft results in, and the stored user with the same ID. */
export type Match = Readonly<{ user: User; names: readonly Name[]; before: StoredUser | undefined }>

/**
 * Rejects drafts with conflicts. A user can't get a name of another user, even if the same import removes the name
 * from that user.
 *
 * @throws ConflictError
 */
export function rejectConflicts(matches: readonly Match[], owners: NameMap<Owner>) {
  const ids = new Map<UserId, number>()
  const claims = new NameMap<number>()
  for (const { user, names } of matches) {
    ids.set(user.id, (ids.get(user.id) ?? 0) + 1)
    for (const name of names) claims.set(name, (claims.get(name) ?? 0) + 1)
  }

  const conflicts = matches.flatMap(({ user, names, before }, index) => [
    ...(ids.get(user.id) === 1
      ? []
      : [{ index, message: `another row is the user ${user.id} too` }]),
    ...names.flatMap(name => {
      if (claims.get(name) !== 1)
        return [{ index, message: `another row has ${labelOf(name)} too`, name }]
      const owner = othersOf(user, owners.get(name))
      if (!owner) return []
      const isLost = ids.has(owner.known.user.id)
      const isInUse = owner.live && !isLost
      return [{ index, message: `${labelOf(name)} ${whoseIs(owner, isLost)}`, name, isInUse }]
    }),
    ...missingIn(names, [...liveNamesOf(before), ...(before?.former ?? [])]).flatMap(name => {
      const alike = principalNameLike(name)
      const owner = alike && othersOf(user, owners.get(alike))
      if (!owner) return []
      const isLost = ids.has(owner.known.user.id) && claims.get(alike) === undefined
      const whose = whoseIs(owner, isLost)
      return [{ index, message: `${labelOf(name)} is also a principal name, which ${whose}`, name }]
    }),
  ])
  if (conflicts.length > 0) throw new ConflictError(conflicts)
}

/** Returns a text that says which user a name belongs to. @param isLost - whether the owner loses the name in this import */
const whoseIs = ({ known, live }: Owner, isLost: boolean): string =>
  live && !isLost ? belongingTo(known) : stayingWith(known)

const othersOf = (user: User, owner: Owner | undefined): Owner | undefined =>
  owner?.known.user.id === user.id ? undefined : owner

/**
 * Returns an address as a principal name, to find users who have it as such. Some servers find a user by either, so
 * an address that is also another user's principal name could open the wrong mailbox.
 */
export const principalNameLike = (name: Name): Name | undefined =>
  name.space === 'address' ? { ...name, space: 'principal' } : undefined

const LABELS = {
  address: 'the address',
  principal: 'the principal name',
  sid: 'the SID',
} as const satisfies Record<Name['space'], string>

const labelOf = ({ space, written }: Name) => `${LABELS[space]} ${written}`

const belongingTo = ({ user: { primarySmtpAddress } }: StoredUser) =>
  `is already in use by ${primarySmtpAddress}`

/**
 * Returns a text that says how the name can be released. It doesn't reveal the current address of a user who was
 * renamed.
 */
const stayingWith = ({ user: { id, primarySmtpAddress }, deleted }: StoredUser) => {
  const owner = deleted ? `the deleted user ${primarySmtpAddress}` : 'the user who had it'
  return `stays with ${owner}: only the ID ${id} can have it again, unless ReleaseName (permission ewsgateway:ReleaseName) frees it`
}
