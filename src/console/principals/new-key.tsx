/**
 * Dialog that creates an access key, and then shows its secret once.
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
import { gatewayNow } from '../api/clock.ts'
import type { Principal } from '../api/principals.ts'
import { Copy } from '../parts/copy.tsx'
import { ActDialog } from '../parts/dialog.tsx'
import { endProblem, type Period, periodProblem } from '../parts/period.ts'
import { PeriodFields } from '../parts/period-fields.tsx'
import { useSession } from '../session/session.ts'
import { timesOfKey } from './key-period.tsx'
import { basicNameOf } from './policy-words.ts'

type CreatedKey = Output<'EwsGateway.CreateAccessKey'>

const PROTECTIONS = [
  { value: 'ALLOW', label: 'Optional' },
  { value: 'REQUIRE', label: 'Required' },
] as const

type Protection = (typeof PROTECTIONS)[number]['value']

type Props = { principal: Principal; onClose: () => void }

export function CreateKeyDialog({ principal, onClose }: Props) {
  const { call } = useSession()
  const [period, setPeriod] = useState<Period>({})
  const [isTried, setTried] = useState(false)
  const [ExtendedProtection, setProtection] = useState<Protection>('ALLOW')
  const [created, setCreated] = useState<CreatedKey>()
  if (created) return <KeyCreated created={created} principal={principal} onClose={onClose} />
  const problem = periodProblem(period) ?? endProblem(period, gatewayNow() / 1_000)
  const create = async () => {
    setTried(true)
    if (problem !== undefined) throw new Error(problem)
    setCreated(
      await call('EwsGateway.CreateAccessKey', {
        PrincipalId: principal.PrincipalId,
        ExtendedProtection,
        ...timesOfKey(period),
      }),
    )
  }
  return (
    <ActDialog
      title={`Create access key for ${principal.Name}`}
      action="Create access key"
      onAct={create}
      onCancel={onClose}
    >
      <Box>Existing access keys don't change.</Box>
      <PeriodFields
        period={period}
        problem={isTried && problem}
        withoutEnd="the maximum, 366 days by default"
        onChange={setPeriod}
      />
      <FormField
        label="Extended protection"
        description="Windows authentication (NTLM) with this key: choose Required if the tool sends a channel binding and an integrity code, as exchangelib and .NET do. Then a sign-in can't be relayed."
      >
        <Select
          selectedOption={PROTECTIONS.find(({ value }) => value === ExtendedProtection) ?? null}
          options={PROTECTIONS}
          onChange={({ detail }) =>
            setProtection(
              PROTECTIONS.find(({ value }) => value === detail.selectedOption.value)?.value ??
                'ALLOW',
            )
          }
        />
      </FormField>
    </ActDialog>
  )
}

type KeyCreatedProps = { created: CreatedKey; principal: Principal; onClose: () => void }

function KeyCreated({ created, principal, onClose }: KeyCreatedProps) {
  const userName = basicNameOf(principal.Policy)
  return (
    <Modal
      visible
      size="medium"
      header={`Access key created for ${principal.Name}`}
      // Neither a click outside of the dialog nor Esc closes it, because it shows the secret only once.
      onDismiss={({ detail }) => detail.reason === 'closeButton' && onClose()}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="l">
        <Alert type="warning" header="Save this secret access key. You can't view it again.">
          Copy both values to the tool before you close this dialog. If you lose the secret access
          key, create another access key.
        </Alert>
        <KeyValuePairs
          columns={1}
          items={[
            {
              label: 'Access key ID',
              value: <Copy value={created.AccessKeyId} what="Access key ID" />,
            },
            {
              label: 'Secret access key',
              value: <Copy value={created.SecretAccessKey} what="Secret access key" />,
            },
          ]}
        />
        {userName !== 'NONE' && (
          <Box color="text-body-secondary">
            {userName === 'KEY'
              ? 'If the tool uses Basic authentication, enter the access key ID as the user name and the secret access key as the password.'
              : `If the tool uses Basic authentication, enter the name of the role, a backslash, and the access key ID as the user name (role\\${created.AccessKeyId}), and the secret access key as the password.`}
          </Box>
        )}
      </SpaceBetween>
    </Modal>
  )
}
