/**
 * The access keys of a principal, and the way from an old one to a new one.
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
import { useQuery } from '../parts/query.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { Ago, Time } from '../parts/time.tsx'
import { useSession } from '../session/session.ts'
import { type KeyAction, KeyDialog } from './key-dialog.tsx'
import { keyStateOf } from './key-state.ts'
import { CreateKeyDialog } from './new-key.tsx'
import { RotationAdvice } from './rotation.tsx'

const AT_MOST = 2

export function Keys({ principal }: { principal: Principal }) {
  const { may } = useSession()
  const { data, error, isLoading, reload } = useQuery('EwsGateway.ListAccessKeys', {
    PrincipalId: principal.PrincipalId,
  })
  const [isCreating, setCreating] = useState(false)
  const [question, setQuestion] = useState<KeyAction>()
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  const keys = data?.AccessKeys ?? []
  const create = may('ewsgateway:CreateAccessKey') && (
    <Button
      disabled={keys.length >= AT_MOST}
      disabledReason="A principal has two keys at most: delete one first"
      onClick={() => setCreating(true)}
    >
      {keys.length === 0 ? 'Create key' : 'Replace key'}
    </Button>
  )
  return (
    <>
      <SpaceBetween size="s">
        <RotationAdvice
          keys={keys}
          reload={reload}
          onRetire={key => setQuestion({ act: 'DISABLE', key })}
        />
        <Table
          columnDefinitions={[...COLUMNS, ...buttons(may, setQuestion)]}
          items={keys}
          trackBy="AccessKeyId"
          loading={isLoading && data === undefined}
          loadingText="Loading keys"
          header={
            <Header
              variant="h2"
              counter={data && `(${keys.length} of ${AT_MOST})`}
              description="Two at a time, so that one can be replaced while the other is in use. Last use is known to the minute."
              actions={create}
            >
              Access keys
            </Header>
          }
          empty={
            <Empty title="No keys yet" action={create}>
              Without a key nobody can act as this principal.
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
      {question && (
        <KeyDialog
          question={question}
          onClose={() => {
            setQuestion(undefined)
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
    header: 'Access key id',
    minWidth: 220,
    isRowHeader: true,
    cell: ({ AccessKeyId }) => <Copy value={AccessKeyId} what="Access key id" />,
  },
  { id: 'state', header: 'State', minWidth: 130, cell: key => <State of={key} /> },
  {
    id: 'used',
    header: 'Last used',
    minWidth: 120,
    cell: ({ DateLastUsed }) => <Ago at={DateLastUsed} />,
  },
  {
    id: 'created',
    header: 'Created',
    minWidth: 120,
    cell: ({ DateCreated }) => <Ago at={DateCreated} />,
  },
  {
    id: 'expires',
    header: 'Expires',
    minWidth: 130,
    cell: ({ ExpiresTime }) => (ExpiresTime === undefined ? 'Never' : <Time at={ExpiresTime} />),
  },
]

function buttons(
  may: ReturnType<typeof useSession>['may'],
  ask: (question: KeyAction) => void,
): TableProps.ColumnDefinition<AccessKey>[] {
  const [mayUpdate, mayDelete] = [
    may('ewsgateway:UpdateAccessKey'),
    may('ewsgateway:DeleteAccessKey'),
  ]
  if (!mayUpdate && !mayDelete) return []
  const button = (act: KeyAction['act'], word: string, key: AccessKey) => (
    <Button
      variant="inline-link"
      ariaLabel={`${word} ${key.AccessKeyId}`}
      onClick={() => ask({ act, key })}
    >
      {word}
    </Button>
  )
  return [
    {
      id: 'actions',
      header: 'Actions',
      minWidth: 160,
      cell: key => (
        <SpaceBetween direction="horizontal" size="xs">
          {mayUpdate &&
            (key.Enabled ? button('DISABLE', 'Disable', key) : button('ENABLE', 'Enable', key))}
          {mayDelete && button('DELETE', 'Delete', key)}
        </SpaceBetween>
      ),
    },
  ]
}

function State({ of }: { of: AccessKey }) {
  const state = keyStateOf(of, Date.now() / 1_000)
  if (state === 'EXPIRED') return <StatusIndicator type="error">Expired</StatusIndicator>
  if (state === 'DISABLED') return <StatusIndicator type="stopped">Disabled</StatusIndicator>
  if (state === 'EXPIRES_SOON')
    return <StatusIndicator type="warning">Expires soon</StatusIndicator>
  return <StatusIndicator type="success">Active</StatusIndicator>
}
