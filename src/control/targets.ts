/**
 * Finds users by ID, address, principal name, or SID.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import {
  type ConnectingSidKind,
  type OrganizationId,
  type User,
  type UserId,
  userId,
} from '../model/identity.ts'
import type { UserReader } from '../store/store.ts'
import type { Call } from './action.ts'
import { ApiError } from './errors.ts'
import { invalid, quote, quoteSome } from './problems.ts'

/** Finds users in one state of the store. */
export type UserFinder = Pick<UserReader, 'user' | 'userByName'>

/** Number of lookups after which the call yields to other requests. */
const BATCH = 50

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
  users: UserFinder = ports.store,
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
  present: ReadonlySet<string> = new Set(),
): Promise<ReadonlyMap<string, UserId>> {
  const ids = new Map<string, UserId>()
  const missing: string[] = []
  const { ports, organization } = call
  let lookups = 0
  for (const identifier of new Set(identifiers)) {
    if (present.has(identifier)) {
      ids.set(identifier, userId(identifier))
      continue
    }
    lookups += 1
    if (lookups % BATCH === 0) await setImmediate()
    const users = await usersOf(ports.store, organization.id, identifier)
    const user = onlyUser(identifier, users)
    if (user === undefined) missing.push(identifier)
    else ids.set(identifier, user.id)
  }
  if (missing.length > 0) throw unknown(missing)
  return ids
}

/**
 * Returns the users that have an identifier. There can be two, because it can be the address of one and the
 * principal name of another.
 */
export async function usersOf(
  finder: UserFinder,
  organization: OrganizationId,
  identifier: string,
): Promise<readonly User[]> {
  const by = (kind: ConnectingSidKind) => finder.userByName(organization, kind, identifier)
  const isMail = identifier.includes('@')
  const person = isMail
    ? undefined
    : ((await finder.user(organization, userId(identifier))) ?? (await by('SID')))
  if (person !== undefined) return [person]

  const found = [isMail ? await by('SmtpAddress') : undefined, await by('PrincipalName')]
  const users = new Map(found.filter(user => user !== undefined).map(user => [user.id, user]))
  return [...users.values()]
}

const unknown = (identifiers: readonly string[]) =>
  new ApiError('EntityNotFoundException', `The organization has no user ${quoteSome(identifiers)}`)

const ambiguous = (identifier: string, users: readonly User[]) =>
  invalid(
    `${quote(identifier)} names ${users.length} users. Use the ID, ${users.map(({ id }) => id).join(' or ')}`,
  )
