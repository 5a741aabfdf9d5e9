/**
 * Looks up users that a body names.
 *
 * @module
 */

import type { User } from '../model/identity.ts'
import type { IdOf } from '../model/policy-data.ts'
import type { Evaluation } from './evaluation.ts'
import { reachableUser } from './target.ts'

/**
 * Returns a user or undefined for each ID, in their order. Unknown users, and users whose mailboxes no body may
 * name, are undefined. Returns undefined alone if something is missing.
 */
export function findReachable<Kind extends 'name' | 'user'>(
  { request, lookup }: Evaluation,
  kind: Kind,
  ids: readonly IdOf<Kind>[],
): readonly (User | undefined)[] | undefined {
  const found = lookup.findAll<'name' | 'user'>(kind, ids)
  if (found === undefined) return undefined
  const users = found.map(user => reachableUser(request.organization, user))
  const known = users.filter(user => user !== undefined)
  const shared = lookup.findAll('shared-mailbox', known)
  if (shared === undefined) return undefined
  const excluded = new Set(known.filter((_, i) => shared[i] !== false))
  return users.map(user => (user !== undefined && excluded.has(user) ? undefined : user))
}
