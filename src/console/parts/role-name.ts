/**
 * Names of roles, by their IDs.
 *
 * @module
 */

import type { RoleSummary } from '../api/roles.ts'

/**
 * Returns the name of a role, or says that no role has the ID, such as the name of a role in a policy, which matches
 * nothing.
 *
 * @param roles - all roles, or undefined if they aren't known
 */
export function roleNameOf(
  roles: readonly Pick<RoleSummary, 'ImpersonationRoleId' | 'Name'>[] | undefined,
  id: string,
): string {
  if (roles === undefined) return id
  return (
    roles.find(({ ImpersonationRoleId }) => ImpersonationRoleId === id)?.Name ??
    `${id} (no role has this ID)`
  )
}
