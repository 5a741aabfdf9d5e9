/**
 * Form for the start and the end of an audit view.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { DateTimeField } from '../parts/date-time-field.tsx'
import { periodProblem } from '../parts/period.ts'
import type { Bounds } from './period.ts'

type Props = { bounds: Bounds; onApply: (bounds: Bounds) => void }

export function CustomTime({ bounds, onApply }: Props) {
  const [start, setStart] = useState<number | undefined>(bounds.StartTime)
  const [end, setEnd] = useState<number | undefined>(bounds.EndTime)
  const [isTried, setTried] = useState(false)
  const problems = problemsOf(start, end)
  const apply = () => {
    setTried(true)
    if (start === undefined || end === undefined || problems.start || problems.end) return
    onApply({ StartTime: start, EndTime: end })
  }
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        apply()
      }}
    >
      <SpaceBetween size="s">
        <ColumnLayout columns={2}>
          <DateTimeField
            label="From"
            value={start}
            problem={isTried && problems.start}
            onChange={setStart}
          />
          <DateTimeField
            label="Until"
            value={end}
            problem={isTried && problems.end}
            onChange={setEnd}
          />
        </ColumnLayout>
        <Button>Apply time</Button>
      </SpaceBetween>
    </form>
  )
}

const MISSING = 'Enter a time.'

/** Returns the problem of each field that has one. */
function problemsOf(start: number | undefined, end: number | undefined) {
  if (start === undefined) return { start: MISSING }
  if (end === undefined) return { end: MISSING }
  const problem = periodProblem({ NotBefore: start, NotAfter: end })
  return Number.isNaN(start) ? { start: problem } : { end: problem }
}
