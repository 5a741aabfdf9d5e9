/**
 * Use of a role over time.
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
