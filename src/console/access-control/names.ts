/**
 * Names for the ids that stand in access control rules.
 *
 * @module
 */

import type { AccessControlLists } from '../api/access-control.ts'
import type { RoleSummary } from '../api/roles.ts'
import { usePeople } from '../parts/people.ts'
import { useQuery } from '../parts/query.ts'
import { useSession } from '../session/session.ts'
import { type Names, peopleOf } from './rule-words.ts'

/** Where the session may not read them, an id is its own name. */
export function useNames(rules: readonly AccessControlLists[]): Names {
  const user = usePeople(rules.flatMap(peopleOf))
  const roles = useRoles()
  return { user, role: id => roles.find(role => role.ImpersonationRoleId === id)?.Name ?? id }
}

/** All roles, as far as they are read and the session may see them. */
export function useRoles(): readonly RoleSummary[] {
  const { may } = useSession()
  const { data } = useQuery(
    'EwsGateway.ListRoleSummaries',
    may('ewsgateway:ListRoleSummaries') ? {} : undefined,
  )
  return data?.Roles ?? []
}
