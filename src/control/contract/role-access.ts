/**
 * Contracts of the actions that show which principals may act as which users, across roles.
 *
 * @module
 */

import { z } from 'zod'
import { PRINCIPAL_STATES } from '../../decision/actors.ts'
import {
  effectShape,
  oneOf,
  roleTypeShape,
  structure,
  timeShape,
  workMailIdentifierShape,
} from '../shapes.ts'
import { contract } from './contract.ts'
import {
  allowRules,
  groups,
  ids,
  lastUsed,
  lock,
  matches,
  more,
  oneRole,
  organization,
  roleState,
  userPaging,
} from './members.ts'

const reason = z.string().exactOptional().describe('[Reason](operations.md#reasons) of a denial.')

const actor = {
  PrincipalId: z.string(),
  Name: z.string(),
  State: oneOf(PRINCIPAL_STATES).describe(
    'Only an ACTIVE principal can act. NOT_YET, ENDED: its Period has not begun, or has ended. NO_CREDENTIAL: all its access keys are disabled or outside their times, and no identity can sign in.',
  ),
}

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
        ...allowRules,
        ...roleState,
        Lock: lock.exactOptional().describe('Present while the lock is in force.'),
        DateModified: timeShape,
        ...lastUsed,
      }),
    ),
  }),
})

export const listUserAccess = contract('EwsGateway', 'ListUserAccess', {
  summary:
    'Shows the effect of every role on a user now. A role that is locked or outside its Period has the effect DENY. For a disabled user, the service account, and the neutral mailbox, the effect is DENY, by a rule that denies everyone or by no rule.',
  audited: undefined,
  input: structure({ ...organization, UserId: workMailIdentifierShape }),
  output: structure({
    Roles: z.array(
      structure({
        ImpersonationRoleId: z.string(),
        Name: z.string(),
        Type: roleTypeShape,
        ...roleState,
        Effect: effectShape,
        Reason: reason,
        AllowsWhenActive: z
          .boolean()
          .exactOptional()
          .describe(
            'Whether the role would reach the user now without its lock and Period. Left out if State is ACTIVE.',
          ),
        MatchedRules: z.array(
          structure({
            ImpersonationRuleId: z.string(),
            Name: z.string().exactOptional(),
            Effect: effectShape,
          }),
        ),
        MatchedGroups: groups('Groups by which the rules match.').exactOptional(),
        Principals: z
          .array(structure(actor))
          .describe('The enabled principals whose policy allows them to assume the role now.'),
        ...lastUsed,
      }),
    ),
  }),
})

export const listRolePrincipals = contract('EwsGateway', 'ListRolePrincipals', {
  summary:
    'Lists the enabled principals whose policy allows them to assume a role now, from some address.',
  audited: undefined,
  input: structure(oneRole),
  output: structure({
    Principals: z.array(structure({ ...actor, ...lastUsed })),
  }),
})

export const listReach = contract('EwsGateway', 'ListRoleReach', {
  summary:
    'Lists the users that a role reaches now, or those that it does not reach, ordered by address, and counts all users. A role that is locked or outside its Period reaches no user. Ignores access control rules, which can deny more requests.',
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
      Allowed: z.int().describe('Number of users that the role reaches.'),
      Denied: z.int().describe('Number of all other users.'),
      AllowedWhenActive: z
        .int()
        .exactOptional()
        .describe(
          'Number of users that the role would reach now without its lock and Period. Left out if State is ACTIVE.',
        ),
    }),
    ...more,
  }),
})
