/**
 * Dates and times in text fields of the console.
 */

import fc from 'fast-check'
import t from 'tap'
import { formatDateTime, parseDateTime } from '../../../src/console/parts/date-time.ts'
import { instantsOf, offsetAt } from '../../../src/console/parts/zone.ts'

const BERLIN = 'Europe/Berlin'

for (const [text, zone, expected] of [
  ['2026-12-31', 'UTC', '2026-12-31T00:00:00.000Z'],
  ['2026-12-31', BERLIN, '2026-12-30T23:00:00.000Z'],
  ['2026-12-31 18:00', BERLIN, '2026-12-31T17:00:00.000Z'],
  ['2026-07-31 18:00', BERLIN, '2026-07-31T16:00:00.000Z'],
  ['2026-12-31T18:00', BERLIN, '2026-12-31T17:00:00.000Z'],
  ['2026-12-31T18:00Z', BERLIN, '2026-12-31T18:00:00.000Z'],
  ['2026-12-31t18:00z', BERLIN, '2026-12-31T18:00:00.000Z'],
  ['2026-12-31 18:00 UTC', BERLIN, '2026-12-31T18:00:00.000Z'],
  ['2026-12-31 18:00 -03:30', BERLIN, '2026-12-31T21:30:00.000Z'],
  ['2026-12-31T18:00:07+14:00', BERLIN, '2026-12-31T04:00:07.000Z'],
  ['2026-12-31 18:00:07.5', 'UTC', '2026-12-31T18:00:07.500Z'],
  ['  31   Dec 2026 ', 'UTC', '2026-12-31T00:00:00.000Z'],
  ['1 december 2026, 08:05', 'UTC', '2026-12-01T08:05:00.000Z'],
  ['Dec 31, 2026', 'UTC', '2026-12-31T00:00:00.000Z'],
  ['May 1 2026 23:59:59 Z', 'Asia/Kolkata', '2026-05-01T23:59:59.000Z'],
  ['2028-02-29', 'UTC', '2028-02-29T00:00:00.000Z'],
  ['1970-01-01T00:00Z', BERLIN, '1970-01-01T00:00:00.000Z'],
  ['9999-12-31 23:59:59', 'UTC', '9999-12-31T23:59:59.000Z'],
  // The clocks go back at 03:00, so an offset says which of the two times is meant.
  ['2026-10-25 02:30 +02:00', BERLIN, '2026-10-25T00:30:00.000Z'],
  ['2026-10-25 02:30 +01:00', BERLIN, '2026-10-25T01:30:00.000Z'],
  ['2026-10-25 01:59:59', BERLIN, '2026-10-24T23:59:59.000Z'],
  ['2026-10-25 03:00', BERLIN, '2026-10-25T02:00:00.000Z'],
  ['2026-03-29 01:59:59', BERLIN, '2026-03-29T00:59:59.000Z'],
  ['2026-03-29 03:00', BERLIN, '2026-03-29T01:00:00.000Z'],
] as const) {
  const result = parseDateTime(text, zone)
  const instant = 'seconds' in result ? new Date(result.seconds * 1_000).toISOString() : result
  t.equal(instant, expected, `parseDateTime() reads ${text} in ${zone}`)
}

