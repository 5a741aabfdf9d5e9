/**
 * Use of a principal's access keys and tokens over time.
 *
 * @module
 */

import { UseOverTime } from '../use/use-over-time.tsx'

export const PrincipalUse = ({ principalId }: { principalId: string }) => (
  <UseOverTime
    filter={{ Property: 'PRINCIPAL', Operator: 'EQUALS', Value: principalId }}
    groups={['ROLE']}
    description="Requests with the access keys and tokens of this principal."
  />
)
