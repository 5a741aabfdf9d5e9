/**
 * Page with the users and groups whose mailboxes no role reaches, and the exceptions.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { Protection } from '../api/protection.ts'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import { useSession } from '../session/session.ts'
import { AddException } from './add-exception.tsx'
import { useSave } from './change.ts'
import { Exceptions } from './exceptions.tsx'
import { ProtectMailboxes } from './protect-mailboxes.tsx'
import { ProtectedTable } from './protected-table.tsx'

const PUT = 'ewsgateway:PutProtectedMailboxes'

export function ProtectedMailboxesPage() {
  const { data, error, reload } = useQuery('EwsGateway.GetProtectedMailboxes', {})
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="the protected mailboxes" />
  return <Shown protection={data} reload={reload} />
}

function Shown({ protection, reload }: { protection: Protection; reload: () => void }) {
  const { may } = useSession()
  const [dialog, setDialog] = useState<'protect' | 'exception'>()
  const save = useSave(protection, reload)
  const close = () => setDialog(undefined)
  const mayPut = may(PUT)
  const maySearch = may('ewsgateway:SearchUsers') || may('workmail:ListGroups')
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="No role reaches these mailboxes, whatever its rules and its guard say now or later. An exception lets one role reach them until a time."
          actions={
            mayPut &&
            maySearch && (
              <Button variant="primary" onClick={() => setDialog('protect')}>
                Protect mailboxes
              </Button>
            )
          }
        >
          Protected mailboxes
        </Header>
      }
    >
      <SpaceBetween size="l">
        {!mayPut && <ReadOnly />}
        {protection.OpaqueIds === 'allow' && <OpaqueIds />}
        <ProtectedTable
          kind="user"
          rows={protection.Users.map(({ UserId, PrimarySmtpAddress }) => ({
            id: UserId,
            name: PrimarySmtpAddress,
          }))}
          save={mayPut ? save : undefined}
        />
        <ProtectedTable
          kind="group"
          rows={protection.Groups.map(({ GroupId, Name }) => ({ id: GroupId, name: Name }))}
          save={mayPut ? save : undefined}
        />
        <Exceptions
          exceptions={protection.Exceptions}
          save={mayPut ? save : undefined}
          onAdd={() => setDialog('exception')}
        />
      </SpaceBetween>
      {dialog === 'protect' && <ProtectMailboxes save={save} onClose={close} />}
      {dialog === 'exception' && <AddException save={save} onClose={close} />}
    </ContentLayout>
  )
}

const ReadOnly = () => (
  <Alert type="info" header="You can't change the protected mailboxes">
    Your policy doesn't allow {PUT}. This permission can end the protection, so few principals have
    it. Ask an administrator who has it.
  </Alert>
)

const OpaqueIds = () => (
  <Alert type="warning" header="Only names and impersonation are protected">
    The server can have IDs that don't say whose mailbox they are in, and the configuration accepts
    such IDs (opaqueIds: allow). No role can impersonate a protected user, or name the mailbox. But
    a tool that already has such an ID of a protected item can use it, if the impersonated user can
    open the item on the server.
  </Alert>
)
