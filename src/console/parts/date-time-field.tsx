/**
 * Text field for a date and time, which shows how it reads the text.
 *
 * @module
 */

import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import LiveRegion from '@cloudscape-design/components/live-region'
import { useState } from 'react'
import { gatewayNow } from '../api/clock.ts'
import { formatDateTime, parseDateTime } from './date-time.ts'
import { Optional } from './optional.tsx'
import { timeInWords } from './time-words.ts'
import { localZone } from './zone.ts'

type Props = {
  label: string
  /** Meaning of an empty field. Without it, the field is required. */
  whenEmpty?: string
  /** In seconds since 1970; NaN if the text means no time. */
  value: number | undefined
  onChange: (seconds: number | undefined) => void
  /** Problem that the form has with the field. If the text means no time, the field says why instead. */
  problem?: string | false | undefined
  /** Warning about a time in the past. */
  whenPast?: string
}

export function DateTimeField({ label, whenEmpty, value, onChange, problem, whenPast }: Props) {
  const [typed, setTyped] = useState(() => textOf(value))
  const [isLeft, setLeft] = useState(false)
  // Another value than the typed one comes from outside, such as the version that someone else has saved.
  const text = Object.is(secondsOf(typed), value) ? typed : textOf(value)
  const unread = text.trim() === '' ? undefined : problemOf(text)
  const now = gatewayNow() / 1_000
  const isRead = value !== undefined && unread === undefined
  return (
    <FormField
      label={whenEmpty === undefined ? label : <Optional>{label}</Optional>}
      constraintText={
        isRead ? (
          <LiveRegion tagName="span">{timeInWords(value, localZone(), now)}</LiveRegion>
        ) : (
          [EXAMPLES, whenEmpty && `Empty: ${whenEmpty}.`].filter(Boolean).join(' ')
        )
      }
      errorText={unread === undefined ? problem : (isLeft || problem) && unread}
      warningText={isRead && value <= now && whenPast}
    >
      <Input
        value={text}
        placeholder="YYYY-MM-DD hh:mm"
        autoComplete={false}
        spellcheck={false}
        onBlur={() => setLeft(true)}
        onChange={({ detail }) => {
          setTyped(detail.value)
          onChange(secondsOf(detail.value))
        }}
      />
    </FormField>
  )
}

const EXAMPLES = 'For example, 2026-12-31 18:00 in your local time, or 2026-12-31 17:00 UTC.'

const textOf = (seconds: number | undefined): string =>
  seconds === undefined || Number.isNaN(seconds) ? '' : formatDateTime(seconds, localZone())

function secondsOf(text: string): number | undefined {
  if (text.trim() === '') return undefined
  const result = parseDateTime(text, localZone())
  return 'seconds' in result ? result.seconds : Number.NaN
}

function problemOf(text: string): string | undefined {
  const result = parseDateTime(text, localZone())
  return 'problem' in result ? result.problem : undefined
}
