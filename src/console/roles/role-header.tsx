/**
 * Header of a role's page, with its actions.
 *
 * @module
 */

import Badge from '@cloudscape-design/components/badge'
import Button from '@cloudscape-design/components/button'
import ButtonDropdown from '@cloudscape-design/components/button-dropdown'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { Role } from '../api/roles.ts'
import { useQuery } from '../parts/query.ts'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { ROLE_STATES } from './role-state.ts'

/** Dialogs of the page. */
export type RoleDialog = 'test' | 'give' | 'lock' | 'unlock' | 'revoke-tokens' | 'delete'

type Props = {
  role: Role
  /** Changes after each action, which makes the badge load again. */
  turn: number
  onOpen: (dialog: RoleDialog) => void
}

export function RoleHeader({ role, turn, onOpen }: Props) {
  const { may } = useSession()
  const { ImpersonationRoleId: id, State } = role
  const isLocked = State === 'LOCKED'
  const more = [
    { id: 'lock', text: 'Lock role', may: !isLocked && may('ewsgateway:LockImpersonationRole') },
    {
      id: 'unlock',
      text: 'Unlock role',
      may: isLocked && may('ewsgateway:UnlockImpersonationRole'),
    },
    {
      id: 'revoke-tokens',
      text: 'Revoke active tokens',
      may: may('ewsgateway:RevokeImpersonationRoleTokens'),
    },
    { id: 'delete', text: 'Delete role', may: may('workmail:DeleteImpersonationRole') },
  ].filter(item => item.may)
  return (
    <Header
      variant="h1"
      description={role.Description}
      info={
        <SpaceBetween direction="horizontal" size="xs">
          {State !== 'ACTIVE' && <Badge color="red">{ROLE_STATES[State]}</Badge>}
          {may('ewsgateway:GetRoleShadow') && <DraftBadge key={turn} roleId={id} />}
        </SpaceBetween>
      }
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          {more.length > 0 && (
            <ButtonDropdown
              items={more.map(({ id: item, text }) => ({ id: item, text }))}
              onItemClick={({ detail }) => onOpen(detail.id as RoleDialog)}
            >
              Actions
            </ButtonDropdown>
          )}
          {may('ewsgateway:ExplainDecision') && (
            <Button onClick={() => onOpen('test')}>Test role</Button>
          )}
          {may('ewsgateway:PutImpersonationRole') && (
            <Button onClick={() => go(`/roles/${encodeURIComponent(id)}/edit`)}>Edit role</Button>
          )}
          {may('ewsgateway:GiveRoleToTool') && (
            <Button variant="primary" onClick={() => onOpen('give')}>
              Create access key
            </Button>
          )}
        </SpaceBetween>
      }
    >
      {role.Name}
    </Header>
  )
}

/** Says that a draft is attached to the role. */
function DraftBadge({ roleId }: { roleId: string }) {
  const { data } = useQuery('EwsGateway.GetRoleShadow', { ImpersonationRoleId: roleId })
  return data?.Draft && <Badge color="blue">Draft attached</Badge>
}
