/**
 * Contracts of the actions that show which principals may act as which users, across roles.
 *
 * @module
 */

import { z } from 'zod'
import {
  effectShape,
  roleTypeShape,
  structure,
  timeShape,
  workMailIdentifierShape,
} from '../shapes.ts'
import { contract } from './contract.ts'
import {
  groups,
  ids,
  lastUsed,
  matches,
  more,
  oneRole,
  organization,
  userPaging,
} from './members.ts'

const reason = z.string().exactOptional().describe('[Reason](operations.md#reasons) of a denial.')

export const listSummaries = contract('EwsGateway', 'ListRoleSummaries', {
  summary: 'Lists all roles by name.',
  audited: undefined,
  input: structure(organization),
  output: structure({
    Roles: z.array(
      structure({
        ImpersonationRoleId: z.string(),
        Name: z.string(),
        Type: roleTypeShape,
        Description: z.string().exactOptional(),
        Rules: z.int().describe('Number of rules.'),
        AllowRules: z
          .int()
          .describe('Number of rules with the effect ALLOW. With none, the role reaches no user.'),
        Locked: z.boolean().describe('Whether a lock is in force.'),
        DateModified: timeShape,
        ...lastUsed,
      }),
    ),
  }),
})

export const listUserAccess = contract('EwsGateway', 'ListUserAccess', {
  summary:
    'Shows the effect of every role on a user. For a disabled user, the service account, and the neutral mailbox, the effect is DENY, by a rule that denies everyone or by no rule.',
  audited: undefined,
  input: structure({ ...organization, UserId: workMailIdentifierShape }),
  output: structure({
    Roles: z.array(
      structure({
        ImpersonationRoleId: z.string(),
        Name: z.string(),
        Type: roleTypeShape,
        Locked: z.boolean().describe('Whether a lock is in force.'),
        Effect: effectShape,
        Reason: reason,
        MatchedRules: z.array(
          structure({
            ImpersonationRuleId: z.string(),
            Name: z.string().exactOptional(),
            Effect: effectShape,
          }),
        ),
        MatchedGroups: groups('Groups by which the rules match.').exactOptional(),
        Principals: z
          .array(structure({ PrincipalId: z.string(), Name: z.string() }))
          .describe('The enabled principals that can assume the role in some circumstances.'),
        ...lastUsed,
      }),
    ),
  }),
})

export const listRolePrincipals = contract('EwsGateway', 'ListRolePrincipals', {
  summary:
    'Lists the enabled principals that can assume a role in some circumstances: from some address, at some time.',
  audited: undefined,
  input: structure(oneRole),
  output: structure({
    Principals: z.array(structure({ PrincipalId: z.string(), Name: z.string(), ...lastUsed })),
  }),
})

export const listReach = contract('EwsGateway', 'ListRoleReach', {
  summary:
    'Lists the users that the rules of a role allow, or those that they do not allow, ordered by address, and counts all users. Reads neither the lock of the role nor access control rules, which can deny more requests.',
  audited: undefined,
  input: structure({ ...oneRole, Effect: effectShape, ...userPaging }),
  output: structure({
    Users: z.array(
      structure({
        UserId: z.string(),
        Email: z.string(),
        DisplayName: z.string().exactOptional(),
        Reason: reason,
        MatchedRules: ids('the rules that allow or deny'),
        MatchedGroups: groups('Groups by which the rules match.').exactOptional(),
      }),
    ),
    ...matches,
    Totals: structure({
      Allowed: z.int().describe('Number of users that the rules allow.'),
      Denied: z.int().describe('Number of all other users.'),
    }),
    ...more,
  }),
})
