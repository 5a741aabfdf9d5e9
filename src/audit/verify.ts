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

type Found = SegmentName & Readonly<{ file: string }>

/** The segments of one writer. */
type Writer = Readonly<{ verifier: WriterVerifier; first: number; last: number }>

export async function verifyJournal({
  files,
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
  const expired = missing(known, required, writers, problems)
  const verifiers = [...writers.values()].map(({ verifier }) => verifier)
  return {
    problems,
    notes: [...notesOn(writers), ...expired, ...notesOnOthers(others)],
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
 * Reports lines that are missing although a checkpoint that was kept elsewhere covers them. A segment can be missing if
 * it has expired: if it ended before all others.
 *
 * @param required - IDs of segments that have not expired
 */
function missing(
  known: readonly CheckpointRecord[],
  required: ReadonlySet<string>,
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
    else if (at <= firstEnd && !required.has(segmentIdOf(checkpoint))) expired += 1
    else
      problems.push(
        `Segment ${segment} of ${writer} is missing. A checkpoint that was kept elsewhere (${at}) covers its first ${sequence} lines`,
      )
  }
  if (expired === 0) return []
  return [
    `Segments that ended before ${firstEnd} are missing: ${expired}. They have expired if audit.keepDays says so`,
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

function* notesOn(writers: ReadonlyMap<string, Writer>): Generator<string> {
  const later = [...writers].filter(([, { first }]) => first > 1).map(([writer]) => writer)
  if (later.length > 0)
    yield `First segments are not among the files (processes: ${later.length}, such as ${later[0]}). They have expired if audit.keepDays says so`
  const open = [...writers].filter(([, { verifier }]) => !verifier.isFinal).map(([name]) => name)
  if (open.length > 0)
    yield `Final checkpoints are missing (processes: ${open.length}, such as ${open[0]}). The processes are running, were killed, or their ends were cut off. Checkpoints that were kept elsewhere can prove that nothing is missing: use --checkpoints`
}

const segmentIdOf = ({ writer, segment }: SegmentName): string => `${writer}/${segment}`

const idOf = ({ writer, segment, sequence }: CheckpointRecord): string =>
  `${writer}/${segment}/${sequence}`
