/**
 * Roles, rules, principals, and access keys that end in 30 days.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import type { End } from '../api/overview.ts'
import { PageLink } from '../parts/page-link.tsx'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { Ago, Time } from '../parts/time.tsx'

export function Ends() {
  const { data, error, isLoading, reload } = useQuery('EwsGateway.ListEnds', {})
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  const ends = data?.Ends ?? []
  return (
    <SpaceBetween size="s">
      {ends.some(({ Kind }) => Kind === 'ADMINISTRATOR_KEY') && (
        <Alert type="warning" header="An access key of an administrator ends in 30 days">
          Create another one in time. If no administrator can sign in any more, run ews-gateway
          admin create-key on the machine of the gateway.
        </Alert>
      )}
      <Table
        columnDefinitions={COLUMNS}
        items={ends}
        loading={isLoading && data === undefined}
        loadingText="Loading what ends"
        header={
          <Header
            variant="h2"
            counter={data && `(${ends.length})`}
            description="Access that ends, unless you change it."
          >
            Ends in 30 days
          </Header>
        }
        empty={
          <Empty title="Nothing ends in 30 days">Ends that you set appear here in time.</Empty>
        }
      />
    </SpaceBetween>
  )
}

const KINDS = {
  ROLE: 'Role',
  RULE: 'Rule',
  PRINCIPAL: 'Principal',
  ACCESS_KEY: 'Access key',
  ADMINISTRATOR_KEY: 'Access key of an administrator',
} as const satisfies Record<End['Kind'], string>

const pathOf = ({ ImpersonationRoleId, ImpersonationRuleId, PrincipalId }: End): string => {
  if (ImpersonationRoleId === undefined) return `/principals/${PrincipalId}`
  const rule = ImpersonationRuleId && `?rule=${encodeURIComponent(ImpersonationRuleId)}`
  return `/roles/${encodeURIComponent(ImpersonationRoleId)}${rule ?? ''}`
}

const COLUMNS: TableProps.ColumnDefinition<End>[] = [
  { id: 'kind', header: 'Kind', cell: ({ Kind }) => KINDS[Kind] },
  {
    id: 'name',
    header: 'Name',
    isRowHeader: true,
    cell: end => (
      <>
        <PageLink path={pathOf(end)}>{end.Name}</PageLink>
        <div>{end.RuleName ?? end.ImpersonationRuleId ?? end.AccessKeyId}</div>
      </>
    ),
  },
  { id: 'in', header: 'Ends', cell: ({ EndTime }) => <Ago at={EndTime} /> },
  { id: 'at', header: 'Time', cell: ({ EndTime }) => <Time at={EndTime} /> },
]
