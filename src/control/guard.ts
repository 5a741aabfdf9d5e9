/**
 * The guard of a role as the API knows it, and the actions that read and replace it.
 *
 * @module
 */

import { z } from 'zod'
import { EXTRA_READS } from '../ews/operations.ts'
import { type ImpersonationRole, MAILBOXES, type RoleGuard } from '../model/role.ts'
import { type Action, action } from './action.ts'
import { replace, versionOfRole } from './concurrency.ts'
import { mustBe } from './problems.ts'
import { explain, findRole, oneRole } from './roles.ts'
import { expectedVersionShape, flag, list, structure } from './shapes.ts'

const service = 'EwsGateway'
const extraReads = [...EXTRA_READS]

/** What a role may do inside the requests that its type allows. */
export const guardShape = structure({
  Mailboxes: z.enum(MAILBOXES, mustBe(`one of ${MAILBOXES.join(', ')}`)).meta({
    description:
      'Which mailboxes a body may name: own, permitted (those of all users whom the role may impersonate) or any (whatever the permissions of the impersonated user reach, as in WorkMail).',
  }),
  Delegation: flag().meta({
    description: 'FULL_ACCESS: whether others may be given access to folders and mailbox.',
  }),
  InboxRules: flag().meta({ description: 'FULL_ACCESS: whether inbox rules may be made.' }),
  DirectoryLookups: flag().meta({
    description: "Whether the role may ask the upstream's address book.",
  }),
  Sending: flag().meta({ description: 'FULL_ACCESS: whether mail may be sent.' }),
  ExtraReads: list(
    z.enum(extraReads, mustBe(`one of ${extraReads.join(', ')}`)),
    'operations',
  ).meta({ description: 'Reads that READ_ONLY leaves out.' }),
})
type GuardInput = z.output<typeof guardShape>

const getGuard = action({
  service,
  name: 'GetRoleGuard',
  summary:
    "Gives the Guard of a role, and Version. Roles made by WorkMail's own actions have the strict one.",
  audited: undefined,
  input: structure(oneRole),
  run: async (call, { ImpersonationRoleId }) => {
    const role = await findRole(call, ImpersonationRoleId)
    return { Guard: guardOnWire(role.guard), Version: versionOfRole(role) }
  },
})

const putGuard = action({
  service,
  name: 'PutRoleGuard',
  summary:
    'Replaces the Guard of a role whole, if the role still has ExpectedVersion. It applies to tokens that are already issued, too. Gives Version.',
  audited: 'change',
  input: structure({
    ...oneRole,
    Guard: guardShape,
    ExpectedVersion: expectedVersionShape.exactOptional(),
  }),
  run: async (call, { ImpersonationRoleId, Guard, ExpectedVersion }) => {
    const guard = guardOf(Guard)
    const { before, after } = await replace({
      expected: ExpectedVersion,
      read: () => findRole(call, ImpersonationRoleId),
      versionOf: versionOfRole,
      write: async ({ version, tokensValidFrom: _, createdAt: __, modifiedAt: ___, ...role }) => {
        const { lock: ____, ...draft } = role
        return await call.ports.store
          .putRole({ ...draft, guard }, { expectedVersion: version })
          .catch((error: unknown) => explain(error, call))
      },
    })
    call.changed(shownOf(before), shownOf(after))
    return { Version: versionOfRole(after) }
  },
})

export const GUARD_ACTIONS: readonly Action[] = [getGuard, putGuard]

export const guardOf = (input: GuardInput): RoleGuard => ({
  mailboxes: input.Mailboxes,
  delegation: input.Delegation,
  inboxRules: input.InboxRules,
  directoryLookups: input.DirectoryLookups,
  sending: input.Sending,
  extraReads: [...new Set(input.ExtraReads)],
})

export const guardOnWire = (guard: RoleGuard) => ({
  Mailboxes: guard.mailboxes,
  Delegation: guard.delegation,
  InboxRules: guard.inboxRules,
  DirectoryLookups: guard.directoryLookups,
  Sending: guard.sending,
  ExtraReads: guard.extraReads,
})

/** Of the role what a guard is about: its rules can be many. */
const shownOf = ({ id, name, version, guard }: ImpersonationRole) => ({ id, name, version, guard })
