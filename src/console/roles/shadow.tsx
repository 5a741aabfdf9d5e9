/**
 * Tab with the draft that is attached to a role: what it changes, and what it has made different.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { Role } from '../api/roles.ts'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { ShadowDifferences } from './shadow-differences.tsx'
import { ShadowReplay } from './shadow-replay.tsx'
import { ShadowSummary } from './shadow-summary.tsx'

type Props = { role: Role; onChanged: () => void }

export function RoleShadow({ role, onChanged }: Props) {
  const { may } = useSession()
  const { ImpersonationRoleId } = role
  const { data, error, reload } = useQuery('EwsGateway.GetRoleShadow', { ImpersonationRoleId })
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="the draft" />
  const { Draft, ...shadow } = data
  if (Draft === undefined) return <NoDraft role={role} />
  return (
    <SpaceBetween size="l">
      <ShadowSummary
        role={role}
        shadow={shadow}
        draft={Draft}
        onChanged={() => {
          reload()
          onChanged()
        }}
      />
      {may('ewsgateway:ListShadowDifferences') && (
        <ShadowDifferences key={shadow.Version} roleId={ImpersonationRoleId} />
      )}
      {may('ewsgateway:ReplayShadow') && (
        <ShadowReplay key={`replay-${shadow.Version}`} roleId={ImpersonationRoleId} />
      )}
    </SpaceBetween>
  )
}

function NoDraft({ role }: { role: Role }) {
  const { may } = useSession()
  const mayTry = may('ewsgateway:PutRoleShadow') && may('ewsgateway:PutImpersonationRole')
  return (
    <Container header={<Header variant="h2">Draft</Header>}>
      <Empty
        title="No draft"
        action={
          mayTry && (
            <Button
              onClick={() => go(`/roles/${encodeURIComponent(role.ImpersonationRoleId)}/edit`)}
            >
              Edit role
            </Button>
          )
        }
      >
        A draft shows what a change would deny or allow, without an effect on requests. Edit the
        role, and choose Try as draft instead of saving the changes.
      </Empty>
    </Container>
  )
}
