/**
 * Profile of a role, and the dialog that changes it.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { Profile, Role } from '../api/roles.ts'
import { ActDialog } from '../parts/dialog.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import { useSession } from '../session/session.ts'
import { TAKES_EFFECT } from './words.ts'

const NONE = 'none'

type Props = { role: Role; onChanged: () => void }

/** Shows what a role can do with its profile. */
export function RoleProfile({ role, onChanged }: Props) {
  const { may } = useSession()
  const { data, error, reload } = useQuery('EwsGateway.ListRoleProfiles', {})
  const [isOpen, setOpen] = useState(false)
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="the profile" />
  const profile = profileNamed(data.Profiles, role.Profile.Profile)
  const { Allowed, Denied = [] } = role.Profile.Operations ?? {}
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Operations and folders to which the role is limited, below its type and guard."
          actions={
            may('ewsgateway:PutRoleProfile') && (
              <Button onClick={() => setOpen(true)}>Change profile</Button>
            )
          }
        >
          Profile
        </Header>
      }
    >
      <SpaceBetween size="s">
        <Box>{profile === undefined ? 'No profile' : `${profile.Profile}. ${profile.Purpose}`}</Box>
        {profile && <Phrases title="The role can" phrases={profile.Can} />}
        {Allowed && <Box>Only these operations: {Allowed.join(', ') || 'none'}</Box>}
        {Denied.length > 0 && <Box>Not these operations: {Denied.join(', ')}</Box>}
      </SpaceBetween>
      {isOpen && (
        <ProfileDialog
          role={role}
          profiles={data.Profiles}
          onDone={() => {
            setOpen(false)
            onChanged()
          }}
          onCancel={() => setOpen(false)}
        />
      )}
    </Container>
  )
}

const profileNamed = (profiles: readonly Profile[], name: string): Profile | undefined =>
  profiles.find(({ Profile: known }) => known === name)

function Phrases({ title, phrases }: { title: string; phrases: readonly string[] }) {
  return (
    <Box>
      <Box variant="awsui-key-label">{title}</Box>
      <ul>
        {phrases.map(phrase => (
          <li key={phrase}>{phrase}</li>
        ))}
      </ul>
    </Box>
  )
}

type DialogProps = {
  role: Role
  profiles: readonly Profile[]
  onDone: () => void
  onCancel: () => void
}

function ProfileDialog({ role, profiles, onDone, onCancel }: DialogProps) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const [name, setName] = useState<string>(role.Profile.Profile)
  const options = [
    {
      value: NONE,
      label: 'No profile',
      description: 'Only type, guard, and rules limit the role.',
    },
    ...profiles.map(({ Profile: value, Purpose: description }) => ({
      value,
      label: value,
      description,
    })),
  ]
  const save = async () => {
    const { Operations } = role.Profile
    await call('EwsGateway.PutRoleProfile', {
      ImpersonationRoleId: role.ImpersonationRoleId,
      ExpectedVersion: role.Version,
      Profile: name as Profile['Profile'] | typeof NONE,
      ...(Operations && { Operations }),
    })
    succeeded(`Saved the profile of role ${role.Name}. ${TAKES_EFFECT}`)
    onDone()
  }
  const [before, after] = [role.Profile.Profile, name].map(one => profileNamed(profiles, one))
  return (
    <ActDialog
      title={`Change profile of ${role.Name}`}
      action="Save profile"
      onAct={save}
      onCancel={onCancel}
    >
      <FormField label="Profile">
        <Select
          selectedOption={options.find(({ value }) => value === name) ?? null}
          options={options}
          onChange={({ detail }) => setName(detail.selectedOption.value ?? NONE)}
        />
      </FormField>
      <ColumnLayout columns={2}>
        <Phrases title="Now, the role can" phrases={before?.Can ?? EVERYTHING} />
        <Phrases title="After the change, it can" phrases={after?.Can ?? EVERYTHING} />
      </ColumnLayout>
      {after && <Phrases title="After the change, it can't" phrases={after.Cannot} />}
    </ActDialog>
  )
}

const EVERYTHING: readonly string[] = ['do everything that its type and its guard allow']
