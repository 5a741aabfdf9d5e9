/**
 * Control that chooses the period of a chart.
 *
 * @module
 */

import SegmentedControl from '@cloudscape-design/components/segmented-control'
import { PERIODS } from '../audit/period.ts'
import type { View } from '../audit/view.ts'

const OPTIONS = PERIODS.map(({ key, amount, unit }) => ({
  id: key,
  text: `${amount} ${unit}${amount === 1 ? '' : 's'}`,
}))

export const PeriodControl = ({ view: { period, setPeriod } }: { view: View<never> }) => (
  <SegmentedControl
    label="Period"
    options={OPTIONS}
    selectedId={period.type === 'relative' ? period.key : null}
    onChange={({ detail }) => {
      const chosen = PERIODS.find(({ key }) => key === detail.selectedId)
      if (chosen !== undefined) setPeriod(chosen)
    }}
  />
)
