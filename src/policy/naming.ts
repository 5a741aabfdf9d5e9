/**
 * Finds the rules that name users or groups. Members of a group are not named.
 *
 * @module
 */

import type { GroupId, UserId } from '../model/identity.ts'
import type { ImpersonationRole, ImpersonationRule } from '../model/role.ts'

/** Returns the rules of a role that name one of the users or groups in a condition. */
export const rulesNaming = (
  { rules }: ImpersonationRole,
  ids: ReadonlySet<UserId | GroupId>,
): readonly ImpersonationRule[] =>
  rules.filter(({ targetUsers, notTargetUsers, targetGroups, notTargetGroups }) =>
    [targetUsers, notTargetUsers, targetGroups, notTargetGroups].some(list =>
      list?.some(id => ids.has(id)),
    ),
  )

/** Returns the number of roles with a rule that names one of the users or groups. */
export const countRolesNaming = (
  roles: readonly ImpersonationRole[],
  ids: ReadonlySet<UserId | GroupId>,
): number => roles.filter(role => rulesNaming(role, ids).length > 0).length
