/**
 * Conflicts of an import: drafts that contradict one another, and names that stay with other users;
 * pure.
 *
 * @module
 */

import type { User, UserId } from '../model/identity.ts'
import { type Known, liveNamesOf, missingIn, type Owner } from './name-owners.ts'
import { type Name, NameMap } from './names.ts'
import { ConflictError } from './store.ts'

/** A draft as the user that it makes, and who had that id until now. */
export type Match = Readonly<{ user: User; names: readonly Name[]; before: Known | undefined }>

/**
 * A user can have its own names only, even where the owner of a name loses it by the same import.
 *
 * @throws ConflictError
 */
export function refuseConflicts(matches: readonly Match[], owners: NameMap<Owner>) {
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
      return owner ? [{ index, message: `${labelOf(name)} ${whoseIs(owner)}`, name }] : []
    }),
    ...missingIn(names, [...liveNamesOf(before), ...(before?.former ?? [])]).flatMap(name => {
      const owner = othersOf(user, signsInAs(name, owners))
      if (!owner) return []
      const message = `${labelOf(name)} is also a principal name, which ${whoseIs(owner)}`
      return [{ index, message, name }]
    }),
  ])
  if (conflicts.length > 0) throw new ConflictError(conflicts)

  /** An owner who is in the import, and does not claim the name, loses it. */
  function whoseIs({ known, live }: Owner): string {
    return live && !ids.has(known.user.id) ? belongingTo(known) : stayingWith(known)
  }
}

const othersOf = (user: User, owner: Owner | undefined): Owner | undefined =>
  owner?.known.user.id === user.id ? undefined : owner

/**
 * The owner of the principal name that an address is spelled like. Some upstreams look a user up by
 * either, so an address like that could open the mailbox of the owner.
 */
const signsInAs = ({ space, name, written }: Name, owners: NameMap<Owner>) =>
  space === 'address' ? owners.get({ space: 'principal', name, written }) : undefined

const LABELS = {
  address: 'the address',
  principal: 'the principal name',
  sid: 'the SID',
} as const satisfies Record<Name['space'], string>

const labelOf = ({ space, written }: Name) => `${LABELS[space]} ${written}`

const belongingTo = ({ user: { id, primarySmtpAddress } }: Known) =>
  `belongs to ${primarySmtpAddress} (${id})`

/** Says what frees the name. Where a user who was renamed went is for GetUser to say. */
const stayingWith = ({ user: { id, primarySmtpAddress }, deleted }: Known) => {
  const owner = deleted ? `the deleted user ${primarySmtpAddress}` : 'the user who had it'
  return `stays with ${owner}: only the ID ${id} can have it again, unless ReleaseName (permission ewsgateway:ReleaseName) frees it`
}
