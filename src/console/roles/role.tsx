/**
 * One impersonation role.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import type { PageProps } from '../routing/route.ts'
import { useName } from '../shell/crumb.tsx'
import { TYPES } from './words.ts'

export function RolePage({ params }: PageProps) {
  const { data, error, reload } = useQuery('EwsGateway.DescribeImpersonationRole', {
    ImpersonationRoleId: params['roleId'] ?? '',
  })
  useName(data?.Name)
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="the role" />
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={data.Description}>
          {data.Name}
        </Header>
      }
    >
      <Table
        header={<Header description={TYPES[data.Type]}>Rules</Header>}
        items={data.Rules}
        columnDefinitions={[
          { id: 'name', header: 'Name', cell: rule => rule.Name ?? rule.ImpersonationRuleId },
          { id: 'effect', header: 'Effect', cell: rule => rule.Effect },
        ]}
        empty={<Box>No rules: this role can impersonate nobody yet.</Box>}
      />
    </ContentLayout>
  )
}
