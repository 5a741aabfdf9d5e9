/**
 * Schemas of the parts of a role that a change and a draft can replace, and that responses show.
 *
 * @module
 */

import { z } from 'zod'
import { EXTRA_READS, OPERATIONS } from '../../ews/operations.ts'
import { PROFILES } from '../../model/profile.ts'
import { MAILBOXES, SENDERS } from '../../model/role.ts'
import { mustBe } from '../problems.ts'
import { flag, list, oneOf, periodShape, structure } from '../shapes.ts'

export const NO_PROFILE = 'none'

const extraReads: readonly string[] = [...EXTRA_READS]
const operationNames: readonly string[] = Object.keys(OPERATIONS)

const senders = z.enum(SENDERS, mustBe(`one of ${SENDERS.join(', ')}`)).meta({
  description:
    'FULL_ACCESS: users that mail can be sent as: own (the impersonated user), permitted (all users that the role can impersonate), or server (as the upstream allows; only if upstream.enforcesSendAs is true). Default: own.',
})

/** Limits on the content of requests that a role's type allows. */
const guard = structure({
  Mailboxes: z.enum(MAILBOXES, mustBe(`one of ${MAILBOXES.join(', ')}`)).meta({
    description:
      'Mailboxes that a body can name: own, permitted (those of all users that the role can impersonate), or any (everything that the permissions of the impersonated user reach, as in WorkMail).',
  }),
  Delegation: flag().meta({
    description:
      'FULL_ACCESS: whether requests can grant other users access to folders and mailbox.',
  }),
  InboxRules: flag().meta({ description: 'FULL_ACCESS: whether requests can change inbox rules.' }),
  DirectoryLookups: flag().meta({
    description: "Whether requests can read the upstream's address book.",
  }),
  Sending: flag().meta({ description: 'FULL_ACCESS: whether requests can send mail.' }),
  Senders: senders.exactOptional(),
  ExtraReads: list(
    z.enum(extraReads, mustBe(`one of ${extraReads.join(', ')}`)),
    'operations',
  ).meta({ description: 'Names of reads that READ_ONLY otherwise excludes.' }),
})

const operationList = (description: string) =>
  list(z.enum(operationNames, mustBe('the name of an EWS operation')), 'operations')
    .exactOptional()
    .meta({ description })

/** Limits of a role below its type. */
const profile = structure({
  Profile: oneOf([NO_PROFILE, ...PROFILES]).meta({
    description: '[Profile](profiles.md) that narrows the role below its type, or none.',
  }),
  Operations: structure({
    Allowed: operationList(
      'Denies all other operations. An operation outside of the profile stays denied.',
    ),
    Denied: operationList('Denies these operations.'),
  }).exactOptional(),
}).meta({ description: 'Profile of a role, and its own limits by operation.' })

/** Members of a request. An absent part stays as it is. */
export const parts = {
  Guard: guard.exactOptional(),
  Period: periodShape.exactOptional(),
  Profile: profile.exactOptional(),
}

/** Values of the parts that a request gives. */
export type PartsInput = Readonly<{
  Guard: z.output<typeof guard>
  Period: z.output<typeof periodShape>
  Profile: z.output<typeof profile>
}>

const givenOperations = z.array(z.string()).exactOptional()

/** Members of a response. A stored part can name what this version does not know. */
export const givenParts = {
  Guard: guard.extend({
    Senders: senders,
    ExtraReads: z.array(z.string()).describe('Names of reads that READ_ONLY otherwise excludes.'),
  }),
  Profile: structure({
    Profile: z.string().describe('Name of the profile, or none.'),
    ProfileVersion: z
      .int()
      .exactOptional()
      .describe('Version of the profile in this gateway. Absent without a profile.'),
    Operations: structure({ Allowed: givenOperations, Denied: givenOperations }).exactOptional(),
  }),
  Period: periodShape.exactOptional(),
}
