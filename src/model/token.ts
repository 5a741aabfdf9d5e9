/**
 * Tokens: the claims that a gateway signs.
 *
 * @module
 */

import type { OrganizationId } from './identity.ts'
import type { AccessKeyId, PrincipalId } from './principal.ts'
import type { RoleId, RoleType } from './role.ts'

export type TokenClaims = Readonly<{
  organizationId: OrganizationId
  principalId: PrincipalId
  accessKeyId: AccessKeyId
  roleId: RoleId
  /** Version of the role at issue. */
  roleVersion: number
  /** Type of the role at issue. */
  roleType: RoleType
  /** Mark of the store's epoch. */
  epoch: string
  /** Milliseconds since the epoch, to the second. */
  expiresAt: number
}>
