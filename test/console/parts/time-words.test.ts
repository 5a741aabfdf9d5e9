/**
 * Times in words.
 */

import t from 'tap'
import { relativeTime } from '../../../src/console/parts/relative-time.ts'
import { timeInShort, timeInWords } from '../../../src/console/parts/time-words.ts'

const at = (text: string) => Date.parse(text) / 1_000
const NOW = at('2026-12-02T15:00:00Z')

for (const [time, zone, expected] of [
  [
    '2026-12-31T17:00:00Z',
    'Europe/Berlin',
    'Thursday, 31 December 2026, 18:00, your local time (UTC+1), in 29 days',
  ],
  [
    '2026-12-30T23:00:00Z',
    'Europe/Berlin',
    'Thursday, 31 December 2026, 00:00 (the beginning of the day), your local time (UTC+1), in 28 days',
  ],
  [
    '2026-12-01T14:00:05.250Z',
    'UTC',
    'Tuesday, 1 December 2026, 14:00:05.250, your local time (UTC), 1 day ago',
  ],
  [
    '2026-12-02T15:00:05Z',
    'America/St_Johns',
    'Wednesday, 2 December 2026, 11:30:05, your local time (UTC-3:30), in less than a minute',
  ],
] as const)
  t.equal(timeInWords(at(time), zone, NOW), expected)

t.equal(timeInShort(at('2026-12-31T17:00:00Z'), 'Europe/Berlin'), '31 Dec 2026, 18:00 UTC+1')
t.equal(timeInShort(at('2027-03-31T22:05:07Z'), 'Asia/Kolkata'), '1 Apr 2027, 03:35:07 UTC+5:30')

for (const [seconds, expected] of [
  [-37 * 3_600, '2 days ago'],
  [-24 * 3_600, '1 day ago'],
  [-3_600, '1 hour ago'],
  [-61, '1 minute ago'],
  [-59, 'less than a minute ago'],
  [0, 'less than a minute ago'],
  [59, 'in less than a minute'],
  [60, 'in 1 minute'],
  [48 * 3_600, 'in 2 days'],
] as const)
  t.equal(relativeTime(seconds, 0), expected)
