/**
 * Accounts that nobody may impersonate.
 *
 * @module
 */

import { foldName, type Organization, type User } from '../model/identity.ts'

/** The service account and the neutral mailbox are nobody's target, whatever the rules say. */
export function isNobodysTarget(organization: Organization, user: User): boolean {
  const reserved = [...organization.serviceAddresses, organization.neutralMailbox ?? '']
  const names = [user.primarySmtpAddress, ...user.aliases, user.principalName ?? ''].map(foldName)
  return reserved.some(address => address !== '' && names.includes(foldName(address)))
}
