/**
 * Finds the role that a caller assumes, and checks that the caller's credential is valid and its policy allows the role.
 *
 * @module
 */

import type { Reason } from '../model/decision.ts'
import { proofOf } from '../model/external-identity.ts'
import { ASSUME_ROLE } from '../model/iam.ts'
import { type AccessKey, isUsable, type Principal } from '../model/principal.ts'
import { type ImpersonationRole, type RoleId, roleId } from '../model/role.ts'
import { credentialOfToken } from '../model/token.ts'
import { assumesOnly, evaluateNow, onlyRole } from '../policy/iam.ts'
import type { AuthorizationRequest, RequestCaller } from './decision.ts'
import type { Lookup } from './lookup.ts'

/** A caller with its current principal, key, and role, or the reason why it has no role. */
export type Caller = Readonly<{ principal: Principal | undefined; key?: AccessKey | undefined }> &
  Readonly<{ role: ImpersonationRole } | { role: undefined; reason: Reason }>

/** Looks up the caller and the role. Returns undefined if something is missing. */
export function findCaller(request: AuthorizationRequest, lookup: Lookup): Caller | undefined {
  const { caller } = request
  if (caller.kind === 'explained') {
    const role = lookup.find('role', caller.roleId)
    return role && withRole(caller.principal, role.value)
  }
  if (caller.kind === 'key') return findByKey(request, caller, lookup)
  if (caller.kind === 'identity') return findByIdentity(request, caller, lookup)
  return findByToken(request, caller, lookup)
}

/** Parts of a request that the conditions of a policy can compare. */
export type PolicyCircumstances = Pick<
  AuthorizationRequest,
  'organization' | 'sourceAddress' | 'secureTransport' | 'at' | 'latest'
>

/**
 * Whether the principal is enabled, and its policy allows it to assume the role from this address, at this time and at
 * the latest time that the process has seen.
 */
export function mayAssume(
  principal: Principal,
  role: RoleId,
  { organization, sourceAddress, secureTransport, at, latest }: PolicyCircumstances,
): boolean {
  const request = {
    action: ASSUME_ROLE,
    organizationId: organization.id,
    roleId: role,
    sourceIp: sourceAddress,
    secureTransport,
  }
  const isOwn = principal.organizationId === organization.id
  const isAllowed = () => evaluateNow(principal.policy, request, { at, latest }) === 'Allow'
  return principal.enabled && isOwn && isAllowed()
}

const withRole = (
  principal: Principal | undefined,
  role: ImpersonationRole | undefined,
  key?: AccessKey,
): Caller =>
  role === undefined ? withoutRole(principal, 'role-unknown') : { principal, role, key }

const withoutRole = (principal: Principal | undefined, reason: Reason): Caller => ({
  principal,
  role: undefined,
  reason,
})

/**
 * Finds a caller by access key. If the key became invalid while the request was in progress, the request is denied
 * with a fault instead of a 401, because its client was authenticated.
 */
function findByKey(
  request: AuthorizationRequest,
  { keyId, secretHash, roleReference, isUnprotected }: Extract<RequestCaller, { kind: 'key' }>,
  lookup: Lookup,
): Caller | undefined {
  const entry = lookup.find('credential', keyId)
  if (entry === undefined) return undefined
  const credential = entry.value
  if (
    credential === undefined ||
    credential.principal.organizationId !== request.organization.id ||
    !isUsable(credential, request) ||
    !isSame(credential.key.secretHash, secretHash) ||
    (isUnprotected && credential.key.extendedProtection === 'require') ||
    !assumesOnly(credential.principal.policy)
  )
    return withoutRole(undefined, 'role-not-permitted')
  return findRole(credential, roleReference, lookup)
}

/** Finds a caller by an external identity. Its binding can have been removed since the client was authenticated. */
function findByIdentity(
  request: AuthorizationRequest,
  caller: Extract<RequestCaller, { kind: 'identity' }>,
  lookup: Lookup,
): Caller | undefined {
  const entry = lookup.find('identity', caller.reference)
  if (entry === undefined) return undefined
  const bound = entry.value
  const { expiresAt = Number.POSITIVE_INFINITY } = caller
  const { at, latest = at } = request
  if (
    bound === undefined ||
    bound.principal.organizationId !== request.organization.id ||
    !bound.principal.enabled ||
    proofOf(bound.identity) !== caller.identity ||
    latest >= expiresAt ||
    !assumesOnly(bound.principal.policy)
  )
    return withoutRole(undefined, 'credentials-refused')
  return findRole(bound, caller.roleReference, lookup)
}

/** Finds the role that a user name names, or else the only role of the policy. */
function findRole(
  { principal, key }: Readonly<{ principal: Principal; key?: AccessKey }>,
  roleReference: string | undefined,
  lookup: Lookup,
): Caller | undefined {
  if (principal.unreadable) return withoutRole(principal, 'role-not-permitted')
  const reference = roleReference ?? onlyRole(principal.policy)
  if (reference === undefined) return withoutRole(principal, 'role-ambiguous')
  const byId = lookup.find('role', roleId(reference))
  if (byId === undefined) return undefined
  const role = byId.value === undefined ? lookup.find('role-name', reference) : byId
  return role && withRole(principal, role.value, key)
}

function findByToken(
  request: AuthorizationRequest,
  { claims, signingKeyId }: Extract<RequestCaller, { kind: 'token' }>,
  lookup: Lookup,
): Caller | undefined {
  const credential = lookup.find('credential', claims.accessKeyId)
  const role = lookup.find('role', claims.roleId)
  const epoch = lookup.find('epoch', 'current')
  const signingKey = lookup.find('signing-key', signingKeyId)
  if (!credential || !role || !epoch || !signingKey) return undefined
  // The issuer knew this policy version, so this gateway must not decide on an older one.
  if (epoch.value === claims.epoch) lookup.requireVersion(claims.roleVersion)
  const evidence = { credential: credential.value, role: role.value, epoch: epoch.value }
  const current = credentialOfToken(claims, evidence, request)
  const isOwn = claims.organizationId === request.organization.id
  if (!isOwn || signingKey.value === undefined || current === undefined)
    return withoutRole(undefined, 'credentials-refused')
  const { principal, key } = current
  return withRole(principal, role.value, key)
}

/** Compares hashes. Its duration reveals nothing, because the gateway computed both. */
const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a === b || (a.length === b.length && a.every((byte, i) => byte === b[i]))
