/**
 * Page with all access control rules and their test.
 *
 * @module
 */

import { useCollection } from '@cloudscape-design/collection-hooks'
import Alert from '@cloudscape-design/components/alert'
import Badge from '@cloudscape-design/components/badge'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { useState } from 'react'
import type { AccessControlRule } from '../api/access-control.ts'
import { PageLink } from '../parts/page-link.tsx'
import { useQuery } from '../parts/query.ts'
import { Empty, Failed } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { EFFECTS } from '../roles/words.ts'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { AccessTest } from './access-test.tsx'
import { DeleteRule } from './delete-rule.tsx'
import { useNames } from './names.ts'
import { isForEverything } from './rule-form.ts'
import { conditionsInWords, type Names } from './rule-words.ts'

const PAGE_SIZE = 20

export function AccessControlPage() {
  const { may } = useSession()
  const { data, error, isLoading, reload } = useQuery('WorkMailService.ListAccessControlRules', {})
  if (error !== undefined) return <Failed error={error} onRetry={reload} />
  const rules = data?.Rules ?? []
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="Access control rules allow or deny requests by source address, user, role, and protocol. They apply to all roles. The rules of the role must also allow a request that is allowed here."
        >
          Access control
        </Header>
      }
    >
      <SpaceBetween size="l">
        {data && <Warning rules={rules} />}
        <Rules rules={rules} isLoading={isLoading && data === undefined} reload={reload} />
        {may('workmail:GetAccessControlEffect') && <AccessTest />}
      </SpaceBetween>
    </ContentLayout>
  )
}

function Warning({ rules }: { rules: readonly AccessControlRule[] }) {
  if (!rules.some(({ Effect }) => Effect === 'ALLOW'))
    return (
      <Alert type="error" header="All requests are denied">
        There is no Allow rule, so the gateway denies all requests of all tools. Create an Allow
        rule, for example without conditions.
      </Alert>
    )
  const denyAll = rules.find(rule => rule.Effect === 'DENY' && isForEverything(rule))
  return (
    denyAll && (
      <Alert type="error" header="All requests are denied">
        The rule {denyAll.Name} denies every request. Add a condition to the rule, or delete it.
      </Alert>
    )
  )
}

type RulesProps = { rules: readonly AccessControlRule[]; isLoading: boolean; reload: () => void }

function Rules({ rules, isLoading, reload }: RulesProps) {
  const { may } = useSession()
  const [deleting, setDeleting] = useState<AccessControlRule>()
  const mayPut = may('ewsgateway:ReplaceAccessControlRule')
  const create = mayPut && <Button onClick={() => go('/access-control/new')}>Create rule</Button>
  const { items, filterProps, paginationProps, collectionProps, filteredItemsCount, actions } =
    useCollection(rules, {
      filtering: {
        fields: ['Name', 'Description', 'Effect'],
        empty: (
          <Empty title="No access control rules" action={create}>
            Without a rule, the gateway denies all requests.
          </Empty>
        ),
        noMatch: (
          <Empty
            title="No matches"
            action={<Button onClick={() => actions.setFiltering('')}>Clear filter</Button>}
          />
        ),
      },
      pagination: { pageSize: PAGE_SIZE },
      sorting: { defaultState: { sortingColumn: { sortingField: 'Name' } } },
    })
  const names = useNames(items)
  const mayDelete = may('workmail:DeleteAccessControlRule')
  return (
    <>
      <Table
        {...collectionProps}
        columnDefinitions={[
          ...columns(names, mayPut),
          ...(mayDelete ? [deleteColumn(setDeleting)] : []),
        ]}
        items={items}
        trackBy="Name"
        wrapLines
        loading={isLoading}
        loadingText="Loading rules"
        header={
          <Header
            variant="h2"
            counter={isLoading ? undefined : `(${rules.length})`}
            description="A matching Deny rule takes precedence. If no Allow rule matches, the request is denied."
            actions={create}
          >
            Rules
          </Header>
        }
        filter={
          <TextFilter
            {...filterProps}
            filteringPlaceholder="Find rules"
            filteringAriaLabel="Find rules"
            countText={`${filteredItemsCount ?? 0} of ${rules.length}`}
          />
        }
        pagination={rules.length > PAGE_SIZE && <Pagination {...paginationProps} />}
      />
      {deleting && (
        <DeleteRule
          rule={deleting}
          isLastAllowing={isLastAllowing(deleting, rules)}
          onClose={() => setDeleting(undefined)}
          onDeleted={reload}
        />
      )}
    </>
  )
}

const isLastAllowing = (rule: AccessControlRule, rules: readonly AccessControlRule[]): boolean =>
  rules.every(({ Name, Effect }) => Name === rule.Name || Effect === 'DENY')

const columns = (
  names: Names,
  mayPut: boolean,
): TableProps.ColumnDefinition<AccessControlRule>[] => [
  {
    id: 'name',
    header: 'Name',
    sortingField: 'Name',
    minWidth: 140,
    isRowHeader: true,
    cell: ({ Name, Description }) => (
      <>
        {mayPut ? <PageLink path={`/access-control/rules/${Name}`}>{Name}</PageLink> : Name}
        {Description !== '' && (
          <Box variant="small" display="block" color="text-body-secondary">
            {Description}
          </Box>
        )}
      </>
    ),
  },
  {
    id: 'effect',
    header: 'Effect',
    sortingField: 'Effect',
    minWidth: 90,
    cell: ({ Effect }) => (
      <Badge color={Effect === 'ALLOW' ? 'green' : 'red'}>{EFFECTS[Effect]}</Badge>
    ),
  },
  {
    id: 'conditions',
    header: 'Conditions (all must match)',
    minWidth: 240,
    cell: rule => conditionsInWords(rule, names).map(text => <div key={text}>{text}</div>),
  },
  {
    id: 'changed',
    header: 'Last changed',
    sortingField: 'DateModified',
    minWidth: 130,
    cell: ({ DateModified }) => (DateModified === 0 ? '–' : <Time at={DateModified} />),
  },
]

const deleteColumn = (
  onDelete: (rule: AccessControlRule) => void,
): TableProps.ColumnDefinition<AccessControlRule> => ({
  id: 'actions',
  header: 'Actions',
  minWidth: 100,
  cell: rule => (
    <Button variant="inline-link" ariaLabel={`Delete ${rule.Name}`} onClick={() => onDelete(rule)}>
      Delete
    </Button>
  ),
})
