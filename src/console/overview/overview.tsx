/**
 * The organization at a glance.
 *
 * @module
 */

import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Link from '@cloudscape-design/components/link'
import { Copy } from '../parts/copy.tsx'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import { follow, hrefOf } from '../routing/router.ts'
import { useSession } from '../session/session.ts'

export function OverviewPage() {
  const { session } = useSession()
  const { data, error, reload } = useQuery('EwsGateway.DescribeOverview', {})
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="the organization" />
  const { EwsUrl, PolicyVersion, Roles, Users, Principals, Alias } = data
  return (
    <ContentLayout header={<Header variant="h1">{Alias}</Header>}>
      <Container header={<Header variant="h2">Organization</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Organization id', value: <Copy value={session.organizationId} what="Id" /> },
            { label: 'EWS URL for tools', value: <Copy value={EwsUrl} what="URL" /> },
            { label: 'Policy version', value: String(PolicyVersion) },
            {
              label: 'Impersonation roles',
              value: (
                <Link href={hrefOf('/roles')} onFollow={follow}>
                  {Roles.toLocaleString()}
                </Link>
              ),
            },
            { label: 'Users', value: Users.toLocaleString() },
            { label: 'Principals', value: Principals.toLocaleString() },
          ]}
        />
      </Container>
    </ContentLayout>
  )
}