const HOW_TO_TYPE = /^Enter year-month-day, .* 2026-12-31 or 2026-12-31 18:00\.$/
for (const [text, problem] of [
  ['31.12.2026', HOW_TO_TYPE],
  ['12/31/2026', HOW_TO_TYPE],
  ['01/02/2026', HOW_TO_TYPE],
  ['2026/02/31', HOW_TO_TYPE],
  ['2026/12/31', HOW_TO_TYPE],
  ['26-12-31', HOW_TO_TYPE],
  ['2026-1-2', HOW_TO_TYPE],
  ['20261231', HOW_TO_TYPE],
  ['2026', HOW_TO_TYPE],
  ['2026-12', HOW_TO_TYPE],
  ['31 Dez 2026', HOW_TO_TYPE],
  ['31 De 2026', HOW_TO_TYPE],
  ['31 Decem 2026', HOW_TO_TYPE],
  ['31 Dec 26', HOW_TO_TYPE],
  ['31 12 2026', HOW_TO_TYPE],
  ['tomorrow', HOW_TO_TYPE],
  ['2026-12-31Z', HOW_TO_TYPE],
  ['2026-12-31 6:00', HOW_TO_TYPE],
  ['2026-12-31 06:00 PM', HOW_TO_TYPE],
  ['2026-12-31 18', HOW_TO_TYPE],
  ['2026-12-31 18.00', HOW_TO_TYPE],
  ['2026-12-31 18:00 CET', HOW_TO_TYPE],
  ['2026-12-31 18:00 +1', HOW_TO_TYPE],
  ['2026-12-31 18:00 2027', HOW_TO_TYPE],
  ['+002026-12-31', HOW_TO_TYPE],
  ['٢٠٢٦-١٢-٣١', HOW_TO_TYPE],
  ['2026-02-31', /^February 2026 has 28 days\./],
  ['2026-02-29', /^February 2026 has 28 days\./],
  ['31 Apr 2026', /^April 2026 has 30 days\./],
  ['2026-04-00', /^April 2026 has 30 days\./],
  ['2026-13-01', /^The month must be between 01 and 12\.$/],
  ['2026-00-01', /^The month must be between 01 and 12\.$/],
  ['2026-12-31 24:00', /^The time must be between/],
  ['2026-12-31 23:60', /^The time must be between/],
  ['2026-12-31 23:59:60', /^The time must be between/],
  ['2026-12-31 18:00 +14:01', /^The offset from UTC/],
  ['2026-12-31 18:00 -01:60', /^The offset from UTC/],
  ['1969-12-31', /^The year must be between 1970 and 9999\.$/],
  ['0026-12-31', /^The year must be between 1970 and 9999\.$/],
  ['1970-01-01 00:00 +01:00', /^The year must be between 1970 and 9999\.$/],
  ['9999-12-31 23:59 -01:00', /^The year must be between 1970 and 9999\.$/],
  [
    '2026-03-29 02:30',
    /^2026-03-29 02:30 doesn't exist in Europe\/Berlin, .* such as 2026-03-29 03:30\.$/,
  ],
  ['2026-03-29 02:00', /doesn't exist/],
  [
    '2026-10-25 02:30',
    /^2026-10-25 02:30 occurs twice in .* Enter 2026-10-25 02:30 \+02:00 or 2026-10-25 02:30 \+01:00\.$/,
  ],
  ['2026-10-25 02:00', /occurs twice/],
  ['2026-10-25 02:59:59', /occurs twice/],
] as const)
  t.match(parseDateTime(text, BERLIN), { problem }, `parseDateTime() rejects ${text}`)

for (const [text, zone, problem] of [
  ['2018-11-04', 'America/Sao_Paulo', /doesn't exist in .* such as 2018-11-04 01:00\.$/],
  ['2011-12-30 12:00', 'Pacific/Apia', /doesn't exist in .* such as 2011-12-31 12:00\.$/],
  ['2026-04-05 01:45', 'Australia/Lord_Howe', /\+11:00 or 2026-04-05 01:45 \+10:30\.$/],
] as const)
  t.match(parseDateTime(text, zone), { problem }, `parseDateTime() rejects ${text} in ${zone}`)

const ZONES = Intl.supportedValuesOf('timeZone')
const zones = fc.constantFrom('UTC', ...ZONES)
const MAX_MS = 253_402_300_799_000
const instants = fc.oneof(
  fc.integer({ min: 0, max: MAX_MS }),
  // Most changes of clocks are in these years.
  fc.integer({ min: 0, max: Date.UTC(2040, 0) }),
  fc
    .integer({ min: 0, max: Date.UTC(2040, 0) / 1_800_000 })
    .map(halfHours => halfHours * 1_800_000),
)

t.doesNotThrow(
  () =>
    fc.assert(
      fc.property(instants, zones, (at, zone) => {
        const text = formatDateTime(at / 1_000, zone)
        const result = parseDateTime(text, zone)
        return 'seconds' in result && result.seconds === at / 1_000
      }),
      { numRuns: 3_000 },
    ),
  'parseDateTime() reads what formatDateTime() prints as the same time',
)

t.doesNotThrow(
  () =>
    fc.assert(
      fc.property(instants, zones, (at, zone) => {
        const wall = at + offsetAt(at, zone)
        const found = instantsOf(wall, zone)
        return found.includes(at) && found.every(one => one + offsetAt(one, zone) === wall)
      }),
      { numRuns: 3_000 },
    ),
  'instantsOf() finds each instant by its wall time',
)

const twoDigits = (number: number) => String(number).padStart(2, '0')
const numbers = fc.tuple(
  fc.oneof(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 1970, max: 2100 })),
  fc.integer({ min: 0, max: 99 }),
  fc.oneof(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 1970, max: 2100 })),
)
t.doesNotThrow(
  () =>
    fc.assert(
      fc.property(numbers, fc.constantFrom('.', '/', '-', ' ', ''), ([a, b, c], separator) => {
        const text = [a, b, c].map(twoDigits).join(separator)
        const result = parseDateTime(text, 'UTC')
        if ('problem' in result) return true
        const read = new Date(result.seconds * 1_000).toISOString().slice(0, 10)
        return read === text
      }),
      { numRuns: 3_000 },
    ),
  'parseDateTime() reads numbers only as ISO 8601 does, and changes no digit',
)

t.doesNotThrow(
  () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789-/.: TZ+') }), text => {
        const result = parseDateTime(text, 'UTC')
        return 'problem' in result || /^\s*\d{4}-\d\d-\d\d/.test(text)
      }),
      { numRuns: 3_000 },
    ),
  'parseDateTime() accepts no other form of digits',
)
