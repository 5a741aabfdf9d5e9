/**
 * WorkMail's users as users here.
 *
 * @module
 */

import {
  foldName,
  isAddress,
  isPrincipalName,
  isUserId,
  type User,
  userId,
} from '../model/identity.ts'
import type { UserDraft } from '../store/store.ts'
import type { WorkMailUser } from './workmail.ts'

/** Users to be made, each as its draft, and what of them is not to be had here. */
export type People = Readonly<{
  enabled: readonly UserDraft[]
  /** They exist, and cannot be impersonated. */
  disabled: readonly UserDraft[]
  /** A line for everything that does not fit. */
  unfit: readonly string[]
}>

/**
 * @param present - the users here: a SID, which WorkMail does not have, is kept
 */
export function peopleOf(users: readonly WorkMailUser[], present: readonly User[]): People {
  const here = new Map<string, User>(present.map(user => [user.id, user]))
  const enabled: UserDraft[] = []
  const disabled: UserDraft[] = []
  const unfit: string[] = []
  for (const user of users) {
    const flaw = flawOf(user)
    if (flaw !== undefined) {
      unfit.push(`user ${user.email ?? user.name ?? user.id}: ${flaw}`)
      continue
    }
    const [draft, lost] = draftOf(user, here.get(user.id))
    unfit.push(...lost.map(what => `user ${draft.primarySmtpAddress}: ${what}`))
    if (user.state === 'ENABLED') enabled.push(draft)
    else disabled.push(draft)
    if (user.state === 'ENABLED' && here.get(user.id)?.enabled === false)
      unfit.push(`user ${draft.primarySmtpAddress}: is disabled here, and stays so`)
  }
  return { enabled, disabled, unfit }
}

/** Ids of users an address of whom is another user's here: whoever they are, they are not those. */
export function strangersAmong(
  users: readonly WorkMailUser[],
  present: readonly User[],
): ReadonlySet<string> {
  const owners = new Map<string, string>(
    present.flatMap(({ id, primarySmtpAddress, aliases }) =>
      [primarySmtpAddress, ...aliases].map(address => [foldName(address), id] as const),
    ),
  )
  const isTaken = (id: string, address: string) => (owners.get(foldName(address)) ?? id) !== id
  return new Set(
    users
      .filter(({ id, email = '', aliases }) => [email, ...aliases].some(it => isTaken(id, it)))
      .map(({ id }) => id),
  )
}

/** Why nobody is made of a user. */
function flawOf({ id, email, state, userRole }: WorkMailUser): string | undefined {
  if (userRole !== 'USER') return `${userRole}, which is no person's mailbox`
  if (state !== 'ENABLED' && state !== 'DISABLED') return state
  if (email === undefined) return `${state}, without an address`
  if (!isUserId(id)) return `its id ${JSON.stringify(id)} cannot be one here`
  return isAddress(email) ? undefined : `its address ${JSON.stringify(email)} cannot be one here`
}

function draftOf(
  { id, email = '', name, displayName, state, ...user }: WorkMailUser,
  before: User | undefined,
): readonly [draft: UserDraft, lost: readonly string[]] {
  // WorkMail lists no aliases of a disabled user: those that are known here stay.
  const aliases = state === 'ENABLED' ? user.aliases : (before?.aliases ?? [])
  const others = aliases.filter(alias => foldName(alias) !== foldName(email))
  const lost = others
    .filter(alias => !isAddress(alias))
    .map(alias => `the alias ${JSON.stringify(alias)} cannot be one here`)
  // A user name is a principal name where it looks like one; others sign in nowhere here.
  const isPrincipal =
    name?.includes('@') && isPrincipalName(name) && foldName(name) !== foldName(email)
  const principalName = isPrincipal ? name : before?.principalName
  const isShown = displayName !== undefined && /^[^\p{Cc}]{1,256}$/u.test(displayName)
  const draft = {
    id: userId(id),
    primarySmtpAddress: email,
    aliases: others.filter(isAddress),
    ...(principalName !== undefined && { principalName }),
    ...(before?.sid !== undefined && { sid: before.sid }),
    ...(isShown && { displayName }),
  }
  return [draft, lost]
}
