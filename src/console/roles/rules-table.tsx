/**
 * The rules of a role, for reading or with buttons to change them.
 *
 * @module
 */

import Badge from '@cloudscape-design/components/badge'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import type { Rule } from '../api/roles.ts'
import { useSearch } from '../parts/search.ts'
import { Empty } from '../parts/states.tsx'
import { useRuleDescription } from './whom.ts'
import { EFFECTS, nameOfRule } from './words.ts'

type Props = {
  rules: readonly Rule[]
  /** Undefined: for reading. */
  editing?: { onAdd: () => void; onEdit: (rule: Rule) => void; onRemove: (rule: Rule) => void }
}

export function RulesTable({ rules, editing }: Props) {
  const whom = useRuleDescription(rules)
  const { params } = useSearch()
  return (
    <Table
      items={rules}
      trackBy="ImpersonationRuleId"
      wrapLines
      columnDefinitions={[
        ...columns(whom, params.get('rule')),
        ...(editing ? [buttons(editing)] : []),
      ]}
      header={
        <Header
          variant="h2"
          counter={`(${rules.length})`}
          description="A Deny that matches wins; else one Allow that matches is enough; else the answer is no."
          actions={editing && <Button onClick={editing.onAdd}>Add rule</Button>}
        >
          Rules
        </Header>
      }
      empty={
        <Empty title="No rules">
          This role can impersonate nobody yet: add a rule that allows somebody.
        </Empty>
      }
    />
  )
}

/** @param marked - the id of the rule that a link leads to */
const columns = (
  whom: (rule: Rule) => string,
  marked: string | null,
): TableProps.ColumnDefinition<Rule>[] => [
  {
    id: 'name',
    header: 'Name',
    isRowHeader: true,
    cell: rule => (
      <>
        <div>{nameOfRule(rule)}</div>
        {rule.ImpersonationRuleId === marked && (
          <StatusIndicator type="info">The link leads to this rule</StatusIndicator>
        )}
        {rule.Description !== undefined && (
          <Box variant="small" color="text-body-secondary">
            {rule.Description}
          </Box>
        )}
      </>
    ),
  },
  {
    id: 'effect',
    header: 'Effect',
    cell: ({ Effect }) => (
      <Badge color={Effect === 'ALLOW' ? 'green' : 'red'}>{EFFECTS[Effect]}</Badge>
    ),
  },
  {
    id: 'whom',
    header: 'Matches requests that impersonate',
    cell: whom,
  },
]

const buttons = ({
  onEdit,
  onRemove,
}: NonNullable<Props['editing']>): TableProps.ColumnDefinition<Rule> => ({
  id: 'actions',
  header: 'Actions',
  minWidth: 170,
  cell: rule => (
    <SpaceBetween direction="horizontal" size="xs">
      <Button
        variant="inline-link"
        ariaLabel={`Edit ${nameOfRule(rule)}`}
        onClick={() => onEdit(rule)}
      >
        Edit
      </Button>
      <Button
        variant="inline-link"
        ariaLabel={`Remove ${nameOfRule(rule)}`}
        onClick={() => onRemove(rule)}
      >
        Remove
      </Button>
    </SpaceBetween>
  ),
})
