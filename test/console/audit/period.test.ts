import t from 'tap'
import { foldTotals } from '../../../src/console/audit/fold-totals.ts'
import {
  boundsOf,
  DAY,
  type Period,
  readPeriod,
  writePeriod,
} from '../../../src/console/audit/period.ts'
import {
  boundsOfBar,
  seriesOf,
  startsOf,
  unitOf,
  wholeUnits,
} from '../../../src/console/use/buckets.ts'

const NOW = Date.parse('2026-03-15T12:00:00.500Z')
const march: Period = {
  type: 'absolute',
  StartTime: 1_772_323_200,
  EndTime: 1_774_994_400,
}

for (const [address, period] of [
  ['', DAY],
  ['last=24h', DAY],
  ['last=7d', { type: 'relative', key: '7d', amount: 7, unit: 'day' }],
  ['last=15m', { type: 'relative', key: '15m', amount: 15, unit: 'minute' }],
  ['last=0d', DAY],
  ['last=7y', DAY],
  ['from=2026-03-01T00:00:00Z&to=2026-03-31T22:00:00Z', march],
  ['from=2026-04-01T00:00:00Z&to=2026-03-01T00:00:00Z', DAY],
  ['from=2026-03-01T00:00:00.000Z&to=2026-03-31T22:00:00.000Z', march],
  ['from=yesterday&to=today', DAY],
  ['from=2026/03/01&to=2026-04-01', DAY],
  ['from=03/01/2026&to=2026-04-01', DAY],
  ['from=2026-03-01&to=2026-04-01', DAY],
  ['from=2026-02-30T00:00:00Z&to=2026-03-31T22:00:00Z', DAY],
  ['from=2026-03-01T00:00:00Z&to=2026-13-31T22:00:00Z', DAY],
  ['from=2026-03-01T00:00:00Z&to=31.12.2026', DAY],
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

const HOUR = 3_600
/** 2026-03-15T00:00:00Z */
const MIDNIGHT = 1_773_532_800
const noon = boundsOf(DAY, NOW)

t.equal(readPeriod(new URLSearchParams(), march), march, 'readPeriod() with another fallback')
for (const [hours, unit, bars] of [
  [1, 'HOUR', 2],
  [24, 'HOUR', 25],
  [48, 'HOUR', 49],
  [49, 'DAY', 3],
  [90 * 24, 'DAY', 91],
] as const) {
  // At 12:30.
  const EndTime = MIDNIGHT + 12.5 * HOUR
  const bounds = wholeUnits({ StartTime: EndTime - hours * HOUR, EndTime })
  const starts = startsOf(bounds)
  t.equal(unitOf(bounds), unit, `unitOf() ${hours} hours`)
  t.equal(starts.length, bars, `startsOf() ${hours} hours`)
  t.equal(starts[0], bounds.StartTime, `wholeUnits() of ${hours} hours begins with a bar`)
  const last = boundsOfBar(starts.at(-1) ?? 0, bounds)
  t.equal(last.EndTime, EndTime, 'boundsOfBar() ends with the time')
}

const rows = [
  { Day: MIDNIGHT, Outcome: 'ANSWERED', Requests: 5 },
  { Day: MIDNIGHT + 24 * HOUR, Outcome: 'DENIED', Requests: 2 },
  { Day: MIDNIGHT + 24 * HOUR, Requests: 1 },
] as const
const days = { StartTime: MIDNIGHT, EndTime: MIDNIGHT + 72 * HOUR }
t.strictSame(
  seriesOf(rows, days).map(({ outcome, total, data }) => [outcome, total, data.map(({ y }) => y)]),
  [
    ['ANSWERED', 5, [5, 0, 0]],
    ['DENIED', 2, [0, 2, 0]],
    ['PENDING', 1, [0, 1, 0]],
  ],
  'seriesOf() has all days and the outcomes that occur',
)
t.match(seriesOf([{ Hour: noon.StartTime - 1, Outcome: 'DENIED', Requests: 3 }], noon), [
  { outcome: 'ANSWERED', total: 0 },
  { outcome: 'DENIED', total: 3 },
])

const at = { Items: 1, Bytes: 10, PrincipalId: 'p', RoleId: 'r' }
const total = { PrincipalId: 'p', Items: 2, Bytes: 20 }
t.strictSame(
  foldTotals(
    [
      { ...at, PrincipalName: 'backup', Operation: 'GetItem', Requests: 2, LastUsed: 5 },
      { ...at, PrincipalName: 'backup', Operation: 'FindItem', Requests: 3, LastUsed: 4 },
      { ...at, Operation: 'FindItem', Requests: 1, LastUsed: 9, PrincipalId: 'q' },
    ],
    ['PRINCIPAL'],
  ),
  [
    { ...total, PrincipalName: 'backup', Requests: 5, LastUsed: 5 },
    { PrincipalId: 'q', Requests: 1, Items: 1, Bytes: 10, LastUsed: 9 },
  ],
  'foldTotals() adds up the rows of each principal',
)
t.match(foldTotals([{ ...at, Requests: 2, LastUsed: 5 }], []), [{ Requests: 2 }])
