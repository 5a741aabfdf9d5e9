/** R42, R31: shares of the journal, by which no principal fills the disk. */

import t from 'tap'
import type { AuditRecord } from '../../src/audit/audit.ts'
import { JournalShares } from '../../src/audit/shares.ts'
import { record } from './journals.ts'

const HOUR_MS = 3_600_000
const PER_HOUR = 36_000

/** Shares of ten bytes a second. */
function begin() {
  const clock = { now: 5 * HOUR_MS, exhausted: 0 }
  const shares = new JournalShares({
    bytesPerHour: PER_HOUR,
    now: () => clock.now,
    onExhausted: () => {
      clock.exhausted += 1
    },
  })
  const by = (principalId: string, more: object = {}) =>
    ({ ...record('d'), principalId, ...more }) as AuditRecord
  const waitOf = (id: string): number => {
    try {
      shares.check(id)
      return 0
    } catch (error) {
      t.match(error, { name: 'Failure', reason: 'over-budget', kind: 'throttled' })
      return (error as { backOffMs: number }).backOffMs
    }
  }
  return { clock, shares, by, waitOf }
}

t.test('a principal can use the bytes of an hour at once, and then waits', async t => {
  const { clock, shares, by, waitOf } = begin()
  t.equal(waitOf('p'), 0)
  shares.charge(by('p'), PER_HOUR - 400)
  t.equal(waitOf('p'), 0, 'with the outcome, exactly the share')
  shares.charge(by('p'), 600)
  t.equal(waitOf('p'), 100_000)
  t.equal(waitOf('q'), 0, 'another has its own')
  t.equal(clock.exhausted, 1)
  clock.now += 99_999
  t.equal(waitOf('p'), 1)
  clock.now += 1
  t.equal(waitOf('p'), 0)
  clock.now += 2 * HOUR_MS
  shares.charge(by('p'), PER_HOUR - 400)
  t.equal(waitOf('p'), 0, 'no more than an hour is saved')
  shares.charge(by('p'), 1)
  t.not(waitOf('p'), 0)
})

for (const [what, record, isCharged] of [
  ['a denial', { verdict: 'deny', reason: 'no-rule-allows' }, true],
  ['wrong credentials, which prove no principal', { reason: 'credentials-refused' }, false],
  ['an issued token', { type: 'assume' }, true],
  ['denied calls', { type: 'call' }, true],
  ['a change', { type: 'change' }, false],
  ['no principal', { principalId: undefined }, false],
] as const)
  t.test(`${what} ${isCharged ? 'counts' : "doesn't count"}`, async t => {
    const { shares, by, waitOf } = begin()
    shares.charge(by('p', record), 2 * PER_HOUR)
    t.equal(waitOf('p') > 0, isCharged)
  })

t.test('requests over the share are recorded once a minute, with their number', async t => {
  const { clock, shares, by } = begin()
  t.equal(shares.count('p'), 1, 'every one before')
  shares.charge(by('p'), 2 * PER_HOUR)
  t.strictSame([shares.count('p'), shares.count('p'), shares.count('p')], [1, 0, 0])
  clock.now += 59_999
  t.equal(shares.count('p'), 0)
  clock.now += 1
  t.equal(shares.count('p'), 4)
  clock.now += 2 * HOUR_MS
  t.equal(shares.count('p'), 1, 'every one after')
})

t.test('principals with a full share are forgotten', async t => {
  const { clock, shares, by, waitOf } = begin()
  shares.charge(by('busy'), 2 * PER_HOUR)
  for (let n = 0; n < 10_000; n += 1) shares.charge(by(`p${n}`), 1)
  clock.now += 60_000
  shares.charge(by('new'), 1)
  t.not(waitOf('busy'), 0)
})
