/**
 * Finds the target of a request: the one user that all of its names identify. An unknown user, or two different
 * users, are results, not errors. The rules deny them with the same text as any other user, so that a client can't
 * find out which users exist.
 *
 * @module
 */

import {
  byAddress,
  type ConnectingSid,
  foldName,
  type Organization,
  type User,
} from '../model/identity.ts'
import { isReservedAccount } from '../policy/reserved.ts'
import type { AuthorizationRequest, Target } from './decision.ts'
import type { Lookup } from './lookup.ts'

const UNKNOWN: Target = { kind: 'unknown' }
const CONFLICT: Target = { kind: 'conflict' }
const NONE: Target = { kind: 'none' }

/** Returns undefined if something is missing. */
export function findTarget(
  { organization, connectingSid, mailbox }: AuthorizationRequest,
  lookup: Lookup,
): Target | undefined {
  if (mailbox === undefined)
    return connectingSid === undefined
      ? withoutName(organization)
      : findNamed(organization, connectingSid, lookup)
  const byMailbox = findNamed(organization, byAddress(mailbox), lookup)
  if (connectingSid === undefined) return byMailbox
  const named = findNamed(organization, connectingSid, lookup)
  if (named === undefined || byMailbox === undefined) return undefined
  return userOf(named)?.id === userOf(byMailbox)?.id ? named : CONFLICT
}

/** Returns the user, or undefined if the account is disabled or reserved, because requests can't name these. */
export const reachableUser = (
  organization: Organization,
  user: User | undefined,
): User | undefined => (user?.enabled && !isReservedAccount(organization, user) ? user : undefined)

function findNamed(
  organization: Organization,
  name: ConnectingSid,
  lookup: Lookup,
): Target | undefined {
  const entry = lookup.find('name', name)
  if (entry === undefined) return undefined
  const user = reachableUser(organization, entry.value)
  return user === undefined ? UNKNOWN : { kind: 'user', user }
}

const withoutName = ({ neutralMailbox }: Organization): Target =>
  neutralMailbox === undefined ? NONE : { kind: 'neutral', address: neutralMailbox }

/** Returns the user of a target; undefined if the target is not a user. */
export const userOf = (target: Target): User | undefined =>
  target.kind === 'user' ? target.user : undefined

/** Returns the folded addresses by which the directory would find the user. */
export const addressesOf = (user: User | undefined): ReadonlySet<string> =>
  new Set(user === undefined ? [] : [user.primarySmtpAddress, ...user.aliases].map(foldName))
