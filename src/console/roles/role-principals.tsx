/**
 * Principals that can assume a role.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import { PageLink } from '../parts/page-link.tsx'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { Ago } from '../parts/time.tsx'
import { PrincipalStatus } from '../principals/principal-status.tsx'

export function RolePrincipals({ roleId }: { roleId: string }) {
  const { data, error, reload } = useQuery('EwsGateway.ListRolePrincipals', {
    ImpersonationRoleId: roleId,
  })
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  const cannotAct =
    data !== undefined &&
    data.Principals.length > 0 &&
    data.Principals.every(({ State }) => State !== 'ACTIVE')
  return (
    <Table
      items={data?.Principals ?? []}
      loading={data === undefined}
      loadingText="Loading principals"
      trackBy="PrincipalId"
      header={
        <Header
          variant="h2"
          counter={data && `(${data.Principals.length})`}
          description="Tools and administrators whose policy allows them to assume this role now."
        >
          Principals
        </Header>
      }
      filter={
        cannotAct && (
          <Alert type="warning" header="No principal can act in this role now">
            The status of each principal says why.
          </Alert>
        )
      }
      empty={
        <Empty title="No principals">Create an access key for a tool to see the tool here.</Empty>
      }
      columnDefinitions={[
        {
          id: 'name',
          header: 'Principal',
          isRowHeader: true,
          cell: ({ PrincipalId, Name }) => (
            <PageLink path={`/principals/${PrincipalId}`}>{Name}</PageLink>
          ),
        },
        {
          id: 'state',
          header: 'Status',
          cell: ({ State }) => <PrincipalStatus state={State} />,
        },
        { id: 'used', header: 'Last used', cell: ({ LastUsed }) => <Ago at={LastUsed} /> },
      ]}
    />
  )
}
