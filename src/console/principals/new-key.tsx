/**
 * A new access key: how long it is good, then its secret, which is told once.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Modal from '@cloudscape-design/components/modal'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { Output } from '../api/actions.ts'
import type { Principal } from '../api/principals.ts'
import { Copy } from '../parts/copy.tsx'
import { ActDialog } from '../parts/dialog.tsx'
import { useSession } from '../session/session.ts'
import { basicNameOf } from './policy-words.ts'

type CreatedKey = Output<'EwsGateway.CreateAccessKey'>

const SPANS = [
  { value: '', label: 'Never' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
]

type Props = { principal: Principal; onClose: () => void }

export function CreateKeyDialog({ principal, onClose }: Props) {
  const { call } = useSession()
  const [days, setDays] = useState('')
  const [made, setMade] = useState<CreatedKey>()
  if (made) return <KeyCreated made={made} principal={principal} onClose={onClose} />
  const make = async () => {
    const ExpiresTime = Math.ceil(Date.now() / 1_000) + Number(days) * 86_400
    setMade(
      await call('EwsGateway.CreateAccessKey', {
        PrincipalId: principal.PrincipalId,
        ...(days !== '' && { ExpiresTime }),
      }),
    )
  }
  return (
    <ActDialog
      title={`New key for ${principal.Name}`}
      action="Create key"
      onAct={make}
      onCancel={onClose}
    >
      <Box>Keys that are there stay as they are.</Box>
      <FormField label="It expires" description="It cannot be changed later.">
        <Select
          selectedOption={SPANS.find(({ value }) => value === days) ?? null}
          options={SPANS}
          onChange={({ detail }) => setDays(detail.selectedOption.value ?? '')}
        />
      </FormField>
    </ActDialog>
  )
}

type ToldProps = { made: CreatedKey; principal: Principal; onClose: () => void }

function KeyCreated({ made, principal, onClose }: ToldProps) {
  const { session } = useSession()
  const name = basicNameOf(principal.Policy, session.organizationId)
  return (
    <Modal
      visible
      size="medium"
      header={`New key of ${principal.Name}`}
      // Nothing but its buttons closes it: the secret is told only here.
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
        <Alert type="warning" header="The secret is told only now">
          Copy both into the tool before you close this. If it is lost, make another key.
        </Alert>
        <KeyValuePairs
          columns={1}
          items={[
            {
              label: 'Access key id',
              value: <Copy value={made.AccessKeyId} what="Access key id" />,
            },
            {
              label: 'Secret access key',
              value: <Copy value={made.SecretAccessKey} what="Secret access key" />,
            },
          ]}
        />
        {name !== 'NOT_AT_ALL' && (
          <Box color="text-body-secondary">
            {name === 'KEY'
              ? 'For a tool with user name and password they are just that.'
              : `For a tool with user name and password the user name is the role, a backslash and the id: role\\${made.AccessKeyId}.`}
          </Box>
        )}
      </SpaceBetween>
    </Modal>
  )
}
