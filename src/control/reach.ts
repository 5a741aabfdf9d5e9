/**
 * Action that lists the users that a role reaches, or does not reach.
 *
 * @module
 */

import { type Reach, reachOf, reachWhenActive } from '../decision/reach.ts'
import { denialOfRole } from '../decision/role-state.ts'
import type { User } from '../model/identity.ts'
import type { Effect } from '../model/role.ts'
import { type Action, action } from './action.ts'
import * as contract from './contract/role-access.ts'
import { groupNamer } from './group-targets.ts'
import { reachPolicyOf } from './protection.ts'
import { findRole } from './roles.ts'
import { userPage } from './user-page.ts'

const REACH = 'RoleReach'

const listReach = action(
  contract.listReach,
  async (call, { ImpersonationRoleId, Effect, ...input }) => {
    const role = await findRole(call, ImpersonationRoleId)
    const policy = await reachPolicyOf(call)
    const namesOf = await groupNamer(call)
    const isActive = denialOfRole(role, policy.moment) === undefined
    const counts: Record<Effect, number> = { ALLOW: 0, DENY: 0 }
    let whenActive = 0
    const page = await userPage(call, { name: REACH, roles: [role], ...policy }, input, user => {
      const reach = reachOf(policy, role, user)
      counts[reach.effect] += 1
      if (!isActive && reachWhenActive(policy, role, user).effect === 'ALLOW') whenActive += 1
      return reach.effect === Effect ? { user, reach } : undefined
    })
    const { entries, matches, ...next } = page
    return {
      Users: entries.map(({ user, reach }) => onWire(user, reach, namesOf)),
      Matches: matches,
      Totals: {
        Allowed: counts.ALLOW,
        Denied: counts.DENY,
        ...(!isActive && { AllowedWhenActive: whenActive }),
      },
      ...next,
    }
  },
)

export const REACH_ACTIONS: readonly Action[] = [listReach]

const onWire = (
  { id, primarySmtpAddress, displayName }: User,
  { reason, matchedRules, matchedGroups }: Reach,
  namesOf: Awaited<ReturnType<typeof groupNamer>>,
) => ({
  UserId: id,
  Email: primarySmtpAddress,
  ...(displayName !== undefined && { DisplayName: displayName }),
  ...(reason !== undefined && { Reason: reason }),
  MatchedRules: matchedRules.map(rule => rule.id),
  ...(matchedGroups && { MatchedGroups: namesOf(matchedGroups) }),
})
