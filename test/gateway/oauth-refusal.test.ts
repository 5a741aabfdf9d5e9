/**
 * Errors of the token endpoint, as RFC 6749 defines them.
 */

import t from 'tap'
import { OAuthRefusal, refusalOf, throttled } from '../../src/gateway/oauth-refusal.ts'
import { REASONS } from '../../src/model/decision.ts'
import { Failure } from '../../src/model/failure.ts'
import { REASON_ROWS } from '../../src/model/failure-table.ts'

t.test('OAuthRefusal has the status and the verdict of its code', async t => {
  for (const [error, status, verdict] of [
    ['invalid_request', 400, 'deny'],
    ['invalid_client', 401, 'deny'],
    ['invalid_scope', 400, 'deny'],
    ['unauthorized_client', 400, 'deny'],
    ['unsupported_grant_type', 400, 'deny'],
    ['temporarily_unavailable', 503, 'error'],
    ['server_error', 500, 'error'],
  ] as const) {
    const refusal = new OAuthRefusal(error, 'x')
    t.match(refusal, { error, status, verdict, retryAfterSeconds: undefined, message: 'x' })
    t.equal(refusal.name, 'OAuthRefusal')
  }
})

t.test('refusalOf() lets clients repeat a request that a busy gateway rejected', async t => {
  for (const reason of REASONS) {
    const refusal = refusalOf(new Failure(reason, 'secret'))
    const isBusy = REASON_ROWS[reason].code === 'ErrorServerBusy'
    const expected = isBusy
      ? { error: 'temporarily_unavailable', status: 503, retryAfterSeconds: 1 }
      : { error: 'server_error', status: 500, retryAfterSeconds: undefined }
    t.match(refusal, expected, reason)
    t.notMatch(refusal.message, 'secret')
  }
  t.match(refusalOf(new TypeError('secret')), { error: 'server_error' })
  const own = new OAuthRefusal('invalid_scope', 'x')
  t.equal(refusalOf(own), own)
})

t.test('throttled() tells clients that send too much when to continue', async t => {
  for (const [backOffMs, seconds] of [
    [undefined, 10],
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [9_001, 10],
    [10_000, 10],
    [10_001, 11],
    [60_000, 60],
  ] as const) {
    const failure = new Failure('over-budget', '', backOffMs === undefined ? {} : { backOffMs })
    const expected = { status: 429, verdict: 'error', retryAfterSeconds: seconds }
    t.match(throttled(failure), expected, `${backOffMs} ms`)
  }
  t.match(throttled(new Failure('rule-denies', '')), { retryAfterSeconds: 1 }, 'at least a second')
})
