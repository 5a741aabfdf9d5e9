/**
 * Table of the rules that name a group, or a group that contains it.
 *
 * @module
 */

import { useCollection } from '@cloudscape-design/collection-hooks'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import type { GroupRule, GroupUse } from '../api/groups.ts'
import { PageLink } from '../parts/page-link.tsx'
import { Empty } from '../parts/states.tsx'
import { counterOf } from '../parts/totals.ts'

const PAGE_SIZE = 20

export function UsingRules({ group }: { group: GroupUse }) {
  const { Rules: rules, GroupId } = group
  const { items, paginationProps } = useCollection(rules, { pagination: { pageSize: PAGE_SIZE } })
  return (
    <Table
      columnDefinitions={columnsFor(GroupId)}
      items={items}
      trackBy={({ ImpersonationRoleId, ImpersonationRuleId }) =>
        `${ImpersonationRoleId} ${ImpersonationRuleId}`
      }
      wrapLines
      header={
        <Header
          variant="h2"
          counter={counterOf(rules.length)}
          description="Rules of roles that name this group, or a group that contains it."
        >
          Rules
        </Header>
      }
      pagination={rules.length > PAGE_SIZE && <Pagination {...paginationProps} />}
      empty={<Empty title="No rules">A change of the group has no effect on any role.</Empty>}
    />
  )
}

const columnsFor = (groupId: string): TableProps.ColumnDefinition<GroupRule>[] => [
  {
    id: 'role',
    header: 'Role',
    minWidth: 140,
    isRowHeader: true,
    cell: ({ ImpersonationRoleId, RoleName }) => (
      <PageLink path={`/roles/${ImpersonationRoleId}`}>{RoleName}</PageLink>
    ),
  },
  {
    id: 'rule',
    header: 'Rule',
    minWidth: 160,
    cell: ({ ImpersonationRoleId, ImpersonationRuleId, RuleName, Effect }) => (
      <>
        {Effect === 'ALLOW' ? 'Allow' : 'Deny'}:{' '}
        <PageLink
          path={`/roles/${ImpersonationRoleId}?rule=${encodeURIComponent(ImpersonationRuleId)}`}
        >
          {RuleName ?? ImpersonationRuleId}
        </PageLink>
      </>
    ),
  },
  {
    id: 'matches',
    header: 'Matches members of',
    minWidth: 160,
    cell: ({ TargetGroups }) => namesOf(TargetGroups, groupId),
  },
  {
    id: 'excepts',
    header: "Doesn't match members of",
    minWidth: 160,
    cell: ({ NotTargetGroups }) => namesOf(NotTargetGroups, groupId),
  },
]

const namesOf = (groups: GroupRule['TargetGroups'], own: string) =>
  groups.length === 0
    ? '–'
    : groups.map(({ GroupId, Name }) => (
        <div key={GroupId}>
          {GroupId === own ? (
            'This group'
          ) : (
            <PageLink path={`/groups/${GroupId}`}>{Name ?? GroupId}</PageLink>
          )}
        </div>
      ))
