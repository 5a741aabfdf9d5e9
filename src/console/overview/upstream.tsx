/**
 * Dialog that checks the server behind the gateway.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator, {
  type StatusIndicatorProps,
} from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import type { UpstreamCheck } from '../api/overview.ts'
import { Optional } from '../parts/optional.tsx'
import { Failed } from '../parts/states.tsx'
import { UserSuggest } from '../parts/user-suggest.tsx'
import { useSession } from '../session/session.ts'

type Outcome = { checks?: readonly UpstreamCheck[]; error?: unknown }

type Props = { onClose: () => void; onPassed: () => void }

export function UpstreamDialog({ onClose, onPassed }: Props) {
  const { call } = useSession()
  const [user, setUser] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [outcome, setOutcome] = useState<Outcome>({})
  const check = async () => {
    setBusy(true)
    setOutcome({})
    try {
      const { Checks, Passed } = await call(
        'EwsGateway.CheckUpstream',
        user.trim() === '' ? {} : { As: user.trim() },
      )
      setOutcome({ checks: Checks })
      if (Passed) onPassed()
    } catch (error) {
      setOutcome({ error })
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal
      visible
      size="medium"
      header="Check Exchange server"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Close
            </Button>
            <Button variant="primary" loading={isBusy} onClick={() => void check()}>
              Check Exchange server
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="l">
        <Box>
          The gateway checks the host name, connection, TLS, account, server type, impersonation
          permission, and item IDs. It stops at the first failed check and says what to do. It opens
          an inbox, but reads no items.
        </Box>
        <FormField
          label={<Optional>User to impersonate</Optional>}
          description="User whose inbox the gateway opens. By default, it opens the mailbox that neutralMailbox in the configuration names, if there is one."
        >
          <UserSuggest value={user} onChange={setUser} label="User to impersonate" />
        </FormField>
        <div aria-live="polite">
          {outcome.error !== undefined && (
            <Failed error={outcome.error} title="Cannot check the server" />
          )}
          {outcome.checks && <Checks checks={outcome.checks} />}
        </div>
      </SpaceBetween>
    </Modal>
  )
}

const STATUS: Readonly<Record<UpstreamCheck['Result'], StatusIndicatorProps.Type>> = {
  ok: 'success',
  failed: 'error',
  skipped: 'stopped',
}

function Checks({ checks }: { checks: readonly UpstreamCheck[] }) {
  return (
    <ul className="plain">
      {checks.map(({ Name, Result, Detail, Advice }) => (
        <li key={Name}>
          <StatusIndicator type={STATUS[Result]} wrapText>
            {Name}: {Detail}
          </StatusIndicator>
          {Advice !== undefined && <Box padding={{ left: 'l' }}>{Advice}</Box>}
        </li>
      ))}
    </ul>
  )
}
