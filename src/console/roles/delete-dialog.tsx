/**
 * Dialog that deletes a role after the user typed its name.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import { gatewayNow } from '../api/clock.ts'
import type { Role } from '../api/roles.ts'
import { ActDialog } from '../parts/dialog.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { useQuery } from '../parts/query.ts'
import { Ago } from '../parts/time.tsx'
import { useSession } from '../session/session.ts'

/** Period for which the dialog shows the use of the role, in seconds. */
const PERIOD_SECONDS = 30 * 86_400

type Props = { role: Role; onDone: () => void; onCancel: () => void }

export function DeleteDialog({ role, onDone, onCancel }: Props) {
  const { call, may } = useSession()
  const { succeeded } = useFlashes()
  const [typed, setTyped] = useState('')
  const remove = async () => {
    await call('WorkMailService.DeleteImpersonationRole', {
      ImpersonationRoleId: role.ImpersonationRoleId,
    })
    succeeded(`Deleted role ${role.Name}.`)
    onDone()
  }
  return (
    <ActDialog
      title={`Delete role ${role.Name}`}
      action="Delete role"
      isDisabled={typed !== role.Name}
      onAct={remove}
      onCancel={onCancel}
    >
      <Box>
        The role and its {role.Rules.length === 1 ? 'rule' : `${role.Rules.length} rules`} are
        permanently deleted, and all requests in this role are denied. To deny requests only for
        some time, lock the role instead.
      </Box>
      {may('ewsgateway:SummarizeDecisions') && <RecentUse roleId={role.ImpersonationRoleId} />}
      <FormField label={`To confirm, enter ${role.Name}`}>
        <Input value={typed} onChange={({ detail }) => setTyped(detail.value)} autoFocus />
      </FormField>
    </ActDialog>
  )
}

function RecentUse({ roleId }: { roleId: string }) {
  const [until] = useState(() => Math.ceil(gatewayNow() / 1_000) + 60)
  const { data } = useQuery('EwsGateway.SummarizeDecisions', {
    StartTime: until - PERIOD_SECONDS,
    EndTime: until,
    GroupBy: ['PRINCIPAL'],
    Filters: [{ Property: 'ROLE', Operator: 'EQUALS', Value: roleId }],
  })
  if (data === undefined) return null
  if (data.Rows.length === 0)
    return <Alert type="info">No principal used this role in the last 30 days.</Alert>
  return (
    <Alert type="warning" header="This role was used recently">
      <ul className="plain">
        {data.Rows.map(({ PrincipalId, PrincipalName, Requests, LastUsed }) => (
          <li key={PrincipalId ?? ''}>
            {PrincipalName ?? PrincipalId ?? 'A deleted principal'}: {Requests.toLocaleString()}{' '}
            requests in 30 days, last used <Ago at={LastUsed} />
          </li>
        ))}
      </ul>
    </Alert>
  )
}
