/**
 * Dialogs that lock and unlock a role.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Select from '@cloudscape-design/components/select'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import { gatewayNow } from '../api/clock.ts'
import type { Role } from '../api/roles.ts'
import { ActDialog } from '../parts/dialog.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { Optional } from '../parts/optional.tsx'
import { useSession } from '../session/session.ts'
import { LockText } from './lock-text.tsx'

type Props = { role: Role; onDone: () => void; onCancel: () => void }

const DURATIONS = [
  { value: '', label: 'Until you unlock the role' },
  { value: '3600', label: '1 hour' },
  { value: '86400', label: '1 day' },
  { value: '604800', label: '1 week' },
]

export function LockDialog({ role, onDone, onCancel }: Props) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const [message, setMessage] = useState('')
  const [duration, setDuration] = useState('')
  const lock = async () => {
    await call('EwsGateway.LockImpersonationRole', {
      ImpersonationRoleId: role.ImpersonationRoleId,
      ExpectedVersion: role.Version,
      ...(message.trim() !== '' && { Message: message.trim() }),
      ...(duration !== '' && { ExpiresTime: Math.ceil(gatewayNow() / 1_000) + Number(duration) }),
    })
    succeeded(`Locked role ${role.Name}. The gateway denies its requests and ends its streams.`)
    onDone()
  }
  return (
    <ActDialog title={`Lock role ${role.Name}`} action="Lock role" onAct={lock} onCancel={onCancel}>
      <Box>
        While the role is locked, the gateway denies all requests in this role, ends open streams,
        and issues no tokens for it. The rules don't change.
      </Box>
      <FormField
        label={<Optional>Message</Optional>}
        description="Tools receive this message when a request is denied. For example, say who can help."
        constraintText="At most 256 characters."
        errorText={[...message].length > 256 && 'Enter at most 256 characters.'}
      >
        <Textarea
          value={message}
          rows={2}
          onChange={({ detail }) => setMessage(detail.value)}
          placeholder="Closed for the audit. Ask the help desk."
        />
      </FormField>
      <FormField label="Duration">
        <Select
          selectedOption={DURATIONS.find(({ value }) => value === duration) ?? null}
          options={DURATIONS}
          onChange={({ detail }) => setDuration(detail.selectedOption.value ?? '')}
        />
      </FormField>
    </ActDialog>
  )
}

export function UnlockDialog({ role, onDone, onCancel }: Props) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const unlock = async () => {
    await call('EwsGateway.UnlockImpersonationRole', {
      ImpersonationRoleId: role.ImpersonationRoleId,
      ExpectedVersion: role.Version,
    })
    succeeded(`Unlocked role ${role.Name}. Its rules apply again.`)
    onDone()
  }
  return (
    <ActDialog
      title={`Unlock role ${role.Name}`}
      action="Unlock role"
      onAct={unlock}
      onCancel={onCancel}
    >
      {role.Lock && (
        <Box>
          <LockText lock={role.Lock} />
        </Box>
      )}
      <Box>
        The rules of the role apply again. Tokens that were issued before the lock work again until
        they expire. To end them, revoke them first.
      </Box>
    </ActDialog>
  )
}
