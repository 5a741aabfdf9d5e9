/** R47: the policy at any time, from a snapshot and the changes since, of several journals. */

import fc from 'fast-check'
import t from 'tap'
import { type PolicyRecord, PolicyRecords, policyRecordIn } from '../../src/audit/policy-at.ts'
import { joinMembers, numbered, partsOf, splitMembers } from '../../src/model/change-parts.ts'
import { firstIdAt } from '../../src/model/decision-id.ts'
import { NO_POLICY, type PolicyState } from '../../src/model/policy-state.ts'

const ORGANIZATION = 'm-0123456789abcdef0123456789abcdef'
const [FIRST, SECOND] = ['e-1', 'e-2']

const at = (minute: number) => new Date(Date.UTC(2027, 2, 1, 9, minute)).toISOString()
const idAt = (minute: number, n = 0) => firstIdAt(Date.parse(at(minute)) + n)

const userOf = (n: number) => ({
  id: `u-${n}`,
  primarySmtpAddress: `user-${n}@example.com`,
  aliases: [],
  enabled: true,
})

/** Returns a policy with these users. */
const policyOf = (...users: readonly number[]) =>
  ({
    ...NO_POLICY,
    users: Object.fromEntries(users.map(n => [`u-${n}`, userOf(n)])),
  }) as unknown as PolicyState

type More = Readonly<{ epoch?: string; organizationId?: string }>

/** Returns the records of a snapshot. @param maxLength - of a record */
function snapshot(
  minute: number,
  policyVersion: number,
  policy: PolicyState,
  more: More = {},
  maxLength = Number.POSITIVE_INFINITY,
): readonly PolicyRecord[] {
  const all = [...splitMembers(policy, maxLength)]
  return all.map((policy, n) => ({
    type: 'snapshot',
    at: at(minute),
    ...numbered(idAt(minute), n, all.length),
    organizationId: ORGANIZATION,
    policyVersion,
    epoch: FIRST,
    ...more,
    policy,
  }))
}

/** Returns the records of a change that creates a user, whose number is its policy version. */
function change(
  minute: number,
  policyVersion: number,
  more: More & Readonly<{ users?: readonly number[]; policyVersionBefore?: number }> = {},
  maxLength?: number,
): readonly PolicyRecord[] {
  const { users = [policyVersion], ...rest } = more
  const record = {
    type: 'change' as const,
    at: at(minute),
    decisionId: idAt(minute, policyVersion),
    organizationId: ORGANIZATION,
    action: 'ewsgateway:ImportUsers',
    verdict: 'allow' as const,
    policyVersion,
    policyVersionBefore: policyVersion - 1,
    epoch: FIRST,
    object: { type: 'USERS' as const },
    ...rest,
    after: { users: { created: users.map(userOf) } },
  }
  return partsOf(record, maxLength)
}

/** Returns the policy at a minute. */
function policyAt(minute: number, ...records: readonly (readonly PolicyRecord[])[]) {
  const found = new PolicyRecords(ORGANIZATION, Date.parse(at(minute)))
  for (const record of records.flat()) found.add(record)
  return found.result()
}

const usersIn = ({ found }: ReturnType<typeof policyAt>) => Object.keys(found?.policy.users ?? {})

const UNVERIFIED = /^No later snapshot verifies the changes since 2027-03-01T09:00:00\.000Z/

t.test('changes of an epoch that a restore ended are not made again', async t => {
  const result = policyAt(
    30,
    snapshot(0, 1, policyOf(1)),
    change(2, 2),
    change(4, 4, { policyVersionBefore: 2 }),
    snapshot(10, 2, policyOf(1, 2), { epoch: SECOND }),
    change(20, 3, { epoch: SECOND }),
  )
  t.strictSame(usersIn(result), ['u-1', 'u-2', 'u-3'])
  t.match(result.found, { changes: 1, epoch: SECOND, policyVersion: 3 })
  t.strictSame(result.problems, [])
})

