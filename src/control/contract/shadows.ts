/**
 * Contracts of the actions on drafts that are attached to roles as shadows.
 *
 * @module
 */

import { z } from 'zod'
import { manyResultsShape, oneOf, roleTypeShape, structure, timeShape } from '../shapes.ts'
import { contract } from './contract.ts'
import { span } from './history.ts'
import { expecting, more, nothing, oneRole, paging, versioned } from './members.ts'
import { givenParts } from './role-parts.ts'
import { draftShape } from './role-tests.ts'
import { describedRule } from './roles.ts'

const optional = z.string().exactOptional()

const counts = {
  Requests: z.int(),
  Same: z.int().describe('Both allow, or both deny.'),
  WouldDeny: z.int(),
  WouldAllow: z.int(),
  Unknown: z.int().describe('The verdict of the draft is not known.'),
}

const tool = { PrincipalId: optional, PrincipalName: optional.describe('Current name.') }
const mailbox = { UserId: optional, Mailbox: optional, Operation: optional }
const reason = optional.describe(
  '[Reason](operations.md#reasons) for which the draft would deny, or for which the role denied.',
)
const times = {
  LastTime: timeShape.describe('Time of the last request.'),
}

export const getShadow = contract('EwsGateway', 'GetRoleShadow', {
  summary: 'Returns the [draft](shadow.md) that is attached to a role, if there is one.',
  audited: undefined,
  input: structure(oneRole),
  output: structure({
    Version: z.string().describe('Version of the draft, for ExpectedVersion: none without one.'),
    RoleVersion: z.string().describe('Version of the role, for EnforceRoleShadow.'),
    Draft: structure({
      Type: roleTypeShape,
      Rules: z.array(describedRule),
      Guard: givenParts.Guard,
      Profile: givenParts.Profile.omit({ ProfileVersion: true }),
    })
      .exactOptional()
      .describe('In the form in which PutRoleShadow and the tests of roles accept it.'),
    AttachedBy: structure({ PrincipalId: z.string(), Name: z.string() }).exactOptional(),
    DateAttached: timeShape.exactOptional(),
    RoleChanged: z
      .boolean()
      .exactOptional()
      .describe(
        'Whether the type, rules, guard, or profile of the role were changed since. Then the draft must be attached again before it can be enforced.',
      ),
  }),
})

export const putShadow = contract('EwsGateway', 'PutRoleShadow', {
  summary:
    'Attaches a [draft](shadow.md) to a role in place of an earlier one. Every request in the role is then also decided by the draft, without an effect on the request, and the difference is recorded. A draft with the same content keeps its version.',
  audited: 'change',
  object: { type: 'ROLE', id: 'ImpersonationRoleId' },
  input: structure({ ...oneRole, Draft: draftShape, ...expecting }),
  output: structure(versioned),
})

export const deleteShadow = contract('EwsGateway', 'DeleteRoleShadow', {
  summary:
    'Removes the draft that is attached to a role. The role stays as it is. Removing no draft succeeds.',
  audited: 'change',
  object: { type: 'ROLE', id: 'ImpersonationRoleId' },
  input: structure({ ...oneRole, ...expecting }),
  output: nothing,
})

export const enforceShadow = contract('EwsGateway', 'EnforceRoleShadow', {
  summary:
    'Replaces the type, rules, guard, and profile of a role by the attached draft, and removes the draft. The caller also needs PutImpersonationRole, PutRoleGuard, and PutRoleProfile for the parts that change. Fails if the role or the draft does not have the expected version, or if the role was changed after the draft was attached.',
  audited: 'change',
  object: { type: 'ROLE', id: 'ImpersonationRoleId' },
  input: structure({
    ...oneRole,
    ExpectedVersion: expecting.ExpectedVersion.unwrap().meta({
      description: 'Version of the role.',
    }),
    ExpectedShadowVersion: expecting.ExpectedVersion.unwrap().meta({
      description: 'Version of the draft.',
    }),
  }),
  output: structure(versioned),
})

export const listShadowDifferences = contract('EwsGateway', 'ListShadowDifferences', {
  summary:
    'Lists for what the attached draft has had another verdict than the role, most requests first, and counts the requests that were compared with this version of the draft. Times and counts appear within a second.',
  audited: 'read',
  input: structure({ ...oneRole, ...paging }),
  output: structure({
    Version: z.string().describe('Version of the draft.'),
    DateAttached: timeShape,
    Compared: structure(counts),
    Differences: z.array(
      structure({
        ...tool,
        ...mailbox,
        Outcome: oneOf(['WOULD_DENY', 'WOULD_ALLOW', 'UNKNOWN']),
        Reason: reason,
        Cause: oneOf(['DATA_MISSING', 'BODY_NOT_READ', 'ERROR'])
          .exactOptional()
          .describe(
            'Why the verdict of the draft is not known: the gateway did not have the data that the draft needs, the request was denied before its body was read, or an error of the gateway.',
          ),
        Requests: z.int(),
        FirstTime: timeShape.describe(
          'Time of the first request, or the hour of it if the request is no longer stored.',
        ),
        ...times,
        DecisionIds: z.array(z.string()).describe('Some decisions, latest first, for GetDecision.'),
      }),
    ),
    ...more,
  }),
})

export const replayShadow = contract('EwsGateway', 'ReplayShadow', {
  summary:
    'Decides the recorded requests of a role again with a draft, in whole hours, on the present users, groups, and role. Without Draft, it replays the attached one. The content of requests is not recorded, so some verdicts are not known: Unknown counts them by cause. It assumes that requests followed the schema of EWS.',
  audited: 'read',
  input: structure({
    ...oneRole,
    Draft: draftShape.exactOptional(),
    ...span,
    MaxResults: manyResultsShape.exactOptional().meta({
      description: 'Maximum number of Differences. Default: 100.',
    }),
  }),
  output: structure({
    Replayed: structure(counts),
    NotDecided: z
      .int()
      .describe('Number of requests that failed before a decision. They are not replayed.'),
    UnknownCauses: structure({
      Body: z.int().describe('The verdict depends on the content of the request.'),
      Folders: z.int().describe('The verdict depends on the classes of folders or items.'),
      User: z.int().describe('The user no longer exists, or is disabled.'),
      Role: z
        .int()
        .describe(
          'The verdict depends on the content of the request, and the role was changed since.',
        ),
    }),
    Differences: z
      .array(
        structure({
          ...tool,
          ...mailbox,
          Outcome: oneOf(['WOULD_DENY', 'WOULD_ALLOW']),
          Reason: reason,
          Requests: z.int(),
          ...times,
        }),
      )
      .describe('Most requests first.'),
    Truncated: z.boolean().describe('Whether there are more differences.'),
  }),
})
