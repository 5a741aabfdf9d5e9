/**
 * Subscriptions to notifications. For the upstream, all of them belong to the gateway's account, so the gateway
 * stores their real owners.
 *
 * @module
 */

import type { OrganizationId, UserId } from './identity.ts'
import type { PrincipalId } from './principal.ts'
import type { FolderClass } from './profile.ts'
import type { RoleId } from './role.ts'

/** A subscription that the gateway allowed. */
export type Subscription = Readonly<{
  organizationId: OrganizationId
  /**
   * SHA-256 of the upstream's ID in base64url. Stored as a hash, because the ID itself would be enough to get the
   * events.
   */
  idHash: string
  /** The user that Subscribe acted as. */
  userId: UserId
  /**
   * Owners of the other mailboxes that Subscribe named, by address or ID. Absent if they were not determined,
   * because the role's guard was `any`.
   */
  others?: readonly UserId[]
  /** Classes of folders that it can watch. Absent if its role was not limited to classes. */
  folderClasses?: readonly FolderClass[]
  /** Role and principal that created it. */
  roleId: RoleId
  principalId: PrincipalId
  /** Maximum time without use, in milliseconds, until the upstream removes it. */
  lifeMs: number
  /** Time at which the upstream removes it unless it is used before, in milliseconds since the epoch. */
  expiresAt: number
  /** Present if this version doesn't understand the stored subscription. It has then expired. */
  unreadable?: true
}>
