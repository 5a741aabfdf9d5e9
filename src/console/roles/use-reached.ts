/**
 * Finds out whether a role reaches users, and one of them for the examples of the console.
 *
 * @module
 */

import type { Role } from '../api/roles.ts'
import { useQuery } from '../parts/query.ts'
import { useSession } from '../session/session.ts'

export const EXAMPLE_MAILBOX = 'user@example.com'

/** Members are undefined until they are known, and if the policy doesn't allow reading users. */
export type Reached = Readonly<{
  /** Address of a user that the role reaches. */
  mailbox: string | undefined
  /** Number of users that the role reaches. */
  users: number | undefined
}>

export function useReached({ ImpersonationRoleId }: Role): Reached {
  const { may } = useSession()
  const { data } = useQuery(
    'EwsGateway.ListRoleReach',
    may('ewsgateway:ListRoleReach')
      ? { ImpersonationRoleId, Effect: 'ALLOW', MaxResults: 1 }
      : undefined,
  )
  return { mailbox: data?.Users[0]?.Email, users: data?.Totals.Allowed }
}
