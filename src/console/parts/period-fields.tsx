/**
 * Fields for the period in which something is valid, and its display.
 *
 * @module
 */

import ColumnLayout from '@cloudscape-design/components/column-layout'
import { DateTimeField } from './date-time-field.tsx'
import type { Period } from './period.ts'
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
  const isStartUnread = Number.isNaN(NotBefore)
  return (
    <ColumnLayout columns={2}>
      <DateTimeField
        label="Valid from"
        whenEmpty="immediately"
        value={NotBefore}
        problem={isStartUnread && problem}
        onChange={seconds => put('NotBefore', seconds)}
      />
      <DateTimeField
        label="Valid until"
        whenEmpty={withoutEnd}
        value={NotAfter}
        problem={(!isStartUnread || Number.isNaN(NotAfter)) && problem}
        whenPast="This end is in the past. After you save, the access has ended."
        onChange={seconds => put('NotAfter', seconds)}
      />
    </ColumnLayout>
  )
}

/** Shows a period. Only the gateway's clock decides whether the present is in it. */
export function PeriodText({ period }: { period: Period | undefined }) {
  const { NotBefore, NotAfter } = period ?? {}
  if (NotBefore === undefined && NotAfter === undefined) return <>Always</>
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
    </>
  )
}
