/**
 * Actions that read users, in WorkMail's shapes.
 *
 * @module
 */

import { foldName, type Organization, type User, userId } from '../model/identity.ts'
import { isReservedAccount } from '../policy/reserved.ts'
import { type Action, action } from './action.ts'
import * as contract from './contract/users.ts'
import { cut, pageOf, tokenAfter } from './paging.ts'
import { invalid } from './problems.ts'
import { findUser } from './targets.ts'

const USERS = 'Users'
const ALIASES = 'Aliases'
/** Users per read, and maximum number of reads per call. If few users match, a page can have fewer than requested. */
const USERS_PER_READ = 1_000
const MAX_READS = 10

const listUsers = action(
  contract.listUsers,
  async ({ ports, organization }, { Filters = {}, ...input }) => {
    const passes = filterOf(Filters)
    const { after, limit } = pageOf(USERS, input)
    const read = Object.keys(Filters).length === 0 ? limit + 1 : USERS_PER_READ
    const found: User[] = []
    let last = after
    for (let reads = 0; reads < MAX_READS && found.length < limit; reads += 1) {
      const users = await ports.store.usersPage(organization.id, {
        limit: read,
        ...(last !== undefined && { after: userId(last) }),
      })
      found.push(...users.filter(passes))
      last = users.length < read ? undefined : users.at(-1)?.id
      if (last === undefined) break
    }
    const { entries, ...next } = cut(USERS, found, limit, ({ id }) => id)
    const more = last === undefined ? {} : { NextToken: tokenAfter(USERS, last) }
    return {
      Users: entries.map(user => summaryOf(organization, user)),
      ...('NextToken' in next ? next : more),
    }
  },
)

const describeUser = action(contract.describeUser, async (call, { UserId }) => {
  const { Id, ...user } = summaryOf(call.organization, await findUser(call, UserId))
  return { UserId: Id, ...user }
})

const listAliases = action(contract.listAliases, async (call, { EntityId, ...input }) => {
  const { after = '', limit } = pageOf(ALIASES, input)
  const { aliases } = await findUser(call, EntityId)
  const rest = aliases.toSorted().filter(alias => alias > after)
  const { entries, ...next } = cut(ALIASES, rest, limit, alias => alias)
  return { Aliases: entries, ...next }
})

export const USER_READ_ACTIONS: readonly Action[] = [listUsers, describeUser, listAliases]

/** Returns a user in WorkMail's form. Its Name is the name with which the user signs in. */
function summaryOf(organization: Organization, user: User) {
  return {
    Id: user.id,
    Email: user.primarySmtpAddress,
    Name: nameOf(user),
    ...(user.displayName !== undefined && { DisplayName: user.displayName }),
    State: stateOf(user.enabled),
    UserRole: isReservedAccount(organization, user) ? ('SYSTEM_USER' as const) : ('USER' as const),
  }
}

/** Returns the state of a user or group in WorkMail's form. */
export const stateOf = (enabled: boolean) =>
  enabled ? ('ENABLED' as const) : ('DISABLED' as const)

/** Returns the name with which a user signs in. */
export const nameOf = ({ principalName, primarySmtpAddress }: User) =>
  principalName ?? primarySmtpAddress

type Filters = Readonly<{
  UsernamePrefix?: string
  DisplayNamePrefix?: string
  PrimaryEmailPrefix?: string
  State?: 'ENABLED' | 'DISABLED' | 'DELETED'
}>

/**
 * Returns the predicate of a filter.
 *
 * @throws ApiError InvalidParameterException for several filters, as WorkMail does
 */
function filterOf(filters: Filters): (user: User) => boolean {
  const names = Object.keys(filters)
  if (names.length > 1)
    throw invalid(`Filters must have at most one filter, not ${names.join(' and ')}`)
  const { UsernamePrefix, DisplayNamePrefix, PrimaryEmailPrefix, State } = filters
  if (UsernamePrefix !== undefined) return user => begins(nameOf(user), UsernamePrefix)
  if (DisplayNamePrefix !== undefined)
    return ({ displayName = '' }) => begins(displayName, DisplayNamePrefix)
  if (PrimaryEmailPrefix !== undefined)
    return ({ primarySmtpAddress }) => begins(primarySmtpAddress, PrimaryEmailPrefix)
  if (State !== undefined) return ({ enabled }) => State === (enabled ? 'ENABLED' : 'DISABLED')
  return () => true
}

const begins = (text: string, prefix: string) => foldName(text).startsWith(foldName(prefix))
