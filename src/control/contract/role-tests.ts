/**
 * Contracts of the actions that test roles and drafts of roles.
 *
 * @module
 */

import { z } from 'zod'
import { CHECK_NAMES } from '../../decision/checks.ts'
import { ROLE_STATES } from '../../decision/role-state.ts'
import {
  addressShape,
  effectShape,
  entityIdentifierShape,
  flag,
  groupRulesShape,
  ipAddressShape,
  oneOf,
  operationShape,
  principalIdShape,
  roleIdShape,
  roleTypeShape,
  structure,
  textThat,
} from '../shapes.ts'
import { contract } from './contract.ts'
import { groups, ids, matches, more, oneRole, organization, userPaging } from './members.ts'
import { givenParts, parts } from './role-parts.ts'

/** Maximum size of a request that a call explains. */
const MAX_BODY_BYTES = 262_144

const encoder = new TextEncoder()

const bodyShape = textThat(
  `an EWS request as XML, of at most ${MAX_BODY_BYTES} bytes`,
  text => text.isWellFormed() && encoder.encode(text).length <= MAX_BODY_BYTES,
)

export const draftShape = structure({
  Type: roleTypeShape.exactOptional(),
  Rules: groupRulesShape,
  Guard: parts.Guard,
  Profile: parts.Profile,
}).meta({
  description:
    'Replaces the role in the test. An absent Type, Guard, or Profile is that of the role.',
})

/** A draft whose period is tested, too. */
const testedDraftShape = draftShape.extend(parts).meta({
  description:
    'Replaces the role in the test. An absent Type, Guard, Profile, or Period is that of the role.',
})

export type DraftInput = z.output<typeof testedDraftShape>

const matchedGroups = groups('Groups by which the rules match.').exactOptional()

export const getRoleEffect = contract('WorkMailService', 'GetImpersonationRoleEffect', {
  summary:
    'Tests a role on a user: returns the effect of the role now, and the rules that produced it. A role that is locked or outside its Period denies without a rule, as protected mailboxes do. Reads the store directly. MatchedGroups, which WorkMail does not have, are the groups through which the rules match.',
  audited: undefined,
  input: structure({ ...oneRole, TargetUser: entityIdentifierShape }),
  output: structure({
    Type: roleTypeShape,
    Effect: effectShape,
    MatchedRules: z.array(
      structure({ ImpersonationRuleId: z.string(), Name: z.string().exactOptional() }),
    ),
    MatchedGroups: matchedGroups,
  }),
})

const explainedRule = structure({
  ImpersonationRuleId: z.string(),
  Name: z.string().exactOptional(),
  Effect: effectShape,
  Matched: z.boolean(),
  MatchedGroups: groups('Groups of the user among TargetGroups.').exactOptional(),
  ExceptedGroups: groups('Groups of the user among NotTargetGroups.').exactOptional(),
})

const reason = z.string().exactOptional().describe('[Reason](operations.md#reasons) of a denial.')

