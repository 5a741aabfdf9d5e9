/**
 * Names for the ids that stand in access control rules.
 *
 * @module
 */

import type { AccessControlLists } from '../api/access-control.ts'
import { useUserNames } from '../parts/names.ts'
import { useRoles } from '../parts/roles.ts'
import { type Names, namedUserIds } from './rule-words.ts'

/** Where the session may not read them, an id is its own name. */
export function useNames(rules: readonly AccessControlLists[]): Names {
  const user = useUserNames(rules.flatMap(namedUserIds))
  const { nameOf: role } = useRoles()
  return { user, role }
}
