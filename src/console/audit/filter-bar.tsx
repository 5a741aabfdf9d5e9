/**
 * Time and filters of an audit view.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import DateRangePicker from '@cloudscape-design/components/date-range-picker'
import PropertyFilter, {
  type PropertyFilterProps,
} from '@cloudscape-design/components/property-filter'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { Property } from '../api/history.ts'
import { useFilterOptions } from './filter-options.ts'
import { filtersOf, queryOf } from './filters.ts'
import { DAY, PERIODS, type Period } from './period.ts'
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
}

type Props = { view: View; properties: readonly Property[] }

export function FilterBar({ view, properties }: Props) {
  const { options, status, load } = useFilterOptions(view.filters)
  const labelOf = (key: Property) => (value: unknown) =>
    options.find(option => option.propertyKey === key && option.value === value)?.label ??
    String(value)
  return (
    <SpaceBetween size="xs">
      <SpaceBetween direction="horizontal" size="xs">
        <DateRangePicker
          value={view.period}
          relativeOptions={PERIODS}
          isValidRange={isValidRange}
          showClearButton={false}
          expandToViewport
          ariaLabel="Time"
          onChange={({ detail }) => view.setPeriod((detail.value as Period | null) ?? DAY)}
        />
        <Button iconName="refresh" ariaLabel="Refresh" onClick={view.refresh} />
      </SpaceBetween>
      <PropertyFilter
        query={queryOf(view.filters) as PropertyFilterProps.Query}
        onChange={({ detail }) => view.setFilters(filtersOf(detail))}
        filteringProperties={properties.map(key => ({
          key,
          propertyLabel: LABELS[key][0],
          groupValuesLabel: LABELS[key][1],
          operators: (['=', '!='] as const).map(operator => ({ operator, format: labelOf(key) })),
          defaultOperator: '=',
        }))}
        filteringOptions={options}
        filteringStatusType={status}
        onLoadItems={({ detail }) =>
          load(detail.filteringProperty?.key, detail.filteringText, detail.firstPage)
        }
        hideOperations
        disableFreeTextFiltering
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

const isValidRange = (value: object | null) => {
  if (value === null) return { valid: false, errorMessage: 'Choose a time.' } as const
  if (!('startDate' in value && 'endDate' in value)) return { valid: true } as const
  if (Date.parse(String(value.startDate)) < Date.parse(String(value.endDate)))
    return { valid: true } as const
  return { valid: false, errorMessage: 'The end must be after the start.' } as const
}
