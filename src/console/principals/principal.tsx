/**
 * Page of one principal: its permissions, access keys, and external identities.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { Principal } from '../api/principals.ts'
import { Copy } from '../parts/copy.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { PeriodText } from '../parts/period-fields.tsx'
import { useQuery } from '../parts/query.ts'
import { useRoles } from '../parts/roles.ts'
import { Failed, Loading } from '../parts/states.tsx'
import type { PageProps } from '../routing/route.ts'
import { useSession } from '../session/session.ts'
import { usePageName } from '../shell/crumb.tsx'
import { Identities } from './identities.tsx'
import { Keys } from './keys.tsx'
import { basicNameOf, policyInWords } from './policy-words.ts'
import { PrincipalActions } from './principal-actions.tsx'
import { PrincipalStatus } from './principal-status.tsx'
import { PrincipalUse } from './principal-use.tsx'

export function PrincipalPage({ params }: PageProps) {
  const { may } = useSession()
  const input = { PrincipalId: params['id'] ?? '' }
  const { data: principal, error, reload } = useQuery('EwsGateway.GetPrincipal', input)
  usePageName(principal?.Name)
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (principal === undefined) return <Loading what="the principal" />
  return (
    <ContentLayout
      header={
        <Header variant="h1" actions={<PrincipalActions principal={principal} reload={reload} />}>
          {principal.Name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {!principal.Enabled && (
          <Alert type="info" header="This principal is disabled">
            Requests with its access keys and tokens are rejected until you enable it.
          </Alert>
        )}
        <Details principal={principal} />
        {may('ewsgateway:ListAccessKeys') && <Keys principal={principal} />}
        {may('ewsgateway:ListPrincipalIdentities') && <Identities principal={principal} />}
        {may('ewsgateway:SummarizeDecisions') && (
          <PrincipalUse principalId={principal.PrincipalId} />
        )}
      </SpaceBetween>
    </ContentLayout>
  )
}

const BASIC_AUTHENTICATION = {
  KEY: 'User name: access key ID. Password: secret access key.',
  ROLE_AND_KEY: 'User name: role\\access-key-id. Password: secret access key.',
  NONE: 'Not available, because the policy allows more than acting in roles.',
} as const

function Details({ principal }: { principal: Principal }) {
  const { session, may } = useSession()
  const { nameOf } = useRoles()
  const { Policy, PrincipalId } = principal
  const lines = policyInWords(Policy, session.organizationId, nameOf)
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            may('ewsgateway:ListDecisions') && (
              <PageLink path={`/audit?principal=${PrincipalId}&last=7d`}>View decisions</PageLink>
            )
          }
        >
          Principal details
        </Header>
      }
    >
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={2}
          items={[
            { label: 'Permissions', value: lines.map(line => <Box key={line}>{line}</Box>) },
            { label: 'Status', value: <PrincipalStatus state={principal.State} /> },
            { label: 'Validity', value: <PeriodText period={principal.Period} /> },
            {
              label: 'Basic authentication',
              value: BASIC_AUTHENTICATION[basicNameOf(Policy)],
            },
            { label: 'Principal ID', value: <Copy value={PrincipalId} what="Principal ID" /> },
          ]}
        />
        <ExpandableSection headerText="Policy as JSON" headingTagOverride="h3">
          <Box variant="pre">{JSON.stringify(Policy, null, 2)}</Box>
        </ExpandableSection>
      </SpaceBetween>
    </Container>
  )
}
