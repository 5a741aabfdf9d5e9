import t from 'tap'
import {
  boundsOf,
  DAY,
  monthsUpTo,
  type Period,
  readPeriod,
  writePeriod,
} from '../../../src/console/audit/period.ts'

const NOW = Date.parse('2026-03-15T12:00:00.500Z')
const march: Period = {
  type: 'absolute',
  startDate: '2026-03-01T00:00:00Z',
  endDate: '2026-04-01T00:00:00+02:00',
}

for (const [address, period] of [
  ['', DAY],
  ['last=24h', DAY],
  ['last=7d', { type: 'relative', key: '7d', amount: 7, unit: 'day' }],
  ['last=15m', { type: 'relative', key: '15m', amount: 15, unit: 'minute' }],
  ['last=0d', DAY],
  ['last=7y', DAY],
  ['from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00%2B02:00', march],
  ['from=2026-04-01T00:00:00Z&to=2026-03-01T00:00:00Z', DAY],
  ['from=yesterday&to=today', DAY],
] satisfies [string, Period][]) {
  t.strictSame(readPeriod(new URLSearchParams(address)), period, `readPeriod() of "${address}"`)
  const written = writePeriod(new URLSearchParams(`role=r-1&${address}`), period)
  t.strictSame(readPeriod(written), period, `writePeriod() of "${address}"`)
  t.equal(written.get('role'), 'r-1')
}

t.strictSame(boundsOf(march, NOW), { StartTime: 1_772_323_200, EndTime: 1_774_994_400 })
t.strictSame(
  boundsOf(DAY, NOW),
  { StartTime: 1_773_489_601, EndTime: 1_773_576_001 },
  'boundsOf() takes in the second that has begun',
)

const [present, before, ...older] = monthsUpTo(NOW, 13).map(month => boundsOf(month, NOW))
t.equal(present?.StartTime, before?.EndTime, 'monthsUpTo() leaves no gap')
t.equal(older.length, 11)
t.ok((present?.StartTime ?? 0) * 1_000 < NOW && (present?.EndTime ?? 0) * 1_000 > NOW)
