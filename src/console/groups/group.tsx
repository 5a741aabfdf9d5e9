/**
 * Page of one group: its members, the groups that contain it, and the rules that name it.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { GroupUse } from '../api/groups.ts'
import { Copy } from '../parts/copy.tsx'
import { FromDirectory } from '../parts/from-directory.tsx'
import { useQuery } from '../parts/query.ts'
import { Failed, Loading } from '../parts/states.tsx'
import type { PageProps } from '../routing/route.ts'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { usePageName } from '../shell/crumb.tsx'
import { AddMembers } from './add-members.tsx'
import { DeleteGroup } from './delete-group.tsx'
import { GroupUsers } from './group-users.tsx'
import { NestedGroups } from './nested-groups.tsx'
import { UsingRules } from './using-rules.tsx'

export function GroupPage({ params }: PageProps) {
  const { may } = useSession()
  const input = { GroupId: params['id'] ?? '' }
  const { data: group, error, reload: readAgain } = useQuery('EwsGateway.DescribeGroupUse', input)
  const [changes, setChanges] = useState(0)
  const reload = () => {
    setChanges(changes + 1)
    readAgain()
  }
  usePageName(group?.Name)
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  if (group === undefined) return <Loading what="the group" />
  return (
    <ContentLayout
      header={
        <Header variant="h1" actions={<Actions group={group} reload={reload} />}>
          {group.Name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <FromDirectory what="Groups" />
        <Details group={group} />
        {may('ewsgateway:SearchGroupUsers') && (
          <GroupUsers key={changes} group={group} reload={reload} />
        )}
        <NestedGroups group={group} reload={reload} />
        <UsingRules group={group} />
      </SpaceBetween>
    </ContentLayout>
  )
}

type Props = { group: GroupUse; reload: () => void }

function Actions({ group, reload }: Props) {
  const { may } = useSession()
  const [open, setOpen] = useState<'delete' | 'add'>()
  const close = () => setOpen(undefined)
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {may('ewsgateway:DeleteGroup') && (
        <Button onClick={() => setOpen('delete')}>Delete group</Button>
      )}
      {may('ewsgateway:UpdateGroup') && (
        <Button onClick={() => go(`/groups/${group.GroupId}/edit`)}>Edit group</Button>
      )}
      {may('ewsgateway:UpdateGroup') && (
        <Button variant="primary" onClick={() => setOpen('add')}>
          Add members
        </Button>
      )}
      {open === 'delete' && <DeleteGroup group={group} onClose={close} />}
      {open === 'add' && <AddMembers group={group} reload={reload} onClose={close} />}
    </SpaceBetween>
  )
}

function Details({ group }: { group: GroupUse }) {
  const { GroupId, PrimarySmtpAddress, Users, Groups } = group
  return (
    <Container header={<Header variant="h2">Group details</Header>}>
      <KeyValuePairs
        columns={3}
        minColumnWidth={190}
        items={[
          { label: 'Primary address', value: PrimarySmtpAddress ?? '–' },
          {
            label: 'Direct members',
            value: (
              <Box>
                {Users.toLocaleString()} {Users === 1 ? 'user' : 'users'},{' '}
                {Groups.length.toLocaleString()} {Groups.length === 1 ? 'group' : 'groups'}
              </Box>
            ),
          },
          { label: 'Group ID', value: <Copy value={GroupId} what="Group ID" /> },
        ]}
      />
    </Container>
  )
}
