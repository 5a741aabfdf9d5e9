/**
 * Protected mailboxes: users of an organization that no role can reach, whatever its rules say.
 *
 * @module
 */

import type { GroupId, UserId } from './identity.ts'
import type { RoleId } from './role.ts'

/** A role that can reach protected mailboxes for a limited time, such as for an investigation. */
export type ProtectionException = Readonly<{
  roleId: RoleId
  /** Time at which the exception ends, in milliseconds since the epoch. */
  notAfter: number
  /** Why the role needs access. */
  reason: string
}>

/** The protected mailboxes of an organization. Its users, and the members of its groups, are protected. */
export type Protection = Readonly<{
  users: readonly UserId[]
  groups: readonly GroupId[]
  exceptions: readonly ProtectionException[]
  /** Present if this version doesn't understand the stored list. All mailboxes are then protected. */
  unreadable?: true
}>

export const NO_PROTECTION: Protection = { users: [], groups: [], exceptions: [] }

/** Protected users, also through groups, and groups that protect their members and are not deleted. */
export type ProtectedMembers = Readonly<{
  users: ReadonlySet<UserId>
  groups: ReadonlySet<GroupId>
}>

/** Users who are no longer protected, and groups whose later members are not. */
export type Unprotected = Readonly<{ users: readonly UserId[]; groups: readonly GroupId[] }>

/** Returns what a change has ended; undefined if everything is still protected. */
export function unprotectedBy(
  before: ProtectedMembers,
  after: ProtectedMembers,
): Unprotected | undefined {
  const users = [...before.users].filter(id => !after.users.has(id))
  const groups = [...before.groups].filter(id => !after.groups.has(id))
  return users.length + groups.length === 0 ? undefined : { users, groups }
}
