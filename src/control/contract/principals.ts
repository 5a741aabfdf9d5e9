/**
 * Contracts of the actions on principals and their access keys.
 *
 * @module
 */

import { z } from 'zod'
import { PRINCIPAL_STATES } from '../../decision/actors.ts'
import { PRINCIPAL_PARTS } from '../../model/principal.ts'
import {
  accessKeyIdShape,
  extendedProtectionShape,
  flag,
  oneOf,
  periodShape,
  principalIdShape,
  principalNameShape,
  structure,
  timeShape,
} from '../shapes.ts'
import { contract } from './contract.ts'
import {
  expecting,
  lastUsed,
  more,
  nothing,
  organization,
  paging,
  unreadable,
  versioned,
} from './members.ts'
import { givenPolicy, policyShape } from './policy-document.ts'

const onePrincipal = { ...organization, PrincipalId: principalIdShape }
const oneKey = { ...organization, AccessKeyId: accessKeyIdShape }

export const createPrincipal = contract('EwsGateway', 'CreatePrincipal', {
  summary:
    "Creates a principal with a Policy, which can allow at most what the caller's own policy allows.",
  audited: 'change',
  object: { type: 'PRINCIPAL' },
  input: structure({
    ...organization,
    Name: principalNameShape,
    Policy: policyShape,
    Enabled: flag().exactOptional(),
    Period: periodShape.exactOptional(),
  }),
  output: structure({ PrincipalId: z.string(), ...versioned }),
})

const shownPrincipal = structure({
  PrincipalId: z.string(),
  Name: z.string(),
  Enabled: z.boolean(),
  State: oneOf(['DISABLED', ...PRINCIPAL_STATES]).describe(
    'Only an ACTIVE principal can sign in now. NOT_YET, ENDED: its Period has not begun, or has ended. NO_CREDENTIAL: all its access keys are disabled or outside their times, and no identity can sign in.',
  ),
  Policy: givenPolicy,
  Period: periodShape.exactOptional(),
  Unreadable: z
    .array(oneOf(PRINCIPAL_PARTS))
    .exactOptional()
    .describe(
      'Stored parts that this version of the gateway does not understand. If there are any, the principal is denied everything, and Policy denies everything.',
    ),
  ...versioned,
  ...lastUsed,
})

export const getPrincipal = contract('EwsGateway', 'GetPrincipal', {
  summary: 'Returns a principal with its policy and version.',
  audited: undefined,
  input: structure(onePrincipal),
  output: shownPrincipal,
})

export const listPrincipals = contract('EwsGateway', 'ListPrincipals', {
  summary: 'Lists principals with their policies and versions, 100 at a time without MaxResults.',
  audited: undefined,
  input: structure({ ...organization, ...paging }),
  output: structure({ Principals: z.array(shownPrincipal), ...more }),
})

export const updatePrincipal = contract('EwsGateway', 'UpdatePrincipal', {
  summary:
    'Changes the name, the policy, or the Period of a principal, or enables or disables it. Absent members stay unchanged.',
  audited: 'change',
  object: { type: 'PRINCIPAL', id: 'PrincipalId' },
  input: structure({
    ...onePrincipal,
    Name: principalNameShape.exactOptional(),
    Policy: policyShape.exactOptional(),
    Enabled: flag().exactOptional(),
    Period: periodShape.exactOptional(),
    ...expecting,
  }),
  output: structure(versioned),
})

export const deletePrincipal = contract('EwsGateway', 'DeletePrincipal', {
  summary:
    'Deletes a principal by ID, with its access keys. Its tokens end immediately. Deleting a principal that does not exist succeeds, but the name of a principal is rejected.',
  audited: 'change',
  object: { type: 'PRINCIPAL', id: 'PrincipalId' },
  input: structure(onePrincipal),
  output: nothing,
})

export const KEY_STATES = ['ACTIVE', 'EXPIRES_SOON', 'NOT_YET', 'EXPIRED', 'DISABLED'] as const

const keyTimes = {
  NotBefore: timeShape.exactOptional(),
  ExpiresTime: timeShape.exactOptional().describe('End of the key.'),
}

const givenKey = {
  AccessKeyId: z.string(),
  PrincipalId: z.string(),
  Enabled: z.boolean(),
  ExtendedProtection: extendedProtectionShape,
  DateCreated: timeShape,
  NotBefore: timeShape.exactOptional(),
  ExpiresTime: timeShape.exactOptional(),
  ...versioned,
}

export const createKey = contract('EwsGateway', 'CreateAccessKey', {
  summary:
    "Creates an access key that is valid from NotBefore, or immediately, until ExpiresTime, at most for the [maximum of the organization](time.md). The principal's policy must allow no more than the caller's.",
  audited: 'change',
  object: { type: 'ACCESS_KEY' },
  input: structure({
    ...onePrincipal,
    ...keyTimes,
    ExtendedProtection: extendedProtectionShape
      .exactOptional()
      .describe(
        'Whether a sign-in by NTLM must have a channel binding and a message integrity code. ALLOW by default.',
      ),
  }),
  output: structure({
    ...givenKey,
    SecretAccessKey: z.string().describe('Shown only in this response.'),
  }),
})

export const listKeys = contract('EwsGateway', 'ListAccessKeys', {
  summary: 'Lists the access keys of a principal, the oldest first.',
  audited: undefined,
  input: structure(onePrincipal),
  output: structure({
    AccessKeys: z.array(
      structure({
        ...givenKey,
        State: oneOf(KEY_STATES).describe(
          'Only an ACTIVE key, or one that EXPIRES_SOON, within 14 days, can sign in now, if its principal can.',
        ),
        DateLastUsed: timeShape.exactOptional().describe('Time of the last use, to the minute.'),
        Unreadable: unreadable('key', 'the key is disabled'),
      }),
    ),
  }),
})

export const updateKey = contract('EwsGateway', 'UpdateAccessKey', {
  summary:
    'Disables an access key, enables it again, or changes its ExtendedProtection or its times. Absent members stay unchanged.',
  audited: 'change',
  object: { type: 'ACCESS_KEY', id: 'AccessKeyId' },
  input: structure({
    ...oneKey,
    Enabled: flag().exactOptional(),
    ExtendedProtection: extendedProtectionShape.exactOptional(),
    ...keyTimes,
    ...expecting,
  }),
  output: structure(versioned),
})

export const deleteKey = contract('EwsGateway', 'DeleteAccessKey', {
  summary:
    'Deletes an access key. Its tokens end immediately. Deleting a key that does not exist succeeds.',
  audited: 'change',
  object: { type: 'ACCESS_KEY', id: 'AccessKeyId' },
  input: structure(oneKey),
  output: nothing,
})
