import t from 'tap'
import { retryAfterMs } from '../../src/upstream/retry-after.ts'

const NOW = Date.UTC(2026, 10, 27, 12)

for (const [header, expected] of [
  ['30', 30_000],
  [' 30 ', 30_000],
  ['0', 1_000],
  ['-5', 1_000],
  ['601', 600_000],
  ['99999999999999999999', 600_000],
  ['Fri, 27 Nov 2026 12:00:42 GMT', 42_000],
  ['Fri, 27 Nov 2026 11:00:00 GMT', 1_000],
  ['Sat, 28 Nov 2026 12:00:00 GMT', 600_000],
  ['soon', undefined],
  ['', undefined],
  [' ', undefined],
  [['30', '40'], undefined],
  [undefined, undefined],
] as const)
  t.equal(
    retryAfterMs(header as Parameters<typeof retryAfterMs>[0], NOW),
    expected,
    `retryAfterMs() reads ${JSON.stringify(header)}`,
  )
