/**
 * Finds a user that a role can impersonate, for the examples of the console.
 *
 * @module
 */

import type { Role } from '../api/roles.ts'
import { useQuery } from '../parts/query.ts'
import { useSession } from '../session/session.ts'

export const EXAMPLE_MAILBOX = 'user@example.com'

/**
 * Returns the address of a user that the role allows; undefined until one is found, or if the policy doesn't allow
 * reading users.
 */
export function useAllowedMailbox({ ImpersonationRoleId }: Role): string | undefined {
  const { may } = useSession()
  const { data } = useQuery(
    'EwsGateway.ListRoleReach',
    may('ewsgateway:ListRoleReach')
      ? { ImpersonationRoleId, Effect: 'ALLOW', MaxResults: 1 }
      : undefined,
  )
  return data?.Users[0]?.Email
}
