/**
 * The dialog that gives a role to a tool: principal, policy and key in one step.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import { useState } from 'react'
import type { Role, ToolCredentials } from '../api/roles.ts'
import { ActDialog } from '../parts/dialog.tsx'
import { takenName } from '../parts/taken.ts'
import { useSession } from '../session/session.ts'
import { nameProblem } from './form.ts'
import { ToolCredentialsDialog } from './given-dialog.tsx'

const SPANS = [
  { value: '', label: 'Never' },
  { value: '7', label: 'In 7 days' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
]

type Props = { role: Role; onClose: () => void }

export function GiveDialog({ role, onClose }: Props) {
  const { call } = useSession()
  const [name, setName] = useState('')
  const [days, setDays] = useState('')
  const [isTried, setTried] = useState(false)
  const [given, setGiven] = useState<ToolCredentials>()
  const [error, setError] = useState<unknown>()
  const problem = nameProblem(name, 'tool')
  const give = async () => {
    setTried(true)
    if (problem !== undefined) throw new Error(problem)
    const made = call('EwsGateway.GiveRoleToTool', {
      ImpersonationRoleId: role.ImpersonationRoleId,
      Name: name.trim(),
      ...(days !== '' && { ExpiresTime: Math.ceil(Date.now() / 1_000) + Number(days) * 86_400 }),
    })
    made.catch(setError)
    setGiven(await made)
  }
  if (given)
    return <ToolCredentialsDialog role={role} given={given} name={name.trim()} onClose={onClose} />
  return (
    <ActDialog
      title={`Give ${role.Name} to a tool`}
      action="Create access key"
      onAct={give}
      onCancel={onClose}
    >
      <Box>
        The tool gets a principal and an access key of its own, which may act in this role and do
        nothing else.
      </Box>
      <FormField
        label="Name of the tool"
        description="What audit and charts call it."
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
      <FormField label="The key expires">
        <Select
          selectedOption={SPANS.find(({ value }) => value === days) ?? null}
          options={SPANS}
          onChange={({ detail }) => setDays(detail.selectedOption.value ?? '')}
        />
      </FormField>
    </ActDialog>
  )
}
