/**
 * Shows the requests in a role over time by outcome, its operations, and its denied, failed, and aborted requests.
 *
 * @module
 */

import { UseOverTime } from '../use/use-over-time.tsx'

export const RoleUse = ({ roleId }: { roleId: string }) => (
  <UseOverTime
    filter={{ Property: 'ROLE', Operator: 'EQUALS', Value: roleId }}
    groups={['PRINCIPAL']}
    description="Requests in this role."
  />
)
