import fc from 'fast-check'
import t from 'tap'
import type { DecisionRecord, OutcomeRecord } from '../../src/audit/audit.ts'
import { lineOf } from '../../src/audit/line.ts'
import { linesIn } from '../../src/audit/reader.ts'
import { BatchCollector } from '../../src/history/batch-collector.ts'
import { recordIn } from '../../src/history/journal-record.ts'
import { SeriesMemory } from '../../src/history/rows.ts'
import {
  placeIn,
  storedPlace,
  wholeDecision,
  wholeOutcome,
} from '../../src/history/stored-record.ts'
import { runs } from '../kit/runs.ts'
import { allowed, linesOf, NOW, ORGANIZATION, outcomeOf } from './samples.ts'

const WRITER = '20261125T120000Z-00000000'

const text = fc.string({ unit: 'binary', maxLength: 300 })
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

/** Records with any members, among them empty texts, and operations and organizations that no series has. */
const decisions: fc.Arbitrary<DecisionRecord> = fc
  .record({
    organizationId: optional(text),
    principalId: optional(text),
    accessKeyId: optional(text),
    roleId: optional(text),
    roleName: optional(text),
    roleType: optional(fc.constantFrom('READ_ONLY', 'FULL_ACCESS')),
    sourceAddress: optional(text),
    userAgent: optional(text),
    connectingSid: optional(fc.constant({ kind: 'SID', value: 'S-1-5' } as const)),
    userId: optional(text),
    userAddress: optional(text),
    operation: optional(fc.oneof(text, fc.constantFrom('GetItem', 'AutoDiscover'))),
    itemCount: optional(fc.nat()),
    matchedRules: optional(fc.array(text, { maxLength: 3 })),
    ruleName: optional(text),
    policyVersion: optional(fc.nat()),
    verdict: fc.constantFrom('allow', 'deny', 'error'),
    reason: optional(fc.constantFrom('rule-denies', 'credentials-refused')),
    count: optional(fc.nat()),
  })
  .map(members => allowed(NOW + 1, members))

const outcomes = fc.record({
  status: optional(fc.constantFrom(200, 500)),
  responseCode: optional(text),
  upstreamMs: optional(fc.nat()),
  itemCount: optional(fc.nat()),
  outcome: fc.constantFrom('ANSWERED', 'DENIED', 'FAILED', 'ABORTED'),
  cause: optional(fc.constantFrom('dns', 'internal')),
  writer: optional(text),
})

/** Takes a decision and its outcome into a history, and returns what it would store. */
function gather(decision: DecisionRecord, outcome: OutcomeRecord) {
  const collector = new BatchCollector(
    { requests: new Map(), refusals: new Map() },
    new SeriesMemory(100),
    ORGANIZATION,
  )
  const lines = linesIn(linesOf(WRITER, [decision, outcome]))
  for (const line of lines) {
    const record = recordIn(line)
    if (record) collector.add(record)
  }
  const { decisions, increments } = collector.batch()
  const [single] = decisions
  const [increment] = increments
  if (!single || !increment) throw new Error('There is one decision')
  return { single, series: increment.series }
}

const fieldsOf = (record: DecisionRecord | OutcomeRecord) => JSON.parse(lineOf(record))

t.test('a stored record has every member that it had in the journal', async t => {
  fc.assert(
    fc.property(decisions, outcomes, (decision, more) => {
      const outcome = outcomeOf(decision, more)
      const { single, series } = gather(decision, outcome)
      t.strictSame(wholeDecision(single.record, series, single), fieldsOf(decision))
      t.strictSame(wholeOutcome(single.outcome ?? '', series, single), fieldsOf(outcome))
      if (!t.passing()) throw new Error('They differ')
    }),
    { numRuns: runs(200) },
  )
})

t.test('folder and item IDs are not stored, but their place in the journal is', async t => {
  const decision = allowed(NOW, { folders: ['inbox'], items: ['AAMk1', 'AAMk2'], itemCount: 2 })
  const { single, series } = gather(decision, outcomeOf(decision))
  t.notMatch(single.record, /inbox|AAMk/)
  const { folders: _, items: __, ...rest } = fieldsOf(decision)
  t.strictSame(wholeDecision(single.record, series, single), rest)
  t.equal(single.place, `${WRITER}/1/1/0`)
})

t.test('a stored record is less than half of its line', async t => {
  const decision = allowed(NOW, {
    organizationId: ORGANIZATION,
    principalId: '762887a4-f557-45ae-8234-c83613c3a761',
    roleId: '451be763-33ef-4aaa-8f35-686f41315fb0',
    userId: 'e6442b2a-8749-4857-9ba7-3c19552e9ba3',
  })
  const { single } = gather(decision, outcomeOf(decision))
  t.ok(single.record.length * 2 < lineOf(decision).length, single.record)
})

t.test('a record that an earlier version stored whole stays as it is', async t => {
  const decision = allowed(NOW)
  const { single, series } = gather(decision, outcomeOf(decision))
  t.strictSame(wholeDecision(lineOf(decision), series, single), fieldsOf(decision))
})

t.test('placeIn() reads what storedPlace() writes', async t => {
  const at = { writer: WRITER, segment: 3, sequence: 41, offset: 12_345 }
  t.equal(storedPlace(at), `${WRITER}/3/42/12345`)
  t.strictSame(placeIn(storedPlace(at)), at)
})
