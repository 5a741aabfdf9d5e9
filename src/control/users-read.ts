/**
 * Actions of WorkMail's API that read users.
 *
 * @module
 */

import { type Organization, type User, userId } from '../model/identity.ts'
import { isReservedAccount } from '../policy/reserved.ts'
import type { Beginning } from '../store/store.ts'
import { type Action, action, type Call } from './action.ts'
import * as contract from './contract/users.ts'
import { cut, pageOf, tokenAfter } from './paging.ts'
import { invalid } from './problems.ts'
import { findUser } from './targets.ts'
import { keyOf, placeOf } from './users-search.ts'

const USERS = 'Users'
const ALIASES = 'Aliases'

const listUsers = action(contract.listUsers, async (call, { Filters = {}, ...input }) => {
  const page = pageOf(USERS, input)
  const { users, ...next } = await readUsers(call, filterOf(Filters), page)
  return { Users: users.map(user => summaryOf(call.organization, user)), ...next }
})

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

/** Returns a user in WorkMail's form. The member Name is the name with which the user signs in. */
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

/** A filter: the beginning of a field, or a state. Undefined for all users. */
type Filter = Beginning | Readonly<{ state: NonNullable<Filters['State']> }> | undefined

/** @throws ApiError InvalidParameterException for several filters, as WorkMail does */
function filterOf(filters: Filters): Filter {
  const names = Object.keys(filters)
  if (names.length > 1)
    throw invalid(`Filters must have at most one filter, not ${names.join(' and ')}`)
  const { UsernamePrefix, DisplayNamePrefix, PrimaryEmailPrefix, State } = filters
  if (State !== undefined) return { state: State }
  if (UsernamePrefix) return { field: 'signInName', prefix: UsernamePrefix }
  if (DisplayNamePrefix) return { field: 'displayName', prefix: DisplayNamePrefix }
  if (PrimaryEmailPrefix) return { field: 'primarySmtpAddress', prefix: PrimaryEmailPrefix }
  return undefined
}

type ListPage = Readonly<{ users: readonly User[]; NextToken?: string }>

/** Returns a page of users: ordered by a field if it is filtered, otherwise by ID. */
async function readUsers(
  { ports, organization }: Call,
  filter: Filter,
  { after, limit }: ReturnType<typeof pageOf>,
): Promise<ListPage> {
  if (filter && 'field' in filter) {
    const page = { limit, ...(after !== undefined && { after: placeOf(after) }) }
    const { users, next } = await ports.store.listUsers(organization.id, filter, page)
    return { users, ...(next && { NextToken: tokenAfter(USERS, keyOf(next)) }) }
  }
  // Deleted users are not users any more. WorkMail keeps them for a while.
  if (filter?.state === 'DELETED') return { users: [] }
  const users = await ports.store.usersPage(organization.id, {
    limit: limit + 1,
    ...(after !== undefined && { after: userId(after) }),
    ...(filter && { enabled: filter.state === 'ENABLED' }),
  })
  const { entries, ...next } = cut(USERS, users, limit, ({ id }) => id)
  return { users: entries, ...next }
}
