/**
 * Checkpoints in the store and elsewhere, compared with the files of several processes.
 */

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import type { CheckpointRecord } from '../../src/audit/audit.ts'
import { CheckpointSigner, checkpointIn } from '../../src/audit/checkpoint.ts'
import { Journal } from '../../src/audit/journal.ts'
import { segmentFile } from '../../src/audit/segments.ts'
import { type StoredCheckpoint, verifyJournal } from '../../src/audit/verify.ts'
import { verifyAudit } from '../../src/cli/audit-verify.ts'
import { testFolder } from '../kit/folder.ts'
import { SIGNER } from '../kit/journal.ts'
import { record, T } from './journals.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Keys of an earlier installation and of this one. */
const PUBLIC_KEYS = [new CheckpointSigner(new Uint8Array(32).fill(1)).publicKey, SIGNER.publicKey]

/** Whole folders, when everything in them is old enough to have expired. */
const EXPIRED = { areWhole: true, now: T + 401 * DAY_MS }

/** Writes a journal of one process, with a record in each segment. */
async function write(folder: string, segments: number, at = T, keepDays = 400): Promise<string> {
  let now = at
  const journal = new Journal({
    folder,
    onFailure: 'refuse',
    keepDays,
    signer: SIGNER,
    now: () => now++,
    failed: () => undefined,
    recovered: () => undefined,
    disturbed: () => undefined,
  })
  for (let segment = 1; segment <= segments; segment++) {
    if (segment > 1) journal.rotate()
    journal.record(record(`${segment}`))
    await journal.written()
  }
  journal.close()
  return journal.writer
}

/** Two processes: one of three segments, and a later one of one segment. */
async function startFolder(t: Test) {
  const folder = t.testdir()
  const [one, two] = [await write(folder, 3), await write(folder, 1, T + HOUR_MS)]
  const fileOf = (writer: string, segment: number) => segmentFile(folder, { writer, segment })
  const linesIn = (writer: string, segment: number) =>
    readFileSync(fileOf(writer, segment), 'utf8').split(/(?<=\n)/)
  const checkpointsOf = (writer: string, segment: number) =>
    linesIn(writer, segment)
      .map(line => checkpointIn(line))
      .filter(checkpoint => checkpoint !== undefined)
  const verify = (kept: readonly CheckpointRecord[], stored: readonly StoredCheckpoint[] = []) => {
    const files = readdirSync(folder).map(name => join(folder, name))
    return verifyJournal({ files, ...EXPIRED, publicKeys: PUBLIC_KEYS, kept, stored })
  }
  return { folder, one, two, fileOf, linesIn, checkpointsOf, verify }
}

type Change = Readonly<{ now?: number; areWhole?: boolean; keepDays?: number }>

const required = (checkpoint: CheckpointRecord): StoredCheckpoint => ({
  checkpoint,
  isRequired: true,
})
const optional = (checkpoint: CheckpointRecord): StoredCheckpoint => ({
  checkpoint,
  isRequired: false,
})

t.test('verifyJournal() counts processes, segments, and records, in any order', async t => {
  const { folder, one, two, checkpointsOf } = await startFolder(t)
  const kept = [1, 2, 3].flatMap(segment => checkpointsOf(one, segment))
  const stored = checkpointsOf(two, 1).map(optional)
  const [a = '', b = '', c = '', d = ''] = readdirSync(folder).map(name => join(folder, name))
  for (const files of [
    [a, b, c, d],
    [d, c, b, a],
    [c, d, a, b],
  ])
    t.strictSame(
      await verifyJournal({ files, ...EXPIRED, publicKeys: PUBLIC_KEYS, kept, stored }),
      {
        problems: [],
        notes: [],
        writers: 2,
        segments: 4,
        records: 4,
        unsigned: 0,
      },
    )
})

t.test('a segment that the store requires is missing, though it may have expired', async t => {
  const { verify, one, fileOf, checkpointsOf } = await startFolder(t)
  const [first] = checkpointsOf(one, 1) as [CheckpointRecord]
  rmSync(fileOf(one, 1))
  const found = await verify([], [required(first)])
  t.match(found.problems, [/^Segment 1 of .* is missing[.] .* covers its first 2 lines$/])
  t.equal(found.problems.length, 1)
  const expired = await verify([first])
  t.strictSame(expired.problems, [])
  t.match(expired.notes, [
    new RegExp(`^First segments .*[(]processes: 1, such as ${one}[)]`),
    /^Segments that ended before .* are missing: 1[.]/,
  ])
})

