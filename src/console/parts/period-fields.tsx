/**
 * Fields for the period in which something is valid, and its display.
 *
 * @module
 */

import ColumnLayout from '@cloudscape-design/components/column-layout'
import DatePicker from '@cloudscape-design/components/date-picker'
import FormField from '@cloudscape-design/components/form-field'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import TimeInput from '@cloudscape-design/components/time-input'
import { useState } from 'react'
import { type DateAndTime, outsideOf, type Period, secondsOf, textOf } from './period.ts'
import { Time } from './time.tsx'

type Props = {
  period: Period
  onChange: (period: Period) => void
  problem?: string | false | undefined
  /** Meaning of an absent end. */
  withoutEnd?: string
}

export function PeriodFields({ period, onChange, problem, withoutEnd = 'no end' }: Props) {
  const { NotBefore, NotAfter } = period
  const put = (name: keyof Period, seconds: number | undefined) => {
    const { [name]: _, ...rest } = period
    onChange(seconds === undefined ? rest : { ...rest, [name]: seconds })
  }
  return (
    <ColumnLayout columns={2}>
      <DateTimeField
        label="Valid from"
        constraint="Empty: immediately."
        value={NotBefore}
        onChange={seconds => put('NotBefore', seconds)}
      />
      <DateTimeField
        label="Valid until"
        constraint={`Empty: ${withoutEnd}.`}
        value={NotAfter}
        problem={problem}
        onChange={seconds => put('NotAfter', seconds)}
      />
    </ColumnLayout>
  )
}

type FieldProps = {
  label: string
  constraint?: string
  isRequired?: boolean
  value: number | undefined
  onChange: (seconds: number | undefined) => void
  problem?: string | false | undefined
}

export function DateTimeField(props: FieldProps) {
  const { label, constraint, isRequired = false, value, onChange, problem } = props
  const [typed, setTyped] = useState<DateAndTime>(() => textOf(value))
  // Another value than the typed one comes from outside, such as the version that someone else has saved.
  const shown = Object.is(secondsOf(typed), value) ? typed : textOf(value)
  const change = (part: Partial<DateAndTime>) => {
    const next = { ...shown, ...part }
    setTyped(next)
    onChange(secondsOf(next))
  }
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <FormField
        label={
          <>
            {label}, date (UTC) {!isRequired && <i>- optional</i>}
          </>
        }
        constraintText={constraint}
        errorText={problem}
      >
        <DatePicker
          value={shown.date}
          placeholder="YYYY/MM/DD"
          openCalendarAriaLabel={date =>
            date ? `Choose a date, selected: ${date}` : 'Choose a date'
          }
          expandToViewport
          onChange={({ detail }) => change({ date: detail.value })}
        />
      </FormField>
      <FormField label="Time (UTC)" constraintText="Empty: 00:00:00.">
        <TimeInput
          value={shown.time}
          placeholder="hh:mm:ss"
          onChange={({ detail }) => change({ time: detail.value })}
        />
      </FormField>
    </SpaceBetween>
  )
}

/** Shows a period, and whether the present is outside of it. */
export function PeriodText({ period }: { period: Period | undefined }) {
  const { NotBefore, NotAfter } = period ?? {}
  if (NotBefore === undefined && NotAfter === undefined) return <>Always</>
  const outside = outsideOf({ ...period }, Date.now() / 1_000)
  return (
    <>
      {NotBefore !== undefined && (
        <div>
          From <Time at={NotBefore} />
        </div>
      )}
      {NotAfter !== undefined && (
        <div>
          Until <Time at={NotAfter} />
        </div>
      )}
      {outside === 'ENDED' && <StatusIndicator type="error">Ended</StatusIndicator>}
      {outside === 'NOT_YET' && <StatusIndicator type="pending">Not valid yet</StatusIndicator>}
    </>
  )
}
