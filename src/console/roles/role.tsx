/**
 * Page of one impersonation role: its settings, its principals, and recent decisions.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import ContentLayout from '@cloudscape-design/components/content-layout'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Tabs from '@cloudscape-design/components/tabs'
import { useState } from 'react'
import type { Role } from '../api/roles.ts'
import { useQuery } from '../parts/query.ts'
import { useSearch } from '../parts/search.ts'
import { Failed, Loading } from '../parts/states.tsx'
import type { PageProps } from '../routing/route.ts'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { usePageName } from '../shell/crumb.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { GiveRoleDialog } from './give-dialog.tsx'
import { LastDecisions } from './last-decisions.tsx'
import { LockDialog, UnlockDialog } from './lock-dialog.tsx'
import { LockText } from './lock-text.tsx'
import { RulesNotice } from './nobody-notice.tsx'
import { ProtectionNotice } from './protection-notice.tsx'
import { RoleReach } from './reach.tsx'
import { RevokeTokensDialog } from './revoke-tokens-dialog.tsx'
import { type RoleDialog, RoleHeader } from './role-header.tsx'
import { RolePrincipals } from './role-principals.tsx'
import { RoleProfile } from './role-profile.tsx'
import { closedInWords } from './role-state.ts'
import { RoleSummary } from './role-summary.tsx'
import { RoleUse } from './role-use.tsx'
import { AllowAllNotice } from './rule-dialog.tsx'
import { RulesTable } from './rules-table.tsx'
import { RoleShadow } from './shadow.tsx'
import { TestDialog } from './test-dialog.tsx'
import { isAllowAll } from './words.ts'

/** ID of the tab that is shown first. */
const DETAILS = 'details'

export function RolePage({ params }: PageProps) {
  const { data, error, reload } = useQuery('EwsGateway.DescribeImpersonationRole', {
    ImpersonationRoleId: params['roleId'] ?? '',
  })
  usePageName(data?.Name)
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="the role" />
  return <Shown role={data} onChanged={reload} />
}

function Shown({ role, onChanged }: { role: Role; onChanged: () => void }) {
  const { may } = useSession()
  const { params, change } = useSearch()
  const [dialog, setDialog] = useState<RoleDialog>()
  /** Changes after each action, which makes principals and decisions load again. */
  const [turn, setTurn] = useState(0)
  const close = () => setDialog(undefined)
  const changed = () => {
    close()
    setTurn(turn + 1)
    onChanged()
  }
  const { ImpersonationRoleId: id } = role
  return (
    <ContentLayout header={<RoleHeader role={role} turn={turn} onOpen={setDialog} />}>
      <SpaceBetween size="l">
        <Notices role={role} />
        <ProtectionNotice role={role} />
        <Tabs
          ariaLabel="Role"
          activeTabId={params.get('tab') ?? DETAILS}
          onChange={({ detail: { activeTabId: tab } }) =>
            change(() => new URLSearchParams(tab === DETAILS ? {} : { tab }))
          }
          tabs={[
            {
              id: DETAILS,
              label: 'Details',
              content: (
                <SpaceBetween size="l">
                  <RoleSummary role={role} />
                  {may('ewsgateway:ListRoleProfiles') && (
                    <RoleProfile role={role} onChanged={changed} />
                  )}
                  <RulesTable rules={role.Rules} />
                  {may('ewsgateway:ListRolePrincipals') && (
                    <RolePrincipals key={`principals-${turn}`} roleId={id} />
                  )}
                  {may('ewsgateway:SummarizeDecisions') && <RoleUse roleId={id} />}
                  {may('ewsgateway:ListDecisions') && (
                    <LastDecisions key={`decisions-${turn}`} roleId={id} />
                  )}
                </SpaceBetween>
              ),
            },
            ...(may('ewsgateway:ListRoleReach')
              ? [{ id: 'reach', label: 'Reach', content: <RoleReach role={role} /> }]
              : []),
            ...(may('ewsgateway:GetRoleShadow')
              ? [
                  {
                    id: 'draft',
                    label: 'Draft',
                    content: <RoleShadow role={role} onChanged={changed} />,
                  },
                ]
              : []),
          ]}
        />
      </SpaceBetween>
      {dialog === 'test' && <TestDialog roleId={id} name={role.Name} onClose={close} />}
      {dialog === 'give' && <GiveRoleDialog role={role} onClose={changed} />}
      {dialog === 'lock' && <LockDialog role={role} onDone={changed} onCancel={close} />}
      {dialog === 'unlock' && <UnlockDialog role={role} onDone={changed} onCancel={close} />}
      {dialog === 'revoke-tokens' && (
        <RevokeTokensDialog role={role} onDone={changed} onCancel={close} />
      )}
      {dialog === 'delete' && (
        <DeleteDialog role={role} onDone={() => go('/roles')} onCancel={close} />
      )}
    </ContentLayout>
  )
}

function Notices({ role }: { role: Role }) {
  const { State, Lock, Rules, AllowRules, Unreadable, UnknownUsers, UnknownGroups } = role
  const unknown = [...UnknownUsers, ...UnknownGroups]
  return (
    <>
      {Unreadable && (
        <Alert type="error" header="This gateway does not understand the role">
          Another version has stored parts that this version does not understand:{' '}
          {Unreadable.join(', ')}. The gateway denies all requests in this role. Upgrade the
          gateway, or replace the role with PutImpersonationRole of the API.
        </Alert>
      )}
      {State === 'LOCKED' && !Unreadable && (
        <Alert type="error" header="This role is locked">
          <div>The gateway denies all requests in this role.</div>
          {Lock && <LockText lock={Lock} />}
        </Alert>
      )}
      {(State === 'ENDED' || State === 'NOT_YET') && (
        <Alert type="error" header={`This role ${closedInWords(role)}`}>
          The gateway denies all requests in this role
          {State === 'ENDED'
            ? '. To extend it, edit the role, and change Valid until.'
            : ' until then.'}
        </Alert>
      )}
      <RulesNotice role={role} />
      {AllowRules > 0 && Rules.some(isAllowAll) && <AllowAllNotice />}
      {unknown.length > 0 && (
        <Alert type="warning" header="The rules name deleted users or groups">
          Deny rules or exceptions contain IDs of deleted users or groups: {unknown.join(', ')}.
          They don't apply if the same user or group now has another ID: in this case, edit the role
          and select the user or group again. To find out who had an ID, call ListFormerNames of the
          API for a user, or look for DeleteGroup among the changes in the audit for a group.
        </Alert>
      )}
    </>
  )
}
