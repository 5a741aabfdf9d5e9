/**
 * Field for the time of an audit view.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { CustomTime } from './custom-time.tsx'
import { PERIODS, type Relative } from './period.ts'
import type { View } from './view.ts'

type Props = { view: Pick<View, 'period' | 'query' | 'setPeriod' | 'refresh'> }

const CUSTOM = { value: 'custom', label: 'Custom time' }

export function TimePicker({ view: { period, query, setPeriod, refresh } }: Props) {
  const [isOpen, setOpen] = useState(false)
  const isCustom = isOpen || period.type === 'absolute'
  const periods = [...PERIODS, ...(period.type === 'relative' ? [period] : [])]
  const options = [...new Map(periods.map(one => [one.key, optionOf(one)])).values(), CUSTOM]
  const shown = isCustom ? CUSTOM.value : period.key
  const choose = (key: string | undefined) => {
    const chosen = periods.find(one => one.key === key)
    setOpen(chosen === undefined)
    if (chosen) setPeriod(chosen)
  }
  return (
    <SpaceBetween size="xs">
      <SpaceBetween direction="horizontal" size="xs">
        <Select
          selectedOption={options.find(({ value }) => value === shown) ?? null}
          options={options}
          ariaLabel="Time"
          expandToViewport
          onChange={({ detail }) => choose(detail.selectedOption.value)}
        />
        <Button iconName="refresh" ariaLabel="Refresh" onClick={refresh} />
      </SpaceBetween>
      {isCustom && (
        <CustomTime
          // Starts again with the times of the view when these change, for example with the address of the page.
          key={`${query.StartTime}-${query.EndTime}`}
          bounds={query}
          onApply={bounds => {
            setOpen(false)
            setPeriod({ type: 'absolute', ...bounds })
          }}
        />
      )}
    </SpaceBetween>
  )
}

const optionOf = ({ key, amount, unit }: Relative) => ({
  value: key,
  label: `Last ${amount === 1 ? unit : `${amount} ${unit}s`}`,
})
