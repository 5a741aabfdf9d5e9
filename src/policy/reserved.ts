/**
 * Accounts that no role can impersonate.
 *
 * @module
 */

import { foldName, type Organization, type User } from '../model/identity.ts'

/** Caches the result for each organization and user object, because every request needs it. */
const FOUND = new WeakMap<Organization, WeakMap<User, boolean>>()

/** Whether a user is the service account or the neutral mailbox. No role can impersonate them, whatever its rules. */
export function isReservedAccount(organization: Organization, user: User): boolean {
  let ofUsers = FOUND.get(organization)
  if (ofUsers === undefined) {
    ofUsers = new WeakMap()
    FOUND.set(organization, ofUsers)
  }
  const known = ofUsers.get(user)
  if (known !== undefined) return known
  const found = isReserved(organization, user)
  ofUsers.set(user, found)
  return found
}

function isReserved(organization: Organization, user: User): boolean {
  const reserved = [...organization.serviceAddresses, organization.neutralMailbox ?? '']
  const names = [user.primarySmtpAddress, ...user.aliases, user.principalName ?? ''].map(foldName)
  return reserved.some(address => address !== '' && names.includes(foldName(address)))
}
