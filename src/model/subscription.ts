/**
 * Subscriptions to notifications: the upstream knows only that they are the gateway's, so the
 * gateway keeps whose they really are.
 *
 * @module
 */

import type { OrganizationId, UserId } from './identity.ts'
import type { PrincipalId } from './principal.ts'
import type { RoleId } from './role.ts'

export type Subscription = Readonly<{
  organizationId: OrganizationId
  /** SHA-256 of the upstream's id in base64url: who has the id gets the events. */
  idHash: string
  /** The user that Subscribe acted as. */
  userId: UserId
  /**
   * Owners of the other mailboxes that Subscribe named, by address or ID. Absent: not determined,
   * because the role's guard was `any`, or because an earlier version of the gateway recorded it.
   */
  others?: readonly UserId[]
  /** Who made it, and in which role. */
  roleId: RoleId
  principalId: PrincipalId
  /** For how long it can live without use, in milliseconds. For so long it counts as live. */
  lifeMs: number
  /** Milliseconds since the epoch: by then the upstream has forgotten it, unless it is used. */
  expiresAt: number
}>
