/**
 * Dialog that gives a role to a tool: creates a principal, its policy, and its access key in one step.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import { useState } from 'react'
import { gatewayNow } from '../api/clock.ts'
import type { Role, ToolCredentials } from '../api/roles.ts'
import { ActDialog } from '../parts/dialog.tsx'
import { takenName } from '../parts/taken.ts'
import { useSession } from '../session/session.ts'
import { nameProblem } from './form.ts'
import { ToolCredentialsDialog } from './tool-credentials-dialog.tsx'

const EXPIRATIONS = [
  { value: '', label: 'After the maximum of the organization (366 days by default)' },
  { value: '7', label: 'After 7 days' },
  { value: '30', label: 'After 30 days' },
  { value: '90', label: 'After 90 days' },
  { value: '365', label: 'After 1 year' },
]

type Props = { role: Role; onClose: () => void }

export function GiveRoleDialog({ role, onClose }: Props) {
  const { call } = useSession()
  const [name, setName] = useState('')
  const [days, setDays] = useState('')
  const [isTried, setTried] = useState(false)
  const [credentials, setCredentials] = useState<ToolCredentials>()
  const [error, setError] = useState<unknown>()
  const problem = nameProblem(name, 'tool')
  const give = async () => {
    setTried(true)
    if (problem !== undefined) throw new Error(problem)
    const result = call('EwsGateway.GiveRoleToTool', {
      ImpersonationRoleId: role.ImpersonationRoleId,
      Name: name.trim(),
      ...(days !== '' && { ExpiresTime: Math.ceil(gatewayNow() / 1_000) + Number(days) * 86_400 }),
    })
    result.catch(setError)
    setCredentials(await result)
  }
  if (credentials)
    return (
      <ToolCredentialsDialog
        role={role}
        credentials={credentials}
        name={name.trim()}
        onClose={onClose}
      />
    )
  return (
    <ActDialog
      title="Create access key for a tool"
      action="Create access key"
      onAct={give}
      onCancel={onClose}
    >
      <Box>
        This creates a principal for the tool, with an access key. The principal can act in the role{' '}
        {role.Name}, and do nothing else.
      </Box>
      <FormField
        label="Tool name"
        description="Name of the principal, shown in the audit."
        errorText={takenName(error, name) ?? (isTried && problem)}
      >
        <Input
          value={name}
          onChange={({ detail }) => {
            setName(detail.value)
            setError(undefined)
          }}
          placeholder="backup-server-1"
          autoFocus
        />
      </FormField>
      <FormField label="Expiration">
        <Select
          selectedOption={EXPIRATIONS.find(({ value }) => value === days) ?? null}
          options={EXPIRATIONS}
          onChange={({ detail }) => setDays(detail.selectedOption.value ?? '')}
        />
      </FormField>
    </ActDialog>
  )
}
