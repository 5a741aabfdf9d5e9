/**
 * Words for the effect of the deletion of a group.
 *
 * @module
 */

import type { GroupUse } from '../api/groups.ts'

/** Maximum number of roles that are named. */
const MAX_NAMED = 3

/** Returns how many rules name a group, or a group that contains it, and of which roles. */
export function rulesInWords({ Rules }: Pick<GroupUse, 'Rules'>): string {
  const roles = [...new Set(Rules.map(({ RoleName }) => RoleName))]
  const named = roles.slice(0, MAX_NAMED)
  const more = roles.length - named.length
  const list = [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ')
  const rules = Rules.length === 1 ? '1 rule uses' : `${Rules.length} rules use`
  return `${rules} this group, in ${roles.length === 1 ? 'the role' : 'the roles'} ${list}`
}
