/**
 * Page of one user: the roles that allow access, details, and requests to the mailbox.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { User } from '../api/users.ts'
import { Copy } from '../parts/copy.tsx'
import { Enabled } from '../parts/enabled.tsx'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import type { PageProps } from '../routing/route.ts'
import { useSession } from '../session/session.ts'
import { usePageName } from '../shell/crumb.tsx'
import { FormerNames } from './former-names.tsx'
import { MailboxUse } from './mailbox-use.tsx'
import { UserAccess } from './user-access.tsx'
import { UserActions } from './user-actions.tsx'

export function UserPage({ params }: PageProps) {
  const { may } = useSession()
  const input = { UserId: params['id'] ?? '' }
  const { data: user, error, reload } = useQuery('EwsGateway.GetUser', input)
  usePageName(user?.PrimarySmtpAddress)
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (user === undefined) return <Loading what="the user" />
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={user.DisplayName}
          actions={<UserActions user={user} reload={reload} />}
        >
          {user.PrimarySmtpAddress}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <ImpersonationNotice user={user} />
        {may('ewsgateway:ListUserAccess') && <UserAccess user={user} />}
        <Details user={user} />
        {may('ewsgateway:ListFormerNames') && <FormerNames user={user} />}
        {may('ewsgateway:SummarizeDecisions') && <MailboxUse user={user} />}
      </SpaceBetween>
    </ContentLayout>
  )
}

/** Says why a user can't be impersonated in any role. */
function ImpersonationNotice({ user }: { user: User }) {
  const { may } = useSession()
  const { data } = useQuery(
    'WorkMailService.DescribeUser',
    may('workmail:DescribeUser') ? { UserId: user.UserId } : undefined,
  )
  if (data?.UserRole === 'SYSTEM_USER')
    return (
      <Alert type="info" header="The gateway uses this account">
        No role can impersonate this account. It is the one that signs in to the Exchange server
        (upstream.serviceAddresses in the configuration), or the empty mailbox for requests that
        name no user (neutralMailbox).
      </Alert>
    )
  if (user.Enabled) return null
  return (
    <Alert type="info" header="This user is disabled">
      All requests that impersonate this user are denied. To allow them again, enable the user.
    </Alert>
  )
}

function Details({ user }: { user: User }) {
  const groups = useGroups(user)
  const { UserId, Aliases, PrincipalName, Sid } = user
  return (
    <Container header={<Header variant="h2">User details</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          { label: 'Status', value: <Enabled is={user.Enabled} /> },
          { label: 'Sign-in name', value: copied(PrincipalName, 'Sign-in name') },
          {
            label: 'Aliases',
            value: listed(Aliases),
          },
          ...(groups === undefined ? [] : [{ label: 'Groups', value: listed(groups) }]),
          { label: 'User ID', value: <Copy value={UserId} what="User ID" /> },
          { label: 'SID', value: copied(Sid, 'SID') },
        ]}
      />
    </Container>
  )
}

/** Returns the names of the groups that have the user as a direct member; undefined until they are read. */
function useGroups({ UserId }: User): readonly string[] | undefined {
  const { may } = useSession()
  const { data } = useQuery(
    'WorkMailService.ListGroupsForEntity',
    may('workmail:ListGroupsForEntity') ? { EntityId: UserId, MaxResults: 100 } : undefined,
  )
  return data?.Groups.map(({ GroupName }) => GroupName)
}

const listed = (lines: readonly string[]) =>
  lines.length === 0 ? '–' : lines.map(line => <Box key={line}>{line}</Box>)

const copied = (value: string | undefined, what: string) =>
  value === undefined ? '–' : <Copy value={value} what={what} />
