/**
 * What can be done to a user: edit, disable or enable, delete.
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
      {may('ewsgateway:DeleteUser') && <Button onClick={() => setDeleting(true)}>Delete</Button>}
      {may('ewsgateway:PutUser') && <Switch user={user} reload={reload} />}
      {may('ewsgateway:PutUser') && (
        <Button onClick={() => go(`/users/${user.UserId}/edit`)}>Edit</Button>
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
          ? `${user.PrimarySmtpAddress} is enabled: roles decide again who can act as this person.`
          : `${user.PrimarySmtpAddress} is disabled: nobody can act as this person, within 5 minutes everywhere and normally at once.`,
      )
    } catch (error) {
      failed(error)
    }
    reload()
  }
  return (
    <Button loading={isBusy} onClick={() => run(act)}>
      {Enabled ? 'Enable' : 'Disable'}
    </Button>
  )
}

function Delete({ user, onClose }: { user: User; onClose: () => void }) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  return (
    <Confirm
      title={`Delete ${user.PrimarySmtpAddress}`}
      verb="Delete"
      typed={user.PrimarySmtpAddress}
      onClose={onClose}
      act={async () => {
        await call('EwsGateway.DeleteUser', { UserId: user.UserId })
        succeeded(`${user.PrimarySmtpAddress} is deleted.`)
        go('/users')
      }}
    >
      <Box>
        Nobody can act as this person any more. The mailbox itself stays as it is. Rules that name
        the user stay in force, and whoever is created with one of the same addresses is the same
        user again.
      </Box>
    </Confirm>
  )
}
