import t from 'tap'
import { withCauses } from '../../scripts/docs/causes.ts'
import { REASONS, type Reason } from '../../src/model/decision.ts'
import {
  CAUSE_ROWS,
  causeOfStatus,
  type Failing,
  faultAnswer,
  REASON_ROWS,
} from '../../src/model/failure-table.ts'
import { CAUSES } from '../../src/model/outcome.ts'
import { textOf } from '../kit/checkout.ts'

const BUSY = 'ErrorServerBusy'
const TIMED_OUT = 'ErrorTimeoutExpired'

for (const [what, failing, isRepeatable, code, backOffMs, mayHaveRun] of [
  ['a write that was not sent', { reach: 'not-sent' }, false, BUSY, 5_000, false],
  ['a write of unknown result', { reach: 'sent-unknown' }, false, TIMED_OUT, undefined, true],
  ['a write with another answer', { reach: 'answered' }, false, TIMED_OUT, undefined, true],
  [
    'a write with a page as answer',
    { reach: 'answered', kind: 'not-ews' },
    false,
    TIMED_OUT,
    undefined,
    true,
  ],
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

/** Outcome, cause, ResponseCode, and milliseconds that clients wait, of each reason that is not a denial. */
const FAILURES = {
  'body-too-large': ['FAILED', 'too-large', 'ErrorMessageSizeExceeded', undefined],
  'policy-unavailable': ['FAILED', 'policy', BUSY, 1_000],
  'audit-unavailable': ['FAILED', 'audit', BUSY, 1_000],
  'over-budget': ['FAILED', 'throttled', BUSY, 10_000],
  'upstream-unreachable': ['FAILED', 'closed', BUSY, 5_000],
  'upstream-refused-credentials': ['FAILED', 'unauthorized', BUSY, 30_000],
  'upstream-timeout': ['FAILED', 'timeout', TIMED_OUT, undefined],
  'client-gone': ['ABORTED', 'client-gone', 'ErrorInternalServerError', undefined],
  'internal-error': ['FAILED', 'internal', 'ErrorInternalServerError', undefined],
} as const satisfies Partial<Record<Reason, readonly unknown[]>>

t.test('REASON_ROWS says how each reason ends, and how long clients wait', async t => {
  const rows = REASONS.filter(reason => REASON_ROWS[reason].outcome !== 'DENIED').map(reason => {
    const { outcome, cause } = REASON_ROWS[reason]
    const { code, backOffMs } = faultAnswer({ reason }, true)
    return [reason, [outcome, cause, code, backOffMs]]
  })
  t.strictSame(Object.fromEntries(rows), FAILURES)
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

t.test('docs/operations.md explains each cause as CAUSE_ROWS does', async t => {
  t.equal(withCauses(textOf('docs/operations.md')), textOf('docs/operations.md'))
})
