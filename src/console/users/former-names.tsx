/**
 * Table of a user's former names, and the dialog that releases one for another user.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import type { FormerName, User } from '../api/users.ts'
import { Confirm } from '../parts/confirm.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { useQuery } from '../parts/query.ts'
import { Failed } from '../parts/states.tsx'
import { useSession } from '../session/session.ts'

const KINDS = {
  ADDRESS: 'Address',
  PRINCIPAL_NAME: 'Sign-in name',
  SID: 'SID',
} as const satisfies Record<FormerName['Kind'], string>

const COLUMNS: TableProps.ColumnDefinition<FormerName>[] = [
  { id: 'name', header: 'Name', isRowHeader: true, cell: ({ Name }) => Name },
  { id: 'kind', header: 'Type', cell: ({ Kind }) => KINDS[Kind] },
]

/** Renders nothing for a user without former names. */
export function FormerNames({ user: { UserId } }: { user: User }) {
  const { may } = useSession()
  const { data, error, reload } = useQuery('EwsGateway.ListFormerNames', { UserId })
  const [releasing, setReleasing] = useState<FormerName>()
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined || data.FormerNames.length === 0) return null

  const release: TableProps.ColumnDefinition<FormerName> = {
    id: 'release',
    header: 'Actions',
    cell: name => (
      <Button
        variant="inline-link"
        ariaLabel={`Release ${name.Name}`}
        onClick={() => setReleasing(name)}
      >
        Release
      </Button>
    ),
  }
  return (
    <>
      <Table
        variant="container"
        header={
          <Header
            variant="h2"
            description="Names that this user had before. Requests can't use them, and no other user can have them until you release them."
          >
            Former names
          </Header>
        }
        columnDefinitions={may('ewsgateway:ReleaseName') ? [...COLUMNS, release] : COLUMNS}
        items={data.FormerNames}
        trackBy={({ Kind, Name }) => `${Kind} ${Name}`}
      />
      {releasing && (
        <Release name={releasing} onReleased={reload} onClose={() => setReleasing(undefined)} />
      )}
    </>
  )
}

type ReleaseProps = { name: FormerName; onReleased: () => void; onClose: () => void }

function Release({ name, onReleased, onClose }: ReleaseProps) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  return (
    <Confirm
      title={`Release name ${name.Name}`}
      verb="Release name"
      typed={name.Name}
      onClose={onClose}
      act={async () => {
        await call('EwsGateway.ReleaseName', name)
        succeeded(`Released name ${name.Name}.`)
        onReleased()
      }}
    >
      <Box>
        After the release, another user can have this name. Rules that deny this user don't apply to
        the other user.
      </Box>
    </Confirm>
  )
}
