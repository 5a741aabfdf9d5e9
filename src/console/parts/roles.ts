/**
 * All roles, for choosing among them and for their names.
 *
 * @module
 */

import type { RoleSummary } from '../api/roles.ts'
import { useSession } from '../session/session.ts'
import { useQuery } from './query.ts'

/** None, and ids as names, where the session may not read them. */
export function useRoles() {
  const { may } = useSession()
  const { data } = useQuery(
    'EwsGateway.ListRoleSummaries',
    may('ewsgateway:ListRoleSummaries') ? {} : undefined,
  )
  const roles: readonly RoleSummary[] = data?.Roles ?? []
  const options = roles.map(role => ({ value: role.ImpersonationRoleId, label: role.Name }))
  const nameOf = (id: string) => options.find(({ value }) => value === id)?.label ?? id
  return { roles, options, nameOf }
}
