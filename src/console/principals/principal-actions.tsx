/**
 * What can be done to a principal: edit, disable or enable, delete.
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
  const [asked, setAsked] = useState<'DELETE' | 'SWITCH'>()
  const close = () => setAsked(undefined)
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {may('ewsgateway:DeletePrincipal') && (
        <Button onClick={() => setAsked('DELETE')}>Delete</Button>
      )}
      {may('ewsgateway:UpdatePrincipal') && (
        <Button onClick={() => setAsked('SWITCH')}>
          {principal.Enabled ? 'Disable' : 'Enable'}
        </Button>
      )}
      {may('ewsgateway:UpdatePrincipal') && (
        <Button onClick={() => go(`/principals/${principal.PrincipalId}/edit`)}>Edit</Button>
      )}
      {asked === 'DELETE' && <Delete principal={principal} onClose={close} />}
      {asked === 'SWITCH' && <Switch principal={principal} onClose={close} reload={reload} />}
    </SpaceBetween>
  )
}

function Delete({ principal, onClose }: { principal: Principal; onClose: () => void }) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const { PrincipalId, Name } = principal
  const act = async () => {
    await call('EwsGateway.DeletePrincipal', { PrincipalId })
    succeeded(`${Name} is deleted, and its keys are.`)
    go('/principals')
  }
  return (
    <Confirm title={`Delete ${Name}`} verb="Delete" typed={Name} act={act} onClose={onClose}>
      <Box>
        Its keys are gone and its tokens end at once: whatever uses them is refused. Neither comes
        back; the audit still tells what it did.
      </Box>
      <Self principal={principal} />
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
    succeeded(`${Name} is ${Enabled ? 'enabled' : 'disabled'}.`)
    reload()
  }
  const verb = Enabled ? 'Enable' : 'Disable'
  return (
    <Confirm title={`${verb} ${Name}`} verb={verb} act={act} onClose={onClose}>
      <Box>
        {Enabled
          ? 'Its keys, as far as they are enabled and not expired, are good again at once.'
          : 'Its keys and tokens are refused from now on, until it is enabled again.'}
      </Box>
      <Self principal={principal} />
    </Confirm>
  )
}

/** Whoever takes away their own key is out. */
function Self({ principal }: { principal: Principal }) {
  const { session } = useSession()
  if (session.principalId !== principal.PrincipalId || !principal.Enabled) return null
  return (
    <Alert type="warning">You are signed in as this principal: it ends your session too.</Alert>
  )
}
