/**
 * The guard against giving away more than one has.
 *
 * @module
 */

import type { PolicyDocument } from '../model/iam.ts'
import { excessOf } from '../policy/containment.ts'
import type { Call } from './action.ts'
import { ApiError } from './errors.ts'
import { quoteSome } from './problems.ts'

/**
 * Lets a caller bring a policy to life only where it allows nothing that the caller's own does not.
 *
 * @throws ApiError AccessDeniedException, with everything that is too much
 */
export function refuseExcess({ principal, organization }: Call, policy: PolicyDocument): void {
  const excess = excessOf(policy, principal.policy, organization.id)
  if (excess.length === 0) return
  throw new ApiError(
    'AccessDeniedException',
    `User: ${principal.name} (${principal.id}) can give nobody more than its own policy certainly allows: ${quoteSome(excess)}`,
  )
}
