/**
 * The directory: whom a name means.
 *
 * @module
 */

import type { ConnectingSid, OrganizationId, User, UserId } from '../model/identity.ts'

export interface Directory {
  /**
   * The user whom a ConnectingSID names, or undefined where nobody is known by it. PrimarySmtpAddress
   * and SmtpAddress both find a user by primary address or alias.
   *
   * @throws Failure `policy-unavailable` where the directory cannot tell
   */
  resolve(organization: OrganizationId, sid: ConnectingSid): Promise<User | undefined>
  user(organization: OrganizationId, id: UserId): Promise<User | undefined>
}
