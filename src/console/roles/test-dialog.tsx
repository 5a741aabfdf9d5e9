/**
 * Dialog that tests a saved role or a draft with a request.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { Draft, Explanation } from '../api/roles.ts'
import { Failed } from '../parts/states.tsx'
import { useSession } from '../session/session.ts'
import { hasBody, isComplete, TestFields, type TestInput } from './test-fields.tsx'
import { Verdict } from './verdict.tsx'

type Props = {
  roleId?: string
  /** Draft to test instead of the saved role. */
  draft?: Draft
  /** Text for the title: the name of the role, or a description of the draft. */
  name: string
  onClose: () => void
}

type Outcome = { answer?: Explanation; error?: unknown }

const FIRST: TestInput = {
  user: '',
  operation: 'GetItem',
  address: '127.0.0.1',
  principal: '',
  body: '',
}

const requestOf = (tested: TestInput) => ({
  ...(hasBody(tested)
    ? { RequestBody: tested.body }
    : { TargetUser: tested.user.trim(), Operation: tested.operation.trim() }),
  ...(tested.principal !== '' && { PrincipalId: tested.principal }),
  SourceAddress: tested.address.trim(),
})

export function TestDialog({ roleId, draft, name, onClose }: Props) {
  const { call } = useSession()
  const [tested, setTested] = useState(FIRST)
  const [isBusy, setBusy] = useState(false)
  const [isTried, setTried] = useState(false)
  const [outcome, setOutcome] = useState<Outcome>({})
  const change = (part: Partial<TestInput>) => {
    setTested({ ...tested, ...part })
    setOutcome({})
  }
  const test = async () => {
    setTried(true)
    if (!isComplete(tested)) return
    setBusy(true)
    try {
      const answer = await call('EwsGateway.ExplainDecision', {
        ...(roleId !== undefined && { ImpersonationRoleId: roleId }),
        ...(draft !== undefined && { Draft: draft }),
        ...requestOf(tested),
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
      header={draft ? `Test ${name}` : `Test role ${name}`}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Close
            </Button>
            <Button variant="primary" loading={isBusy} onClick={() => void test()}>
              {draft ? 'Test draft' : 'Test role'}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="l">
        <Box color="text-body-secondary">
          {draft
            ? 'Tests the draft in the editor. Nothing is saved, and no request is sent to the server.'
            : 'Tests the role as it is saved. No request is sent to the server.'}
        </Box>
        <TestFields value={tested} isTried={isTried} onChange={change} />
        <div aria-live="polite">
          {outcome.error !== undefined && (
            <Failed error={outcome.error} title="Cannot test the role" />
          )}
          {outcome.answer && (
            <Verdict
              answer={outcome.answer}
              operation={hasBody(tested) ? 'this request' : tested.operation}
            />
          )}
        </div>
      </SpaceBetween>
    </Modal>
  )
}