for (const [what, change, isMissing] of [
  ['of a folder, within audit.keepDays', {}, true],
  ['of a folder, an hour before its end', { now: T + 400 * DAY_MS - HOUR_MS }, true],
  ['of a folder, an hour after its end', { now: T + 400 * DAY_MS + HOUR_MS }, false],
  ['that were not named', { areWhole: false }, false],
  ['of a folder with a process that keeps segments for a day', { keepDays: 1 }, false],
] as const)
  t.test(`first segments ${what}`, async t => {
    const { folder, one, fileOf, checkpointsOf } = await startFolder(t)
    const { now = T + 2 * DAY_MS, areWhole = true, keepDays = 400 }: Change = change
    await write(folder, 1, T + HOUR_MS, keepDays)
    const kept = checkpointsOf(one, 1)
    rmSync(fileOf(one, 1))
    const files = readdirSync(folder).map(name => join(folder, name))
    const options = { files, areWhole, now, publicKeys: PUBLIC_KEYS, kept }
    const { problems, notes } = await verifyJournal(options)
    const messages = [
      /^Segment 1 of .* is missing[.] Segment 2 began at/,
      /^Segment 1 of .* covers/,
    ]
    t.match(problems, isMissing ? messages : [])
    t.equal(problems.length, isMissing ? messages.length : 0)
    t.equal(notes.length, isMissing ? 0 : 2)
  })

t.test(
  'the command requires the first segments of folders, and not beside named files',
  async t => {
    const folder = t.testdir()
    const writer = await write(folder, 2, Date.now())
    const key = join(testFolder(t), 'audit.pem')
    writeFileSync(key, SIGNER.publicKey.export({ type: 'spki', format: 'pem' }))
    const [first, second] = [1, 2].map(segment => segmentFile(folder, { writer, segment }))
    rmSync(first ?? '')
    const warned: string[] = []
    const output = { print: () => undefined, warn: (line: string) => void warned.push(line) }
    const verify = (paths: readonly string[]) =>
      verifyAudit(
        { publicKeys: [key], checkpoints: [], paths, usesStore: false },
        () => Promise.reject(new Error('no configuration')),
        output,
      )
    t.equal(await verify([second ?? '']), 0)
    t.match(warned, [/^Note: First segments are not among the files/])
    t.equal(await verify([folder]), 1)
    t.match(warned[1], /^Segment 1 of .* is missing[.] Segment 2 began at/)
  },
)

t.test('a segment after the first end of all others cannot have expired', async t => {
  const { verify, one, two, fileOf, checkpointsOf } = await startFolder(t)
  const [last] = checkpointsOf(two, 1) as [CheckpointRecord]
  rmSync(fileOf(two, 1))
  const { problems } = await verify([last])
  t.match(problems, [/^Segment 1 of .* is missing/])
  t.strictSame((await verify([checkpointsOf(one, 3).at(-1) as CheckpointRecord])).problems, [])
})

t.test('a checkpoint in the store of a segment that is not there is a note', async t => {
  const { verify, one, two, fileOf, checkpointsOf } = await startFolder(t)
  const stored = [...checkpointsOf(one, 1), ...checkpointsOf(two, 1)].map(optional)
  rmSync(fileOf(two, 1))
  const { problems, notes } = await verify([], stored)
  t.strictSame(problems, [])
  const count = checkpointsOf(one, 1).length
  t.match(notes, [new RegExp(`processes: ${stored.length - count}, such as ${two}[)]`)])
  t.equal(notes.length, 1)
})

t.test('the last checkpoint of a segment decides, in any order', async t => {
  const { verify, one, fileOf, linesIn, checkpointsOf } = await startFolder(t)
  const all = checkpointsOf(one, 3)
  t.ok(all.length > 1)
  const lines = linesIn(one, 3)
  writeFileSync(fileOf(one, 3), lines.slice(0, -1).join(''))
  for (const kept of [all, all.toReversed()]) {
    const { problems } = await verify(kept)
    t.equal(problems.length, 1)
    t.match(problems, [new RegExp(`lacks its line ${lines.length}, a checkpoint`)])
    t.equal((await verify([], kept.map(optional))).problems.length, 1)
  }
})

t.test('the first segment of a process can lack its end', async t => {
  const { verify, two, fileOf, linesIn, checkpointsOf } = await startFolder(t)
  const kept = checkpointsOf(two, 1)
  const lines = linesIn(two, 1)
  writeFileSync(fileOf(two, 1), lines.slice(0, -1).join(''))
  const { problems } = await verify(kept)
  t.match(problems, [new RegExp(`^Segment 1 of ${two} lacks its line ${lines.length},`)])
  t.equal(problems.length, 1)
})

