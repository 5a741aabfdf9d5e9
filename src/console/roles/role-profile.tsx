/**
 * Profile of a role, and the dialog that changes it.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { Profile, ProfileInput, Profiles, Role } from '../api/roles.ts'
import { ActDialog } from '../parts/dialog.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import { useSession } from '../session/session.ts'
import { NO_PROFILE, profileOf } from './form.ts'
import { Phrases } from './phrases.tsx'
import { ProfileFields } from './profile-fields.tsx'
import { useTryDraft } from './try-draft.ts'
import { TAKES_EFFECT } from './words.ts'

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
          description="Limits the role to some operations and folders, in addition to its type and guard."
          actions={
            may('ewsgateway:PutImpersonationRole') &&
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
        <Box>{purposeOf(role.Profile.Profile, profile)}</Box>
        {profile && <Phrases title="The role can" phrases={profile.Can} />}
        {Allowed && <Box>Only these operations: {Allowed.join(', ') || 'none'}</Box>}
        {Denied.length > 0 && <Box>Not these operations: {Denied.join(', ')}</Box>}
      </SpaceBetween>
      {isOpen && (
        <ProfileDialog
          role={role}
          profiles={data}
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

function purposeOf(name: string, profile: Profile | undefined): string {
  if (name === NO_PROFILE) return 'No profile'
  return profile === undefined
    ? `${name}. This version of the gateway doesn't know this profile, so it denies all operations.`
    : `${name}. ${profile.Purpose}`
}

const profileNamed = (profiles: readonly Profile[], name: string): Profile | undefined =>
  profiles.find(({ Profile: known }) => known === name)

type DialogProps = {
  role: Role
  profiles: Profiles
  onDone: () => void
  onCancel: () => void
}

function ProfileDialog({ role, profiles, onDone, onCancel }: DialogProps) {
  const { call, may } = useSession()
  const { succeeded } = useFlashes()
  const tryDraft = useTryDraft()
  const [profile, setProfile] = useState<ProfileInput>(() => profileOf(role.Profile))
  const save = async () => {
    await call('EwsGateway.PutImpersonationRole', {
      ImpersonationRoleId: role.ImpersonationRoleId,
      ExpectedVersion: role.Version,
      Profile: profile,
    })
    succeeded(`Saved the profile of role ${role.Name}. ${TAKES_EFFECT}`)
    onDone()
  }
  const [before, after] = [role.Profile.Profile, profile.Profile].map(name =>
    profileNamed(profiles.Profiles, name),
  )
  return (
    <ActDialog
      title={`Change profile of ${role.Name}`}
      action="Save profile"
      onAct={save}
      other={
        may('ewsgateway:PutRoleShadow') && {
          action: 'Try as draft',
          onAct: () => tryDraft(role, { Rules: role.Rules, Profile: profile }),
        }
      }
      onCancel={onCancel}
    >
      <ProfileFields profile={profile} profiles={profiles} onChange={setProfile} />
      <ColumnLayout columns={2}>
        <Phrases title="Now, the role can" phrases={before?.Can ?? EVERYTHING} />
        <Phrases title="After the change, it can" phrases={after?.Can ?? EVERYTHING} />
      </ColumnLayout>
      {after && <Phrases title="After the change, it can't" phrases={after.Cannot} />}
    </ActDialog>
  )
}

const EVERYTHING: readonly string[] = ['do everything that its type and its guard allow']
