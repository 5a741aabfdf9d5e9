/**
 * Permissions that an action needs in addition to its own.
 *
 * @module
 */

import type { Permission } from '../model/permissions.ts'
import { type Unprotected, unprotectedBy } from '../model/protection.ts'
import { evaluateNow } from '../policy/iam.ts'
import type { Call } from './action.ts'
import { ApiError } from './errors.ts'

/**
 * Makes a change of groups. If it ends the protection of mailboxes, requires the permission that ends it directly.
 *
 * @returns the result, and what is no longer protected
 * @throws ApiError AccessDeniedException, which undoes the change
 */
export async function keepingProtection<T>(
  call: Call,
  change: () => Promise<T>,
): Promise<Readonly<{ result: T; unprotected: Unprotected | undefined }>> {
  const { store } = call.ports
  const before = await store.protectedMembers(call.organization.id)
  const result = await change()
  const unprotected = unprotectedBy(before, await store.protectedMembers(call.organization.id))
  if (unprotected !== undefined) requireEndOfProtection(call)
  return { result, unprotected }
}

/** @throws ApiError AccessDeniedException unless the caller can end the protection of mailboxes */
export const requireEndOfProtection = (call: Call): void =>
  requirePermission(
    call,
    'ewsgateway:PutProtectedMailboxes',
    'a change that ends the protection of mailboxes',
  )

/**
 * Requires a permission beside that of the action.
 *
 * @param what - what needs it, for the message
 * @throws ApiError AccessDeniedException
 */
export function requirePermission(
  { principal, organization, sourceAddress, secure, at, latest }: Call,
  permission: Permission,
  what: string,
): void {
  const circumstances = {
    organizationId: organization.id,
    sourceIp: sourceAddress,
    secureTransport: secure,
  }
  const asked = { ...circumstances, action: permission }
  if (evaluateNow(principal.policy, asked, { at, latest }) === 'Allow') return
  throw new ApiError(
    'AccessDeniedException',
    `User: ${principal.name} (${principal.id}) is not authorized to perform: ${permission}, which ${what} needs, because it changes what this action changes`,
  )
}
