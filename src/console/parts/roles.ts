/**
 * All roles, as options of a field and as names.
 *
 * @module
 */

import type { RoleSummary } from '../api/roles.ts'
import { useSession } from '../session/session.ts'
import { useQuery } from './query.ts'
import { roleNameOf } from './role-name.ts'

/** Returns no roles, and IDs as names, if the policy does not allow reading roles. */
export function useRoles() {
  const { may } = useSession()
  const { data } = useQuery(
    'EwsGateway.ListRoleSummaries',
    may('ewsgateway:ListRoleSummaries') ? {} : undefined,
  )
  const roles: readonly RoleSummary[] = data?.Roles ?? []
  const options = roles.map(role => ({ value: role.ImpersonationRoleId, label: role.Name }))
  const nameOf = (id: string) => roleNameOf(data?.Roles, id)
  return { roles, options, nameOf }
}
