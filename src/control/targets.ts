/**
 * Finds users by ID, address, principal name, or SID.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import {
  type ConnectingSidKind,
  isSid,
  isUserId,
  type OrganizationId,
  type User,
  type UserId,
  userId,
} from '../model/identity.ts'
import type { UserLists } from '../store/store.ts'
import type { Call } from './action.ts'
import { ApiError } from './errors.ts'
import { invalid, quote, quoteSome } from './problems.ts'

/** Number of identifiers that are looked up at once. Other requests run between two batches. */
const BATCH = 100

/**
 * Returns the user with an identifier.
 *
 * @param users - finds users in a certain state of the store; by default, in the current one
 * @throws ApiError EntityNotFoundException; InvalidParameterException if it names two users, because it is the
 * address of one and the principal name of another
 */
export async function findUser(
  { ports, organization }: Call,
  identifier: string,
  users: UserLists = ports.store,
): Promise<User> {
  const user = onlyUser(identifier, await usersOf(users, organization.id, identifier))
  if (user === undefined) throw unknown([identifier])
  return user
}

/**
 * Returns the user that an identifier names, or undefined if there is none.
 *
 * @param users - all users that have the identifier
 * @throws ApiError InvalidParameterException
 */
export function onlyUser(identifier: string, users: readonly User[]): User | undefined {
  if (users.length > 1) throw ambiguous(identifier, users)
  return users[0]
}

/**
 * Returns the IDs of the users with identifiers.
 *
 * @param present - IDs in the object that the request replaces. They are accepted even if the user no longer
 * exists, because an ID belongs to a person permanently
 * @throws ApiError EntityNotFoundException with every identifier that no user has
 */
export async function findUserIds(
  call: Call,
  identifiers: Iterable<string>,
  present: ReadonlySet<string>,
): Promise<ReadonlyMap<string, UserId>> {
  const { ports, organization } = call
  const ids = new Map<string, UserId>()
  const missing: string[] = []
  const wanted: string[] = []
  for (const identifier of new Set(identifiers))
    if (present.has(identifier)) ids.set(identifier, userId(identifier))
    else wanted.push(identifier)
  for (const [identifier, users] of await usersOfEach(ports.store, organization.id, wanted)) {
    const user = onlyUser(identifier, users)
    if (user === undefined) missing.push(identifier)
    else ids.set(identifier, user.id)
  }
  if (missing.length > 0) throw unknown(missing)
  return ids
}

/** Returns the users that an identifier names, as {@link usersOfEach} does. */
export async function usersOf(
  finder: UserLists,
  organization: OrganizationId,
  identifier: string,
): Promise<readonly User[]> {
  return (await usersOfEach(finder, organization, [identifier])).get(identifier) ?? []
}

/**
 * Returns the users that each identifier names, in the order of the identifiers: none, one, or two, if it is the
 * address of one and the principal name of the other.
 */
export async function usersOfEach(
  finder: UserLists,
  organization: OrganizationId,
  identifiers: readonly string[],
): Promise<ReadonlyMap<string, readonly User[]>> {
  const users = new Map<string, readonly User[]>()
  for (let from = 0; from < identifiers.length; from += BATCH) {
    if (from > 0) await setImmediate()
    const some = identifiers.slice(from, from + BATCH)
    for (const [identifier, found] of await lookUp(finder, organization, some))
      users.set(identifier, found)
  }
  return users
}

async function lookUp(
  finder: UserLists,
  organization: OrganizationId,
  identifiers: readonly string[],
): Promise<ReadonlyMap<string, readonly User[]>> {
  const found = new Map(identifiers.map(identifier => [identifier, [] as User[]]))
  const add = (names: readonly string[], users: readonly (User | undefined)[]) => {
    for (const [i, user] of users.entries()) {
      const others = found.get(names[i] ?? '')
      if (user !== undefined && !others?.some(({ id }) => id === user.id)) others?.push(user)
    }
  }
  const by = async (kind: ConnectingSidKind, names: readonly string[]) =>
    add(names, await finder.usersByName(organization, kind, names))
  const isMissing = (identifier: string) => found.get(identifier)?.length === 0

  const mail = identifiers.filter(identifier => identifier.includes('@'))
  const others = identifiers.filter(identifier => !identifier.includes('@'))
  add(others, await finder.usersById(organization, others.map(userId)))
  await by('SID', others.filter(isMissing))
  await by('SmtpAddress', mail)
  const names = others.filter(text => isMissing(text) && !looksLikeId(text))
  await by('PrincipalName', [...mail, ...names])
  return found
}

/**
 * Whether a text has the form of an ID or a SID, in any case. Such a text is not looked up as a principal name, because
 * its author means the user who has or had the ID.
 */
const looksLikeId = (text: string): boolean =>
  isUserId(text.toLowerCase()) || isSid(text.toUpperCase())

const unknown = (identifiers: readonly string[]) =>
  new ApiError('EntityNotFoundException', `The organization has no user ${quoteSome(identifiers)}`)

const ambiguous = (identifier: string, users: readonly User[]) =>
  invalid(
    `${quote(identifier)} names ${users.length} users. Use the ID, ${users.map(({ id }) => id).join(' or ')}`,
  )
