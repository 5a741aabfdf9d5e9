/**
 * Permissions that an action needs in addition to its own.
 *
 * @module
 */

import { evaluatePolicy } from '../policy/iam.ts'
import type { Call } from './action.ts'
import { ApiError } from './errors.ts'

/**
 * Requires the permission of one of some actions that make the same change.
 *
 * @param names - actions of the gateway, the one that the message names first
 * @param what - what makes the change, for the message
 * @throws ApiError AccessDeniedException
 */
export function requireOne(
  { principal, organization, sourceAddress, at, secure }: Call,
  names: readonly [string, ...string[]],
  what: string,
): void {
  const isAllowed = (name: string) =>
    evaluatePolicy(principal.policy, {
      action: `ewsgateway:${name}`,
      organizationId: organization.id,
      sourceIp: sourceAddress,
      at,
      secureTransport: secure,
    }) === 'Allow'
  if (names.some(isAllowed)) return
  throw new ApiError(
    'AccessDeniedException',
    `User: ${principal.name} (${principal.id}) is not authorized to perform: ewsgateway:${names[0]}, which ${what} needs, because it changes what this action changes`,
  )
}
