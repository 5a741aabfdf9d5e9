import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { AuditRecord, DecisionRecord } from '../../src/audit/audit.ts'
import { Journal } from '../../src/audit/journal.ts'
import { lineOf } from '../../src/audit/line.ts'
import { FilePositions } from '../../src/audit/positions.ts'
import { newWriter, segmentFile } from '../../src/audit/segments.ts'
import { Unended } from '../../src/audit/unended.ts'
import { allowed, changed, HOUR, outcomeOf, refused, NOW as T } from '../history/samples.ts'
import { recordsOf, SIGNER } from '../kit/journal.ts'

const DAY = 24 * HOUR

let writers = 0

/** Writes a segment of a process that has ended at a time. */
function writeSegment(
  folder: string,
  records: readonly AuditRecord[],
  { at = T, writer = newWriter(T + 1_000 * ++writers), segment = 1, torn = '' } = {},
) {
  const file = segmentFile(folder, { writer, segment })
  writeFileSync(file, `{"type":"segment"}\n${records.map(lineOf).join('')}${torn}`)
  utimesSync(file, at / 1_000, at / 1_000)
  return writer
}

function openJournal(t: Test, folder: string) {
  const journal = new Journal({
    folder,
    onFailure: 'refuse',
    keepDays: 400,
    signer: SIGNER,
    now: () => T,
    failed: error => t.fail(String(error)),
    recovered: () => undefined,
    disturbed: () => undefined,
  })
  t.teardown(() => journal.close())
  return journal
}

/** Ends requests of some writers, as a process that starts does. */
async function endAll(t: Test, folder: string, writers: readonly string[], more = {}) {
  const audit = openJournal(t, folder)
  const unended = new Unended({ folder, audit, now: () => T, ...more })
  for (const writer of writers) unended.add(writer)
  await unended.end(() => true)
  // An open journal begins another segment if its folder is removed while it checks the present one.
  audit.close()
  return unended
}

const outcomesIn = (folder: string) => recordsOf(folder).filter(({ type }) => type === 'outcome')

type Row = Readonly<{
  records: (decision: DecisionRecord) => readonly AuditRecord[]
  /** Records of another writer. */
  elsewhere?: (decision: DecisionRecord) => readonly AuditRecord[]
  /** Records of the segment before, which was last written at a time. */
  before?: readonly [at: number, records: (decision: DecisionRecord) => readonly AuditRecord[]]
  at?: number
  torn?: string
  ends: boolean
}>

const pending = (decision: DecisionRecord): DecisionRecord => ({ ...decision, verdict: 'pending' })

const ROWS: Readonly<Record<string, Row>> = {
  'without an outcome': { records: one => [one], ends: true },
  'with an outcome': { records: one => [one, outcomeOf(one)], ends: false },
  'with an outcome of another writer': {
    records: one => [one],
    elsewhere: one => [outcomeOf(one)],
    ends: false,
  },
  'with an outcome of a later segment': {
    before: [T, one => [one]],
    records: one => [outcomeOf(one)],
    ends: false,
  },
  'without an outcome in the segment before': {
    before: [T, one => [one]],
    records: () => [],
    ends: true,
  },
  'of a streamed body': { records: one => [pending(one)], ends: true },
  'of a streamed body, then allowed': { records: one => [pending(one), one], ends: true },
  'of a streamed body, then allowed, with an outcome': {
    records: one => [pending(one), one, outcomeOf(one)],
    ends: false,
  },
  'of a streamed body, then denied': {
    records: one => [pending(one), { ...one, verdict: 'deny' }],
    ends: false,
  },
  'made again after the outcome': { records: one => [one, outcomeOf(one), one], ends: false },
  denied: { records: ({ at }) => [refused(at)], ends: false },
  'before a change of the same ID': {
    records: one => [one, { ...changed(one.at), decisionId: one.decisionId }],
    ends: true,
  },
  'of a change': { records: ({ at }) => [changed(at)], ends: false },
  'without an outcome before a torn line': {
    records: one => [one],
    torn: '{"type":"outc',
    ends: true,
  },
  'with a torn outcome': {
    records: one => [one],
    torn: lineOf(outcomeOf(allowed(T))).slice(0, -1),
    ends: true,
  },
  'of a segment within the longest request': {
    before: [T - 2 * HOUR, one => [one]],
    records: () => [],
    ends: true,
  },
  'of an older segment': {
    before: [T - 2 * HOUR - 1, one => [one]],
    records: () => [],
    ends: false,
  },
  'of a week ago': { records: one => [one], at: T - 7 * DAY, ends: true },
  'of an older writer': { records: one => [one], at: T - 7 * DAY - 1, ends: false },
}

