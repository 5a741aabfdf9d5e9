/**
 * Reads the journal's records of one writer from all its segments, even while they are being written. Never returns
 * an incomplete last line, which a crash can leave.
 *
 * @module
 */

import { type FileHandle, open, readdir } from 'node:fs/promises'
import { type SegmentName, segmentFile, segmentsIn } from './segments.ts'

/** Position in the journal, always after a complete line of a segment: everything before it has been read. */
export type Position = SegmentName &
  Readonly<{
    /** Number of the last line before the position; 0 at the beginning. */
    sequence: number
    /** Bytes of the segment before the position. */
    offset: number
  }>

/** One record of the journal. */
export type JournalLine = Readonly<{
  /** Position before the line. Its sequence is one less than that of the line. */
  at: Position
  /** JSON without a line feed. It has the member `previous` if it begins a batch. */
  line: string
}>

/** Consecutive records of one segment. */
export type Lines = Readonly<{
  /** Complete lines, with their line feeds. */
  bytes: Uint8Array
  /** Position before the first line. */
  start: Position
  /** Position after the last line. */
  end: Position
}>

const LINE_FEED = 0x0a

/** Bytes that are read at a time, unless a line is longer. */
const READ_BYTES = 256 * 1024

/** Bytes that are read for one line, unless it is longer. */
const LINE_BYTES = 16 * 1024

/** Returns the position before the first line of a segment. */
export const beginningOfSegment = (name: SegmentName): Position => ({
  ...name,
  sequence: 0,
  offset: 0,
})

/** Returns the position before the first record of a writer. */
export const beginningOf = (writer: string): Position => beginningOfSegment({ writer, segment: 1 })

/** Returns the record ID of a line: `writer/segment/sequence`, with the number of the line in its segment. The header is line 1. */
export const idOf = ({ writer, segment, sequence }: Position): string =>
  `${writer}/${segment}/${sequence + 1}`

/** Splits bytes into lines, each with its position. */
export function linesIn({ bytes, start }: Lines): readonly JournalLine[] {
  const { buffer, byteOffset, length } = bytes
  const text = Buffer.from(buffer, byteOffset, length)
  const lines: JournalLine[] = []
  let from = 0
  for (let end = text.indexOf(LINE_FEED); end >= 0; end = text.indexOf(LINE_FEED, from)) {
    const at = {
      ...start,
      sequence: start.sequence + lines.length,
      offset: start.offset + from,
    }
    lines.push({ at, line: text.toString('utf8', from, end) })
    from = end + 1
  }
  return lines
}

/** Number and length of the segment that is being written. Behind its end, a write can fail and be undone. */
export type Committed = Readonly<{ segment: number; bytes: number }>

export class JournalReader {
  readonly #folder: string
  readonly #readBytes: number
  #open: Readonly<{ segment: number; file: FileHandle }> | undefined

  /** @param readBytes - bytes that are read at a time, unless a line is longer */
  constructor(folder: string, readBytes = READ_BYTES) {
    this.#folder = folder
    this.#readBytes = readBytes
  }

  /**
   * Returns some records after a position; undefined if there are none yet.
   *
   * @param committed - the end of what is read; absent if no one writes, or if all that is there can be read
   */
  async read(after: Position, committed?: Committed): Promise<Lines | undefined> {
    for (let place = after; ; ) {
      const read = await this.#readSegment(place, committed)
      if (read && read.bytes.length > 0) return read
      const next = read?.end ?? (await this.#nextSegment(place))
      if (next === undefined || (committed && next.segment > committed.segment)) return undefined
      // Reads this segment once more: when a next segment exists, this one is complete, but its last lines can be
      // newer than the previous read.
      const late =
        next.segment === place.segment ? undefined : await this.#readSegment(place, committed)
      if (late && late.bytes.length > 0) return late
      place = next
    }
  }

  /** Returns the segment that was read last, and its length; undefined if there is none. */
  async reached(): Promise<Readonly<{ segment: number; bytes: number }> | undefined> {
    if (this.#open === undefined) return undefined
    const { segment, file } = this.#open
    return { segment, bytes: (await file.stat()).size }
  }

  async close(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    await open?.file.close()
  }

  /** Returns the lines of a segment after a position, without its header; undefined if there are none. */
  async #readSegment(place: Position, committed?: Committed): Promise<Lines | undefined> {
    const file = await this.#openSegment(place)
    const end = committed?.segment === place.segment ? committed.bytes : Number.POSITIVE_INFINITY
    const bytes = file && (await readLines(file, place.offset, this.#readBytes, end))
    if (bytes === undefined) return undefined
    const header = place.sequence === 0 ? bytes.indexOf(LINE_FEED) + 1 : 0
    const rest = bytes.subarray(header)
    const start = {
      ...place,
      sequence: Math.max(1, place.sequence),
      offset: place.offset + header,
    }
    const sequence = start.sequence + countLines(rest)
    return { bytes: rest, start, end: { ...start, sequence, offset: start.offset + rest.length } }
  }

  /** Keeps the file open, so that a segment that is deleted can still be read to its end. */
  async #openSegment(name: SegmentName): Promise<FileHandle | undefined> {
    if (this.#open?.segment === name.segment) return this.#open.file
    await this.close()
    const file = await openIfThere(segmentFile(this.#folder, name))
    this.#open = file && { segment: name.segment, file }
    return file
  }

  async #nextSegment({ writer, segment }: Position): Promise<Position | undefined> {
    const segments = segmentsIn(await readdir(this.#folder))
    const next = segments.find(name => name.writer === writer && name.segment > segment)
    return next && beginningOfSegment(next)
  }
}

/** Returns the line after a position, without its line feed; undefined if the journal no longer has the segment. */
export async function readLineAt(folder: string, at: Position): Promise<string | undefined> {
  const file = await openIfThere(segmentFile(folder, at))
  try {
    const lines = file && (await readLines(file, at.offset, LINE_BYTES))
    return lines?.subarray(0, lines.indexOf(LINE_FEED)).toString()
  } finally {
    await file?.close()
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Returns the complete lines from an offset to an end at most, with their line feeds; undefined if there are none.
 *
 * @param most - bytes to read, unless a line is longer
 */
async function readLines(
  file: FileHandle,
  offset: number,
  most: number,
  end = Number.POSITIVE_INFINITY,
): Promise<Buffer | undefined> {
  for (let length = most; offset < end; length *= 2) {
    const wanted = Math.min(length, end - offset)
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, offset)
    const last = buffer.lastIndexOf(LINE_FEED, bytesRead - 1) + 1
    if (bytesRead > 0 && last > 0) return buffer.subarray(0, last)
    if (bytesRead < length) return undefined
  }
  return undefined
}

function countLines(bytes: Buffer): number {
  let count = 0
  for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, end + 1))
    count += 1
  return count
}
