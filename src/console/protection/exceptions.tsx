/**
 * Table of the exceptions: roles that reach protected mailboxes until a time.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import { gatewayNow } from '../api/clock.ts'
import type { Exception } from '../api/protection.ts'
import { Confirm } from '../parts/confirm.tsx'
import { isSame } from '../parts/form.ts'
import { PageLink } from '../parts/page-link.tsx'
import { useRoles } from '../parts/roles.ts'
import { Empty } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { useSession } from '../session/session.ts'
import type { Save } from './change.ts'

type Props = {
  exceptions: readonly Exception[]
  /** Undefined if the policy doesn't allow to change them. */
  save: Save | undefined
  onAdd: () => void
}

export function Exceptions({ exceptions, save, onAdd }: Props) {
  const { may } = useSession()
  const { nameOf } = useRoles()
  const [removing, setRemoving] = useState<Exception>()
  return (
    <>
      <Table
        columnDefinitions={[
          ...columns(nameOf, may('ewsgateway:DescribeImpersonationRole')),
          ...(save ? [removeColumn(nameOf, setRemoving)] : []),
        ]}
        items={exceptions}
        wrapLines
        ariaLabels={{ tableLabel: 'Exceptions' }}
        header={
          <Header
            variant="h2"
            counter={`(${exceptions.length.toLocaleString()})`}
            description="Roles that reach protected mailboxes until a time, as far as their rules allow. The audit marks the requests that an exception lets in."
            actions={
              save &&
              may('ewsgateway:ListRoleSummaries') && <Button onClick={onAdd}>Add exception</Button>
            }
          >
            Exceptions
          </Header>
        }
        empty={<Empty title="No exceptions">No role reaches a protected mailbox.</Empty>}
      />
      {save && removing && (
        <Confirm
          title={`Remove exception of ${nameOf(removing.ImpersonationRoleId)}`}
          verb="Remove exception"
          onClose={() => setRemoving(undefined)}
          act={() =>
            save(
              ({ Exceptions: all }) => ({ Exceptions: all.filter(one => !isSame(one, removing)) }),
              `Removed the exception of ${nameOf(removing.ImpersonationRoleId)}.`,
            )
          }
        >
          <Box>The role loses access to the protected mailboxes. Open streams and uploads end.</Box>
        </Confirm>
      )}
    </>
  )
}

const columns = (
  nameOf: (id: string) => string,
  isLinked: boolean,
): TableProps.ColumnDefinition<Exception>[] => [
  {
    id: 'role',
    header: 'Role',
    minWidth: 140,
    isRowHeader: true,
    cell: ({ ImpersonationRoleId: id }) =>
      isLinked ? (
        <PageLink path={`/roles/${encodeURIComponent(id)}`}>{nameOf(id)}</PageLink>
      ) : (
        nameOf(id)
      ),
  },
  {
    id: 'end',
    header: 'Ends',
    minWidth: 150,
    cell: ({ NotAfter }) => (
      <>
        <Time at={NotAfter} />
        <div>
          {NotAfter * 1_000 <= gatewayNow() ? (
            <StatusIndicator type="stopped">Ended</StatusIndicator>
          ) : (
            <StatusIndicator type="warning">In force</StatusIndicator>
          )}
        </div>
      </>
    ),
  },
  { id: 'reason', header: 'Reason', minWidth: 180, cell: ({ Reason }) => Reason },
]

const removeColumn = (
  nameOf: (id: string) => string,
  onRemove: (exception: Exception) => void,
): TableProps.ColumnDefinition<Exception> => ({
  id: 'actions',
  header: 'Actions',
  minWidth: 100,
  cell: exception => (
    <Button
      variant="inline-link"
      ariaLabel={`Remove exception of ${nameOf(exception.ImpersonationRoleId)}`}
      onClick={() => onRemove(exception)}
    >
      Remove
    </Button>
  ),
})
