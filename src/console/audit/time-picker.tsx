/**
 * Field for the time of an audit view.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import DateRangePicker from '@cloudscape-design/components/date-range-picker'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { DAY, PERIODS, type Period } from './period.ts'
import type { View } from './view.ts'

type Props = { view: Pick<View, 'period' | 'setPeriod' | 'refresh'> }

export const TimePicker = ({ view }: Props) => (
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
)

const isValidRange = (value: object | null) => {
  if (value === null) return { valid: false, errorMessage: 'Choose a time.' } as const
  if (!('startDate' in value && 'endDate' in value)) return { valid: true } as const
  if (Date.parse(String(value.startDate)) < Date.parse(String(value.endDate)))
    return { valid: true } as const
  return { valid: false, errorMessage: 'The end must be after the start.' } as const
}
