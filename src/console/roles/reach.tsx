/**
 * Users that a role reaches, and those that it does not reach, with the deciding rules.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import type { Effect, ReachedUser, Role } from '../api/roles.ts'
import { ExportUsers } from '../parts/export-users.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { usePages } from '../parts/pages.ts'
import { useLast } from '../parts/query.ts'
import { useTextSearch, withParam } from '../parts/search.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { counted, matchesInWords } from '../parts/totals.ts'
import { reachInWords } from './role-state.ts'
import { EFFECTS, nameOfRule, REASONS } from './words.ts'

const PAGE_SIZE = 50

export function RoleReach({ role }: { role: Role }) {
  const { params, change, text, settled, find } = useTextSearch()
  const effect: Effect = params.get('reach') === 'no' ? 'DENY' : 'ALLOW'
  const input = {
    ImpersonationRoleId: role.ImpersonationRoleId,
    Effect: effect,
    ...(settled !== '' && { Text: settled }),
  }
  const { data, error, isLoading, pagination, reload } = usePages('EwsGateway.ListRoleReach', {
    ...input,
    MaxResults: PAGE_SIZE,
  })
  const totals = useLast(data?.Totals)
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  const columns = columnsOf(role)
  return (
    <Table
      header={
        <Header
          variant="h2"
          description={`${totals ? reachInWords(role, totals) : 'The role reaches the listed users.'} Access control rules can deny more requests.`}
          actions={
            <ExportUsers
              target="EwsGateway.ListRoleReach"
              input={input}
              rowsOf={({ Users }) => Users}
              name={`${effect === 'ALLOW' ? 'reached' : 'not-reached'}-by-${role.Name}`}
              columns={csvColumns(role)}
            />
          }
        >
          Reach
        </Header>
      }
      filter={
        <SpaceBetween size="s">
          <SegmentedControl
            label="Users"
            selectedId={effect}
            options={[
              { id: 'ALLOW', text: counted('Reached', totals?.Allowed) },
              { id: 'DENY', text: counted('Not reached', totals?.Denied) },
            ]}
            onChange={({ detail }) =>
              change(withParam('reach', detail.selectedId === 'DENY' ? 'no' : ''))
            }
          />
          <TextFilter
            filteringText={text}
            filteringPlaceholder="Find users by address or name"
            filteringAriaLabel="Find users"
            countText={data && settled !== '' ? matchesInWords(data.Matches) : ''}
            onChange={({ detail }) => find(detail.filteringText)}
          />
        </SpaceBetween>
      }
      pagination={<Pagination {...pagination} />}
      columnDefinitions={columns}
      items={data?.Users ?? []}
      trackBy="UserId"
      wrapLines
      loading={isLoading && data === undefined}
      loadingText="Loading users"
      empty={
        settled === '' ? (
          <Empty
            title={effect === 'ALLOW' ? 'The role reaches no users' : 'The role reaches all users'}
          />
        ) : (
          <Empty
            title="No matches"
            action={<Button onClick={() => find('')}>Clear filter</Button>}
          />
        )
      }
    />
  )
}

const columnsOf = (role: Role): TableProps.ColumnDefinition<ReachedUser>[] => [
  {
    id: 'email',
    header: 'Primary address',
    minWidth: 180,
    isRowHeader: true,
    cell: ({ UserId, Email }) => <PageLink path={`/users/${UserId}`}>{Email}</PageLink>,
  },
  {
    id: 'name',
    header: 'Display name',
    minWidth: 130,
    cell: ({ DisplayName }) => DisplayName ?? '–',
  },
  {
    id: 'rule',
    header: 'Deciding rules',
    minWidth: 180,
    cell: user => {
      const rules = rulesOf(role, user)
      if (rules.length === 0) return REASONS[user.Reason ?? '']
      return rules.map(rule => <div key={rule}>{rule}</div>)
    },
  },
  {
    id: 'groups',
    header: 'Through groups',
    minWidth: 150,
    cell: ({ MatchedGroups = [] }) =>
      MatchedGroups.length === 0 ? (
        <Box color="text-body-secondary">–</Box>
      ) : (
        namesOf(MatchedGroups).map(name => <div key={name}>{name}</div>)
      ),
  },
]

/** Returns the deciding rules with their effects. A rule that was removed since is named by its ID. */
function rulesOf({ Rules }: Role, { MatchedRules }: ReachedUser): string[] {
  return MatchedRules.map(id => {
    const rule = Rules.find(({ ImpersonationRuleId }) => ImpersonationRuleId === id)
    return rule === undefined ? id : `${EFFECTS[rule.Effect]}: ${nameOfRule(rule)}`
  })
}

const namesOf = (groups: NonNullable<ReachedUser['MatchedGroups']>) =>
  groups.map(({ Name, GroupId }) => Name ?? GroupId)

const csvColumns = (role: Role) => ({
  userId: ({ UserId }: ReachedUser) => UserId,
  primarySmtpAddress: ({ Email }: ReachedUser) => Email,
  displayName: ({ DisplayName }: ReachedUser) => DisplayName,
  reason: ({ Reason }: ReachedUser) => Reason,
  rules: (user: ReachedUser) => rulesOf(role, user).join('; '),
  groups: ({ MatchedGroups = [] }: ReachedUser) => namesOf(MatchedGroups).join('; '),
})
