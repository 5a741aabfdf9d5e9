/**
 * The dialog that gives a role to a tool: principal, policy and key in one step, told once.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Modal from '@cloudscape-design/components/modal'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { Given, Role } from '../api/roles.ts'
import { Copy } from '../parts/copy.tsx'
import { ActDialog } from '../parts/dialog.tsx'
import { PublicUrlNotice } from '../parts/public-url.tsx'
import { useSession } from '../session/session.ts'
import { FirstRequest } from './first-request.tsx'
import { nameProblem } from './form.ts'

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
  const [given, setGiven] = useState<Given>()
  const problem = nameProblem(name, 'tool')
  const give = async () => {
    setTried(true)
    if (problem !== undefined) throw new Error(problem)
    setGiven(
      await call('EwsGateway.GiveRoleToTool', {
        ImpersonationRoleId: role.ImpersonationRoleId,
        Name: name.trim(),
        ...(days !== '' && { ExpiresTime: Math.ceil(Date.now() / 1_000) + Number(days) * 86_400 }),
      }),
    )
  }
  if (given) return <Told given={given} name={name.trim()} onClose={onClose} />
  return (
    <ActDialog
      title={`Give ${role.Name} to a tool`}
      action="Make a key"
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
        errorText={isTried && problem}
      >
        <Input
          value={name}
          onChange={({ detail }) => setName(detail.value)}
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

function Told({ given, name, onClose }: { given: Given; name: string; onClose: () => void }) {
  const { may } = useSession()
  return (
    <Modal
      visible
      size="large"
      header={`${name} can act now`}
      // Nothing but the button closes it: the password is told only here.
      onDismiss={({ detail }) => detail.reason !== 'overlay' && onClose()}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="l">
        <Alert type="warning" header="The password is told only now">
          Put all three into the tool before you close this. If it is lost, make a new key.
        </Alert>
        {given.EwsUrl === undefined && <PublicUrlNotice />}
        <KeyValuePairs
          columns={1}
          items={[
            ...(given.EwsUrl === undefined
              ? []
              : [{ label: 'EWS URL', value: <Copy value={given.EwsUrl} what="EWS URL" /> }]),
            { label: 'User name', value: <Copy value={given.UserName} what="User name" /> },
            { label: 'Password', value: <Copy value={given.Password} what="Password" /> },
          ]}
        />
        <Box color="text-body-secondary">
          In the tool choose Basic authentication and turn impersonation on. What can do without
          passwords asks AssumeImpersonationRole for a token with the same key.
        </Box>
        {may('ewsgateway:ListDecisions') && <FirstRequest principalId={given.PrincipalId} />}
      </SpaceBetween>
    </Modal>
  )
}
