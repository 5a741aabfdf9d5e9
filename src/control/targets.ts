/**
 * Users by what callers call them: an id, an address, a principal name or a SID.
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

/** After so many look-ups everything else in the process has its turn. */
const BATCH = 50

/**
 * The user whom an identifier names.
 *
 * @param users - finds users in another state of the store than the present one
 * @throws ApiError EntityNotFoundException; InvalidParameterException where it names two users, as
 *   the address of one and the principal name of another
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
 * Returns the only user of those that have an identifier, or undefined if there is none.
 *
 * @throws ApiError InvalidParameterException
 */
export function onlyUser(identifier: string, users: readonly User[]): User | undefined {
  if (users.length > 1) throw ambiguous(identifier, users)
  return users[0]
}

/**
 * The ids of the users whom identifiers name.
 *
 * @param standing - ids that stand in what is being replaced: they are kept even where the user is
 *   gone, for an id belongs to a person for ever
 * @throws ApiError EntityNotFoundException naming every identifier that nobody has
 */
export async function findUserIds(
  call: Call,
  identifiers: Iterable<string>,
  standing: ReadonlySet<string> = new Set(),
): Promise<ReadonlyMap<string, UserId>> {
  const ids = new Map<string, UserId>()
  const missing: string[] = []
  const { ports, organization } = call
  let lookups = 0
  for (const identifier of new Set(identifiers)) {
    if (standing.has(identifier)) {
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

/** Returns the users that have an identifier: two, if it is the address of one and the principal name of the other. */
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
  new ApiError(
    'EntityNotFoundException',
    `No user of the organization is known as ${quoteSome(identifiers)}`,
  )

const ambiguous = (identifier: string, users: readonly User[]) =>
  invalid(
    `${quote(identifier)} names ${users.length} users: give the id, ${users.map(({ id }) => id).join(' or ')}`,
  )
