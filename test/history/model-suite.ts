/**
 * Lists and sums of a history, compared with what an array of the same decisions says.
 */

import type { Test } from 'tap'
import type { DecisionRecord } from '../../src/audit/audit.ts'
import type {
  DecisionProperty,
  Filter,
  History,
  SummaryProperty,
} from '../../src/history/history.ts'
import { all, allowed, DAY, HOUR, NOW, ORGANIZATION, outcomeOf, Writer } from './samples.ts'
import type { Open } from './suite.ts'

type Size = Readonly<{ people: number; count: number; step: number }>

/** The second has decisions in seven weeks, long enough for rollups per day. */
const SIZES: readonly Size[] = [
  { people: 2, count: 300, step: 1 },
  { people: 400, count: 1_300, step: 30 },
]
const HOURS = 40
const BYTES = 6_000

/** Numbers that look random and are the same in every run. */
function randomFrom(seed: number) {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/**
 * Returns decisions, about more series than can be merged if there are many people. Some people are rare, and some hours
 * are empty.
 *
 * @param step - hours between those with decisions
 */
function decisionsOf({ people, count, step }: Size): DecisionRecord[] {
  const below = randomFrom(people)
  return Array.from({ length: count }, (_, n) => {
    const person = Math.min(below(people), below(people))
    const isRefused = below(10) === 0
    const hour = below(HOURS)
    return allowed(NOW - (hour - (hour % 3)) * step * HOUR + below(HOUR), {
      roleId: `role-${below(3)}`,
      principalId: `principal-${below(2)}`,
      userId: `user-${person}`,
      userAddress: `user-${person}@example.com`,
      operation: ['GetItem', 'FindItem', 'SyncFolderItems'][below(3)] ?? '',
      itemCount: n,
      ...(isRefused && { verdict: 'deny', reason: 'rule-denies' }),
      ...ruleAt(n),
    })
  })
}

/** Every fourth decision has no rule. Rules of different roles have the same ID. */
const ruleAt = (n: number) => ({
  matchedRules: n % 4 === 0 ? [] : [`rule-${n % 3}`, 'another'],
  ruleName: n % 4 !== 0 && n % 3 === 0 ? '50%_Off' : undefined,
})

const outcomesOf = ({ verdict, itemCount = 0 }: DecisionRecord) => {
  if (verdict === 'deny') return { outcome: 'DENIED' } as const
  return itemCount % 7 === 0
    ? ({ outcome: 'FAILED', cause: 'dns' } as const)
    : ({ outcome: 'ANSWERED' } as const)
}

const VALUES = {
  role: ({ roleId }) => [roleId],
  principal: ({ principalId }) => [principalId],
  mailbox: ({ userId, userAddress }) => [userId, userAddress],
  operation: ({ operation }) => [operation],
  verdict: ({ verdict }) => [verdict],
  reason: ({ reason = '' }) => [reason],
  outcome: decision => [outcomesOf(decision).outcome],
  cause: decision => [outcomesOf(decision).cause ?? ''],
  rule: ({ matchedRules: [first = '(none)'] = [] }) => [first],
} as const satisfies Record<DecisionProperty, (d: DecisionRecord) => (string | undefined)[]>

const is = (property: DecisionProperty, ...values: string[]) => ({ property, values, not: false })
const contains = (property: DecisionProperty, ...parts: string[]) => ({
  property,
  values: [],
  parts,
  not: false,
})
const isNot = (property: DecisionProperty, ...values: string[]) => ({ property, values, not: true })

const FILTERS: readonly (readonly Filter[])[] = [
  [],
  [is('role', 'role-1')],
  [is('role', 'role-1', 'role-2'), isNot('operation', 'GetItem')],
  [is('mailbox', 'user-1@example.com')],
  [is('mailbox', 'user-39', 'user-2@example.com'), is('verdict', 'deny')],
  [is('verdict', 'deny')],
  [is('reason', 'rule-denies'), is('principal', 'principal-0')],
  [isNot('mailbox', 'user-0', 'user-1@example.com'), is('operation', 'FindItem')],
  [isNot('reason', 'rule-denies')],
  [is('outcome', 'FAILED'), is('mailbox', 'user-1')],
  [isNot('cause', 'dns'), is('verdict', 'allow')],
  [is('operation', 'none')],
  [is('rule', 'rule-1'), is('role', 'role-1')],
  [isNot('rule', '(none)')],
  [contains('mailbox', 'SER-1@', '-39@')],
  [contains('mailbox', 'user_1')],
  [contains('operation', 'item'), is('verdict', 'deny')],
  [contains('rule', '%_o')],
  [contains('rule', '!'), contains('reason', 'DENIES')],
  [contains('rule', 'RULE-')],
]

/** The first filter is tried with all, each other one with a third of them. */
const GROUPINGS: readonly (readonly SummaryProperty[])[] = [
  [],
  ['hour'],
  ['role'],
  ['mailbox', 'verdict'],
  ['outcome', 'cause'],
  ['hour', 'reason'],
  ['day'],
  ['rule', 'day'],
  ['role', 'rule'],
]

const spansOf = (step: number) =>
  [
    [0, NOW + 10 * HOUR],
    [NOW - 7 * step * HOUR, NOW - 2 * step * HOUR],
    [NOW - 6.5 * step * HOUR, NOW - 3.25 * step * HOUR],
    [NOW, NOW],
  ] as const

export async function modelSuite(t: Test, open: Open): Promise<void> {
  for (const size of SIZES)
    await t.test(`of ${size.people} people`, async t => {
      const history = await open(t)
      const decisions = decisionsOf(size)
      await new Writer(history).write(
        ...decisions.flatMap(one => [one, outcomeOf(one, outcomesOf(one))]),
      )
      const newest = decisions.toSorted((a, b) => (a.decisionId < b.decisionId ? 1 : -1))
      for (const [n, filters] of FILTERS.entries()) {
        const groupings = GROUPINGS.filter((_, other) => n === 0 || (n + other) % 3 === 0)
        const passing = newest.filter(decision => filters.every(filter => passes(filter, decision)))
        await t.test(JSON.stringify(filters), async t => {
          await compareLists(t, history, filters, passing, size.step)
          await compareSums(t, history, filters, groupings, passing, size.step)
          await compareLastUsed(t, history, filters, passing)
        })
      }
    })
}

const passes = ({ property, values, not, parts }: Filter, decision: DecisionRecord) =>
  parts === undefined
    ? VALUES[property](decision).some(value => values.includes(value ?? '')) !== not
    : parts.some(part => textsOf(decision, property).includes(part.toLowerCase()))

/** Returns the texts in which parts are searched. */
function textsOf(decision: DecisionRecord, property: DecisionProperty): string {
  const { userAddress, ruleName = '' } = decision
  const texts = property === 'mailbox' ? [userAddress] : VALUES[property](decision)
  return [...texts, ...(property === 'rule' ? [ruleName] : [])].join('\n').toLowerCase()
}

async function compareLists(
  t: Test,
  history: History,
  filters: readonly Filter[],
  passing: readonly DecisionRecord[],
  step: number,
) {
  for (const [from, until] of spansOf(step)) {
    const within = passing.filter(({ at }) => at >= from && at < until)
    const limit = filters.length > 1 ? 53 : 211
    const found: string[] = []
    for (;;) {
      const before = found.at(-1)
      const query = { ...all(), from, until, filters, limit }
      const page = await history.decisions({ ...query, ...(before !== undefined && { before }) })
      found.push(...page.map(({ decisionId }) => decisionId))
      if (page.length < limit) break
    }
    t.strictSame(
      found,
      within.map(({ decisionId }) => decisionId),
      `${within.length} decisions`,
    )
  }
}

async function compareSums(
  t: Test,
  history: History,
  filters: readonly Filter[],
  groupings: readonly (readonly SummaryProperty[])[],
  passing: readonly DecisionRecord[],
  step: number,
) {
  const from = NOW - 27.1 * step * HOUR
  const within = passing.filter(({ at }) => at >= from - (from % HOUR) && at < NOW)
  for (const groupBy of groupings) {
    const until = groupBy.length === 1 ? NOW : NOW - 0.5 * HOUR
    const query = { ...all(), from, until, filters, groupBy }
    const rows = await history.summary(query)
    const sums = rows.map(({ requests, items, bytes, lastAt, ...row }) => [
      keyOf(row),
      { requests, items, bytes, lastAt },
    ])
    t.strictSame(Object.fromEntries(sums), sumsOf(within, groupBy), `by ${groupBy}`)
    const total = rows.reduce((sum, { requests }) => sum + requests, 0)
    t.equal(total, within.length, `the rows by ${groupBy} add up to all requests`)
  }
}

function sumsOf(decisions: readonly DecisionRecord[], groupBy: readonly SummaryProperty[]) {
  const groups = Map.groupBy(decisions, decision =>
    keyOf(Object.assign({}, ...groupBy.map(property => MEMBERS[property](decision)))),
  )
  return Object.fromEntries(
    [...groups].map(([key, group]) => [
      key,
      {
        requests: group.length,
        items: group.reduce((sum, { itemCount = 0 }) => sum + itemCount, 0),
        bytes: group.length * BYTES,
        lastAt: Math.max(...group.map(({ at }) => at)) + 20,
      },
    ]),
  )
}

const keyOf = (members: object) =>
  JSON.stringify(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)))

