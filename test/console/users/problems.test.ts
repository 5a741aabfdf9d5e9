import t from 'tap'
import { CallFailure } from '../../../src/console/api/failure.ts'
import { isTooLarge, isUnclear, problemsOf } from '../../../src/console/users/problems.ts'
import { parseUsers } from '../../../src/directory/csv.ts'

t.test('problemsOf() finds the lines in what the API says', async t => {
  const { errors } = parseUsers(
    'id,primarySmtpAddress,aliases,principalName,sid,displayName\n,alice,b;c,,,\n,bob@example.com,,x; y,x,\n',
  )
  const said = errors.map(({ line, message }) => `Csv line ${line}: ${message}`).join('; ')
  t.strictSame(problemsOf(said), errors)
  t.ok(errors.some(({ message }) => message.includes('; y')))
  t.strictSame(problemsOf('Either Csv or Users'), [{ message: 'Either Csv or Users' }])
})

t.test('isUnclear() is true if the call can have changed users', async t => {
  for (const [type, expected] of [
    ['Unreachable', true],
    ['InternalFailure', true],
    ['ServiceUnavailableException', true],
    ['AccessDeniedException', false],
    ['InvalidParameterException', false],
  ] as const)
    t.equal(isUnclear(new CallFailure(type, 'failed')), expected, type)
  t.equal(isUnclear(new Error('The file is too large')), false, 'an error before the call')
})

t.test('isTooLarge() counts what JSON makes of a file', async t => {
  t.equal(isTooLarge('a'.repeat(1_000_000)), false)
  t.equal(isTooLarge('ä'.repeat(600_000)), true)
  t.equal(isTooLarge('"'.repeat(600_000)), true)
})
