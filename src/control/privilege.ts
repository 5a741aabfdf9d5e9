/**
 * Prevents privilege escalation: a caller cannot grant permissions that the caller does not have.
 *
 * @module
 */

import type { PolicyDocument } from '../model/iam.ts'
import type { Principal } from '../model/principal.ts'
import type { Validity } from '../model/validity.ts'
import { excessOf } from '../policy/containment.ts'
import type { Call } from './action.ts'
import { ApiError } from './errors.ts'
import { quoteSome } from './problems.ts'

/**
 * Requires that a policy allows nothing that the caller's own policy does not allow.
 *
 * @throws ApiError AccessDeniedException, with every excess permission
 */
export function requireNoExcess({ principal, organization }: Call, policy: PolicyDocument): void {
  const excess = excessOf(policy, principal.policy, organization.id)
  if (excess.length === 0) return
  throw new ApiError(
    'AccessDeniedException',
    `User: ${principal.name} (${principal.id}) cannot grant more than its own policy allows: ${quoteSome(excess)}`,
  )
}

/**
 * Requires a principal that this version understands. For any other, it can't be determined what a credential of the
 * principal would allow.
 *
 * @throws ApiError EntityStateException
 */
export function requireReadable({ name, unreadable }: Principal): void {
  if (unreadable === undefined) return
  throw new ApiError(
    'EntityStateException',
    `This version of the gateway does not understand parts of ${name}: ${unreadable.join(', ')}. Give its Policy, Enabled, and Period in EwsGateway.UpdatePrincipal first, or use the version that wrote it`,
  )
}

/**
 * Requires that access ends no later than the caller's own principal, if that has an end.
 *
 * @throws ApiError AccessDeniedException
 */
export function requireNoLonger({ principal }: Call, { notAfter }: Validity): void {
  const { notAfter: own } = principal
  if (own === undefined || (notAfter !== undefined && notAfter <= own)) return
  throw beyondOwnEnd(principal, own)
}

/** Returns the error about a change that gives access after the end of the caller. */
export const beyondOwnEnd = ({ id, name }: Principal, end: number) =>
  new ApiError(
    'AccessDeniedException',
    `User: ${name} (${id}) cannot grant access beyond its own end, ${new Date(end).toISOString()}`,
  )
