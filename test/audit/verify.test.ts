import { hash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mock } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import type { CheckpointRecord } from '../../src/audit/audit.ts'
import { CheckpointSigner, checkpointIn, lineOfCheckpoint } from '../../src/audit/checkpoint.ts'
import { Journal } from '../../src/audit/journal.ts'
import { FilePositions } from '../../src/audit/positions.ts'
import { beginningOf } from '../../src/audit/reader.ts'
import { linesAfter } from '../../src/audit/recent.ts'
import { segmentFile } from '../../src/audit/segments.ts'
import { StoredCheckpoints } from '../../src/audit/stored-checkpoints.ts'
import { verifyJournal } from '../../src/audit/verify.ts'
import { verifyAudit } from '../../src/cli/audit-verify.ts'
import { FileSender } from '../../src/sinks/file.ts'
import { gatewayFormat } from '../../src/sinks/gateway-format.ts'
import { SinkPositions } from '../../src/sinks/positions.ts'
import { Sink } from '../../src/sinks/sink.ts'
import { SIGNER } from '../kit/journal.ts'

const T = Date.UTC(2026, 10, 27, 17, 58, 3)
/** A time at which everything in the journal can have expired. */
const EXPIRED = T + 401 * 86_400_000
const OTHER = new CheckpointSigner(new Uint8Array(32).fill(1))

/** A journal in a folder. */
type Made = Readonly<{ folder: string; writer: string }>

/**
 * Makes a journal of one process that has stopped.
 *
 * @param segments - each letter is a record, "," ends a batch, and "!" waits until the gateway has signed
 */
async function makeJournal(folder: string, segments = SEGMENTS, signer = SIGNER): Promise<Made> {
  mock.timers.enable({ apis: ['setTimeout'] })
  let now = T
  const journal = new Journal({
    folder,
    onFailure: 'refuse',
    keepDays: 400,
    signer,
    now: () => now++,
    failed: () => undefined,
    recovered: () => undefined,
    disturbed: () => undefined,
  })
  for (const [n, text] of segments.entries()) {
    if (n > 0) journal.rotate()
    for (const letter of text)
      if (letter === '!') mock.timers.tick(1_000)
      else if (letter === ',') await journal.written()
      else journal.record({ type: 'decision', at: T, decisionId: letter, verdict: 'allow' })
    await journal.written()
  }
  journal.close()
  mock.timers.reset()
  return { folder, writer: journal.writer }
}

/**
 * Lines of the first segment: 1 the header, 2 a checkpoint, 3 a, 4 b, 5 c, 6 d, 7 a checkpoint, 8 e, 9 f, 10 a
 * checkpoint, 11 g, 12 h. Of the second one: 1, 2, 3 i, 4 j, 5 k, 6 a checkpoint, 7 l, 8 the final checkpoint.
 */
const SEGMENTS = ['a,bcd,!e,f,!gh', 'i,jk,!l']

const pathOf = ({ folder, writer }: Made, segment: number) =>
  segmentFile(folder, { writer, segment })

function edit(made: Made, segment: number, change: (lines: string[]) => string[]) {
  const file = pathOf(made, segment)
  const lines = readFileSync(file, 'utf8').split(/(?<=\n)/)
  writeFileSync(file, change(lines).join(''))
}