t.test(
  'R37 Unended writes outcomes of allowed requests that have none, and of no others',
  async t => {
    const folder = t.testdir()
    const rows = Object.entries(ROWS).map(
      ([name, { records, elsewhere, before, torn, at = T, ends }]) => {
        const decision = allowed(at - 30)
        const writer = newWriter(T + 1_000 * ++writers)
        if (before) writeSegment(folder, before[1](decision), { writer, at: before[0] })
        const segment = before ? 2 : 1
        writeSegment(folder, records(decision), { writer, segment, at, ...(torn && { torn }) })
        if (elsewhere) writeSegment(folder, elsewhere(decision))
        return { name, decision, writer, at, ends }
      },
    )
    const others = new Set(outcomesIn(folder).map(({ decisionId }) => decisionId))
    await endAll(
      t,
      folder,
      rows.map(({ writer }) => writer),
    )
    const written = outcomesIn(folder).filter(({ writer }) => writer !== undefined)
    for (const {
      name,
      decision: { decisionId },
      writer,
      at,
      ends,
    } of rows)
      t.strictSame(
        written.filter(one => one.decisionId === decisionId),
        ends
          ? [
              {
                type: 'outcome',
                at: new Date(at).toISOString(),
                decisionId,
                requestBytes: 0,
                responseBytes: 0,
                durationMs: 30,
                ended: 'cut',
                outcome: 'ABORTED',
                cause: 'internal',
                writer,
              },
            ]
          : [],
        name,
      )
    t.equal(written.length, rows.filter(({ ends }) => ends).length)
    t.notOk(written.some(({ decisionId }) => others.has(decisionId)))
  },
)

t.test('R37 Unended waits for the delivery of records, then continues', async t => {
  const folder = t.testdir()
  const [first, second] = [allowed(T - 2), allowed(T - 1)]
  const writer = writeSegment(folder, [first])
  const unended = new Unended({ folder, audit: openJournal(t, folder), now: () => T })
  const positions = new FilePositions(join(folder, 'positions', 'outcomes'))
  unended.add(writer)
  await unended.end(() => false)
  t.strictSame(outcomesIn(folder), [])
  await unended.end(name => name === writer)
  t.match(outcomesIn(folder), [{ decisionId: first.decisionId }])

  appendFileSync(segmentFile(folder, { writer, segment: 1 }), lineOf(second))
  await unended.end(() => true)
  t.equal(outcomesIn(folder).length, 1, 'it is done with the writer')
  const position = positions.of(writer)
  t.match(position, { segment: 1, sequence: 2 })
  unended.forget(writer)
  t.equal(positions.of(writer), undefined)

  const next = join(folder, 'next')
  mkdirSync(next)
  writeSegment(next, [first, second], { writer })
  if (position) new FilePositions(join(next, 'positions', 'outcomes')).store(position)
  await endAll(t, next, [writer])
  t.match(outcomesIn(next), [{ decisionId: second.decisionId }])
})

t.test('R38 Unended tries again if outcomes could not be written', async t => {
  for (const failing of ['written', 'checkWritable'] as const) {
    const folder = t.testdir()
    const writer = writeSegment(folder, [allowed(T)])
    let fails = true
    const audit = {
      record: () => undefined,
      written: async () => undefined,
      checkWritable: () => undefined,
      [failing]: () => {
        if (fails) throw new Error('full')
      },
    }
    const unended = new Unended({ folder, audit, now: () => T })
    unended.add(writer)
    await t.rejects(
      unended.end(() => true),
      /full/,
    )
    const positions = new FilePositions(join(folder, 'positions', 'outcomes'))
    t.equal(positions.of(writer), undefined)
    fails = false
    await unended.end(() => true)
    t.ok(positions.of(writer))
  }
})

t.test('R38 lines that another program has changed are skipped', async t => {
  const folder = t.testdir()
  const journal = openJournal(t, folder)
  const decision = allowed(T)
  const writer = writeSegment(folder, [decision], { torn: '{"type"\nnull\n' })
  const unended = new Unended({ folder, audit: journal, now: () => T })
  unended.add(writer)
  await unended.end(() => true)
  const own = readFileSync(segmentFile(folder, { writer: journal.writer, segment: 1 }), 'utf8')
  t.match(
    own,
    `"type":"outcome","at":"${new Date(T).toISOString()}","decisionId":"${decision.decisionId}"`,
  )
})

