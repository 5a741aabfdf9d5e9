/**
 * Converts the time of an audit view between the date range picker, the query string of the page, and the API.
 *
 * @module
 */

const UNITS = { minute: 'm', hour: 'h', day: 'd' } as const
const SECONDS = { minute: 60, hour: 3_600, day: 86_400 } as const
type Unit = keyof typeof UNITS

/** Values of Cloudscape's date range picker. */
export type Period =
  | Readonly<{ type: 'relative'; key: string; amount: number; unit: Unit }>
  /** Start and end as RFC 3339 times. */
  | Readonly<{ type: 'absolute'; startDate: string; endDate: string }>

/** Start (inclusive) and end (exclusive), in seconds since 1970. */
export type Bounds = Readonly<{ StartTime: number; EndTime: number }>

const last = (amount: number, unit: Unit): Period & { type: 'relative' } => ({
  type: 'relative',
  key: `${amount}${UNITS[unit]}`,
  amount,
  unit,
})

/** Periods that the picker suggests. */
export const PERIODS = [
  last(1, 'hour'),
  last(24, 'hour'),
  last(7, 'day'),
  last(30, 'day'),
  last(90, 'day'),
]
export const DAY: Period = last(24, 'hour')
export const MONTH_LONG: Period = last(30, 'day')

/** Reads `last=7d`, or `from=…&to=…`. */
export function readPeriod(params: URLSearchParams, fallback = DAY): Period {
  const [from, to] = [params.get('from') ?? '', params.get('to') ?? '']
  if (Date.parse(from) < Date.parse(to)) return { type: 'absolute', startDate: from, endDate: to }
  const [, amount, letter] = /^([1-9]\d{0,4})([mhd])$/.exec(params.get('last') ?? '') ?? []
  const unit = (Object.keys(UNITS) as Unit[]).find(name => UNITS[name] === letter)
  return unit === undefined ? fallback : last(Number(amount), unit)
}

/** Replaces the period among the parameters. */
export function writePeriod(params: URLSearchParams, period: Period): URLSearchParams {
  const others = [...params].filter(([name]) => !['last', 'from', 'to'].includes(name))
  const own: [string, string][] =
    period.type === 'absolute'
      ? [
          ['from', period.startDate],
          ['to', period.endDate],
        ]
      : [['last', `${period.amount}${UNITS[period.unit]}`]]
  return new URLSearchParams([...own, ...others])
}

/** @param now - in milliseconds since the epoch */
export function boundsOf(period: Period, now: number): Bounds {
  if (period.type === 'absolute')
    return {
      StartTime: Date.parse(period.startDate) / 1_000,
      EndTime: Date.parse(period.endDate) / 1_000,
    }
  const EndTime = Math.ceil(now / 1_000)
  return { StartTime: EndTime - period.amount * SECONDS[period.unit], EndTime }
}
