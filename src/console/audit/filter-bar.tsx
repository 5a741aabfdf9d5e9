/**
 * Time and filters of an audit view.
 *
 * @module
 */

import PropertyFilter, {
  type PropertyFilterProps,
} from '@cloudscape-design/components/property-filter'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { Property } from '../api/history.ts'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { useFilterOptions } from './filter-options.ts'
import { decisionIdOf, filtersOf, freeTextOf, queryOf } from './filters.ts'
import { TimePicker } from './time-picker.tsx'
import type { View } from './view.ts'

const LABELS: Readonly<Record<Property, readonly [string, string]>> = {
  ROLE: ['Role', 'Roles'],
  PRINCIPAL: ['Principal', 'Principals'],
  MAILBOX: ['Mailbox', 'Mailboxes'],
  OPERATION: ['Operation', 'Operations'],
  VERDICT: ['Decision', 'Decisions'],
  REASON: ['Reason', 'Reasons'],
  OUTCOME: ['Outcome', 'Outcomes'],
  CAUSE: ['Cause', 'Causes'],
  RULE: ['Rule', 'Rules'],
  ACTION: ['Action', 'Actions'],
  OBJECT: ['Object', 'Objects'],
}

/** Operators that compare whole values. An object can only be found by a part of its name. */
const COMPARED = ['=', '!='] as const

type Props = {
  view: View
  properties: readonly Property[]
  /** Properties that can also contain a text. */
  searched: readonly Property[]
}

export function FilterBar({ view, properties, searched }: Props) {
  const { may } = useSession()
  const findsIds = may('ewsgateway:GetDecision')
  /** Text that is neither a filter nor a decision ID. */
  const [unread, setUnread] = useState<string>()
  const { options, status, load } = useFilterOptions(view.filters)
  const labelOf = (key: Property) => (value: unknown) =>
    options.find(option => option.propertyKey === key && option.value === value)?.label ??
    String(value)
  return (
    <SpaceBetween size="xs">
      <TimePicker view={view} />
      <PropertyFilter
        query={queryOf(view.filters) as PropertyFilterProps.Query}
        onChange={({ detail }) => {
          const text = freeTextOf(detail)
          const id = decisionIdOf(text)
          if (id !== undefined) return go(`/audit/records/${id}`)
          setUnread(text)
          view.setFilters(filtersOf(detail))
        }}
        filteringProperties={properties.map(key => ({
          key,
          propertyLabel: LABELS[key][0],
          groupValuesLabel: LABELS[key][1],
          operators: [
            ...(key === 'OBJECT' ? [] : COMPARED).map(operator => ({
              operator,
              format: labelOf(key),
            })),
            ...(searched.includes(key) ? [':' as const] : []),
          ],
          defaultOperator: key === 'OBJECT' ? ':' : '=',
        }))}
        filteringOptions={options}
        filteringStatusType={status}
        onLoadItems={({ detail }) =>
          load(detail.filteringProperty?.key, detail.filteringText, detail.firstPage)
        }
        hideOperations
        disableFreeTextFiltering={!findsIds}
        filteringConstraintText={
          findsIds &&
          (unread === undefined
            ? 'To find one record, paste its decision ID from the error of a client.'
            : `“${unread}” is not a decision ID. To filter by it, choose a property first.`)
        }
        virtualScroll
        expandToViewport
        filteringPlaceholder={`Filter by ${properties.map(key => LABELS[key][0].toLowerCase()).join(', ')}`}
        filteringAriaLabel="Filter"
        filteringEmpty="No suggestions. You can enter any value."
        filteringLoadingText="Loading suggestions"
      />
    </SpaceBetween>
  )
}