/** Makes every hash of a segment match again, as a program can that doesn't have the key. */
function chain(lines: readonly string[]): string[] {
  let batch = ''
  return lines.map((line, n) => {
    const begins = /,"previous":"[0-9a-f]{64}"\}\n$/.test(line)
    const chained =
      begins && n > 0 ? line.replace(/[0-9a-f]{64}"\}\n$/, `${hash('sha256', batch)}"}\n`) : line
    batch = begins ? chained : batch + chained
    return chained
  })
}

const verify = (folder: string, kept: readonly CheckpointRecord[] = [], now = T) =>
  verifyJournal({
    files: readdirSync(folder)
      .filter(name => name.includes('.jsonl'))
      .map(name => join(folder, name)),
    areWhole: true,
    now,
    publicKeys: [SIGNER.publicKey],
    kept,
  })

const checkpointsOf = (made: Made, segment: number) =>
  readFileSync(pathOf(made, segment), 'utf8')
    .split('\n')
    .map(checkpointIn)
    .filter(checkpoint => checkpoint !== undefined)

const changed = (line: string) => line.replace('"verdict":"allow"', '"verdict":"deny"')
const without =
  (...numbers: number[]) =>
  (lines: string[]) =>
    lines.filter((_, n) => !numbers.includes(n + 1))

/** Returns lines with one more before a line. */
const inserted = (before: number, line: (lines: string[]) => string) => (lines: string[]) =>
  lines.toSpliced(before - 1, 0, line(lines))

/** Attacks on the files, and the beginning of what each must be reported as, with the last certain line. */
const ATTACKS: Readonly<
  Record<string, readonly [attack: (made: Made) => unknown, ...reports: RegExp[]]>
> = {
  'a changed record': [
    made => edit(made, 1, lines => lines.with(4, changed(lines[4] ?? ''))),
    /1[.]jsonl, line 7 has a hash that doesn't match the lines before it[.] Lines were changed, inserted, removed, or reordered[.] Certain up to .*, line 2 .*Certain again from .*, line 7$/,
  ],
  'a removed record': [
    made => edit(made, 1, without(5)),
    /1[.]jsonl, line 6 has a hash .* 1 line too few.* Certain up to .*, line 2 /,
  ],
  'a removed batch': [
    made => edit(made, 1, without(4, 5, 6)),
    /line 4 has a hash .* 3 lines too few.* Certain up to .*, line 2 /,
  ],
  'an inserted record': [
    made =>
      edit(
        made,
        1,
        inserted(9, lines => (lines[8] ?? '').replace(/,"previous.*"/, '')),
      ),
    /line 10 has a hash .* 1 line too many.* Certain up to .*, line 7 /,
  ],
  'a record of another place inserted as a batch': [
    made =>
      edit(
        made,
        1,
        inserted(9, lines => lines[2] ?? ''),
      ),
    /line 9 has a hash .* 1 line too many.* Certain up to .*, line 7 .*again from .*line 10$/,
  ],
  'batches in another order': [
    made =>
      edit(made, 1, lines => [8, 7].reduce((all, n, i) => all.with(7 + i, lines[n] ?? ''), lines)),
    /line 8 has a hash .* Certain up to .*, line 7 /,
  ],
  'a changed record, with all hashes up to the next checkpoint made again': [
    made =>
      edit(made, 1, lines => {
        const forged = lines.with(3, changed(lines[3] ?? ''))
        return [...chain(forged.slice(0, 6)), ...lines.slice(6)]
      }),
    /line 7 has a hash .* Certain up to .*, line 2 .*again from .*, line 7$/,
  ],
  'a changed record, with all hashes of the segment made again': [
    made => edit(made, 1, lines => chain(lines.with(3, changed(lines[3] ?? '')))),
    /1[.]jsonl, line 7 is a checkpoint that is not valid.* Certain up to .*, line 2 .*again from .*2[.]jsonl, line 1$/,
  ],
  'a segment without its checkpoints': [
    made => edit(made, 1, lines => chain(lines.filter(line => !checkpointIn(line)))),
    /1[.]jsonl has no valid checkpoint[.] .* If the master key was rotated, name the former and the present public key/,
    /2[.]jsonl, line 1 has a hash .*Nothing before is certain/,
  ],
  'a checkpoint in another place': [
    made => edit(made, 1, lines => chain([...lines.slice(0, 7), lines[9] ?? ''])),
    /1[.]jsonl, line 8 is a checkpoint that is not valid/,
  ],
  'a checkpoint with a second spelling of its signature': [
    made => edit(made, 2, lines => lines.with(7, (lines[7] ?? '').replace('==', '=#'))),
    /2[.]jsonl, line 8 is a checkpoint that is not valid/,
  ],
  'a checkpoint with a member that is not signed': [
    made =>
      edit(made, 2, lines => lines.with(7, (lines[7] ?? '').replace('"keyId"', '"a":1,"keyId"'))),
    /2[.]jsonl, line 8 is a checkpoint that is not valid/,
  ],
  'a segment whose beginning was replaced, and none before it': [
    made => {
      rmSync(pathOf(made, 1))
      const header = `{"type":"segment","writer":"${made.writer}","segment":2}\n`
      edit(made, 2, lines => [header, ...lines.slice(3)])
    },
    /2[.]jsonl, line 4 was another line when it was signed[.] 2 lines too few: .*[.] Nothing before is certain[.] Certain again from .*, line 4$/,
    /^Segment 1 of .* is missing[.] Nothing proves when segment 2 began$/,
  ],
  'the first segment removed': [
    made => rmSync(pathOf(made, 1)),
    /^Segment 1 of .* is missing[.] Segment 2 began at 2026-11-27T17:58:03[.]\d+Z, so audit[.]keepDays is not over$/,
  ],
  'the first segments removed, and all else but a header': [
    made => {
      rmSync(pathOf(made, 1))
      edit(made, 2, lines => lines.slice(0, 1))
    },
    /^Segment 1 of .* is missing[.] Nothing proves when segment 2 began$/,
  ],
  'the first segment removed, and the next one with an earlier time': [
    made => {
      rmSync(pathOf(made, 1))
      edit(made, 2, ([header = '', ...lines]) => [
        header.replace('"at":"2026', '"at":"2025'),
        ...lines,
      ])
    },
    /2[.]jsonl, line 2 has a hash that doesn't match/,
    /^Segment 1 of .* is missing[.] Nothing proves when segment 2 began$/,
  ],
  'the first segment removed, and the next one with a shorter time to keep': [
    made => {
      rmSync(pathOf(made, 1))
      edit(made, 2, lines =>
        chain([(lines[0] ?? '').replace('"keepDays":400', '"keepDays":0'), ...lines.slice(1)]),
      )
    },
    /2[.]jsonl has no valid checkpoint/,
    /^Segment 1 of .* is missing[.] Nothing proves when segment 2 began$/,
  ],
  'a segment whose end was cut off, with a later one': [
    made => edit(made, 1, lines => lines.slice(0, 10)),
    /2[.]jsonl, line 1 has a hash .* Certain up to .*1[.]jsonl, line 10 /,
  ],
  'a line that was cut off, with a later segment': [
    made => edit(made, 1, lines => [...lines.slice(0, 11), (lines[11] ?? '').slice(0, 20)]),
    /2[.]jsonl, line 1 has a hash .* Certain up to .*1[.]jsonl, line 10 /,
  ],
  'lines after the last checkpoint of a process that stopped': [
    made => edit(made, 2, lines => chain([...lines, lines[2] ?? ''])),
    /2[.]jsonl, line 9 follows the last checkpoint .* Certain up to .*, line 8 .*No valid checkpoint follows$/,
  ],
  'a segment of a process without the key': [
    async ({ folder }) => {
      const { writer } = await makeJournal(join(folder, 'other'), ['a,b'], OTHER)
      renameSync(
        pathOf({ folder: join(folder, 'other'), writer }, 1),
        segmentFile(folder, { writer, segment: 1 }),
      )
    },
    /1[.]jsonl has no valid checkpoint/,
  ],
  'a segment of such a process with the checkpoint of another one': [
    async made => {
      const other = await makeJournal(join(made.folder, 'other'), ['a,b'], OTHER)
      const genuine = readFileSync(pathOf(made, 1), 'utf8').split(/(?<=\n)/)[1] ?? ''
      edit(other, 1, lines => lines.with(1, genuine))
      renameSync(pathOf(other, 1), pathOf({ ...other, folder: made.folder }, 1))
    },
    /1[.]jsonl has no valid checkpoint/,
  ],
  'a segment under the name of another one': [
    made => renameSync(pathOf(made, 2), pathOf(made, 3)),
    /3[.]jsonl contains segment 2 of /,
  ],
  'a copy of a segment': [
    made => writeFileSync(join(made.folder, 'a.jsonl'), readFileSync(pathOf(made, 1))),
    / is the same segment as /,
  ],
  'a file that is not a segment': [
    ({ folder }) => writeFileSync(join(folder, 'a.jsonl'), '{"type":"decision"}\n'),
    /a[.]jsonl is not a segment/,
  ],
  'an unreadable file': [
    ({ folder }) =>
      writeFileSync(join(folder, 'a.jsonl.gz'), gzipSync('{"type":"segment"}').subarray(0, 18)),
    /Cannot read .*a[.]jsonl[.]gz/,
  ],
}

for (const [name, [attack, ...reports]] of Object.entries(ATTACKS))
  t.test(`audit verify finds ${name}`, async t => {
    const made = await makeJournal(join(t.testdir(), 'audit'))
    await attack(made)
    const { problems } = await verify(made.folder)
    t.equal(problems.length, reports.length, problems.join('\n'))
    for (const [n, report] of reports.entries()) t.match(problems[n], report)
  })

t.test('a process whose last lines were changed may not have stopped', async t => {
  for (const change of [
    (lines: string[]) => chain([...lines, lines[2] ?? '']),
    (lines: string[]) => lines.with(7, (lines[7] ?? '').replace('==', '=#')),
  ]) {
    const made = await makeJournal(join(t.testdir(), 'audit'))
    edit(made, 2, change)
    const { problems, notes } = await verify(made.folder)
    t.equal(problems.length, 1)
    t.match(notes, [/^Final checkpoints are missing/])
    rmSync(made.folder, { recursive: true })
  }
})

t.test('audit verify finds a missing segment between others', async t => {
  const made = await makeJournal(join(t.testdir(), 'audit'), ['a', 'b', 'c'])
  rmSync(pathOf(made, 2))
  const { problems } = await verify(made.folder)
  t.match(problems, [/^Segment 2 is missing after .*1[.]jsonl[.] Certain up to .*, line 2 /])
  t.equal(problems.length, 1)
})

t.test('audit verify accepts what the gateway wrote', async t => {
  const made = await makeJournal(join(t.testdir(), 'audit'))
  const sound = { problems: [], notes: [], writers: 1, segments: 2, records: 12, unsigned: 0 }
  t.strictSame(await verify(made.folder), sound)
  const file = pathOf(made, 1)
  writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)))
  rmSync(file)
  t.strictSame(await verify(made.folder), sound, 'also when a segment is compressed')
})

t.test('audit verify says what it cannot know', async t => {
  const made = await makeJournal(join(t.testdir(), 'audit'))
  edit(made, 2, lines => lines.slice(0, 7))
  t.match(await verify(made.folder), {
    problems: [],
    notes: [/^Final checkpoints are missing [(]processes: 1,/],
    unsigned: 1,
  })
  rmSync(pathOf(made, 1))
  t.match(await verify(made.folder, [], EXPIRED), {
    problems: [],
    notes: [/^First segments are not among the files [(]processes: 1,/, /^Final checkpoints/],
  })
})

t.test('audit verify compares with checkpoints that were kept elsewhere', async t => {
  const made = await makeJournal(join(t.testdir(), 'audit'))
  const kept = [1, 2].flatMap(segment => checkpointsOf(made, segment))
  t.strictSame((await verify(made.folder, kept)).problems, [])

  const file = pathOf(made, 2)
  const whole = readFileSync(file)
  edit(made, 2, lines => lines.slice(0, 6))
  t.match((await verify(made.folder, kept)).problems, [
    /^Segment 2 of .* lacks its line 8, a checkpoint that was kept elsewhere .*cut off/,
  ])
  rmSync(file)
  t.match((await verify(made.folder, kept)).problems, [
    /^Segment 2 of .* is missing[.] .* covers its first 8 lines$/,
  ])
  rmSync(pathOf(made, 1))
  t.equal((await verify(made.folder, kept)).problems.length, 2, 'with no segment left')

  writeFileSync(file, whole)
  t.match((await verify(made.folder, kept)).problems, [
    /^Segment 1 of .* is missing[.] Segment 2 began/,
    /^Segment 1 of .* is missing[.] A checkpoint that was kept elsewhere/,
  ])
  t.match(await verify(made.folder, kept, EXPIRED), {
    problems: [],
    notes: [/^First segments/, /^Segments that ended before .* are missing: 1[.]/],
  })

  const forged = { ...(kept[0] as CheckpointRecord), sequence: 100 }
  t.match((await verify(made.folder, [forged])).problems, [/that was kept elsewhere is not valid$/])
})

/** Line of the final checkpoint. */
const FINAL = 8

const cut = (bytes: Buffer, at: number) => bytes.subarray(0, at)

const CHANGES = [
  (bytes: Buffer, at: number, value: number) => bytes.with(at, value),
  (bytes: Buffer, at: number) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]),
  (bytes: Buffer, at: number, value: number) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.of(value), bytes.subarray(at)]),
  cut,
]

/** Returns the place that a message calls certain: the number of the segment and of the line. */
function certainIn(problem: string): readonly [number, number] {
  const [, segment, line] = /Certain up to \S+-(\d+)[.]jsonl, line (\d+)/.exec(problem) ?? []
  return [Number(segment ?? 0), Number(line ?? 0)]
}

t.test('audit verify finds every change, and calls nothing after it certain', async t => {
  const made = await makeJournal(join(t.testdir(), 'audit'))
  const property = fc.asyncProperty(
    fc.constantFrom(1, 2),
    fc.nat(),
    fc.constantFrom(...CHANGES),
    fc.nat(255),
    async (segment, offset, change, value) => {
      const before = readFileSync(pathOf(made, segment))
      const at = offset % before.length
      const after = Buffer.from(change(before, at, value))
      if (after.equals(before)) return true
      writeFileSync(pathOf(made, segment), after)
      const { problems, notes } = await verify(made.folder)
      writeFileSync(pathOf(made, segment), before)
      const [problem] = problems
      const line = before.subarray(0, at).toString('latin1').split('\n').length
      // Nothing proves the last checkpoint itself, but without it, the end is not certain.
      if (problem === undefined) return (change === cut || line === FINAL) && notes.length > 0
      const [certainSegment, certainLine] = certainIn(problem)
      return certainSegment < segment || certainLine < line
    },
  )
  const { failed, seed, counterexample } = await fc.check(property, { numRuns: 100 })
  t.notOk(failed, `seed ${seed}: ${fc.stringify(counterexample)}`)
})

t.test('a sink can keep the checkpoints alone, which prove the end of the journal', async t => {
  const made = await makeJournal(join(t.testdir(), 'audit'))
  const file = join(made.folder, 'elsewhere', 'checkpoints.jsonl')
  mkdirSync(join(made.folder, 'elsewhere'))
  const sink = new Sink({
    name: 'witness',
    selection: { types: ['checkpoint'] },
    positions: new SinkPositions(join(made.folder, 'positions'), made.writer),
    sender: new FileSender({
      file: { what: 'the file of the sink witness', path: file, key: 'sinks[0].path' },
      format: gatewayFormat,
    }),
    gatherMs: 0,
    deadlineMs: undefined,
    now: () => 0,
    random: () => 0,
  })
  for await (const lines of linesAfter(made.folder, beginningOf(made.writer)))
    await sink.consume(lines)
  await sink.close()
  edit(made, 2, lines => lines.slice(0, 6))
  const [printed, warned]: [string[], string[]] = [[], []]
  const output = {
    print: (text: string) => void printed.push(text),
    warn: (line: string) => void warned.push(line),
  }
  const key = join(made.folder, 'audit.pem')
  writeFileSync(key, SIGNER.publicKey.export({ type: 'spki', format: 'pem' }))
  const settings = {
    publicKeys: [key],
    checkpoints: [file],
    paths: [made.folder],
    usesStore: false,
  }
  const none = () => Promise.reject(new Error('no configuration'))
  t.equal(await verifyAudit(settings, none, output), 1)
  t.match(warned, [
    / lacks its line 8, a checkpoint that was kept elsewhere/,
    /^Note: Final checkpoints/,
  ])
  t.match(printed.join(''), /^Not verified: 1 problem in 11 records in 2 segments of 1 process[.]/)

  await t.rejects(
    verifyAudit({ ...settings, publicKeys: [file] }, none, output),
    /^Cannot read the public key .*: it is not an Ed25519 key in PEM[.] Use the output of ews-gateway audit public-key$/,
  )
  await t.rejects(
    verifyAudit({ ...settings, checkpoints: [key] }, none, output),
    /contains no checkpoints/,
  )
})

t.test('StoredCheckpoints keeps the last checkpoint that the gateway signed', async t => {
  const folder = t.testdir()
  const made = await makeJournal(join(folder, 'audit'))
  const [first, second] = [checkpointsOf(made, 1), checkpointsOf(made, 2)]
  const forged = { ...(second.at(-1) as CheckpointRecord), sequence: 100 }
  const foreign = checkpointsOf(await makeJournal(join(folder, 'other')), 2)
  edit(made, 2, lines => [...lines, ...[forged, ...foreign].map(lineOfCheckpoint)])

  const kept: CheckpointRecord[] = []
  const positions = new FilePositions(join(made.folder, 'positions'))
  const consumer = new StoredCheckpoints({
    positions,
    publicKeys: [OTHER.publicKey, SIGNER.publicKey],
    keep: async checkpoint => void kept.push(checkpoint),
  })
  for await (const lines of linesAfter(made.folder, beginningOf(made.writer)))
    await consumer.consume(lines)
  t.strictSame(kept, [first.at(-1), second.at(-1)], 'one for all lines that come together')
  t.match(positions.of(made.writer), { segment: 2, sequence: 12 })
  const [checkpoint] = first as [CheckpointRecord]
  const start = beginningOf(made.writer)
  const end = { ...start, sequence: 1 }
  await consumer.consume({ bytes: Buffer.from(lineOfCheckpoint(checkpoint)), start, end })
  t.strictSame(kept.at(-1), checkpoint, 'a checkpoint that comes alone')
})
