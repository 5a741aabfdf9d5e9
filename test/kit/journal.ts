/**
 * Reads an audit journal as the tests need it: the records alone, as far as they are written.
 *
 * @module
 */

import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
} from 'node:fs'
import { CheckpointSigner } from '../../src/audit/checkpoint.ts'
import type { Consumer } from '../../src/audit/consumer.ts'
import type { FilePositions } from '../../src/audit/positions.ts'
import { idOf, linesIn } from '../../src/audit/reader.ts'
import { segmentFile, segmentsIn } from '../../src/audit/segments.ts'

/** Signs the journals of tests. */
export const SIGNER = new CheckpointSigner(new Uint8Array(32))

/** Returns a consumer `copy` that appends each record to a file, after its ID. It fails if the folder is missing. */
export const copyTo = (file: string, positions: FilePositions): Consumer => ({
  name: 'copy',
  position: async writer => positions.of(writer),
  consume: async lines => {
    const text = linesIn(lines).map(({ at, line }) => `{"id":"${idOf(at)}",${line.slice(1)}\n`)
    appendFileSync(file, text.join(''))
    positions.store(lines.end)
  },
  forget: async writer => positions.forget(writer),
  close: async () => undefined,
})

/** One record of the journal, without the hash that begins a batch. */
export type JournalRecord = Readonly<Record<string, unknown>> &
  Readonly<{ type: string; decisionId: string; verdict?: string; reason?: string }>

export class JournalTail {
  readonly #folder: string
  /** Bytes of each segment that have been read. */
  readonly #read = new Map<string, number>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Returns the records since the last call, those of a writer in their order. */
  read(): JournalRecord[] {
    if (!existsSync(this.#folder)) return []
    const files = segmentsIn(readdirSync(this.#folder)).map(name => segmentFile(this.#folder, name))
    return files
      .flatMap(file => this.#newLines(file))
      .map(line => {
        const { previous: _, ...record } = JSON.parse(line)
        return record as JournalRecord
      })
      .filter(({ type }) => type !== 'segment' && type !== 'checkpoint')
  }

  #newLines(file: string): string[] {
    const start = this.#read.get(file) ?? 0
    const text = textFrom(file, start)
    const whole = text.subarray(0, text.lastIndexOf('\n') + 1)
    this.#read.set(file, start + whole.length)
    return whole.toString().split('\n').slice(0, -1)
  }
}

/** Returns all records of a journal. */
export const recordsOf = (folder: string): JournalRecord[] => new JournalTail(folder).read()

/** Returns the end of a file. A gateway that runs can have deleted a segment since its folder was listed. */
function textFrom(file: string, start: number): Buffer {
  const fd = openedSync(file)
  if (fd === undefined) return Buffer.alloc(0)
  try {
    const bytes = Buffer.alloc(fstatSync(fd).size - start)
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, start))
  } finally {
    closeSync(fd)
  }
}

/** Opens a file, if there is one. */
function openedSync(file: string): number | undefined {
  try {
    return openSync(file, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
