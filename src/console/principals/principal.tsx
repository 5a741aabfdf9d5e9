/**
 * One principal: what it may do, and its keys.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { Principal } from '../api/principals.ts'
import { Copy } from '../parts/copy.tsx'
import { Enabled } from '../parts/enabled.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { useRoles } from '../parts/roles.ts'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import type { PageProps } from '../routing/route.ts'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { usePageName } from '../shell/crumb.tsx'
import { usePrincipal } from './all.ts'
import { Keys } from './keys.tsx'
import { basicNameOf, policyInWords } from './policy-words.ts'
import { PrincipalActions } from './principal-actions.tsx'

export function PrincipalPage({ params }: PageProps) {
  const { may } = useSession()
  const { data, error, reload } = usePrincipal(params['id'] ?? '')
  const principal = data?.principal
  usePageName(principal?.Name)
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (data === undefined) return <Loading what="the principal" />
  if (principal === undefined) return <NoSuchPrincipal />
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
            Its keys and tokens are refused until it is enabled again.
          </Alert>
        )}
        <Power principal={principal} />
        {may('ewsgateway:ListAccessKeys') && <Keys principal={principal} />}
      </SpaceBetween>
    </ContentLayout>
  )
}

export const NoSuchPrincipal = () => (
  <Empty
    title="There is no such principal"
    action={<Button onClick={() => go('/principals')}>All principals</Button>}
  >
    It may have been deleted since the link was made.
  </Empty>
)

const SIGNS_IN = {
  KEY: 'With the id of a key as the user name, and its secret as the password.',
  ROLE_AND_KEY: 'With the role, a backslash and the id of a key as the user name: role\\AKIA….',
  NOT_AT_ALL:
    'Only with signed requests. Tools with user name and password are for principals that do nothing but act in roles.',
} as const

function Power({ principal }: { principal: Principal }) {
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
              <PageLink path={`/audit?principal=${PrincipalId}&last=7d`}>Its decisions</PageLink>
            )
          }
        >
          What it may do
        </Header>
      }
    >
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={2}
          items={[
            { label: 'May', value: lines.map(line => <Box key={line}>{line}</Box>) },
            { label: 'State', value: <Enabled is={principal.Enabled} /> },
            {
              label: 'A tool signs in',
              value: SIGNS_IN[basicNameOf(Policy, session.organizationId)],
            },
            { label: 'Principal id', value: <Copy value={PrincipalId} what="Id" /> },
          ]}
        />
        <ExpandableSection headerText="Policy as JSON" headingTagOverride="h3">
          <Box variant="pre">{JSON.stringify(Policy, null, 2)}</Box>
        </ExpandableSection>
      </SpaceBetween>
    </Container>
  )
}
