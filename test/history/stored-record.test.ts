import fc from 'fast-check'
import t from 'tap'
import type { AuditRecord, DecisionRecord, OutcomeRecord } from '../../src/audit/audit.ts'
import { lineOf } from '../../src/audit/line.ts'
import { linesIn } from '../../src/audit/reader.ts'
import { BatchCollector } from '../../src/history/batch-collector.ts'
import { RecordMemory } from '../../src/history/journal-record.ts'
import { SeriesMemory } from '../../src/history/rows.ts'
import { wholeDecision, wholeOutcome } from '../../src/history/stored-record.ts'
import { anyCharacter } from '../kit/characters.ts'
import { runs } from '../kit/runs.ts'
import { allowed, idAt, linesOf, NOW, ORGANIZATION, outcomeOf } from './samples.ts'

const WRITER = '20261125T120000Z-00000000'

const text = fc.string({ unit: anyCharacter, maxLength: 300 })
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
    knowledgeAgeMs: optional(fc.nat()),
    folders: optional(fc.array(text, { maxLength: 3 })),
    items: optional(fc.array(text, { maxLength: 3 })),
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
function gather(
  decision: DecisionRecord,
  outcome: OutcomeRecord,
  { memory = new RecordMemory(100), write = lineOf as Write } = {},
) {
  const collector = new BatchCollector(
    { requests: new Map(), refusals: new Map() },
    new SeriesMemory(100),
    ORGANIZATION,
  )
  const lines = linesIn(linesOf(WRITER, [decision, outcome], undefined, write))
  for (const line of lines) {
    const record = memory.recordIn(line)
    if (record) collector.add(record)
  }
  const { decisions, increments } = collector.batch()
  const [single] = decisions
  const [increment] = increments
  if (!single || !increment) throw new Error('There is one decision')
  return { single, series: increment.series }
}

type Write = (record: AuditRecord) => string

/** Writes the members of a record in the opposite order, as another version can. */
const reversed: Write = record => {
  const { type, ...members } = JSON.parse(lineOf(record))
  return `${JSON.stringify({ type, ...Object.fromEntries(Object.entries(members).reverse()) })}\n`
}

/** Writes the members in an order in which the IDs are followed by other members. */
const reordered: Write = record => {
  const { type, at, decisionId, verdict, ended, ...members } = JSON.parse(lineOf(record))
  return `${JSON.stringify({ type, at, decisionId, ...members, verdict, ended })}\n`
}

const fieldsOf = (record: DecisionRecord | OutcomeRecord) => JSON.parse(lineOf(record))

t.test('a stored record has every member that it had in the journal', async t => {
  const memory = new RecordMemory(10)
  for (const write of [lineOf as Write, reordered, reversed])
    fc.assert(
      fc.property(decisions, outcomes, (decision, more) => {
        const outcome = outcomeOf(decision, more)
        const { single, series } = gather(decision, outcome, { memory, write })
        t.strictSame(wholeDecision(series, single), withoutIds(fieldsOf(decision)))
        t.strictSame(wholeOutcome(series, single), fieldsOf(outcome))
        if (!t.passing()) throw new Error('They differ')
      }),
      { numRuns: runs(200) },
    )
})

t.test('folder and item IDs are not stored, but their place in the journal is', async t => {
  const decision = allowed(NOW, { folders: ['inbox'], items: ['AAMk1', 'AAMk2'], itemCount: 2 })
  const { single, series } = gather(decision, outcomeOf(decision))
  t.notMatch(single.decision.members.text, /inbox|AAMk/)
  t.strictSame(wholeDecision(series, single), withoutIds(fieldsOf(decision)))
  t.strictSame(single.place, { writer: WRITER, segment: 1, sequence: 0, offset: 0 })
})

t.test('records that differ in their numbers and IDs share their members', async t => {
  const memory = new RecordMemory(100)
  const membersOf = (n: number, more: Partial<DecisionRecord> = {}) => {
    const numbers = { knowledgeAgeMs: n, itemCount: n, decisionId: idAt(NOW + n) }
    const ids = n % 2 === 0 ? { items: [`AAMk${n}`] } : { folders: [`AAMk${n}`] }
    const decision = { ...numbersFirst, ...allowed(NOW + n, { ...numbers, ...more }), ...ids }
    const outcome = outcomeOf(decision, { responseBytes: n, itemCount: n })
    const { single } = gather(decision, outcome, { memory })
    return [single.decision.members.id, single.outcome?.members.id]
  }
  const [decision, outcome] = membersOf(0)
  for (let n = 1; n < 5; n += 1) t.strictSame(membersOf(n), [decision, outcome])
  const [other, same] = membersOf(5, { userAgent: 'another' })
  t.not(other, decision)
  t.equal(same, outcome)
})

/** Members in the order in which the gateway writes them. */
const numbersFirst = { type: 'decision', at: 0, decisionId: '', knowledgeAgeMs: 0, itemCount: 0 }

function withoutIds({ folders: _, items: __, ...members }: Record<string, unknown>) {
  return members
}
