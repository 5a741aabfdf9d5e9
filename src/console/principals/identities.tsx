/**
 * Table of the external identities that sign in as a principal.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'
import type { Identity, Principal } from '../api/principals.ts'
import { Confirm } from '../parts/confirm.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { useSession } from '../session/session.ts'
import { BindIdentityDialog } from './bind-identity.tsx'

const MAX_IDENTITIES = 10

export function Identities({ principal }: { principal: Principal }) {
  const { may } = useSession()
  const { data, error, isLoading, reload } = useQuery('EwsGateway.ListPrincipalIdentities', {
    PrincipalId: principal.PrincipalId,
  })
  const [isBinding, setBinding] = useState(false)
  const [unbinding, setUnbinding] = useState<Identity>()
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  const identities = data?.Identities ?? []
  const mayPut = may('ewsgateway:PutPrincipalIdentities') && data !== undefined
  const bind = mayPut && (
    <Button
      disabled={identities.length >= MAX_IDENTITIES}
      disabledReason={`A principal can have at most ${MAX_IDENTITIES} identities. Unbind one first.`}
      onClick={() => setBinding(true)}
    >
      Bind identity
    </Button>
  )
  const unbind: TableProps.ColumnDefinition<Identity> = {
    id: 'actions',
    header: 'Actions',
    minWidth: 100,
    cell: identity => (
      <Button
        variant="inline-link"
        ariaLabel={`Unbind ${nameOf(identity)}`}
        onClick={() => setUnbinding(identity)}
      >
        Unbind
      </Button>
    ),
  }
  const done = () => {
    setBinding(false)
    setUnbinding(undefined)
    reload()
  }
  return (
    <>
      <Table
        columnDefinitions={mayPut ? [...COLUMNS, unbind] : COLUMNS}
        items={identities}
        loading={isLoading && data === undefined}
        loadingText="Loading identities"
        header={
          <Header
            variant="h2"
            counter={data && `(${identities.length})`}
            description="Accounts and tokens with which tools sign in as this principal, instead of an access key. Its policy must allow only to act in roles."
            actions={bind}
          >
            External identities
          </Header>
        }
        empty={<Empty title="No external identities">Tools sign in with an access key.</Empty>}
      />
      {isBinding && data && (
        <BindIdentityDialog principal={principal} present={data} onClose={done} />
      )}
      {unbinding && data && (
        <Unbind principal={principal} present={data} identity={unbinding} onClose={done} />
      )}
    </>
  )
}

/** Returns the text that names an identity: its SID, or its subject. */
const nameOf = ({ DirectoryAccount, TokenSubject }: Identity): string =>
  DirectoryAccount?.Sid ?? TokenSubject?.Subject ?? ''

const COLUMNS: TableProps.ColumnDefinition<Identity>[] = [
  {
    id: 'type',
    header: 'Type',
    minWidth: 130,
    cell: ({ TokenSubject }) =>
      TokenSubject === undefined ? 'Account of the directory' : 'Token of an issuer',
  },
  { id: 'identity', header: 'Identity', minWidth: 220, isRowHeader: true, cell: nameOf },
  {
    id: 'details',
    header: 'Names or issuer',
    minWidth: 220,
    cell: ({ DirectoryAccount, TokenSubject }) =>
      TokenSubject === undefined ? (
        DirectoryAccount?.Names.map(name => <Box key={name}>{name}</Box>)
      ) : (
        <Box>
          {TokenSubject.Claim} of {TokenSubject.Issuer}
        </Box>
      ),
  },
]

type UnbindProps = {
  principal: Principal
  present: { Identities: readonly Identity[]; Version: string }
  identity: Identity
  onClose: () => void
}

function Unbind({ principal, present, identity, onClose }: UnbindProps) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const name = nameOf(identity)
  const act = async () => {
    await call('EwsGateway.PutPrincipalIdentities', {
      PrincipalId: principal.PrincipalId,
      Identities: present.Identities.filter(other => other !== identity),
      ExpectedVersion: present.Version,
    })
    succeeded(`Unbound ${name} from ${principal.Name}.`)
  }
  return (
    <Confirm title={`Unbind ${name}`} verb="Unbind identity" act={act} onClose={onClose}>
      <Box>
        Tools can no longer sign in as {principal.Name} with this identity, and their open streams
        end. Access keys and other identities of the principal continue to work.
      </Box>
    </Confirm>
  )
}
