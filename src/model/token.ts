/**
 * Claims of tokens, and their validity.
 *
 * @module
 */

import type { OrganizationId } from './identity.ts'
import { type AccessKeyId, type Credential, isUsable, type PrincipalId } from './principal.ts'
import type { ImpersonationRole, RoleId } from './role.ts'
import type { Moment } from './validity.ts'

export type TokenClaims = Readonly<{
  organizationId: OrganizationId
  principalId: PrincipalId
  accessKeyId: AccessKeyId
  roleId: RoleId
  /** Policy version of the role when the token was issued. */
  roleVersion: number
  /** Short value that identifies the store's epoch. */
  epoch: string
  /** Unix time in milliseconds. A token has it in whole seconds, rounded down. */
  expiresAt: number
}>

/** Current values with which the claims of a token are compared. A value is undefined if the store has none. */
export type TokenEvidence = Readonly<{
  credential: Credential | undefined
  role: ImpersonationRole | undefined
  /** Short value that identifies the store's epoch. */
  epoch: string | undefined
}>

export const isExpired = ({ expiresAt }: TokenClaims, { at, latest = at }: Moment): boolean =>
  latest >= expiresAt

/**
 * Returns the credential of a signed token if the token is valid: it has the store's epoch and has not expired, the
 * credential can be used, and the tokens of the role were not revoked since. The decision checks whether the role exists.
 */
export function credentialOfToken(
  claims: TokenClaims,
  { credential, role, epoch }: TokenEvidence,
  moment: Moment,
): Credential | undefined {
  const isValid =
    credential !== undefined &&
    epoch === claims.epoch &&
    !isExpired(claims, moment) &&
    isUsable(credential, moment) &&
    credential.principal.id === claims.principalId &&
    credential.principal.organizationId === claims.organizationId &&
    (role === undefined || claims.roleVersion >= role.tokensValidFrom)
  return isValid ? credential : undefined
}
