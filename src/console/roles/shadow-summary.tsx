/**
 * Parts of a role that its draft changes, and the actions on the draft.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useState } from 'react'
import type { Role } from '../api/roles.ts'
import type { Shadow } from '../api/shadows.ts'
import { Confirm } from '../parts/confirm.tsx'
import { Differences } from '../parts/differences.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { Time } from '../parts/time.tsx'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { formOf, profileOf } from './form.ts'
import { textsOf } from './role-parts.ts'
import { useRuleDescription } from './rule-description.ts'
import { draftOfShadow, useTryDraft } from './try-draft.ts'
import { TAKES_EFFECT } from './words.ts'

type Props = {
  role: Role
  shadow: Omit<Shadow, 'Draft'>
  draft: NonNullable<Shadow['Draft']>
  onChanged: () => void
}

export function ShadowSummary({ role, shadow, draft, onChanged }: Props) {
  const { may } = useSession()
  const [dialog, setDialog] = useState<'enforce' | 'discard'>()
  const close = () => setDialog(undefined)
  const { AttachedBy, DateAttached } = shadow
  return (
    <SpaceBetween size="l">
      {shadow.RoleChanged && <RoleChanged role={role} draft={draft} onAttached={onChanged} />}
      <Changes
        role={role}
        draft={draft}
        description={
          <>
            The gateway also decides each request with the draft, and records the difference. The
            draft has no effect on requests.
            {DateAttached !== undefined && (
              <>
                {' '}
                {AttachedBy?.Name} attached it on <Time at={DateAttached} />.
              </>
            )}
          </>
        }
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            {may('ewsgateway:DeleteRoleShadow') && (
              <Button onClick={() => setDialog('discard')}>Discard draft</Button>
            )}
            {may('ewsgateway:PutRoleShadow') && may('ewsgateway:PutImpersonationRole') && (
              <Button
                onClick={() =>
                  go(`/roles/${encodeURIComponent(role.ImpersonationRoleId)}/edit?from=draft`)
                }
              >
                Edit draft
              </Button>
            )}
            {may('ewsgateway:EnforceRoleShadow') && (
              <Button
                variant="primary"
                disabled={shadow.RoleChanged === true}
                onClick={() => setDialog('enforce')}
              >
                Enforce draft
              </Button>
            )}
          </SpaceBetween>
        }
      />
      {dialog === 'enforce' && (
        <Enforce role={role} shadow={shadow} onDone={onChanged} onClose={close} />
      )}
      {dialog === 'discard' && (
        <Discard role={role} shadow={shadow} onDone={onChanged} onClose={close} />
      )}
    </SpaceBetween>
  )
}

type ChangesProps = Pick<Props, 'role' | 'draft'> & {
  description: ReactNode
  actions: ReactNode
}

/** Compares the parts of a role that a draft replaces. */
function Changes({ role, draft, description, actions }: ChangesProps) {
  const saved = formOf(role)
  const drafted = {
    ...saved,
    type: draft.Type,
    rules: draft.Rules,
    guard: draft.Guard,
    profile: profileOf(draft.Profile),
  }
  const describe = useRuleDescription([...saved.rules, ...drafted.rules])
  return (
    <Differences
      header={
        <Header variant="h2" description={description} actions={actions}>
          Draft
        </Header>
      }
      empty="The draft is the same as the role."
      versions={[
        { header: 'Role', texts: textsOf(saved, describe) },
        { header: 'Draft', texts: textsOf(drafted, describe) },
      ]}
    />
  )
}

type ChangedProps = Pick<Props, 'role' | 'draft'> & { onAttached: () => void }

function RoleChanged({ role, draft, onAttached }: ChangedProps) {
  const tryDraft = useTryDraft()
  const { failed } = useFlashes()
  const { may } = useSession()
  const attach = () => tryDraft(role, draftOfShadow(draft)).then(onAttached, failed)
  return (
    <Alert
      type="warning"
      header="The role was changed after the draft was attached"
      action={
        may('ewsgateway:PutRoleShadow') && (
          <Button onClick={() => void attach()}>Attach draft again</Button>
        )
      }
    >
      The draft would undo the change, so it can't be enforced. Compare it with the role. If you
      still want it, attach it again. It keeps its differences.
    </Alert>
  )
}

type DialogProps = Pick<Props, 'role' | 'shadow'> & { onDone: () => void; onClose: () => void }

function Enforce({ role, shadow, onDone, onClose }: DialogProps) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  return (
    <Confirm
      title={`Enforce draft of ${role.Name}`}
      verb="Enforce draft"
      onClose={onClose}
      act={async () => {
        await call('EwsGateway.EnforceRoleShadow', {
          ImpersonationRoleId: role.ImpersonationRoleId,
          ExpectedVersion: shadow.RoleVersion,
          ExpectedShadowVersion: shadow.Version,
        })
        succeeded(`Enforced the draft of ${role.Name}. ${TAKES_EFFECT}`)
        onDone()
      }}
    >
      <Alert type="warning">
        The draft replaces the type, rules, guard, and profile of the role. Requests that the draft
        denies are denied. The list of differences is removed with the draft.
      </Alert>
    </Confirm>
  )
}

function Discard({ role, shadow, onDone, onClose }: DialogProps) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  return (
    <Confirm
      title={`Discard draft of ${role.Name}`}
      verb="Discard draft"
      onClose={onClose}
      act={async () => {
        await call('EwsGateway.DeleteRoleShadow', {
          ImpersonationRoleId: role.ImpersonationRoleId,
          ExpectedVersion: shadow.Version,
        })
        succeeded(`Discarded the draft of ${role.Name}. The role stays as it is.`)
        onDone()
      }}
    >
      The draft and its list of differences are removed. The role stays as it is.
    </Confirm>
  )
}
