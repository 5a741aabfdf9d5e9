/**
 * Small bar chart with one bar for each hour.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'

/** One bar. `at` is the start of the hour, in seconds since 1970. */
export type Bar = { at: number; count: number }

type Props = { title: string; bars: readonly Bar[]; tone: 'good' | 'bad' }

const [WIDTH, HEIGHT, GAP] = [480, 96, 3]
const HOUR = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' })
const hourOf = (at: number) => HOUR.format(new Date(at * 1_000))

export function Bars({ title, bars, tone }: Props) {
  const total = bars.reduce((sum, { count }) => sum + count, 0)
  const most = Math.max(...bars.map(({ count }) => count), 1)
  const step = WIDTH / bars.length
  const first = bars[0]?.at ?? 0
  const summary = `${title}: ${total.toLocaleString()} in ${bars.length} hours, at most ${most.toLocaleString()} in one hour`
  return (
    <figure className="bars">
      <figcaption>
        <Box variant="awsui-key-label">{title}</Box>
        <Box variant="awsui-value-large">{total.toLocaleString()}</Box>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={summary}
        className={tone}
      >
        <title>{summary}</title>
        {bars.map(({ at, count }, i) => {
          const height = count === 0 ? 0 : Math.max((count / most) * (HEIGHT - 2), 2)
          return (
            <g key={at}>
              <title>{`${hourOf(at)}: ${count.toLocaleString()}`}</title>
              <rect className="room" x={i * step} y={0} width={step} height={HEIGHT} />
              <rect
                x={i * step + GAP / 2}
                y={HEIGHT - height}
                width={step - GAP}
                height={height}
                rx={1.5}
              />
            </g>
          )
        })}
      </svg>
      <div className="axis">
        <Box variant="small" color="text-body-secondary">
          {hourOf(first)}
        </Box>
        <Box variant="small" color="text-body-secondary">
          Now
        </Box>
      </div>
    </figure>
  )
}
