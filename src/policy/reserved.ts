/**
 * Accounts that nobody may impersonate.
 *
 * @module
 */

import { foldName, type Organization, type User } from '../model/identity.ts'

/** Asked of every request; found once for as long as somebody keeps both. */
const FOUND = new WeakMap<Organization, WeakMap<User, boolean>>()

/** The service account and the neutral mailbox are nobody's target, whatever the rules say. */
export function isNobodysTarget(organization: Organization, user: User): boolean {
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
