/**
 * Reads an audit journal as the tests need it: the records alone, as far as they are written.
 *
 * @module
 */

import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { CheckpointSigner } from '../../src/audit/checkpoint.ts'
import { Copy } from '../../src/audit/copy.ts'
import type { FilePositions } from '../../src/audit/positions.ts'
import { segmentFile, segmentsIn } from '../../src/audit/segments.ts'

/** Signs the journals of tests. */
export const SIGNER = new CheckpointSigner(new Uint8Array(32))

/** Copies a journal's records to a file. */
export const copyTo = (file: string, positions: FilePositions): Copy =>
  new Copy({ name: 'copy', what: 'the copy of the audit', key: 'audit.file', file, positions })

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
    const text = textFrom(file, start, statSync(file).size)
    const whole = text.subarray(0, text.lastIndexOf('\n') + 1)
    this.#read.set(file, start + whole.length)
    return whole.toString().split('\n').slice(0, -1)
  }
}

/** Returns all records of a journal. */
export const recordsOf = (folder: string): JournalRecord[] => new JournalTail(folder).read()

function textFrom(file: string, start: number, end: number): Buffer {
  const bytes = Buffer.alloc(end - start)
  if (bytes.length === 0) return bytes
  const fd = openSync(file, 'r')
  try {
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, start))
  } finally {
    closeSync(fd)
  }
}
