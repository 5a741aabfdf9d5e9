/**
 * Converts WorkMail users to users of the gateway.
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

/** Users to import. */
export type People = Readonly<{
  enabled: readonly UserDraft[]
  /** Users who exist but cannot be impersonated. */
  disabled: readonly UserDraft[]
  /** A line for each user or address that is skipped. */
  skipped: readonly string[]
}>

/**
 * Returns the users to import.
 *
 * @param present - existing users of the gateway. They keep everything that WorkMail doesn't have, such as SIDs
 */
export function peopleOf(users: readonly WorkMailUser[], present: readonly User[]): People {
  const here = new Map<string, User>(present.map(user => [user.id, user]))
  const enabled: UserDraft[] = []
  const disabled: UserDraft[] = []
  const skipped: string[] = []
  for (const user of users) {
    const flaw = flawOf(user)
    if (flaw !== undefined) {
      skipped.push(`user ${user.email ?? user.name ?? user.id} is not imported: ${flaw}`)
      continue
    }
    const [draft, lost] = draftOf(user)
    skipped.push(...lost.map(what => `user ${draft.primarySmtpAddress}: ${what}`))
    if (user.state === 'ENABLED') enabled.push(draft)
    else disabled.push(draft)
    if (user.state === 'ENABLED' && here.get(user.id)?.enabled === false)
      skipped.push(
        `user ${draft.primarySmtpAddress} stays disabled, because the gateway has it disabled`,
      )
  }
  return { enabled, disabled, skipped }
}

/** Returns the IDs of WorkMail users with an address that belongs to another user of the gateway. */
export function usersWithTakenAddresses(
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

/** Returns the reason why a user can't be imported, or undefined if there is none. */
function flawOf({ id, email, state, userRole }: WorkMailUser): string | undefined {
  if (userRole !== 'USER') return `it is not a person but a ${userRole}`
  if (state !== 'ENABLED' && state !== 'DISABLED') return `its state is ${state}`
  if (email === undefined) return `it is ${state} and has no address`
  if (!isUserId(id))
    return `its ID ${JSON.stringify(id)} is neither a lowercase UUID nor a SID that begins with S-1-1-`
  return isAddress(email)
    ? undefined
    : `its address ${JSON.stringify(email)} is not an ASCII address like alice@example.com`
}

function draftOf({
  id,
  email = '',
  name,
  displayName,
  state,
  aliases,
}: WorkMailUser): readonly [draft: UserDraft, lost: readonly string[]] {
  const others = aliases.filter(alias => foldName(alias) !== foldName(email))
  const lost = others
    .filter(alias => !isAddress(alias))
    .map(
      alias => `the alias ${JSON.stringify(alias)} is skipped, because it is not a valid address`,
    )
  // Uses WorkMail's user name as the principal name if it is a valid one.
  const isPrincipal =
    name?.includes('@') && isPrincipalName(name) && foldName(name) !== foldName(email)
  const principalName = isPrincipal ? name : undefined
  const isShown = displayName !== undefined && /^[^\p{Cc}]{1,256}$/u.test(displayName)
  const draft = {
    id: userId(id),
    primarySmtpAddress: email,
    aliases: others.filter(isAddress),
    ...(principalName !== undefined && { principalName }),
    ...(isShown && { displayName }),
    replaces: [
      'primarySmtpAddress',
      'displayName',
      ...(principalName === undefined ? [] : (['principalName'] as const)),
      // WorkMail doesn't list the aliases of a disabled user.
      ...(state === 'ENABLED' ? (['aliases'] as const) : []),
    ],
  } as const
  return [draft, lost]
}
