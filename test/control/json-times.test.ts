import t from 'tap'
import { z } from 'zod'
import { ACTIONS } from '../../src/control/actions.ts'
import { hasMember, withDates, withSeconds } from '../../src/control/json-times.ts'
import { timeShape } from '../../src/control/shapes.ts'

const schema = z.object({
  At: timeShape.exactOptional(),
  Name: z.string().exactOptional(),
  Many: z.array(z.object({ At: timeShape })).exactOptional(),
  Either: z.union([z.object({ At: timeShape }), z.object({ Name: z.string() })]).exactOptional(),
})

for (const [dates, seconds] of [
  [{ At: '2023-11-14T22:13:20Z' }, { At: 1_700_000_000 }],
  [{ At: '2023-11-14T22:13:20.250Z' }, { At: 1_700_000_000.25 }],
  [{ Many: [{ At: '1970-01-01T00:00:00Z' }] }, { Many: [{ At: 0 }] }],
  [{ Either: { At: '1970-01-01T00:00:01Z' } }, { Either: { At: 1 } }],
  [
    { Name: '2023-11-14', Other: '2023-11-14' },
    { Name: '2023-11-14', Other: '2023-11-14' },
  ],
] as const) {
  t.strictSame(withSeconds(schema, dates), seconds, `withSeconds() ${JSON.stringify(dates)}`)
  t.strictSame(withDates(schema, seconds), dates, `withDates() ${JSON.stringify(seconds)}`)
}

for (const [given, seconds] of [
  ['2023-11-14', 1_699_920_000],
  ['2023-11-14T22:13', 1_699_999_980],
  ['2023-11-14T22:13:20', 1_700_000_000],
  ['2023-11-14T23:13:20+01:00', 1_700_000_000],
  [5, 5],
  ['soon', 'soon'],
  ['2023-13-14', '2023-13-14'],
  ['2026-02-31', '2026-02-31'],
  ['2026-02-29T08:00', '2026-02-29T08:00'],
  ['2026-11-31T08:00:00Z', '2026-11-31T08:00:00Z'],
  ['2028-02-29', 1_835_395_200],
  ['14 November 2023', '14 November 2023'],
  [' 2023-11-14', ' 2023-11-14'],
  ['2023-11-14 ', '2023-11-14 '],
] as const)
  t.strictSame(withSeconds(schema, { At: given }), { At: seconds }, `withSeconds() ${given}`)

for (const [value, as] of [
  [{ At: 1e20 }, { At: 1e20 }],
  [null, null],
  [JSON.parse('{"__proto__":{"At":1}}'), JSON.parse('{"__proto__":{"At":1}}')],
] as const)
  t.strictSame(withDates(schema, value), as, `withDates() leaves ${JSON.stringify(value)}`)

t.test('every action has schemas for withSeconds(), withDates(), and hasMember()', async t => {
  for (const [target, { input, output }] of ACTIONS) {
    t.strictSame(withSeconds(input, {}), {}, target)
    t.strictSame(withDates(output, {}), {}, target)
    t.equal(hasMember(input, 'OrganizationId'), !target.endsWith('.ListOrganizations'), target)
  }
})
