/**
 * The action that tests a role: what its rules say of a user.
 *
 * @module
 */

import { isNobodysTarget } from '../policy/reserved.ts'
import { compileRules, evaluateRules } from '../policy/rules.ts'
import { type Action, action } from './action.ts'
import { groupsOnWire } from './group-targets.ts'
import { findRole } from './roles.ts'
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
    const role = await findRole(call, ImpersonationRoleId)
    const user = await findUser(call, TargetUser)
    // As the data plane does: whoever cannot be impersonated at all is nobody to the rules.
    const target = user.enabled && !isNobodysTarget(call.organization, user) ? user : undefined
    const { effect, matchedRules, matchedGroups } = evaluateRules(compileRules(role.rules), target)
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
