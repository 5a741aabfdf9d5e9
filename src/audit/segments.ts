/**
 * The names of the journal's segments. Each writer, which is one process, has segments of its own:
 * `<writer>-<number>.jsonl`.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

/** One segment of the journal. */
export type SegmentName = Readonly<{
  writer: string
  /** 1 for the first segment of its writer. */
  segment: number
}>

/** Digits of a segment's number in its file name, so that names sort by number. */
const DIGITS = 6

const FILE_NAME = /^([0-9TZ]+-[0-9a-f]+)-([0-9]{6,})[.]jsonl$/

/** Returns a name for a new writer, safe as a file name, that sorts by the time at which it started. */
export function newWriter(now: number): string {
  const startedAt = new Date(now).toISOString().replaceAll(/[-:]|[.]\d+/g, '')
  return `${startedAt}-${randomBytes(4).toString('hex')}`
}

/** Returns the path of a segment's file. */
export const segmentFile = (folder: string, { writer, segment }: SegmentName): string =>
  join(folder, `${writer}-${String(segment).padStart(DIGITS, '0')}.jsonl`)

/** Returns the segments among the names of files, in the order of their writers and numbers. */
export function segmentsIn(names: readonly string[]): readonly SegmentName[] {
  return names
    .map(name => FILE_NAME.exec(name))
    .filter(match => match !== null)
    .map(([, writer = '', segment]) => ({ writer, segment: Number(segment) }))
    .sort(compareSegments)
}

/** Compares segments by their writers, and those of one writer by their numbers. */
export const compareSegments = (a: SegmentName, b: SegmentName): number =>
  Number(a.writer > b.writer) - Number(a.writer < b.writer) || a.segment - b.segment
