/**
 * Reads the journal's records of one writer, over all of its segments, while they are written or later.
 *
 * A torn last line, which a crash can leave, is never returned.
 *
 * @module
 */

import { type FileHandle, open, readdir } from 'node:fs/promises'
import { type SegmentName, segmentFile, segmentsIn } from './segments.ts'

/** A place behind a line of a segment: everything before it has been read. */
export type Position = SegmentName &
  Readonly<{
    /** Number of the last line before it; 0 at the beginning. */
    sequence: number
    /** Bytes of the segment before it. */
    offset: number
  }>

/** One record of the journal. */
export type JournalLine = Readonly<{
  /** `writer/segment/sequence`; the sequence is the number of the line in its segment. */
  id: string
  /** JSON without a line feed. It has the member `previous` if it begins a batch. */
  line: string
}>

/** Records in a row. */
export type Lines = Readonly<{
  lines: readonly JournalLine[]
  /** Place behind the last of them. */
  end: Position
}>

const LINE_FEED = 0x0a

/** Bytes that are read at a time, unless a line is longer. */
const READ_BYTES = 256 * 1024

/** The place before the first record of a writer. */
export const beginningOf = (writer: string): Position => beginningOfSegment({ writer, segment: 1 })

const beginningOfSegment = (name: SegmentName): Position => ({ ...name, sequence: 0, offset: 0 })

export class JournalReader {
  readonly #folder: string
  #open: Readonly<{ segment: number; file: FileHandle }> | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Returns some records behind a place; undefined if there are none now. */
  async read(after: Position): Promise<Lines | undefined> {
    for (let place = after; ; ) {
      const read = await this.#readSegment(place)
      if (read && read.lines.length > 0) return read
      const next = read?.end ?? (await this.#nextSegment(place))
      if (next === undefined) return undefined
      // A segment is complete once there is another. Its last lines may have come before that.
      const late = next.segment === place.segment ? undefined : await this.#readSegment(place)
      if (late && late.lines.length > 0) return late
      place = next
    }
  }

  /** Returns the segment that it reads, and its length; undefined if there is none. */
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

  /** Returns the lines of a segment behind a place, without its header; undefined if there are none. */
  async #readSegment(place: Position): Promise<Lines | undefined> {
    const file = await this.#openSegment(place)
    const bytes = file && (await readLines(file, place.offset))
    if (bytes === undefined) return undefined
    const { writer, segment } = place
    const texts = bytes.toString('utf8', 0, bytes.length - 1).split('\n')
    const first = place.sequence + 1
    const lines = texts.map((line, n) => ({ id: `${writer}/${segment}/${first + n}`, line }))
    return {
      lines: place.sequence === 0 ? lines.slice(1) : lines,
      end: {
        writer,
        segment,
        sequence: place.sequence + texts.length,
        offset: place.offset + bytes.length,
      },
    }
  }

  /** Keeps the file open, so that a segment that is deleted can still be read to its end. */
  async #openSegment(name: SegmentName): Promise<FileHandle | undefined> {
    if (this.#open?.segment === name.segment) return this.#open.file
    await this.close()
    try {
      const file = await open(segmentFile(this.#folder, name))
      this.#open = { segment: name.segment, file }
      return file
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  async #nextSegment({ writer, segment }: Position): Promise<Position | undefined> {
    const segments = segmentsIn(await readdir(this.#folder))
    const next = segments.find(name => name.writer === writer && name.segment > segment)
    return next && beginningOfSegment(next)
  }
}

/** Returns complete lines, with their line feeds; undefined if there are none. */
async function readLines(file: FileHandle, offset: number): Promise<Buffer | undefined> {
  for (let length = READ_BYTES; ; length *= 2) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, offset)
    const end = buffer.lastIndexOf(LINE_FEED, bytesRead - 1) + 1
    if (bytesRead > 0 && end > 0) return buffer.subarray(0, end)
    if (bytesRead < length) return undefined
  }
}
