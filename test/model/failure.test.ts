/** Failures, and what each inherits from the table of reasons. */

import t from 'tap'
import { Failure, failureOf, notSent } from '../../src/model/failure.ts'

t.test('Failure takes from the table of reasons what it is not given', async t => {
  const failure = new Failure('over-budget', 'Busy')
  const { name, reason, message, kind, reach, backOffMs } = failure
  t.strictSame(
    { name, reason, message, kind, reach, backOffMs },
    {
      name: 'Failure',
      reason: 'over-budget',
      message: 'Busy',
      kind: 'throttled',
      reach: 'not-sent',
      backOffMs: 10_000,
    },
  )
  t.notOk('cause' in failure, 'the log shows a cause only if there is one')
  const denial = new Failure('role-locked', 'Locked')
  t.strictSame([denial.kind, denial.backOffMs], [undefined, undefined])
})

t.test('failureOf() keeps failures, and hides other errors', async t => {
  const failure = new Failure('role-locked', 'Locked')
  t.equal(failureOf(failure), failure)
  const error = new RangeError('x')
  const { reason, message, cause } = failureOf(error)
  t.strictSame([reason, message, cause], ['internal-error', 'Unhandled error', error])
})

t.test('notSent() changes nothing but how far the request got', async t => {
  const cause = new Error('x')
  const failure = new Failure('upstream-unreachable', 'No such host', {
    cause,
    kind: 'dns',
    reach: 'sent-unknown',
    backOffMs: 7,
  })
  const { reason, message, kind, backOffMs } = failure
  t.match(notSent(failure), { reason, message, kind, backOffMs, cause, reach: 'not-sent' })
  t.match([kind, backOffMs], ['dns', 7], 'other values than those of the table')
  t.match(notSent(cause), { reason: 'internal-error', reach: 'not-sent' })
  const denied = notSent(new Failure('role-locked', 'Locked'))
  t.strictSame([denied.kind, denied.backOffMs], [undefined, undefined])
})
