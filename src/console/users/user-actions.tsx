/**
 * Buttons that edit, disable, enable, and delete a user.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { User } from '../api/users.ts'
import { useAction } from '../parts/action-state.ts'
import { Confirm } from '../parts/confirm.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'

type Props = { user: User; reload: () => void }

export function UserActions({ user, reload }: Props) {
  const { may } = useSession()
  const [isDeleting, setDeleting] = useState(false)
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {may('ewsgateway:DeleteUser') && (
        <Button onClick={() => setDeleting(true)}>Delete user</Button>
      )}
      {may('ewsgateway:PutUser') && <Switch user={user} reload={reload} />}
      {may('ewsgateway:PutUser') && (
        <Button onClick={() => go(`/users/${user.UserId}/edit`)}>Edit user</Button>
      )}
      {isDeleting && <Delete user={user} onClose={() => setDeleting(false)} />}
    </SpaceBetween>
  )
}

function Switch({ user, reload }: Props) {
  const { call } = useSession()
  const { succeeded, failed } = useFlashes()
  const { isBusy, run } = useAction()
  const { Version, ...fields } = user
  const Enabled = !user.Enabled
  const act = async () => {
    try {
      await call('EwsGateway.PutUser', { ...fields, Enabled, ExpectedVersion: Version })
      succeeded(
        Enabled
          ? `Enabled user ${user.PrimarySmtpAddress}. Roles can allow requests for this user again.`
          : `Disabled user ${user.PrimarySmtpAddress}. Gateways normally deny requests for this user within a second, and at most after five minutes.`,
      )
    } catch (error) {
      failed(error)
    }
    reload()
  }
  return (
    <Button loading={isBusy} onClick={() => run(act)}>
      {Enabled ? 'Enable user' : 'Disable user'}
    </Button>
  )
}

function Delete({ user, onClose }: { user: User; onClose: () => void }) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  return (
    <Confirm
      title={`Delete user ${user.PrimarySmtpAddress}`}
      verb="Delete user"
      typed={user.PrimarySmtpAddress}
      onClose={onClose}
      act={async () => {
        await call('EwsGateway.DeleteUser', { UserId: user.UserId })
        succeeded(`Deleted user ${user.PrimarySmtpAddress}.`)
        go('/users')
      }}
    >
      <Box>
        The user can no longer be impersonated. The mailbox doesn't change. Rules that name the user
        still apply. If you create a user with one of these addresses later, this user is restored
        with the same ID.
      </Box>
    </Confirm>
  )
}
