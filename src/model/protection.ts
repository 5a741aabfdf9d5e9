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
}>

export const NO_PROTECTION: Protection = { users: [], groups: [], exceptions: [] }
