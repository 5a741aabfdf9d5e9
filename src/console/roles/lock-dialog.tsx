/**
 * The dialogs that lock and unlock a role.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Select from '@cloudscape-design/components/select'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import type { Role } from '../api/roles.ts'
import { ActDialog } from '../parts/dialog.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { useSession } from '../session/session.ts'

type Props = { role: Role; onDone: () => void; onCancel: () => void }

const SPANS = [
  { value: '', label: 'Until it is unlocked' },
  { value: '3600', label: 'For an hour' },
  { value: '86400', label: 'For a day' },
  { value: '604800', label: 'For a week' },
]

export function LockDialog({ role, onDone, onCancel }: Props) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const [message, setMessage] = useState('')
  const [span, setSpan] = useState('')
  const lock = async () => {
    await call('EwsGateway.LockImpersonationRole', {
      ImpersonationRoleId: role.ImpersonationRoleId,
      ExpectedVersion: role.Version,
      ...(message.trim() !== '' && { Message: message.trim() }),
      ...(span !== '' && { ExpiresTime: Math.ceil(Date.now() / 1_000) + Number(span) }),
    })
    succeeded(`${role.Name} is locked: its requests are refused, and streams in it are cut.`)
    onDone()
  }
  return (
    <ActDialog title={`Lock ${role.Name}?`} action="Lock" onAct={lock} onCancel={onCancel}>
      <Box>
        Every request in this role is denied at once, open streams are cut off, and no tokens are
        issued for it. The rules stay as they are.
      </Box>
      <FormField
        label={
          <>
            Message <i>- optional</i>
          </>
        }
        description="Tools see it in the refusal: say whom to ask."
        errorText={[...message].length > 256 && 'A message has 256 characters at most.'}
      >
        <Textarea
          value={message}
          rows={2}
          onChange={({ detail }) => setMessage(detail.value)}
          placeholder="Closed for the audit: ask the help desk"
        />
      </FormField>
      <FormField label="How long">
        <Select
          selectedOption={SPANS.find(({ value }) => value === span) ?? null}
          options={SPANS}
          onChange={({ detail }) => setSpan(detail.selectedOption.value ?? '')}
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
    succeeded(`${role.Name} is unlocked: its rules count again.`)
    onDone()
  }
  return (
    <ActDialog title={`Unlock ${role.Name}?`} action="Unlock" onAct={unlock} onCancel={onCancel}>
      <Box>
        Its rules apply again. Tokens that were issued before the lock work again until they expire.
        To end them, revoke them first.
      </Box>
    </ActDialog>
  )
}
