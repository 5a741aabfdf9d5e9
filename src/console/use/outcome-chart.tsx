/**
 * Bar chart of requests over time by outcome. Each bar leads to its requests in the audit.
 *
 * Pages load this module when they have requests to show, because the chart components are large.
 *
 * @module
 */

import BarChart from '@cloudscape-design/components/bar-chart'
import { OUTCOMES } from '../audit/outcome.ts'
import type { Bounds } from '../audit/period.ts'
import { PageLink } from '../parts/page-link.tsx'
import { boundsOfBar, type ChartOutcome, type Series, type Unit, unitOf } from './buckets.ts'

const LABELS: Readonly<Record<ChartOutcome, string>> = { ...OUTCOMES, PENDING: 'In progress' }

const COLORS: Readonly<Record<ChartOutcome, string>> = {
  ANSWERED: 'var(--chart-answered)',
  DENIED: 'var(--chart-denied)',
  FAILED: 'var(--chart-failed)',
  ABORTED: 'var(--chart-aborted)',
  PENDING: 'var(--chart-pending)',
}

const FORMATS: Readonly<Record<Unit, Intl.DateTimeFormat>> = {
  HOUR: new Intl.DateTimeFormat(undefined, {
    weekday: 'short',
    hour: 'numeric',
    minute: '2-digit',
  }),
  DAY: new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' }),
}

/** Name of the axis. Hours are in the browser's time zone. */
const UNITS: Readonly<Record<Unit, string>> = {
  HOUR: `Hour (${FORMATS.HOUR.resolvedOptions().timeZone})`,
  DAY: 'Day (UTC)',
}

type Props = {
  title: string
  series: readonly Series[]
  bounds: Bounds
  /** Returns the path of the requests of a bar; absent if the user can't read them. */
  pathOf?: ((outcome: ChartOutcome, bar: Bounds) => string) | undefined
}

export function OutcomeChart({ title, series, bounds, pathOf }: Props) {
  const unit = unitOf(bounds)
  const outcomes = new Map(series.map(({ outcome }) => [LABELS[outcome], outcome]))
  return (
    <BarChart<number>
      series={series.map(({ outcome, data }) => ({
        type: 'bar',
        title: LABELS[outcome],
        color: COLORS[outcome],
        data,
        valueFormatter: count => count.toLocaleString(),
      }))}
      stackedBars
      hideFilter
      height={220}
      xScaleType="categorical"
      xTickFormatter={start => FORMATS[unit].format(start * 1_000)}
      yTickFormatter={count => (Number.isInteger(count) ? count.toLocaleString() : '')}
      xTitle={UNITS[unit]}
      yTitle="Requests"
      i18nStrings={{ detailPopoverDismissAriaLabel: 'Close' }}
      ariaLabel={title}
      ariaDescription={series
        .map(({ outcome, total }) => `${LABELS[outcome]}: ${total.toLocaleString()}`)
        .join(', ')}
      {...(pathOf && {
        detailPopoverSeriesContent: ({ series: { title: key }, x, y }) => {
          const outcome = outcomes.get(key)
          const value = y.toLocaleString()
          if (outcome === undefined || y === 0) return { key, value }
          const path = pathOf(outcome, boundsOfBar(x, bounds))
          return { key: <PageLink path={path}>{key}</PageLink>, value }
        },
      })}
    />
  )
}
