/**
 * Contracts of the actions on protected mailboxes.
 *
 * @module
 */

import { z } from 'zod'
import {
  entityIdentifierShape,
  exceptionReasonShape,
  groupIdentifierShape,
  list,
  oneOf,
  roleIdShape,
  structure,
  timeShape,
} from '../shapes.ts'
import { contract } from './contract.ts'
import { expecting, groups, organization, unreadable, versioned } from './members.ts'

const exception = {
  ImpersonationRoleId: roleIdShape,
  NotAfter: timeShape.meta({ description: 'End of the exception.' }),
  Reason: exceptionReasonShape,
}

const protectedUser = structure({
  UserId: z.string(),
  PrimarySmtpAddress: z.string().exactOptional().describe('Left out if the user was deleted.'),
})

export const getProtection = contract('EwsGateway', 'GetProtectedMailboxes', {
  summary: 'Returns the users and groups whose mailboxes no role can reach, and the exceptions.',
  audited: undefined,
  input: structure(organization),
  output: structure({
    Users: z.array(protectedUser),
    Groups: groups('Groups whose members are protected.'),
    Exceptions: z.array(structure(exception)),
    Unreadable: unreadable('list', 'all mailboxes are protected'),
    OpaqueIds: oneOf(['allow', 'refuse']).describe(
      '`opaqueIds` of the configuration. With `allow`, IDs that tell no mailbox are accepted, so only names and impersonation are protected.',
    ),
    ...versioned,
  }),
})

export const putProtection = contract('EwsGateway', 'PutProtectedMailboxes', {
  summary:
    'Replaces the users and groups whose mailboxes no role can reach, and the exceptions. An exception lets a role reach them until a time.',
  audited: 'change',
  object: { type: 'PROTECTED_MAILBOXES' },
  input: structure({
    ...organization,
    Users: list(entityIdentifierShape, 'users'),
    Groups: list(groupIdentifierShape, 'groups').exactOptional(),
    Exceptions: list(structure(exception), 'exceptions').exactOptional(),
    ...expecting,
  }),
  output: structure(versioned),
})
