/**
 * Verifies the journal with nothing but its files and a public key.
 *
 * @module
 */

import type { KeyObject } from 'node:crypto'
import { basename } from 'node:path'
import { reasonOf } from '../model/file-problem.ts'
import type { CheckpointRecord } from './audit.ts'
import { isSigned } from './checkpoint.ts'
import { originalOf } from './line-files.ts'
import { linesOf } from './segment-lines.ts'
import { compareSegments, type SegmentName, segmentsIn } from './segments.ts'
import { WriterVerifier } from './writer-verifier.ts'

export type VerifyOptions = Readonly<{
  /** Segments of the journal, compressed or not. */
  files: readonly string[]
  /** Whether they are all segments of their folders, so that those that are not among them were removed. */
  areWhole: boolean
  /** Current time in milliseconds since the epoch. */
  now: number
  /** Keys that can have signed checkpoints. */
  publicKeys: readonly KeyObject[]
  /** Checkpoints that were kept elsewhere. */
  kept: readonly CheckpointRecord[]
  /** Checkpoints in the store. */
  stored?: readonly StoredCheckpoint[]
}>

/** A checkpoint in the store. */
export type StoredCheckpoint = Readonly<{
  checkpoint: CheckpointRecord
  /**
   * Whether its segment must be among the files: because it is of the same journal, and has not expired. If not, the
   * checkpoint counts only if its segment is among them.
   */
  isRequired: boolean
}>

export type Verified = Readonly<{
  /** Messages that say what is wrong, where, and up to which line the records are certain. */
  problems: readonly string[]
  /** Messages about what can't be known. */
  notes: readonly string[]
  writers: number
  segments: number
  /** Number of records. */
  records: number
  /** Number of records after the last valid checkpoint of their writer. */
  unsigned: number
}>

/** Segments that can be missing because they have expired. */
type Expiry = Readonly<{
  /** IDs of segments that have not. */
  required: ReadonlySet<string>
  /** Time before which all other segments ended that have expired, in milliseconds since the epoch. */
  expiredBefore: number
}>

const DAY_MS = 86_400_000

/** Time that a machine can sleep between the last sign of life in a segment and the next segment. */
const SUSPENDED_MS = 3_600_000

type Found = SegmentName & Readonly<{ file: string }>

/** The segments of one writer. */
type Writer = Readonly<{ verifier: WriterVerifier; first: number; last: number }>

export async function verifyJournal({
  files,
  areWhole,
  now,
  publicKeys,
  kept,
  stored = [],
}: VerifyOptions): Promise<Verified> {
  const problems: string[] = []
  const found = await segmentsOf(files, problems)
  const [compared, others] = partition(stored, found)
  const all = [...kept, ...compared.map(({ checkpoint }) => checkpoint)]
  const known = lastOf(all.filter(checkpoint => isGenuine(checkpoint, publicKeys, problems)))
  const required = new Set(
    compared
      .filter(({ isRequired }) => isRequired)
      .map(({ checkpoint }) => segmentIdOf(checkpoint)),
  )
  const writers = new Map<string, Writer>()
  for (const [writer, segments] of Map.groupBy(found, segment => segment.writer)) {
    const wanted = known.filter(checkpoint => checkpoint.writer === writer)
    const verifier = new WriterVerifier(writer, publicKeys, wanted)
    for (const { segment, file } of segments) await verifier.verify(segment, file)
    verifier.end()
    problems.push(...verifier.problems)
    // A group has at least one segment.
    const [first, last] = [segments.at(0), segments.at(-1)] as [Found, Found]
    writers.set(writer, { verifier, first: first.segment, last: last.segment })
  }
  const verifiers = [...writers.values()].map(({ verifier }) => verifier)
  const expiredBefore = areWhole ? expiryOf(verifiers, now) : Number.POSITIVE_INFINITY
  const notes = [
    ...firstSegments(writers, expiredBefore, problems),
    ...notesOnEnds(writers),
    ...missing(known, { required, expiredBefore }, writers, problems),
    ...notesOnOthers(others),
  ]
  return {
    problems,
    notes,
    writers: writers.size,
    segments: found.length,
    records: verifiers.reduce((sum, { records }) => sum + records, 0),
    unsigned: verifiers.reduce((sum, { unsigned }) => sum + unsigned, 0),
  }
}

/** Returns the segments by writer and number. Reports other files. */
async function segmentsOf(files: readonly string[], problems: string[]): Promise<Found[]> {
  const found = new Map<string, Found>()
  for (const file of files) {
    const name = await headerOf(file, problems)
    if (name === undefined) continue
    const id = segmentIdOf(name)
    const other = found.get(id)
    if (other) problems.push(`${file} is the same segment as ${other.file}. Name it once`)
    else found.set(id, { ...name, file })
  }
  return [...found.values()].sort(compareSegments)
}

async function headerOf(file: string, problems: string[]): Promise<SegmentName | undefined> {
  try {
    const first = await firstLineOf(file)
    // A process that was killed when it began a segment leaves an empty file.
    if (first === undefined) return undefined
    const { type, writer, segment } = JSON.parse(`${first}`)
    const isHeader = type === 'segment' && typeof writer === 'string' && Number(segment) > 0
    if (!isHeader) throw new SyntaxError('The first line is not a header')
    const [named] = segmentsIn([originalOf(basename(file))])
    if (named && (named.writer !== writer || named.segment !== segment))
      problems.push(`${file} contains segment ${segment} of ${writer}. It was renamed or replaced`)
    return { writer, segment }
  } catch (error) {
    problems.push(
      error instanceof SyntaxError
        ? `${file} is not a segment of the journal. Name the folder of the journal or its segments; copies can't be verified`
        : `Cannot read ${file}: ${reasonOf(error)}. Make it readable, or restore it from a backup`,
    )
    return undefined
  }
}

