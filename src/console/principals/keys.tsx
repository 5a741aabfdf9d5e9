/**
 * Table of a principal's access keys, with steps to replace one.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import type { AccessKey, Principal } from '../api/principals.ts'
import { Copy } from '../parts/copy.tsx'
import { PeriodText } from '../parts/period-fields.tsx'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { Ago } from '../parts/time.tsx'
import { useSession } from '../session/session.ts'
import { type KeyAction, KeyDialog } from './key-dialog.tsx'
import { KeyPeriodDialog, periodOfKey } from './key-period.tsx'
import { CreateKeyDialog } from './new-key.tsx'
import { RotationAdvice } from './rotation.tsx'

const MAX_KEYS = 2

/** The dialog that is open. */
type Opened = KeyAction | { act: 'DATES'; key: AccessKey }

export function Keys({ principal }: { principal: Principal }) {
  const { may } = useSession()
  const { data, error, isLoading, reload } = useQuery('EwsGateway.ListAccessKeys', {
    PrincipalId: principal.PrincipalId,
  })
  const [isCreating, setCreating] = useState(false)
  const [keyAction, setKeyAction] = useState<Opened>()
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  const keys = data?.AccessKeys ?? []
  const create = may('ewsgateway:CreateAccessKey') && (
    <Button
      disabled={keys.length >= MAX_KEYS}
      disabledReason="A principal can have at most two access keys. Delete one first."
      onClick={() => setCreating(true)}
    >
      {keys.length === 0 ? 'Create access key' : 'Replace access key'}
    </Button>
  )
  return (
    <>
      <SpaceBetween size="s">
        <RotationAdvice
          keys={keys}
          reload={reload}
          onRetire={key => setKeyAction({ act: 'DISABLE', key })}
        />
        <Table
          columnDefinitions={[...COLUMNS, ...buttons(may, setKeyAction)]}
          items={keys}
          trackBy="AccessKeyId"
          wrapLines
          loading={isLoading && data === undefined}
          loadingText="Loading access keys"
          header={
            <Header
              variant="h2"
              counter={data && `(${keys.length} of ${MAX_KEYS})`}
              description="With two keys, you can replace one while the tool still uses the other. The time of the last use is accurate to the minute."
              actions={create}
            >
              Access keys
            </Header>
          }
          empty={
            <Empty title="No access keys" action={create}>
              The principal needs an access key to sign in.
            </Empty>
          }
        />
      </SpaceBetween>
      {isCreating && (
        <CreateKeyDialog
          principal={principal}
          onClose={() => {
            setCreating(false)
            reload()
          }}
        />
      )}
      {keyAction?.act === 'DATES' && (
        <KeyPeriodDialog
          of={keyAction.key}
          onClose={() => {
            setKeyAction(undefined)
            reload()
          }}
        />
      )}
      {keyAction && keyAction.act !== 'DATES' && (
        <KeyDialog
          keyAction={keyAction}
          onClose={() => {
            setKeyAction(undefined)
            reload()
          }}
        />
      )}
    </>
  )
}

const COLUMNS: TableProps.ColumnDefinition<AccessKey>[] = [
  {
    id: 'id',
    header: 'Access key ID',
    minWidth: 230,
    isRowHeader: true,
    cell: ({ AccessKeyId }) => <Copy value={AccessKeyId} what="Access key ID" />,
  },
  { id: 'state', header: 'Status', minWidth: 105, cell: key => <State of={key} /> },
  {
    id: 'used',
    header: 'Last used',
    minWidth: 105,
    cell: ({ DateLastUsed }) => <Ago at={DateLastUsed} />,
  },
  {
    id: 'created',
    header: 'Created',
    minWidth: 105,
    cell: ({ DateCreated }) => <Ago at={DateCreated} />,
  },
  {
    id: 'expires',
    header: 'Validity',
    minWidth: 95,
    cell: key => <PeriodText period={periodOfKey(key)} />,
  },
  {
    id: 'protection',
    header: 'Extended protection',
    minWidth: 105,
    cell: ({ ExtendedProtection }) => (ExtendedProtection === 'REQUIRE' ? 'Required' : 'Optional'),
  },
]

function buttons(
  may: ReturnType<typeof useSession>['may'],
  open: (keyAction: Opened) => void,
): TableProps.ColumnDefinition<AccessKey>[] {
  const [mayUpdate, mayDelete] = [
    may('ewsgateway:UpdateAccessKey'),
    may('ewsgateway:DeleteAccessKey'),
  ]
  if (!mayUpdate && !mayDelete) return []
  const button = (act: Opened['act'], word: string, key: AccessKey) => (
    <Button
      variant="inline-link"
      ariaLabel={`${word} ${key.AccessKeyId}`}
      onClick={() => open({ act, key })}
    >
      {word}
    </Button>
  )
  return [
    {
      id: 'actions',
      header: 'Actions',
      minWidth: 140,
      cell: key => (
        <SpaceBetween direction="horizontal" size="xs">
          {mayUpdate &&
            (key.Enabled ? button('DISABLE', 'Disable', key) : button('ENABLE', 'Enable', key))}
          {mayUpdate && button('DATES', 'Change dates', key)}
          {mayDelete && button('DELETE', 'Delete', key)}
        </SpaceBetween>
      ),
    },
  ]
}

function State({ of }: { of: AccessKey }) {
  const { State: state } = of
  if (state === 'EXPIRED') return <StatusIndicator type="error">Expired</StatusIndicator>
  if (state === 'DISABLED') return <StatusIndicator type="stopped">Disabled</StatusIndicator>
  if (state === 'EXPIRES_SOON')
    return <StatusIndicator type="warning">Expires soon</StatusIndicator>
  if (state === 'NOT_YET') return <StatusIndicator type="pending">Not valid yet</StatusIndicator>
  return <StatusIndicator type="success">Active</StatusIndicator>
}
