/**
 * Sorts audit files as they were written.
 *
 * @module
 */

import { basename } from 'node:path'
import { chunksOf, originalOf } from './line-files.ts'
import { compareSegments, type SegmentName, segmentsIn } from './segments.ts'

/**
 * Sorts files as they were written, because the last decision on a request counts: segments by writer and number, then
 * other files by the time of their first record. Names don't tell: the shell sorts the files that logrotate has
 * numbered newest first.
 */
export async function inWritingOrder(files: readonly string[]): Promise<readonly string[]> {
  const segments: (SegmentName & Readonly<{ file: string }>)[] = []
  const others: Readonly<{ begunAt: string; file: string }>[] = []
  for (const file of files) {
    const [name] = segmentsIn([originalOf(basename(file))])
    if (name) segments.push({ ...name, file })
    else others.push({ begunAt: await timeIn(file), file })
  }
  segments.sort(compareSegments)
  others.sort((a, b) => Number(a.begunAt > b.begunAt) - Number(a.begunAt < b.begunAt))
  return [...segments, ...others].map(({ file }) => file)
}

const TIME = /"at":"([^"]+)"/

/** Returns the time of the first record of a file as RFC 3339. A file without one comes last. */
async function timeIn(file: string): Promise<string> {
  try {
    for await (const chunk of chunksOf(file))
      return TIME.exec(chunk.toString('latin1'))?.[1] ?? NEVER
  } catch {
    // Ignored, because the report says why it can't read the file.
  }
  return NEVER
}

/** Sorts behind all times. */
const NEVER = '~'
