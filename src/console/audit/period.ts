/**
 * Converts the time of an audit view between the query string of the page and the API.
 *
 * @module
 */

const UNITS = { minute: 'm', hour: 'h', day: 'd' } as const
const SECONDS = { minute: 60, hour: 3_600, day: 86_400 } as const
type Unit = keyof typeof UNITS

/** Start (inclusive) and end (exclusive), in seconds since 1970. */
export type Bounds = Readonly<{ StartTime: number; EndTime: number }>

/** A time that ends now. The key is its text in the query string. */
export type Relative = Readonly<{ type: 'relative'; key: string; amount: number; unit: Unit }>

export type Period = Relative | (Readonly<{ type: 'absolute' }> & Bounds)

const last = (amount: number, unit: Unit): Relative => ({
  type: 'relative',
  key: `${amount}${UNITS[unit]}`,
  amount,
  unit,
})

/** Periods that pages suggest. */
export const PERIODS = [
  last(1, 'hour'),
  last(24, 'hour'),
  last(7, 'day'),
  last(30, 'day'),
  last(90, 'day'),
]
export const DAY: Period = last(24, 'hour')
export const MONTH_LONG: Period = last(30, 'day')

/** Reads `last=7d`, or `from=…&to=…` with times such as `2026-12-31T17:00:00Z`. */
export function readPeriod(params: URLSearchParams, fallback = DAY): Period {
  const bounds = readBounds(params.get('from') ?? '', params.get('to') ?? '')
  if (bounds) return { type: 'absolute', ...bounds }
  const [, amount, letter] = /^([1-9]\d{0,4})([mhd])$/.exec(params.get('last') ?? '') ?? []
  const unit = (Object.keys(UNITS) as Unit[]).find(name => UNITS[name] === letter)
  return unit === undefined ? fallback : last(Number(amount), unit)
}

function readBounds(from: string, to: string): Bounds | undefined {
  const [StartTime, EndTime] = [secondsOf(from), secondsOf(to)]
  if (StartTime === undefined || EndTime === undefined || StartTime >= EndTime) return undefined
  return { StartTime, EndTime }
}

/** Reads a time in the form that the console writes. Date.parse() also reads others, and moves impossible days. */
function secondsOf(text: string): number | undefined {
  const seconds = Date.parse(text) / 1_000
  if (Number.isNaN(seconds)) return undefined
  const whole = isoOf(seconds)
  return text === whole || text === whole.replace('.000', '') ? seconds : undefined
}

/** Replaces the period among the parameters. */
export function writePeriod(params: URLSearchParams, period: Period): URLSearchParams {
  const others = [...params].filter(([name]) => !['last', 'from', 'to'].includes(name))
  const own: [string, string][] =
    period.type === 'absolute'
      ? [
          ['from', isoOf(period.StartTime)],
          ['to', isoOf(period.EndTime)],
        ]
      : [['last', period.key]]
  return new URLSearchParams([...own, ...others])
}

const isoOf = (seconds: number) => new Date(seconds * 1_000).toISOString()

/** @param now - in milliseconds since the epoch */
export function boundsOf(period: Period, now: number): Bounds {
  if (period.type === 'absolute') return { StartTime: period.StartTime, EndTime: period.EndTime }
  const EndTime = Math.ceil(now / 1_000)
  return { StartTime: EndTime - period.amount * SECONDS[period.unit], EndTime }
}
