/**
 * An empty view of the audit, and what to do about it.
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
        title={`No ${what} match in this time`}
        action={<Button onClick={() => view.setFilters([])}>Clear the filters</Button>}
      >
        Take a filter away, or choose a longer time.
      </Empty>
    )
  return (
    <Empty
      title={`No ${what} in this time`}
      action={<Button onClick={() => view.setPeriod(MONTH_LONG)}>Look at the last 30 days</Button>}
    >
      What happens now is here a second later: read it again.
    </Empty>
  )
}
