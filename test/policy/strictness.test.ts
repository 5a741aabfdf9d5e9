import fc from 'fast-check'
import t from 'tap'
import { CONDITION_OPERATORS, type Condition, type ConditionOperator } from '../../src/model/iam.ts'
import { type ConditionValues, conditionHolds } from '../../src/policy/condition.ts'
import { isAsStrict } from '../../src/policy/strictness.ts'
import { runs } from '../kit/runs.ts'

/** Values of one operator, drawn near each other so that one often covers another. */
type Domain = Readonly<{
  key: keyof ConditionValues
  /** Values that a policy can name. */
  named: readonly string[]
  /** Values that a request can have, on both sides of each boundary of `named`. */
  actual: readonly string[]
  /** Whether `isAsStrict()` also finds every single value that covers another. */
  complete: boolean
}>

/** 192.0.2.1 with some bits flipped: enough that of two ranges, each has an address of its own. */
const FLIPS = [0, 1, 2, 4, 128, 256, 2 ** 30, 2 ** 31]
const dotted = (value: number) =>
  [24, 16, 8, 0].map(shift => Math.trunc(value / 2 ** shift) % 256).join('.')
const near = (flip: number) => dotted((0xc0000201 ^ flip) >>> 0)
const PREFIXES = [0, 1, 23, 24, 25, 30, 31, 32]
const ranges = [
  ...FLIPS.flatMap(flip => PREFIXES.map(prefix => `${near(flip)}/${prefix}`)),
  ...['192.0.2.1', '0.0.0.1', '0.0.0.0/0', '::ffff:192.0.2.0/120', '::ffff:192.0.2.1'],
  ...['::/0', '::1', '::1/127', '::/96', '::ffff:0:0/95', '2001:db8::/32', '2001:db8::1'],
]
const addresses = [
  ...new Set(FLIPS.flatMap(one => FLIPS.map(other => near(one ^ other)))),
  ...['0.0.0.1', '::', '::1', '::2', '::fffe:0:1', '::ffff:192.0.2.1'],
  ...['2001:db8::1', '2001:db8::2', '2001:db9::1'],
]
const strings = ['a', 'A', 'ab', '']
const patterns = ['*', 'a*', '*a', '?', '??', 'a?', '?*', 'a', 'ab', '']
const dates = ['2026-01-01', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00', '1767225600']
const later = ['1767225601', '2026-01-01T00:00:00.001Z', '2025-12-31T23:59:59.999Z', '2026-01-02']

const STRINGS = {
  key: 'workmail:ImpersonationRoleId',
  actual: [...strings, 'b', 'aa', 'ba', 'aba'],
} as const
const NETWORK = {
  key: 'aws:SourceIp',
  named: ranges,
  actual: addresses,
  complete: true,
} as const
const TIME = {
  key: 'aws:CurrentTime',
  named: [...dates, ...later],
  actual: [...later, ...[-1, 0, 1, 2].map(ms => new Date(1767225600000 + ms).toISOString())],
  complete: true,
} as const

const DOMAINS: Readonly<Record<ConditionOperator, Domain>> = {
  StringEquals: { ...STRINGS, named: strings, complete: true },
  StringNotEquals: { ...STRINGS, named: strings, complete: true },
  StringLike: { ...STRINGS, named: patterns, complete: false },
  StringNotLike: { ...STRINGS, named: patterns, complete: false },
  IpAddress: NETWORK,
  NotIpAddress: NETWORK,
  DateLessThan: TIME,
  DateGreaterThan: TIME,
  Bool: {
    key: 'aws:SecureTransport',
    named: ['true', 'TRUE', 'false', 'False'],
    actual: ['true', 'false'],
    complete: true,
  },
}

const condition = (operator: string, key: string, values: readonly string[]): Condition => ({
  [operator]: { [key]: values },
})

/** The three verdicts in order: what cannot be read allows less than true and denies more than false. */
const RANK = { false: 0, undefined: 1, true: 2 } as const
const rank = (of: Condition, values: ConditionValues) => RANK[`${conditionHolds(of, values)}`]

/** Returns the ranks of a condition's verdicts on each request. */
const ranksOf = (of: Condition, { key, actual }: Domain): readonly number[] =>
  [...actual, 'unreadable', undefined].map(value => {
    const values: ConditionValues = {
      'workmail:ImpersonationRoleId': undefined,
      'aws:SourceIp': undefined,
      'aws:CurrentTime': undefined,
      'aws:SecureTransport': undefined,
      [key]: value,
    }
    return rank(of, values)
  })

/** Whether one condition never gives a higher verdict than another one, whatever the request. */
const implies = (one: readonly number[], other: readonly number[]): boolean =>
  one.every((rank, n) => rank <= (other[n] ?? Number.NaN))

const RUNS = runs(250)

/** Draws pairs of value lists; returns how many conditions were as strict. Throws if one is not. */
function strictPairs(operator: ConditionOperator, as: ConditionOperator): number {
  const { key, named } = DOMAINS[operator]
  const listOf = (values: readonly string[]) =>
    fc.uniqueArray(fc.constantFrom(...values, 'unreadable'), { maxLength: 3 })
  let strict = 0
  const law = fc.property(listOf(named), listOf(DOMAINS[as].named), (own, others) => {
    const [one, other] = [condition(operator, key, own), condition(as, key, others)]
    if (!isAsStrict(one, other)) return true
    strict += own.length > 0 && others.length > 0 ? 1 : 0
    const domain = DOMAINS[operator]
    return implies(ranksOf(one, domain), ranksOf(other, domain))
  })
  fc.assert(law, { numRuns: RUNS, seed: 19 })
  return strict
}

/** Pairs of operators that compare the same key: of others, none can be as strict. */
const alike = CONDITION_OPERATORS.flatMap(operator =>
  CONDITION_OPERATORS.filter(as => DOMAINS[as].key === DOMAINS[operator].key).map(
    as => [operator, as] as const,
  ),
)
for (const [operator, as] of alike) {
  const isComparable = operator === as || (operator === 'StringEquals' && as === 'StringLike')
  t.test(`R19 isAsStrict() ${operator} as ${as}`, async t => {
    const strict = strictPairs(operator, as)
    const least = isComparable ? RUNS / 20 : 0
    t.ok(strict >= least, `holds only if the other holds: ${strict} of ${RUNS} pairs`)
  })
}

for (const [operator, domain] of Object.entries(DOMAINS)) {
  const { key, named, complete } = domain
  const single = named.map(value => {
    const one = condition(operator, key, [value])
    return { value, one, ranks: ranksOf(one, domain) }
  })
  const pairs = single.flatMap(own => single.map(other => [own, other] as const))
  const wrong = pairs.filter(([own, other]) => {
    const expected = complete ? implies(own.ranks, other.ranks) : own.value === other.value
    return expected && !isAsStrict(own.one, other.one)
  })
  t.strictSame(
    wrong.map(([own, other]) => [own.value, other.value]),
    [],
    `R19 isAsStrict() ${operator} finds ${complete ? 'every value that covers another' : 'the same value'}`,
  )
}

const tls = condition('Bool', 'aws:SecureTransport', ['true'])
const role = condition('StringEquals', 'workmail:ImpersonationRoleId', ['a'])
for (const [name, one, as, strict] of [
  ['no condition as no condition', {}, {}, true],
  ['any condition as no condition', tls, {}, true],
  ['no condition as any condition', {}, tls, false],
  ['one of two operators', tls, { ...tls, ...role }, false],
  ['one operator more', { ...tls, ...role }, tls, true],
  ['another operator', role, tls, false],
  [
    'one of two keys',
    tls,
    { Bool: { 'aws:SecureTransport': ['true'], 'aws:SourceIp': ['true'] } },
    false,
  ],
  ['another key', condition('Bool', 'aws:SourceIp', ['true']), tls, false],
  ['an unknown operator', condition('toString', 'x', []), condition('toString', 'x', []), false],
] as const)
  t.equal(isAsStrict(one, as), strict, `R19 isAsStrict() ${name}: ${strict}`)
