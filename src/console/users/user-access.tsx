/**
 * Table of the roles, with their effect on a user, the matching rules, and the principals.
 *
 * @module
 */

import { useCollection } from '@cloudscape-design/collection-hooks'
import Badge from '@cloudscape-design/components/badge'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import type { UserAccess as Access, User } from '../api/users.ts'
import { PageLink } from '../parts/page-link.tsx'
import { useQuery } from '../parts/query.ts'
import { useSearch, withParam } from '../parts/search.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { Ago } from '../parts/time.tsx'
import { counted } from '../parts/totals.ts'
import { PRINCIPAL_STATES } from '../principals/principal-state.ts'
import { TYPES } from '../roles/words.ts'
import { accessInWords, byAccess, canAct, isAllowing, whyNot } from './access-words.ts'

const PAGE_SIZE = 20

const COLUMNS: TableProps.ColumnDefinition<Access>[] = [
  {
    id: 'role',
    header: 'Role',
    minWidth: 140,
    isRowHeader: true,
    cell: ({ ImpersonationRoleId, Name }) => (
      <PageLink path={`/roles/${ImpersonationRoleId}`}>{Name}</PageLink>
    ),
  },
  {
    id: 'effect',
    header: 'Can impersonate',
    minWidth: 130,
    cell: access => <Effect access={access} />,
  },
  {
    id: 'type',
    header: 'Role type',
    minWidth: 130,
    cell: ({ Type }) => (
      <Badge color={Type === 'FULL_ACCESS' ? 'blue' : 'grey'}>{TYPES[Type]}</Badge>
    ),
  },
  {
    id: 'rules',
    header: 'Matching rules',
    minWidth: 180,
    cell: access => <Rules access={access} />,
  },
  {
    id: 'principals',
    header: 'Principals',
    minWidth: 160,
    cell: ({ Principals }) =>
      Principals.length === 0 ? (
        <Box color="text-body-secondary">None</Box>
      ) : (
        Principals.map(({ PrincipalId, Name, State }) => (
          <div key={PrincipalId}>
            <PageLink path={`/principals/${PrincipalId}`}>{Name}</PageLink>
            {State !== 'ACTIVE' && ` (${PRINCIPAL_STATES[State].toLowerCase()})`}
          </div>
        ))
      ),
  },
  {
    id: 'used',
    header: 'Last used for this user',
    minWidth: 130,
    cell: ({ LastUsed }) => <Ago at={LastUsed} />,
  },
]

export function UserAccess({ user }: { user: User }) {
  const { params, change } = useSearch()
  const { data, error, isLoading, reload } = useQuery('EwsGateway.ListUserAccess', {
    UserId: user.UserId,
  })
  const all = data?.Roles.toSorted(byAccess) ?? []
  const allowing = all.filter(isAllowing)
  const isAll = params.get('roles') === 'all'
  const show = (roles: string) => change(withParam('roles', roles))
  const { items, paginationProps, filterProps, collectionProps, actions } = useCollection(
    isAll ? all : allowing,
    {
      filtering: {
        fields: ['Name'],
        noMatch: (
          <Empty
            title="No matches"
            action={<Button onClick={() => actions.setFiltering('')}>Clear filter</Button>}
          />
        ),
        empty: <NoRoles hasOthers={all.length > 0} />,
      },
      pagination: { pageSize: PAGE_SIZE },
    },
  )
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  return (
    <Table
      header={
        <Header
          variant="h2"
          counter={
            data &&
            `(${allowing.length.toLocaleString()} of ${all.length.toLocaleString()} roles have rules that allow)`
          }
          description={data && accessInWords(all, user.Enabled)}
        >
          Access by role
        </Header>
      }
      filter={
        all.length > 0 && (
          <SpaceBetween size="s">
            <SegmentedControl
              label="Roles"
              selectedId={isAll ? 'all' : 'allow'}
              options={[
                { id: 'allow', text: counted('Roles whose rules allow', allowing.length) },
                { id: 'all', text: counted('All roles', all.length) },
              ]}
              onChange={({ detail }) => show(detail.selectedId === 'all' ? 'all' : '')}
            />
            <TextFilter
              {...filterProps}
              filteringPlaceholder="Find roles"
              filteringAriaLabel="Find roles"
            />
          </SpaceBetween>
        )
      }
      columnDefinitions={COLUMNS}
      items={items}
      pagination={paginationProps.pagesCount > 1 && <Pagination {...paginationProps} />}
      trackBy="ImpersonationRoleId"
      loading={isLoading && data === undefined}
      loadingText="Loading roles"
      wrapLines
      empty={collectionProps.empty}
    />
  )
}

function NoRoles({ hasOthers }: { hasOthers: boolean }) {
  if (hasOthers) return <Empty title="No role allows this user" />
  return (
    <Empty title="No roles" action={<PageLink path="/roles">Roles</PageLink>}>
      Tools need a role to impersonate users.
    </Empty>
  )
}

function Effect({ access }: { access: Access }) {
  if (canAct(access)) return <StatusIndicator type="warning">Yes</StatusIndicator>
  if (!isAllowing(access)) return <Box color="text-body-secondary">No</Box>
  return <StatusIndicator type="stopped">No: {whyNot(access)}</StatusIndicator>
}

function Rules({ access }: { access: Access }) {
  const { MatchedRules, ImpersonationRoleId, Reason } = access
  if (Reason === 'mailbox-protected')
    return <PageLink path="/protected-mailboxes">Protected mailboxes</PageLink>
  if (access.State !== 'ACTIVE') return <Box color="text-body-secondary">–</Box>
  if (MatchedRules.length === 0) return <Box color="text-body-secondary">None</Box>
  return (
    <SpaceBetween size="xxxs">
      {MatchedRules.map(({ ImpersonationRuleId, Name, Effect: effect }) => (
        <span key={ImpersonationRuleId}>
          {effect === 'ALLOW' ? 'Allow' : 'Deny'}:{' '}
          <PageLink
            path={`/roles/${ImpersonationRoleId}?rule=${encodeURIComponent(ImpersonationRuleId)}`}
          >
            {Name ?? ImpersonationRuleId}
          </PageLink>
        </span>
      ))}
    </SpaceBetween>
  )
}
