/**
 * Action that searches users by parts of names and addresses.
 *
 * @module
 */

import { type User, userId } from '../model/identity.ts'
import type { SearchPlace } from '../store/store.ts'
import { type Action, action } from './action.ts'
import * as contract from './contract/users.ts'
import { pageOf, tokenAfter } from './paging.ts'
import { usersOfEach } from './targets.ts'

const SEARCH = 'UserSearch'

const searchUsers = action(
  contract.searchUsers,
  async ({ ports, organization }, { Text = '', State, ...input }) => {
    const { after, limit } = pageOf(SEARCH, input)
    const { users, next } = await ports.store.searchUsers(organization.id, Text, {
      limit,
      ...(after !== undefined && { after: placeOf(after) }),
      ...(State !== undefined && { enabled: State === 'ENABLED' }),
    })
    return {
      Users: users.map(onWire),
      Total: await ports.store.countUsers(organization.id),
      ...(next && { NextToken: tokenAfter(SEARCH, keyOf(next)) }),
    }
  },
)

const getUsers = action(contract.getUsers, async ({ ports, organization }, { Identifiers }) => {
  const found = [...(await usersOfEach(ports.store, organization.id, [...new Set(Identifiers)]))]
  return {
    Users: found.flatMap(([Identifier, [user, ...others]]) =>
      user === undefined || others.length > 0 ? [] : [{ Identifier, ...onWire(user) }],
    ),
    Unknown: found.flatMap(([identifier, users]) => (users.length === 0 ? [identifier] : [])),
    Ambiguous: found.flatMap(([Identifier, users]) =>
      users.length < 2 ? [] : [{ Identifier, UserIds: users.map(({ id }) => id) }],
    ),
  }
})

export const USER_SEARCH_ACTIONS: readonly Action[] = [searchUsers, getUsers]

/**
 * Returns the key of a search position, for a NextToken. The term comes last, because it can contain spaces, unlike
 * an ID.
 */
export const keyOf = ({ scattered, userId: id, term }: SearchPlace) =>
  `${Number(scattered)} ${id} ${term}`

/** Reads the position from a key. */
export function placeOf(key: string): SearchPlace {
  const [scattered, id = '', ...term] = key.split(' ')
  return { scattered: scattered === '1', userId: userId(id), term: term.join(' ') }
}

const onWire = (user: User) => ({
  UserId: user.id,
  Email: user.primarySmtpAddress,
  ...(user.displayName !== undefined && { DisplayName: user.displayName }),
  ...(user.principalName !== undefined && { PrincipalName: user.principalName }),
  Enabled: user.enabled,
})