/** Members of a row by the property that it is grouped by. */
const MEMBERS: Readonly<Record<SummaryProperty, (decision: DecisionRecord) => object>> = {
  hour: ({ at }) => ({ hour: at - (at % HOUR) }),
  day: ({ at }) => ({ day: at - (at % DAY) }),
  role: ({ roleId, roleName }) => ({ roleId, roleName }),
  principal: ({ principalId }) => ({ principalId }),
  mailbox: ({ userId, userAddress }) => ({ userId, mailbox: userAddress }),
  operation: ({ operation }) => ({ operation }),
  verdict: ({ verdict }) => ({ verdict }),
  reason: ({ reason = '' }) => ({ reason }),
  outcome: decision => ({ outcome: outcomesOf(decision).outcome }),
  cause: decision => ({ cause: outcomesOf(decision).cause ?? '' }),
  rule: decision => ({
    rule: VALUES.rule(decision)[0],
    ruleName: decision.ruleName ?? '',
    ...MEMBERS.role(decision),
  }),
}

async function compareLastUsed(
  t: Test,
  history: History,
  filters: readonly Filter[],
  passing: readonly DecisionRecord[],
) {
  const latest = new Map<string, number>()
  for (const { roleId = '', at, verdict } of passing)
    if (verdict === 'allow') latest.set(roleId, Math.max(latest.get(roleId) ?? 0, at + 20))
  const found = await history.lastUsed(ORGANIZATION, 'role', filters)
  t.strictSame(Object.fromEntries(found), Object.fromEntries(latest), 'last used')
}
