/**
 * Says that a role has an exception from the protection of mailboxes.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import { gatewayNow } from '../api/clock.ts'
import type { Role } from '../api/roles.ts'
import { PageLink } from '../parts/page-link.tsx'
import { useQuery } from '../parts/query.ts'
import { Time } from '../parts/time.tsx'
import { useSession } from '../session/session.ts'

export function ProtectionNotice({ role }: { role: Role }) {
  const { may } = useSession()
  const { data } = useQuery(
    'EwsGateway.GetProtectedMailboxes',
    may('ewsgateway:GetProtectedMailboxes') ? {} : undefined,
  )
  const inForce = data?.Exceptions.filter(
    ({ ImpersonationRoleId, NotAfter }) =>
      ImpersonationRoleId === role.ImpersonationRoleId && NotAfter * 1_000 > gatewayNow(),
  )
  return inForce?.map(({ NotAfter, Reason }) => (
    <Alert
      key={`${NotAfter} ${Reason}`}
      type="warning"
      header="This role can reach protected mailboxes"
    >
      The exception ends <Time at={NotAfter} />. Reason: {Reason}.{' '}
      <PageLink path="/protected-mailboxes">Protected mailboxes</PageLink>
    </Alert>
  ))
}
