/**
 * Overview page of the organization.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { lazy, Suspense, useState } from 'react'
import type { Overview } from '../api/overview.ts'
import { Copy } from '../parts/copy.tsx'
import { PublicUrlNotice } from '../parts/public-url.tsx'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import { follow, hrefOf } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { Ends } from './ends.tsx'
import { Gateways } from './gateways.tsx'
import { HealthStatus } from './health.tsx'
import { isSetUp } from './steps.ts'

/** Loaded only for an organization that is not set up yet. */
const Checklist = lazy(async () => ({
  default: (await import('./checklist.tsx')).Checklist,
}))

/** Loaded when there can be requests, because charts are large. */
const Traffic = lazy(async () => ({ default: (await import('./traffic.tsx')).Traffic }))

/** Loaded when it is opened. */
const UpstreamDialog = lazy(async () => ({
  default: (await import('./upstream.tsx')).UpstreamDialog,
}))

export function OverviewPage() {
  const { may } = useSession()
  const [isChecking, setChecking] = useState(false)
  const [hasPassed, setPassed] = useState(false)
  const { data, error, reload } = useQuery('EwsGateway.DescribeOverview', {})
  const checked = () => {
    setChecking(false)
    reload()
  }
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="the organization" />
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          actions={
            may('ewsgateway:CheckUpstream') && (
              <Button onClick={() => setChecking(true)}>Check Exchange server</Button>
            )
          }
        >
          {data.Alias}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {!isSetUp(data) && (
          <Suspense>
            <Checklist overview={data} hasPassed={hasPassed} onCheck={() => setChecking(true)} />
          </Suspense>
        )}
        <Organization overview={data} />
        <HealthStatus overview={data} />
        {may('ewsgateway:ListEnds') && <Ends />}
        {data.HasServed !== false && may('ewsgateway:SummarizeDecisions') && (
          <Suspense fallback={<Loading what="requests" />}>
            <Traffic />
          </Suspense>
        )}
        {may('ewsgateway:ListGateways') && <Gateways />}
      </SpaceBetween>
      {isChecking && (
        <Suspense>
          <UpstreamDialog onClose={checked} onPassed={() => setPassed(true)} />
        </Suspense>
      )}
    </ContentLayout>
  )
}

function Organization({ overview }: { overview: Overview }) {
  const { session } = useSession()
  const { EwsUrl, PolicyVersion, Roles, Users, Principals } = overview
  return (
    <Container header={<Header variant="h2">Organization</Header>}>
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={4}
          items={[
            { label: 'Impersonation roles', value: <Count of={Roles} path="/roles" /> },
            { label: 'Users', value: <Count of={Users} path="/users" /> },
            { label: 'Principals', value: <Count of={Principals} path="/principals" /> },
            { label: 'Policy version', value: String(PolicyVersion) },
          ]}
        />
        <KeyValuePairs
          columns={2}
          items={[
            {
              label: 'EWS URL for tools',
              value: EwsUrl === undefined ? 'Unknown' : <Copy value={EwsUrl} what="URL" />,
            },
            { label: 'Organization ID', value: <Copy value={session.organizationId} what="ID" /> },
          ]}
        />
        {EwsUrl === undefined && <PublicUrlNotice />}
      </SpaceBetween>
    </Container>
  )
}

function Count({ of, path }: { of: number; path: string }) {
  return (
    <Link href={hrefOf(path)} onFollow={follow} fontSize="display-l" variant="awsui-value-large">
      {of.toLocaleString()}
    </Link>
  )
}
