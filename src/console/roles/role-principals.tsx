/**
 * Who may assume a role.
 *
 * @module
 */

import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { Ago } from '../parts/time.tsx'

export function RolePrincipals({ roleId }: { roleId: string }) {
  const { data, error, reload } = useQuery('EwsGateway.ListRolePrincipals', {
    ImpersonationRoleId: roleId,
  })
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
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
          description="Principals whose policy lets them assume this role."
        >
          Who may act in it
        </Header>
      }
      empty={<Empty title="Nobody">Give the role to a tool, and it stands here.</Empty>}
      columnDefinitions={[
        { id: 'name', header: 'Principal', isRowHeader: true, cell: ({ Name }) => Name },
        { id: 'used', header: 'Last used it', cell: ({ LastUsed }) => <Ago at={LastUsed} /> },
      ]}
    />
  )
}
