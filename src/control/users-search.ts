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

const SEARCH = 'UserSearch'

const searchUsers = action(
  contract.searchUsers,
  async ({ ports, organization }, { Text = '', ...input }) => {
    const { after, limit } = pageOf(SEARCH, input)
    const { users, next } = await ports.store.searchUsers(organization.id, Text, {
      limit,
      ...(after !== undefined && { after: placeOf(after) }),
    })
    return {
      Users: users.map(onWire),
      ...(next && { NextToken: tokenAfter(SEARCH, keyOf(next)) }),
    }
  },
)

export const USER_SEARCH_ACTIONS: readonly Action[] = [searchUsers]

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