async function firstLineOf(file: string): Promise<Buffer | undefined> {
  for await (const [line] of linesOf(file)) return line
  return undefined
}

function isGenuine(
  checkpoint: CheckpointRecord,
  publicKeys: readonly KeyObject[],
  problems: string[],
): boolean {
  if (publicKeys.some(key => isSigned(checkpoint, key))) return true
  problems.push(`The checkpoint ${idOf(checkpoint)} that was kept elsewhere is not valid`)
  return false
}

/** Returns the last checkpoint of each segment, which covers all earlier ones. */
function lastOf(checkpoints: readonly CheckpointRecord[]): readonly CheckpointRecord[] {
  return [...Map.groupBy(checkpoints, segmentIdOf).values()].flatMap(ofSegment =>
    ofSegment.toSorted((a, b) => b.sequence - a.sequence).slice(0, 1),
  )
}

/**
 * Returns the time before which segments that have expired ended, in milliseconds since the epoch. A segment names the
 * time for which its gateway keeps segments, and any of the gateways can have deleted those of the others.
 */
function expiryOf(verifiers: readonly WriterVerifier[], now: number): number {
  const headers = verifiers.flatMap(verifier => [...verifier.headers.values()])
  return now - Math.min(...headers.map(({ keepDays }) => keepDays)) * DAY_MS
}

/**
 * Reports first segments of processes that are missing and can't have expired. A segment ended when the next one of its
 * process began. If nothing proves when that was, it has not expired.
 *
 * @returns a note on those that can have expired
 */
function firstSegments(
  writers: ReadonlyMap<string, Writer>,
  expiredBefore: number,
  problems: string[],
): readonly string[] {
  const expired: string[] = []
  for (const [writer, { verifier, first }] of writers) {
    if (first === 1) continue
    const header = verifier.headers.get(first)
    const ended = header ? Date.parse(header.at) - SUSPENDED_MS : Number.POSITIVE_INFINITY
    if (ended <= expiredBefore) expired.push(writer)
    else {
      const are =
        first === 2 ? `Segment 1 of ${writer} is` : `Segments 1 to ${first - 1} of ${writer} are`
      const why = header
        ? `Segment ${first} began at ${header.at}, so audit.keepDays is not over`
        : `Nothing proves when segment ${first} began`
      problems.push(`${are} missing. ${why}`)
    }
  }
  if (expired.length === 0) return []
  return [
    `First segments are not among the files (processes: ${expired.length}, such as ${expired[0]}). They have expired, or were not named`,
  ]
}

/**
 * Reports lines that are missing although a checkpoint that was kept elsewhere covers them. A segment can be missing if
 * it has expired: if it ended before all others, and so long ago that a gateway deletes it.
 *
 * @returns a note on those that can have expired
 */
function missing(
  known: readonly CheckpointRecord[],
  { required, expiredBefore }: Expiry,
  writers: ReadonlyMap<string, Writer>,
  problems: string[],
): readonly string[] {
  const ends = [...writers.values()].flatMap(({ verifier }) =>
    [...verifier.checkpoints.values()].map(({ at }) => at),
  )
  const [firstEnd = ''] = ends.sort()
  let expired = 0
  for (const checkpoint of known) {
    const { writer, segment, sequence, at } = checkpoint
    const there = writers.get(writer)
    if (there?.verifier.contains(checkpoint)) continue
    if (there !== undefined && segment >= there.first && segment <= there.last)
      problems.push(
        `Segment ${segment} of ${writer} lacks its line ${sequence}, a checkpoint that was kept elsewhere (${at}): its end was cut off, or lines were changed`,
      )
    else if (
      at <= firstEnd &&
      Date.parse(at) <= expiredBefore &&
      !required.has(segmentIdOf(checkpoint))
    )
      expired += 1
    else
      problems.push(
        `Segment ${segment} of ${writer} is missing. A checkpoint that was kept elsewhere (${at}) covers its first ${sequence} lines`,
      )
  }
  if (expired === 0) return []
  return [
    `Segments that ended before ${firstEnd} are missing: ${expired}. They have expired, or were not named`,
  ]
}

/** Splits checkpoints in the store into those to compare with the files, and others. */
function partition(stored: readonly StoredCheckpoint[], found: readonly Found[]) {
  const segments = new Set(found.map(segmentIdOf))
  const isCompared = ({ checkpoint, isRequired }: StoredCheckpoint) =>
    isRequired || segments.has(segmentIdOf(checkpoint))
  return [stored.filter(isCompared), stored.filter(one => !isCompared(one))] as const
}

function notesOnOthers(others: readonly StoredCheckpoint[]): readonly string[] {
  const [first] = others
  if (first === undefined) return []
  return [
    `The store has checkpoints of segments that are not among the files (processes: ${others.length}, such as ${first.checkpoint.writer}). They are of other gateways, have expired, or were deleted`,
  ]
}

function notesOnEnds(writers: ReadonlyMap<string, Writer>): readonly string[] {
  const open = [...writers].filter(([, { verifier }]) => !verifier.isFinal).map(([name]) => name)
  if (open.length === 0) return []
  return [
    `Final checkpoints are missing (processes: ${open.length}, such as ${open[0]}). The processes are running, were killed, or their ends were cut off. Checkpoints that were kept elsewhere can prove that nothing is missing: use --checkpoints`,
  ]
}

const segmentIdOf = ({ writer, segment }: SegmentName): string => `${writer}/${segment}`

const idOf = ({ writer, segment, sequence }: CheckpointRecord): string =>
  `${writer}/${segment}/${sequence}`