t.test('the policy begins with the last snapshot, and has the changes until the time', async t => {
  const records = [
    snapshot(0, 1, policyOf(1)),
    change(5, 2),
    change(10, 3),
    snapshot(20, 3, policyOf(1, 2, 3)),
    change(25, 4),
  ]
  for (const [minute, users, snapshotMinute, changes] of [
    [0, ['u-1'], 0, 0],
    [4, ['u-1'], 0, 0],
    [5, ['u-1', 'u-2'], 0, 1],
    [19, ['u-1', 'u-2', 'u-3'], 0, 2],
    [20, ['u-1', 'u-2', 'u-3'], 20, 0],
    [30, ['u-1', 'u-2', 'u-3', 'u-4'], 20, 1],
  ] as const) {
    const result = policyAt(minute, ...records)
    t.strictSame(usersIn(result), users, `at ${minute}`)
    t.match(result.found, { snapshotAt: at(snapshotMinute), changes, epoch: FIRST })
    t.equal(result.found?.policyVersion, users.length)
    t.strictSame(result.problems, [])
    t.equal(result.notes.length, minute < 20 ? 0 : 1)
  }
  t.match(policyAt(30, ...records.slice(0, 2)).notes, [UNVERIFIED])
})

t.test(
  'records of several journals give the same policy in any order, also repeatedly',
  async t => {
    const records = [
      ...snapshot(0, 10, policyOf(), {}, 50),
      // The clock of the second gateway is behind.
      ...change(7, 12, { users: [1, 2, 3] }, 100),
      ...change(6, 11),
      ...change(6, 13),
      ...snapshot(9, 13, policyOf(1, 2, 3, 11, 13), {}, 300),
      ...snapshot(30, 13, policyOf(), {}, 300),
      ...change(8, 11, { epoch: SECOND }),
      ...snapshot(12, 9, policyOf(7), { epoch: SECOND }, 200),
      ...change(3, 11, { organizationId: 'm-ffffffffffffffffffffffffffffffff' }),
    ]
    const orders = fc.shuffledSubarray([...records, ...records], {
      minLength: 2 * records.length,
    })
    const property = fc.property(orders, shuffled => {
      const { found, problems, notes } = policyAt(8, shuffled)
      t.strictSame(Object.keys(found?.policy.users ?? {}), ['u-1', 'u-11', 'u-13', 'u-2', 'u-3'])
      t.match(problems, [/^The store began another epoch .* lacks: 1$/])
      t.strictSame(notes, [])
    })
    t.doesNotThrow(() => fc.assert(property, { numRuns: 50 }))
  },
)

t.test(
  'a change that came before the time, but was made after a later one, is not included',
  async t => {
    const records = [snapshot(0, 1, policyOf()), change(5, 2), change(9, 3), change(7, 4)]
    t.strictSame(usersIn(policyAt(8, ...records)), ['u-2'])
    t.strictSame(usersIn(policyAt(9, ...records)), ['u-2', 'u-3', 'u-4'])
  },
)

t.test('a missing change is a problem, unless the next snapshot has the same policy', async t => {
  const records = [snapshot(0, 1, policyOf()), change(5, 2), change(9, 5), change(12, 6)]
  const gap = /^The change before policy version 5 \(2027-03-01T09:09:00\.000Z\) is missing/
  t.match(policyAt(10, ...records).problems, [gap])
  t.equal(policyAt(10, ...records).problems.length, 1)
  t.strictSame(policyAt(8, ...records).problems, [], 'the gap is later')

  const same = snapshot(20, 6, policyOf(2, 5, 6))
  t.strictSame(policyAt(10, ...records, same), {
    ...policyAt(10, ...records),
    problems: [],
    notes: [],
  })
  const other = snapshot(20, 6, policyOf(1, 2, 3, 4, 5, 6, 7, 8))
  t.match(policyAt(10, ...records, other).problems, [
    /^The policy differs from the next snapshot, of 2027-03-01T09:20:00\.000Z: users\.u-1, users\.u-3, users\.u-4, users\.u-7, users\.u-8\. Name the journals/,
    gap,
  ])
  const more = snapshot(20, 6, policyOf(2, 5, 11, 12, 13, 14, 15))
  t.match(policyAt(10, ...records, more).problems, [/: users\.u-6, [^:]*, and 1 more\. Name/])
})

t.test('changes of one transaction cover its versions together', async t => {
  const records = [
    snapshot(0, 1, policyOf()),
    change(5, 4, { policyVersionBefore: 1, users: [1] }),
    change(6, 4, { policyVersionBefore: 1, users: [2] }),
    change(7, 5),
  ]
  const result = policyAt(10, ...records)
  t.strictSame(usersIn(result), ['u-1', 'u-2', 'u-5'])
  t.strictSame(result.problems, [])
})

