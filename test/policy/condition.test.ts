import t from 'tap'
import type { Condition } from '../../src/model/iam.ts'
import { type ConditionValues, conditionHolds } from '../../src/policy/condition.ts'

const ROLE = 'workmail:ImpersonationRoleId'
const IP = 'aws:SourceIp'
const TIME = 'aws:CurrentTime'
const TLS = 'aws:SecureTransport'

const values: ConditionValues = {
  [ROLE]: 'role-1',
  [IP]: '192.0.2.7',
  [TIME]: '2026-11-24T12:00:00.000Z',
  [TLS]: 'true',
}
const without = (key: keyof ConditionValues): ConditionValues => ({ ...values, [key]: undefined })

const one = (operator: string, key: string, ...expected: string[]) =>
  ({ [operator]: { [key]: expected } }) as Condition

for (const [operator, key, expected, verdict] of [
  ['StringEquals', ROLE, ['role-1'], true],
  ['StringEquals', ROLE, ['ROLE-1'], false],
  ['StringEquals', ROLE, ['role-*'], false],
  ['StringEquals', ROLE, ['role-2', 'role-1'], true],
  ['StringEquals', ROLE, [], false],
  ['StringNotEquals', ROLE, ['role-1'], false],
  ['StringNotEquals', ROLE, ['role-2'], true],
  ['StringNotEquals', ROLE, ['role-2', 'role-1'], false],
  ['StringLike', ROLE, ['role-?'], true],
  ['StringLike', ROLE, ['r*1'], true],
  ['StringLike', ROLE, ['R*'], false],
  ['StringNotLike', ROLE, ['role-*'], false],
  ['StringNotLike', ROLE, ['other-*'], true],
  ['IpAddress', IP, ['192.0.2.0/24'], true],
  ['IpAddress', IP, ['10.0.0.0/8', '192.0.2.7'], true],
  ['IpAddress', IP, ['10.0.0.0/8'], false],
  ['IpAddress', IP, ['::ffff:192.0.2.0/120'], true],
  ['IpAddress', IP, ['::/0'], false],
  ['IpAddress', IP, ['not a range'], undefined],
  ['IpAddress', IP, ['not a range', '192.0.2.7'], true],
  ['NotIpAddress', IP, ['192.0.2.0/24'], false],
  ['NotIpAddress', IP, ['10.0.0.0/8'], true],
  ['NotIpAddress', IP, ['not a range'], undefined],
  ['NotIpAddress', IP, ['not a range', '192.0.2.7'], false],
  ['IpAddress', ROLE, ['192.0.2.0/24'], undefined],
  ['DateLessThan', TIME, ['2026-11-24T12:00:00.001Z'], true],
  ['DateLessThan', TIME, ['2026-11-24T12:00:00Z'], false],
  ['DateLessThan', TIME, ['2026-11-24T13:30:00+01:00'], true],
  ['DateLessThan', TIME, ['2026-11-25'], true],
  ['DateLessThan', TIME, ['1800000000'], true],
  ['DateLessThan', TIME, ['1700000000'], false],
  ['DateGreaterThan', TIME, ['2026-11-24T11:59:59Z'], true],
  ['DateGreaterThan', TIME, ['2026-11-24T12:00Z'], false],
  ['DateGreaterThan', TIME, ['2026-11-24'], true],
  ['DateGreaterThan', TIME, ['1700000000'], true],
  // Milliseconds since the epoch, and other numbers that are not seconds.
  ['DateLessThan', TIME, ['1800000000000'], undefined],
  ['DateGreaterThan', TIME, ['1700000000000'], undefined],
  ['DateGreaterThan', TIME, ['99999999'], undefined],
  ['DateGreaterThan', TIME, ['999999999'], true],
  ['DateLessThan', TIME, ['10000000000'], true],
  ['DateLessThan', TIME, ['100000000000'], undefined],
  ['DateLessThan', TIME, ['1800000000.5'], undefined],
  ['DateLessThan', TIME, ['-1800000000'], undefined],
  ['DateLessThan', TIME, ['tomorrow'], undefined],
  ['DateLessThan', TIME, ['2027-02-30'], undefined],
  ['DateLessThan', TIME, ['2027-13-01T00:00:00Z'], undefined],
  ['DateLessThan', TIME, ['2027-01-01T25:00:00Z'], undefined],
  ['DateLessThan', TIME, ['2027-01-01T00:00:00'], undefined],
  ['DateLessThan', TIME, ['Jan 1, 2027'], undefined],
  ['DateLessThan', ROLE, ['2027-01-01'], undefined],
  ['Bool', TLS, ['true'], true],
  ['Bool', TLS, ['TRUE'], true],
  ['Bool', TLS, ['false'], false],
  ['Bool', TLS, ['yes'], undefined],
  ['NumericLessThan', TIME, ['1'], undefined],
  ['StringEqualsIfExists', ROLE, ['role-1'], undefined],
  ['toString', ROLE, ['role-1'], undefined],
  ['StringEquals', 'aws:UserAgent', ['curl'], undefined],
  ['StringEquals', 'constructor', ['curl'], undefined],
] as const) {
  t.equal(
    conditionHolds(one(operator, key, ...expected), values),
    verdict,
    `conditionHolds() ${operator} ${key} [${expected}] is ${verdict}`,
  )
}

for (const [operator, key, expected, verdict] of [
  ['StringEquals', ROLE, 'role-1', false],
  ['StringLike', ROLE, '*', false],
  ['IpAddress', IP, '0.0.0.0/0', false],
  ['DateLessThan', TIME, '2030-01-01', false],
  ['Bool', TLS, 'true', false],
  ['StringNotEquals', ROLE, 'role-1', true],
  ['StringNotLike', ROLE, '*', true],
  ['NotIpAddress', IP, '0.0.0.0/0', true],
] as const) {
  t.equal(
    conditionHolds(one(operator, key, expected), without(key)),
    verdict,
    `conditionHolds() ${operator} without ${key} in the request is ${verdict}`,
  )
}

for (const [name, condition, verdict] of [
  ['no operator', {}, true],
  [
    'all operators hold',
    { ...one('StringEquals', ROLE, 'role-1'), ...one('Bool', TLS, 'true') },
    true,
  ],
  [
    'one operator fails',
    { ...one('StringEquals', ROLE, 'role-1'), ...one('Bool', TLS, 'false') },
    false,
  ],
  ['one key fails', { StringEquals: { [ROLE]: ['role-1'], [IP]: ['10.0.0.1'] } }, false],
  [
    'one is unknown',
    { ...one('StringEquals', ROLE, 'role-1'), ...one('Foo', TLS, 'x') },
    undefined,
  ],
  [
    'one fails, one is unknown',
    { ...one('StringEquals', ROLE, 'x'), ...one('Foo', TLS, 'x') },
    false,
  ],
] as const) {
  t.equal(conditionHolds(condition, values), verdict, `conditionHolds() ${name}: ${verdict}`)
}
