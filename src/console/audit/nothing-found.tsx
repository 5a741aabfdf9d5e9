/**
 * Empty state of an audit view.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import { Empty } from '../parts/states.tsx'
import { MONTH_LONG } from './period.ts'
import type { View } from './view.ts'

export function NothingFound({ view, what }: { view: View; what: string }) {
  if (view.filters.length > 0)
    return (
      <Empty
        title="No matches"
        action={<Button onClick={() => view.setFilters([])}>Clear filter</Button>}
      >
        No {what} in this time match the filter. Remove a condition, or choose a longer time.
      </Empty>
    )
  return (
    <Empty
      title={`No ${what}`}
      action={<Button onClick={() => view.setPeriod(MONTH_LONG)}>View last 30 days</Button>}
    >
      There are no {what} in this time. New entries appear within about a second: refresh the list.
    </Empty>
  )
}
