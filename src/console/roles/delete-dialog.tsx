/**
 * The dialog that deletes a role, once its name is typed.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import type { Role } from '../api/roles.ts'
import { ActDialog } from '../parts/dialog.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { useQuery } from '../parts/query.ts'
import { Ago } from '../parts/time.tsx'
import { useSession } from '../session/session.ts'

/** In seconds: who used it since then loses something. */
const LATELY = 30 * 86_400

type Props = { role: Role; onDone: () => void; onCancel: () => void }

export function DeleteDialog({ role, onDone, onCancel }: Props) {
  const { call, may } = useSession()
  const { succeeded } = useFlashes()
  const [typed, setTyped] = useState('')
  const remove = async () => {
    await call('WorkMailService.DeleteImpersonationRole', {
      ImpersonationRoleId: role.ImpersonationRoleId,
    })
    succeeded(`${role.Name} is deleted.`)
    onDone()
  }
  return (
    <ActDialog
      title={`Delete ${role.Name}?`}
      action="Delete"
      isDisabled={typed !== role.Name}
      onAct={remove}
      onCancel={onCancel}
    >
      <Box>
        The role and its {role.Rules.length === 1 ? 'rule' : `${role.Rules.length} rules`} are gone
        for good, and every tool that acts in it is refused. To stop them for a while only, lock it.
      </Box>
      {may('ewsgateway:SummarizeDecisions') && <UsedLately roleId={role.ImpersonationRoleId} />}
      <FormField label={`To confirm, type the name of the role: ${role.Name}`}>
        <Input value={typed} onChange={({ detail }) => setTyped(detail.value)} autoFocus />
      </FormField>
    </ActDialog>
  )
}

function UsedLately({ roleId }: { roleId: string }) {
  const [until] = useState(() => Math.ceil(Date.now() / 1_000) + 60)
  const { data } = useQuery('EwsGateway.SummarizeDecisions', {
    StartTime: until - LATELY,
    EndTime: until,
    GroupBy: ['PRINCIPAL'],
    Filters: [{ Property: 'ROLE', Operator: 'EQUALS', Value: roleId }],
  })
  if (data === undefined) return null
  if (data.Rows.length === 0) return <Alert type="info">Nobody used it in the last 30 days.</Alert>
  return (
    <Alert type="warning" header="It was used lately">
      <ul className="plain">
        {data.Rows.map(({ PrincipalId, PrincipalName, Requests, LastUsed }) => (
          <li key={PrincipalId ?? ''}>
            {PrincipalName ?? PrincipalId ?? 'A deleted principal'}: {Requests.toLocaleString()}{' '}
            requests in 30 days, last <Ago at={LastUsed} />
          </li>
        ))}
      </ul>
    </Alert>
  )
}