export const explainDecision = contract('EwsGateway', 'ExplainDecision', {
  summary:
    'Evaluates a request against one state of the store, and returns the verdict, the reason, the outcome of each check, and every rule with whether it matches. Without TargetUser, the request has no ExchangeImpersonation. It never asks the upstream: UNKNOWN means that only the upstream could tell.',
  audited: undefined,
  input: structure({
    ...organization,
    ImpersonationRoleId: roleIdShape.exactOptional(),
    Draft: testedDraftShape.exactOptional(),
    PrincipalId: principalIdShape
      .exactOptional()
      .meta({ description: 'The caller, whose policy is evaluated.' }),
    TargetUser: entityIdentifierShape.exactOptional(),
    UserNameMailbox: addressShape
      .exactOptional()
      .meta({ description: 'The address that the user name of the client contains.' }),
    Operation: operationShape
      .exactOptional()
      .meta({ description: 'Required, unless RequestBody contains it.' }),
    RequestBody: bodyShape.exactOptional().meta({
      description:
        'The whole request, which contains the operation and the user. Operation and TargetUser must be absent.',
    }),
    SourceAddress: ipAddressShape,
    SecureTransport: flag()
      .exactOptional()
      .meta({ description: 'Whether the request comes over TLS. Default: true.' }),
  }),
  output: structure({
    Verdict: oneOf(['ALLOW', 'DENY', 'UNKNOWN']),
    Reason: reason,
    EndedBy: oneOf(CHECK_NAMES).exactOptional().describe('The check that denied.'),
    MatchedRules: ids('the rules of the decision'),
    MatchedGroups: matchedGroups,
    Target: structure({
      Kind: oneOf(['USER', 'UNKNOWN', 'CONFLICT', 'NEUTRAL', 'NOBODY']),
      UserId: z.string().exactOptional(),
      Email: z.string().exactOptional(),
      Why: z.string().exactOptional().describe('Why no user can be impersonated.'),
    }),
    Checks: z
      .array(
        structure({
          Name: oneOf(CHECK_NAMES),
          Outcome: oneOf(['PASS', 'REFUSE', 'NOT_MADE', 'UNKNOWN']),
          Reason: reason,
        }),
      )
      .describe(
        'The outcome of each check as if all others passed. PrincipalTime and CallerPolicy are NOT_MADE without PrincipalId, Body and FolderClasses without RequestBody, and FolderClasses without a profile.',
      ),
    AccessControlRules: z.array(
      structure({ Name: z.string(), Effect: effectShape, Matched: z.boolean() }),
    ),
    ImpersonationRules: z.array(explainedRule),
    Guard: givenParts.Guard,
    Profile: givenParts.Profile,
    Shadow: structure({
      Version: z.string(),
      Outcome: oneOf(['SAME', 'WOULD_DENY', 'WOULD_ALLOW', 'UNKNOWN']),
      Reason: reason,
    })
      .exactOptional()
      .describe(
        'The same request as decided by the [draft](shadow.md) that is attached to the role. Left out if none is, with Draft, and if the verdict is UNKNOWN.',
      ),
  }),
})

const access = oneOf(['NONE', 'READ_ONLY', 'FULL_ACCESS'])
const changedAccess = structure({
  UserId: z.string(),
  Email: z.string(),
  Before: access,
  After: access,
  MatchedGroups: groups(
    'Groups by which the rules match after the change, or before it if none matches after.',
  ).exactOptional(),
})

export const previewRole = contract('EwsGateway', 'PreviewImpersonationRole', {
  summary:
    'Lists the users whose access a draft would change now, ordered by address, and counts all of them. A role that is locked or outside its Period gives no access. Without ImpersonationRoleId, no user has access before the change.',
  audited: undefined,
  input: structure({
    ...organization,
    ImpersonationRoleId: roleIdShape.exactOptional(),
    Draft: testedDraftShape,
    Change: oneOf(['GAINED', 'LOST'])
      .exactOptional()
      .meta({ description: 'Lists only users who gain, or who lose access.' }),
    ...userPaging,
  }),
  output: structure({
    Gained: z.array(changedAccess),
    Lost: z.array(changedAccess),
    ...matches,
    Totals: structure({
      Gained: z.int().describe('Number of users who gain access.'),
      Lost: z.int().describe('Number of users who lose access.'),
      Users: z.int().describe('Number of users in the organization.'),
    }),
    WhenActive: structure({ Gained: z.int(), Lost: z.int() })
      .exactOptional()
      .describe(
        'The same numbers without the lock and the Period of the role. Left out if it is ACTIVE before and after.',
      ),
    ReachedAfter: z.int().describe('Number of users that the role reaches after the change.'),
    StateAfter: oneOf(ROLE_STATES).describe('State of the role after the change.'),
    GuardBefore: givenParts.Guard.exactOptional(),
    GuardAfter: givenParts.Guard,
    ProfileBefore: givenParts.Profile.exactOptional(),
    ProfileAfter: givenParts.Profile,
    ...more,
  }),
})
