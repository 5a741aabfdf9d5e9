/**
 * Buttons that edit, disable, enable, and delete a principal.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { Principal } from '../api/principals.ts'
import { Confirm } from '../parts/confirm.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'

type Props = { principal: Principal; reload: () => void }

export function PrincipalActions({ principal, reload }: Props) {
  const { may } = useSession()
  const [dialog, setDialog] = useState<'DELETE' | 'SWITCH'>()
  const close = () => setDialog(undefined)
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {may('ewsgateway:DeletePrincipal') && (
        <Button onClick={() => setDialog('DELETE')}>Delete principal</Button>
      )}
      {may('ewsgateway:UpdatePrincipal') && (
        <Button onClick={() => setDialog('SWITCH')}>
          {principal.Enabled ? 'Disable principal' : 'Enable principal'}
        </Button>
      )}
      {may('ewsgateway:UpdatePrincipal') && (
        <Button onClick={() => go(`/principals/${principal.PrincipalId}/edit`)}>
          Edit principal
        </Button>
      )}
      {dialog === 'DELETE' && <Delete principal={principal} onClose={close} />}
      {dialog === 'SWITCH' && <Switch principal={principal} onClose={close} reload={reload} />}
    </SpaceBetween>
  )
}

function Delete({ principal, onClose }: { principal: Principal; onClose: () => void }) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const { PrincipalId, Name } = principal
  const act = async () => {
    await call('EwsGateway.DeletePrincipal', { PrincipalId })
    succeeded(`Deleted principal ${Name} and its access keys.`)
    go('/principals')
  }
  return (
    <Confirm
      title={`Delete principal ${Name}`}
      verb="Delete principal"
      typed={Name}
      act={act}
      onClose={onClose}
    >
      <Box>
        The principal and its access keys are permanently deleted. Requests with its access keys and
        tokens are rejected. The audit keeps the records of the principal.
      </Box>
      <OwnPrincipalWarning principal={principal} />
    </Confirm>
  )
}

function Switch({ principal, onClose, reload }: Props & { onClose: () => void }) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const { PrincipalId, Name, Version } = principal
  const Enabled = !principal.Enabled
  const act = async () => {
    await call('EwsGateway.UpdatePrincipal', { PrincipalId, Enabled, ExpectedVersion: Version })
    succeeded(`${Enabled ? 'Enabled' : 'Disabled'} principal ${Name}.`)
    reload()
  }
  const verb = Enabled ? 'Enable' : 'Disable'
  return (
    <Confirm
      title={`${verb} principal ${Name}`}
      verb={`${verb} principal`}
      act={act}
      onClose={onClose}
    >
      <Box>
        {Enabled
          ? 'Tools can use the access keys of this principal again, unless they are disabled or expired.'
          : 'Requests with the access keys and tokens of this principal are rejected until you enable it.'}
      </Box>
      <OwnPrincipalWarning principal={principal} />
    </Confirm>
  )
}

/** Warns an administrator that the action ends their own session. */
function OwnPrincipalWarning({ principal }: { principal: Principal }) {
  const { session } = useSession()
  if (session.principalId !== principal.PrincipalId || !principal.Enabled) return null
  return (
    <Alert type="warning">
      You're signed in as this principal. This action also ends your session.
    </Alert>
  )
}
