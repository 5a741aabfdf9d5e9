/**
 * The action that tests a role: what its rules say of a user.
 *
 * @module
 */

import { type Action, action } from './action.ts'
import { roleIn } from './draft.ts'
import { groupsOnWire } from './group-targets.ts'
import { readOneState } from './policy-snapshot.ts'
import { effectOn } from './role-effect.ts'
import { entityIdentifierShape, organizationIdShape, roleIdShape, structure } from './shapes.ts'
import { findUser } from './targets.ts'

const getRoleEffect = action({
  service: 'WorkMailService',
  name: 'GetImpersonationRoleEffect',
  summary:
    'Tests a role on a user, from the truth: the effect of its rules, and the rules that have it; MatchedGroups, which WorkMail does not know, are the groups by which they match.',
  audited: undefined,
  input: structure({
    OrganizationId: organizationIdShape,
    ImpersonationRoleId: roleIdShape,
    TargetUser: entityIdentifierShape,
  }),
  run: async (call, { ImpersonationRoleId, TargetUser }) => {
    const [role, user] = await readOneState(
      call,
      async data =>
        [
          await roleIn(data, ImpersonationRoleId),
          await findUser(call, TargetUser, data.users),
        ] as const,
    )
    const { effect, matchedRules, matchedGroups } = effectOn(call, role, user)
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
})

export const EFFECT_ACTIONS: readonly Action[] = [getRoleEffect]
