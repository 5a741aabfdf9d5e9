/**
 * Converts guards of requests and responses.
 *
 * @module
 */

import type { Organization } from '../model/identity.ts'
import { DEFAULT_GUARD, type RoleGuard, type Senders } from '../model/role.ts'
import type { GuardInput } from './contract/roles.ts'
import { invalid } from './problems.ts'

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
