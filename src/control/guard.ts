/**
 * Actions that read and replace the guard of a role.
 *
 * @module
 */

import type { Organization } from '../model/identity.ts'
import {
  DEFAULT_GUARD,
  type ImpersonationRole,
  type RoleGuard,
  roleDraftOf,
  type Senders,
} from '../model/role.ts'
import { type Action, action } from './action.ts'
import { replace, versionOfRole } from './concurrency.ts'
import type { GuardInput } from './contract/roles.ts'
import * as contract from './contract/roles.ts'
import { invalid } from './problems.ts'
import { explain, findRole } from './roles.ts'

const getGuard = action(contract.getGuard, async (call, { ImpersonationRoleId }) => {
  const role = await findRole(call, ImpersonationRoleId)
  return { Guard: guardOnWire(role.guard), Version: versionOfRole(role) }
})

const putGuard = action(
  contract.putGuard,
  async (call, { ImpersonationRoleId, Guard, ExpectedVersion }) => {
    const guard = guardOf(Guard, call.organization)
    const { before, after } = await replace({
      expected: ExpectedVersion,
      read: () => findRole(call, ImpersonationRoleId),
      versionOf: versionOfRole,
      write: async role =>
        await call.ports.store
          .putRole({ ...roleDraftOf(role), guard })
          .catch((error: unknown) => explain(error, call)),
    })
    call.changed(shownOf(before), shownOf(after))
    return { Version: versionOfRole(after) }
  },
)

export const GUARD_ACTIONS: readonly Action[] = [getGuard, putGuard]

/**
 * @throws ApiError InvalidParameterException if the guard leaves the check of senders to an upstream that doesn't
 * check them
 */
export function guardOf(input: GuardInput, organization: Organization): RoleGuard {
  const { Senders = DEFAULT_GUARD.senders } = input
  requireSenders(Senders, organization)
  return {
    mailboxes: input.Mailboxes,
    delegation: input.Delegation,
    inboxRules: input.InboxRules,
    directoryLookups: input.DirectoryLookups,
    sending: input.Sending,
    senders: Senders,
    extraReads: [...new Set(input.ExtraReads)],
  }
}

/** @throws ApiError InvalidParameterException as {@link guardOf} does */
export function requireSenders(senders: Senders, { enforcesSendAs }: Organization): void {
  if (senders === 'server' && enforcesSendAs !== true)
    throw invalid('Guard.Senders can be server only if upstream.enforcesSendAs is true')
}

/** Returns a guard for a response. */
export const guardOnWire = (guard: RoleGuard) => ({
  Mailboxes: guard.mailboxes,
  Delegation: guard.delegation,
  InboxRules: guard.inboxRules,
  DirectoryLookups: guard.directoryLookups,
  Sending: guard.sending,
  Senders: guard.senders,
  ExtraReads: guard.extraReads,
})

/**
 * Returns the members of a role for the audit record of a change of its guard. Omits the rules, which can be many.
 */
const shownOf = ({ id, name, version, guard }: ImpersonationRole) => ({ id, name, version, guard })
