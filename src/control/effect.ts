/**
 * Action that tests a role: returns its effect on a user now.
 *
 * @module
 */

import { reachOf } from '../decision/reach.ts'
import { type Action, action } from './action.ts'
import * as contract from './contract/role-tests.ts'
import { roleIn } from './draft.ts'
import { groupsOnWire } from './group-targets.ts'
import { readOneState } from './policy-snapshot.ts'
import { reachPolicyIn } from './protection.ts'
import { findUser } from './targets.ts'

const getRoleEffect = action(
  contract.getRoleEffect,
  async (call, { ImpersonationRoleId, TargetUser }) => {
    const [role, user, policy] = await readOneState(
      call,
      async data =>
        [
          await roleIn(data, ImpersonationRoleId),
          await findUser(call, TargetUser, data.users),
          await reachPolicyIn(call, data),
        ] as const,
    )
    const { effect, matchedRules, matchedGroups } = reachOf(policy, role, user)
    return {
      Type: role.type,
      Effect: effect,
      MatchedRules: matchedRules.map(({ id, name }) => ({
        ImpersonationRuleId: id,
        ...(name !== undefined && { Name: name }),
      })),
      ...(matchedGroups && { MatchedGroups: await groupsOnWire(call, matchedGroups) }),
    }
  },
)

export const EFFECT_ACTIONS: readonly Action[] = [getRoleEffect]