t.test('R37 Unended holds the latest 10,000 requests of a writer', async t => {
  const folder = t.testdir()
  const lines = Array.from({ length: 10_001 }, (_, n) =>
    JSON.stringify({ type: 'decision', decisionId: `${n}`, verdict: 'allow' }),
  )
  const writer = writeSegment(folder, [], { torn: `${lines.join('\n')}\n` })
  const ids: string[] = []
  const audit = {
    record: ({ decisionId }: AuditRecord) => void ids.push(decisionId),
    written: async () => undefined,
    checkWritable: () => undefined,
  }
  const unended = new Unended({ folder, audit, now: () => T })
  unended.add(writer)
  await unended.end(() => true)
  t.strictSame([ids.length, ids[0]], [10_000, '1'])
})

t.test('R37 Unended records nothing after it has stopped', async t => {
  const folder = t.testdir()
  const writer = writeSegment(folder, [allowed(T)])
  const unended = new Unended({ folder, audit: openJournal(t, folder), now: () => T })
  unended.add(writer)
  const ending = unended.end(() => true)
  await unended.stop()
  await ending
  await unended.end(() => true)
  t.strictSame(outcomesIn(folder), [])
})

/** Records of one request, in their order. */
const STORIES: readonly ((decision: DecisionRecord) => readonly AuditRecord[])[] = [
  one => [one, outcomeOf(one)],
  one => [pending(one), one, outcomeOf(one)],
  one => [{ ...one, verdict: 'deny' }, outcomeOf(one)],
]

/** Returns the records of requests that come at the same time. */
const mixed = (requests: readonly (readonly AuditRecord[])[]): readonly AuditRecord[] =>
  [0, 1, 2].flatMap(n => requests.flatMap(records => records.slice(n, n + 1)))

/** Removes the last bytes of a segment, as a write that a crash interrupts; never its header. */
function tear(folder: string, writer: string, bytes: number) {
  const file = segmentFile(folder, { writer, segment: 1 })
  const text = readFileSync(file)
  truncateSync(file, Math.max(text.indexOf('\n') + 1, text.length - bytes))
}

/** Ends requests in a process that dies when it has written all outcomes but the last bytes. */
async function endAndDie(t: Test, folder: string, writer: string, lost: number) {
  const journal = openJournal(t, folder)
  const audit = {
    record: journal.record.bind(journal),
    written: async () => {
      await journal.written()
      tear(folder, journal.writer, lost)
      throw new Error('dead')
    },
    checkWritable: () => undefined,
  }
  const unended = new Unended({ folder, audit, now: Date.now })
  unended.add(writer)
  await unended.end(() => true).catch(() => undefined)
  journal.close()
}

/** Returns the requests that have not exactly one outcome, or that have one without need. */
function wrongIn(folder: string): readonly string[] {
  const records = recordsOf(folder)
  const last = new Map(records.map(({ decisionId, type }) => [decisionId, type]))
  const verdicts = new Map(
    records.filter(({ type }) => type === 'decision').map(one => [one.decisionId, one.verdict]),
  )
  return [...last.keys()].filter(id => {
    const outcomes = records.filter(one => one.decisionId === id && one.type === 'outcome')
    return verdicts.get(id) === 'deny'
      ? outcomes.some(({ writer }) => writer !== undefined)
      : outcomes.length !== 1
  })
}

t.test('R37 wherever processes end, each allowed request has one outcome', async t => {
  const root = t.testdir()
  let run = 0
  const property = fc.asyncProperty(
    fc.array(fc.constantFrom(...STORIES), { minLength: 1, maxLength: 6 }),
    fc.nat(4_000),
    fc.array(fc.nat(1_000), { maxLength: 3 }),
    async (stories, lost, deaths) => {
      const folder = join(root, `${++run}`)
      mkdirSync(folder)
      const at = Date.now()
      const records = mixed(stories.map(story => story(allowed(at))))
      const writer = writeSegment(folder, records, { at })
      tear(folder, writer, lost)
      for (const lost of deaths) await endAndDie(t, folder, writer, lost)
      await endAll(t, folder, [writer], { now: Date.now })
      return wrongIn(folder).length === 0
    },
  )
  const { failed, seed, counterexample } = await fc.check(property, { numRuns: 40 })
  t.notOk(failed, `seed ${seed}: ${fc.stringify(counterexample)}`)
})
