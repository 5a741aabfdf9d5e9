import t from 'tap'
import { REASONS, type Reason } from '../../src/model/decision.ts'
import { Failure, notSent } from '../../src/model/failure.ts'
import {
  CAUSE_ROWS,
  causeOfStatus,
  type Failing,
  faultAnswer,
  REASON_ROWS,
} from '../../src/model/failure-table.ts'
import { CAUSES } from '../../src/model/outcome.ts'

const BUSY = 'ErrorServerBusy'
const TIMED_OUT = 'ErrorTimeoutExpired'

for (const [what, failing, isRepeatable, code, backOffMs, mayHaveRun] of [
  ['a write that was not sent', { reach: 'not-sent' }, false, BUSY, 5_000, false],
  ['a write of unknown result', { reach: 'sent-unknown' }, false, TIMED_OUT, undefined, true],
  ['a write with another answer', { reach: 'answered' }, false, TIMED_OUT, undefined, true],
  ['a read of unknown result', { reach: 'sent-unknown' }, true, BUSY, 5_000, false],
  [
    'a write that a 401 rejected',
    { reason: 'upstream-refused-credentials', reach: 'answered', kind: 'unauthorized' },
    false,
    BUSY,
    30_000,
    false,
  ],
  [
    'a write that the upstream calls too large',
    { reach: 'answered', kind: 'too-large' },
    false,
    'ErrorMessageSizeExceeded',
    undefined,
    false,
  ],
  [
    'a write that took too long',
    { reason: 'upstream-timeout', reach: 'sent-unknown' },
    false,
    TIMED_OUT,
    undefined,
    true,
  ],
  [
    'a busy gateway, as long as the failure says',
    { reason: 'over-budget', backOffMs: 7 },
    false,
    BUSY,
    7,
    false,
  ],
  ['a denial', { reason: 'rule-denies' }, false, 'ErrorImpersonateUserDenied', undefined, false],
] satisfies [string, Partial<Failing>, boolean, string, number | undefined, boolean][])
  t.strictSame(
    faultAnswer({ reason: 'upstream-unreachable', ...failing }, isRepeatable),
    { code, backOffMs, mayHaveRun },
    `faultAnswer() to ${what}`,
  )

/** Milliseconds after which a client may try again, for each failure that passes. */
const BACK_OFF_MS = {
  'policy-unavailable': 1_000,
  'audit-unavailable': 1_000,
  'over-budget': 10_000,
  'upstream-unreachable': 5_000,
  'upstream-refused-credentials': 30_000,
} as const satisfies Partial<Record<Reason, number>>

t.test('faultAnswer() lets clients wait for each failure that passes', async t => {
  const waits = REASONS.map(reason => [reason, faultAnswer({ reason }, true).backOffMs] as const)
  const known = waits.filter(([, backOffMs]) => backOffMs !== undefined)
  t.strictSame(Object.fromEntries(known), BACK_OFF_MS)
})

for (const [status, bodyBytes, cause] of [
  [413, 1, 'too-large'],
  [400, 30_000_001, 'too-large'],
  [404, 30_000_001, 'too-large'],
  [405, 30_000_001, 'too-large'],
  [400, 30_000_000, 'not-ews'],
  [404, 30_000_000, 'not-ews'],
  [405, 30_000_000, 'not-ews'],
  [403, 30_000_001, 'not-ews'],
  [500, 30_000_001, 'not-ews'],
  [302, 30_000_001, 'not-ews'],
  [503, 30_000_001, 'throttled'],
  [429, 1, 'throttled'],
] as const)
  t.equal(
    causeOfStatus(status, bodyBytes),
    cause,
    `causeOfStatus() of ${status} after ${bodyBytes} bytes`,
  )

t.test('REASON_ROWS has a cause for everything but denials', async t => {
  for (const [reason, { outcome, cause }] of Object.entries(REASON_ROWS))
    t.equal(cause === undefined, outcome === 'DENIED', reason)
  t.strictSame(Object.keys(CAUSE_ROWS), [...CAUSES])
})

t.test('notSent() changes nothing but how far the request got', async t => {
  const cause = new Error('x')
  const failure = new Failure('upstream-unreachable', 'Closed', {
    cause,
    kind: 'closed',
    reach: 'sent-unknown',
    backOffMs: 7,
  })
  const { reason, message, kind, backOffMs } = failure
  t.match(notSent(failure), { reason, message, kind, backOffMs, cause, reach: 'not-sent' })
  t.match(notSent(cause), { reason: 'internal-error', reach: 'not-sent' })
})
