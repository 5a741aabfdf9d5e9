/**
 * Parts of a role that have permissions of their own, whatever action changes them.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import { only } from '../model/members.ts'
import type { RoleDraft, RolePart } from '../model/role.ts'
import type { Call } from './action.ts'
import { requirePermission } from './permissions.ts'

type Permitted = Readonly<{
  part: RolePart
  members: readonly (keyof RoleDraft)[]
  permission: string
}>

const PARTS: readonly Permitted[] = [
  { part: 'Guard', members: ['guard'], permission: 'PutRoleGuard' },
  { part: 'Profile', members: ['profile'], permission: 'PutRoleProfile' },
  { part: 'Period', members: ['notBefore', 'notAfter'], permission: 'PutRolePeriod' },
]

/**
 * Requires the permission of each part that a change replaces. A part that stays the same needs none, unless the stored
 * one is not understood.
 *
 * @throws ApiError AccessDeniedException
 */
export function requireParts(call: Call, before: RoleDraft, after: RoleDraft): void {
  for (const { part, members, permission } of PARTS) {
    const isSame = isDeepStrictEqual(only(before, members), only(after, members))
    if (!isSame || before.unreadable?.includes(part))
      requirePermission(call, permission, `this ${part}`)
  }
}