t.test('a snapshot without all of its records is left out', async t => {
  const parts = snapshot(8, 2, policyOf(1, 2), {}, 100)
  t.ok(parts.length > 2)
  const records = [snapshot(0, 1, policyOf(1)), change(5, 2), parts.slice(1)]
  const result = policyAt(10, ...records)
  t.match(result.found, { snapshotAt: at(0), changes: 1 })
  t.match(result.notes, [
    `The snapshot of ${at(8)} is incomplete: ${parts.length - 1} of ${parts.length} records. The policy begins with the one of ${at(0)}`,
    UNVERIFIED,
  ])
  t.match(policyAt(10, parts.slice(1)).problems, [/The one of 2027-03-01T09:08.* is incomplete/])
  t.match(policyAt(10, ...records, parts).found, { snapshotAt: at(8), changes: 0 })
})

t.test('a change without all of its records is a problem', async t => {
  const parts = change(5, 2, { users: [2, 3, 4] }, 100)
  const result = policyAt(10, snapshot(0, 1, policyOf(1)), parts.slice(1))
  t.strictSame(usersIn(result), ['u-1', 'u-3', 'u-4'])
  t.match(result.problems, [
    /^The change 0\S+ \(2027-03-01T09:05.*\) is incomplete: 2 of 3 records/,
  ])
})

t.test(
  'a change that this version cannot read is a problem, unless the next snapshot has the same policy',
  async t => {
    const [readable] = change(7, 3)
    const unreadable = { ...readable, object: { type: 'FORTRESS' } } as unknown as PolicyRecord
    const records = [snapshot(0, 1, policyOf()), change(5, 2), [unreadable], change(9, 4)]
    const result = policyAt(10, ...records)
    t.strictSame(usersIn(result), ['u-2', 'u-4'])
    t.match(result.problems, [
      /^The change 0\S+ \(2027-03-01T09:07.*\) has a form that this version/,
    ])
    t.equal(result.problems.length, 1)
    t.strictSame(policyAt(10, ...records, snapshot(20, 4, policyOf(2, 4))).problems, [])
  },
)

t.test('without a snapshot, there is no policy', async t => {
  t.strictSame(policyAt(10, change(5, 2)), {
    problems: [
      `No snapshot of the policy of ${ORGANIZATION} is of ${at(10)} or before. Name the folder of the journal`,
    ],
    notes: [],
  })
  t.match(policyAt(10, snapshot(20, 2, policyOf()), change(5, 2)).problems, [
    `or before. The first one is of ${at(20)}`,
  ])
})

t.test('a restore begins with its own snapshot', async t => {
  const records = [
    snapshot(0, 5, policyOf(1)),
    change(5, 6),
    snapshot(10, 7, policyOf(9), { epoch: SECOND }),
    change(12, 8, { epoch: SECOND }),
  ]
  const before = policyAt(9, ...records)
  t.strictSame(usersIn(before), ['u-1', 'u-6'])
  t.match(before.notes, [UNVERIFIED], 'the snapshot of another epoch verifies nothing')
  const after = policyAt(12, ...records)
  t.strictSame(usersIn(after), ['u-8', 'u-9'])
  t.strictSame(after.problems, [])
})

t.test('a change before a restore, by a clock that is ahead, is no problem', async t => {
  const restored = snapshot(10, 7, policyOf(9), { epoch: SECOND })
  const records = [
    snapshot(0, 5, policyOf(1)),
    change(11, 6),
    restored,
    change(12, 8, { epoch: SECOND }),
  ]
  t.strictSame(policyAt(12, ...records).problems, [])
  t.match(policyAt(12, ...records, change(12, 7)).problems, [/^The store began another epoch/])
})

t.test('policyRecordIn() finds snapshots, and changes that raised the policy version', async t => {
  const [made] = change(5, 2)
  const [taken] = snapshot(5, 2, policyOf())
  for (const record of [made, taken]) t.equal(policyRecordIn(record), record)
  for (const record of [
    undefined,
    'text',
    { ...made, verdict: 'deny' },
    { ...made, verdict: 'error' },
    { ...made, epoch: undefined },
    { ...made, policyVersionBefore: 2 },
    { ...made, policyVersionBefore: undefined },
    { ...made, type: 'assume' },
  ])
    t.equal(policyRecordIn(record), undefined, JSON.stringify(record))
  t.strictSame(joinMembers([{ a: [1] }, { a: [2], b: {} }]), { a: [1, 2], b: {} })
})
