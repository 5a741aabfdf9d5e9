/**
 * Resolves IDs in access control rules to names.
 *
 * @module
 */

import type { AccessControlLists } from '../api/access-control.ts'
import { useUserNames } from '../parts/names.ts'
import { useRoles } from '../parts/roles.ts'
import { type Names, namedUserIds } from './rule-words.ts'

/** Returns IDs as names if the policy doesn't allow reading them. */
export function useNames(rules: readonly AccessControlLists[]): Names {
  const user = useUserNames(rules.flatMap(namedUserIds))
  const { nameOf: role } = useRoles()
  return { user, role }
}
