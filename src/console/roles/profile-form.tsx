/**
 * Fields of the profile of a role.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ProfileInput } from '../api/roles.ts'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import { NO_PROFILE } from './form.ts'
import { Phrases } from './phrases.tsx'
import { ProfileFields } from './profile-fields.tsx'

type Props = { profile: ProfileInput; onChange: (profile: ProfileInput) => void }

export function ProfileForm({ profile, onChange }: Props) {
  const { data, error, reload } = useQuery('EwsGateway.ListRoleProfiles', {})
  const chosen = data?.Profiles.find(({ Profile: name }) => name === profile.Profile)
  return (
    <ExpandableSection
      variant="container"
      headerText="Profile"
      defaultExpanded={profile.Profile !== NO_PROFILE || profile.Operations !== undefined}
      headerDescription="Limits the role to what a kind of tool needs, below its type and guard."
    >
      {error !== undefined && <Failed error={error} onRetry={reload} />}
      {error === undefined && data === undefined && <Loading what="the profiles" />}
      {data && (
        <SpaceBetween size="l">
          <ProfileFields profile={profile} profiles={data} onChange={onChange} />
          {chosen && (
            <Box>
              <Phrases title="The role can" phrases={chosen.Can} />
              <Phrases title="The role can't" phrases={chosen.Cannot} />
            </Box>
          )}
        </SpaceBetween>
      )}
    </ExpandableSection>
  )
}
