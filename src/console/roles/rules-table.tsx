/**
 * Table of a role's rules, read-only or with buttons to change them.
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
import { useRuleDescription } from './rule-description.ts'
import { EFFECTS, nameOfRule } from './words.ts'

type Props = {
  rules: readonly Rule[]
  /** Handlers of the buttons. Undefined for a read-only table. */
  editing?: { onAdd: () => void; onEdit: (rule: Rule) => void; onRemove: (rule: Rule) => void }
}

export function RulesTable({ rules, editing }: Props) {
  const describe = useRuleDescription(rules)
  const { params } = useSearch()
  return (
    <Table
      items={rules}
      trackBy="ImpersonationRuleId"
      wrapLines
      columnDefinitions={[
        ...columns(describe, params.get('rule')),
        ...(editing ? [buttons(editing)] : []),
      ]}
      header={
        <Header
          variant="h2"
          counter={`(${rules.length})`}
          description="A matching Deny rule takes precedence. If no Allow rule matches, the request is denied."
          actions={editing && <Button onClick={editing.onAdd}>Add rule</Button>}
        >
          Rules
        </Header>
      }
      empty={<Empty title="No rules">Add a rule that allows users.</Empty>}
    />
  )
}

/** @param marked - ID of the rule to highlight, because a link points to it */
const columns = (
  describe: (rule: Rule) => string,
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
          <StatusIndicator type="info">Linked rule</StatusIndicator>
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
    id: 'users',
    header: 'Matches requests that impersonate',
    cell: describe,
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