t.test('a checkpoint of another key is not compared, and reported', async t => {
  const { verify, one, checkpointsOf } = await startFolder(t)
  const [first] = checkpointsOf(one, 1) as [CheckpointRecord]
  const forged = { ...first, sequence: first.sequence + 1 }
  const { problems } = await verify([forged], [required({ ...first, at: '2026' })])
  t.strictSame(problems, [
    `The checkpoint ${one}/1/${forged.sequence} that was kept elsewhere is not valid`,
    `The checkpoint ${one}/1/${first.sequence} that was kept elsewhere is not valid`,
  ])
})

t.test('segments that were removed from the end of a process are missing', async t => {
  const { verify, one, two, fileOf, checkpointsOf } = await startFolder(t)
  const kept = [2, 3].map(segment => checkpointsOf(one, segment).at(-1) as CheckpointRecord)
  for (const segment of [2, 3]) rmSync(fileOf(one, segment))
  const { problems, notes } = await verify(kept)
  t.match(problems, [/^Segment 2 of .* is missing/, /^Segment 3 of .* is missing/])
  t.match(notes, [new RegExp(`^Final checkpoints are missing [(]processes: 1, such as ${one}[)]`)])
  t.strictSame([problems.length, notes.length], [2, 1])
  rmSync(fileOf(one, 1))
  const { at } = checkpointsOf(two, 1).at(-1) as CheckpointRecord
  const { type: _, signature: __, ...unsigned } = kept[0] as CheckpointRecord
  const found = await verify([SIGNER.sign({ ...unsigned, at })])
  t.strictSame(found.problems, [], 'one that ended with the first of the others has expired')
  t.match(found.notes.at(-1), /are missing: 1[.]/)
})

/** Returns what is found after a change of the segments of one process. Each has a record. */
async function foundAfter(t: Test, change: (fileOf: (segment: number) => string) => void) {
  const folder = t.testdir()
  const writer = await write(folder, 4)
  change(segment => segmentFile(folder, { writer, segment }))
  const files = readdirSync(folder).map(name => join(folder, name))
  return await verifyJournal({ files, ...EXPIRED, publicKeys: PUBLIC_KEYS, kept: [] })
}

const cutTo = (file: string, lines: number, more = '') => {
  const whole = readFileSync(file, 'utf8').split(/(?<=\n)/)
  writeFileSync(file, whole.slice(0, lines).join('') + more)
}

for (const [what, change, counts, ...reports] of [
  ['nothing', () => undefined, [4, 4, 0]],
  [
    'several segments were removed',
    fileOf => [2, 3].map(fileOf).map(file => rmSync(file)),
    [2, 2, 0],
    /^Segments 2 to 3 are missing after .*-000001[.]jsonl[.] Certain up to .*, line 2 /,
  ],
  [
    'the first segments have expired',
    fileOf => [1, 2].map(fileOf).map(file => rmSync(file)),
    [2, 2, 0],
  ],
  ['a crash left a header alone', fileOf => cutTo(fileOf(4), 1), [4, 3, 1]],
  ['a crash left an empty file', fileOf => cutTo(fileOf(4), 0), [3, 3, 1]],
  ['a crash left half a line', fileOf => cutTo(fileOf(4), 2, '{"type":'), [4, 3, 0]],
  [
    'a segment has a record and no checkpoint',
    fileOf => cutTo(fileOf(4), 1, '{"type":"decision"}\n'),
    [4, 4, 2],
    /^.*-000004[.]jsonl has no valid checkpoint/,
  ],
  [
    'a compressed segment is cut off',
    fileOf => {
      const bytes = gzipSync(readFileSync(fileOf(4)), { level: 0 })
      rmSync(fileOf(4))
      writeFileSync(`${fileOf(4)}.gz`, bytes.subarray(0, -40))
    },
    [4, 4, 1],
    /^.*-000004[.]jsonl[.]gz cannot be read after line \d: .*[.] Restore it from a backup$/,
  ],
  [
    'the header was removed',
    fileOf => writeFileSync(fileOf(4), readFileSync(fileOf(4), 'utf8').replace(/^.*\n/, '')),
    [3, 3, 1],
    /is not a segment of the journal/,
  ],
  [
    'the header names no segment',
    fileOf => writeFileSync(fileOf(4), '{"type":"segment","writer":"w","segment":0}\n'),
    [3, 3, 1],
    /is not a segment of the journal/,
  ],
] as const satisfies readonly (readonly [
  string,
  (fileOf: (segment: number) => string) => unknown,
  readonly [segments: number, records: number, unsigned: number],
  ...RegExp[],
])[])
  t.test(`verifyJournal() after ${what}`, async t => {
    const { problems, segments, records, unsigned } = await foundAfter(t, change)
    t.match(problems, reports)
    t.equal(problems.length, reports.length, problems.join('\n'))
    t.strictSame([segments, records, unsigned], counts)
  })
