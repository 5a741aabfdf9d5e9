/**
 * The dialog that tests a role, saved or still a draft, on a user, an operation and an address.
 *
 * @module
 */

import Autosuggest from '@cloudscape-design/components/autosuggest'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { Draft, Explanation } from '../api/roles.ts'
import { Failed } from '../parts/states.tsx'
import { UserSuggest } from '../parts/user-suggest.tsx'
import { useSession } from '../session/session.ts'
import { Verdict } from './verdict.tsx'
import { OPERATIONS } from './words.ts'

type Props = {
  roleId?: string
  /** Tested in place of the role as it stands. */
  draft?: Draft
  /** Undefined: the draft of a role that has no name yet. */
  name: string
  onClose: () => void
}

type Outcome = { answer?: Explanation; error?: unknown }

export function TestDialog({ roleId, draft, name, onClose }: Props) {
  const { call } = useSession()
  const [user, setUser] = useState('')
  const [operation, setOperation] = useState('GetItem')
  const [address, setAddress] = useState('127.0.0.1')
  const [isBusy, setBusy] = useState(false)
  const [isTried, setTried] = useState(false)
  const [outcome, setOutcome] = useState<Outcome>({})
  const change = (set: (value: string) => void) => (value: string) => {
    set(value)
    setOutcome({})
  }
  const test = async () => {
    setTried(true)
    if (user.trim() === '' || operation.trim() === '' || address.trim() === '') return
    setBusy(true)
    try {
      const answer = await call('EwsGateway.ExplainDecision', {
        ...(roleId !== undefined && { ImpersonationRoleId: roleId }),
        ...(draft !== undefined && { Draft: draft }),
        TargetUser: user.trim(),
        Operation: operation.trim(),
        SourceAddress: address.trim(),
      })
      setOutcome({ answer })
    } catch (error) {
      setOutcome({ error })
    } finally {
      setBusy(false)
    }
  }

  return (
    <Modal
      visible
      size="large"
      header={`Test ${name}`}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Close
            </Button>
            <Button variant="primary" loading={isBusy} onClick={() => void test()}>
              Test
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="l">
        <Box color="text-body-secondary">
          {draft
            ? 'The draft is tested as it stands in the editor. Nothing is saved.'
            : 'The role is tested as it is saved now, at once.'}
        </Box>
        <FormField
          label="Target user"
          description="Whom the tool would impersonate: an address, or any other name the gateway knows."
          errorText={isTried && user.trim() === '' && 'Name a user.'}
        >
          <UserSuggest value={user} onChange={change(setUser)} label="Target user" />
        </FormField>
        <FormField label="Operation" errorText={operation.trim() === '' && 'Name an operation.'}>
          <Autosuggest
            value={operation}
            onChange={({ detail }) => change(setOperation)(detail.value)}
            options={OPERATIONS.map(value => ({ value }))}
            enteredTextLabel={value => `Use ${value}`}
            ariaLabel="Operation"
            empty="None of the usual ones: it can be typed"
            expandToViewport
          />
        </FormField>
        <FormField
          label="Source address"
          description="Where the tool runs: access control rules may look at it."
          errorText={address.trim() === '' && 'Give an IP address.'}
        >
          <Input value={address} onChange={({ detail }) => change(setAddress)(detail.value)} />
        </FormField>
        <div aria-live="polite">
          {outcome.error !== undefined && <Failed error={outcome.error} />}
          {outcome.answer && <Verdict answer={outcome.answer} operation={operation} />}
        </div>
      </SpaceBetween>
    </Modal>
  )
}
