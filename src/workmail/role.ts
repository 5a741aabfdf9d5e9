/**
 * Reads a role of WorkMail, or of another gateway, whose rules can name groups.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import {
  groupRulesShape,
  roleDescriptionShape,
  roleIdShape,
  roleNameShape,
  roleTypeShape,
} from '../control/shapes.ts'
import { roleId } from '../model/role.ts'
import type { WorkMailRole } from './workmail.ts'

/** Schema of a response of GetImpersonationRole. */
export const roleShape = z.object({
  ImpersonationRoleId: roleIdShape,
  Name: roleNameShape,
  Description: roleDescriptionShape.exactOptional(),
  Type: roleTypeShape,
  Rules: z.preprocess(withoutEmptyLists, groupRulesShape),
})

/** Removes empty lists of users beside groups. Another gateway writes them if a rule names groups only. */
function withoutEmptyLists(rules: unknown): unknown {
  if (!Array.isArray(rules)) return rules
  return rules.map((rule: unknown) => {
    if (typeof rule !== 'object' || rule === null) return rule
    const isEmpty = (name: string, beside: string) =>
      beside in rule && isDeepStrictEqual((rule as Record<string, unknown>)[name], [])
    const dropped = [
      ...(isEmpty('TargetUsers', 'TargetGroups') ? ['TargetUsers'] : []),
      ...(isEmpty('NotTargetUsers', 'NotTargetGroups') ? ['NotTargetUsers'] : []),
    ]
    return Object.fromEntries(Object.entries(rule).filter(([name]) => !dropped.includes(name)))
  })
}

/** Converts a response to a role. */
export const roleOf = (role: z.output<typeof roleShape>): WorkMailRole => ({
  id: roleId(role.ImpersonationRoleId),
  name: role.Name,
  type: role.Type,
  ...(role.Description !== undefined && { description: role.Description }),
  rules: role.Rules.map(rule => ({
    id: rule.ImpersonationRuleId,
    effect: rule.Effect,
    ...(rule.Name !== undefined && { name: rule.Name }),
    ...(rule.Description !== undefined && { description: rule.Description }),
    ...(rule.TargetUsers && { targetUsers: rule.TargetUsers }),
    ...(rule.NotTargetUsers && { notTargetUsers: rule.NotTargetUsers }),
    ...(rule.TargetGroups && { targetGroups: rule.TargetGroups }),
    ...(rule.NotTargetGroups && { notTargetGroups: rule.NotTargetGroups }),
  })),
})
