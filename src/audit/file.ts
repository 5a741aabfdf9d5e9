/**
 * The audit in a file: one line of JSON a record, in the hands of the operating system before
 * `record` returns. Outcomes alone wait for company, until the turn of the event loop ends: a write
 * of their own for each took a third of the audit's time (ADR 23).
 *
 * Whole lines are appended with O_APPEND, so that several processes can share a file, and a
 * process that is killed loses none but the outcomes of its last turn.
 *
 * @module
 */

import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  type Stats,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { Failure } from '../model/failure.ts'
import type { Audit, AuditRecord } from './audit.ts'
import { lineOf } from './line.ts'

export type FileAuditOptions = Readonly<{
  /** `-` is standard output. */
  file: string
  /** `refuse`: a record that cannot be written throws; `continue`: it is lost. */
  onFailure: 'refuse' | 'continue'
  /** Told of the first failure of a row, and of its end; not of each record. */
  onError: (error: Error) => void
  /** Told of each record that requests go on with, and its line. */
  onRecord?: (record: AuditRecord, line: string) => void
}>

/** How long a client should wait while records cannot be written. */
const BACK_OFF_MS = 1_000

/** How often a full pipe is tried again, a millisecond apart. */
const PIPE_TRIES = 50

const STDOUT = 1

const LINE_FEED = 0x0a

/** Bytes that records have before they are written. */
const ROOM = 64 * 1024

/** An open file, and what must be known to append to it. */
type Target = {
  readonly fd: number
  /** A pipe, socket or terminal takes a line in several pieces; a file that does so is full. */
  readonly takesPieces: boolean
  /** Whether it ends within a line, so that the next record starts with a line feed. */
  torn: boolean
}

/** Appends each record to a file or standard output. */
export class FileAudit implements Audit {
  readonly #options: FileAuditOptions
  #target: Target | undefined
  /**
   * Lines that are still to be written, behind a line feed for a file that ends within a line. Each is
   * encoded by itself: that makes it one piece in memory, as it is kept by whoever is told of it.
   */
  #buffer = newBuffer()
  #end = 1
  #lines = 0
  #flush: NodeJS.Immediate | undefined
  #lost = 0

  /** @throws Error that names the file, where it cannot be opened for appending */
  constructor(options: FileAuditOptions) {
    this.#options = options
    this.#target = open(options.file)
  }

  record(record: AuditRecord): void {
    const line = lineOf(record)
    this.#add(line)
    if (record.type === 'outcome') this.#flush ??= setImmediate(() => this.#writeOutcomes())
    else this.#write()
    this.#options.onRecord?.(record, line)
  }

  reopen(): void {
    this.#writeOutcomes()
    const former = this.#target
    if (!former || former.fd === STDOUT) return
    try {
      this.#target = open(this.#options.file)
    } catch (error) {
      // Records go on into the file that is open: none is lost.
      this.#options.onError(error as Error)
      return
    }
    closeSync(former.fd)
  }

  close(): void {
    this.#writeOutcomes()
    const target = this.#target
    this.#target = undefined
    if (target && target.fd !== STDOUT) closeSync(target.fd)
  }

  #add(line: string): void {
    // One UTF-16 unit is three bytes of UTF-8 at most.
    const most = line.length * 3
    if (this.#end + most > this.#buffer.length) this.#writeOutcomes()
    if (this.#end + most > this.#buffer.length) this.#buffer = newBuffer(this.#end + most)
    this.#end += this.#buffer.write(line, this.#end)
    this.#lines += 1
  }

  /** Nobody waits for them: where they cannot be written, the next decision is refused. */
  #writeOutcomes(): void {
    if (this.#lines === 0) return
    try {
      this.#write()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
    }
  }

  /** @throws Failure `audit-unavailable` */
  #write(): void {
    const [buffer, end, lines] = [this.#buffer, this.#end, this.#lines]
    if (buffer.length > ROOM) this.#buffer = newBuffer()
    this.#end = 1
    this.#lines = 0
    clearImmediate(this.#flush)
    this.#flush = undefined
    try {
      if (!this.#target) throw new Error('The audit is closed')
      write(this.#target, buffer.subarray(this.#target.torn ? 0 : 1, end))
    } catch (cause) {
      this.#fail(cause, lines)
      return
    }
    if (this.#lost > 0) this.#recover()
  }

  #fail(cause: unknown, lines: number): void {
    const { file, onFailure, onError } = this.#options
    const isFirst = this.#lost === 0
    this.#lost += lines
    if (isFirst) {
      const then = onFailure === 'refuse' ? 'requests are refused' : 'records are lost'
      onError(new Error(`Cannot write to the audit file \`${file}\`: ${then}`, { cause }))
    }
    if (onFailure === 'continue') return
    const options = { cause, backOffMs: BACK_OFF_MS }
    throw new Failure('audit-unavailable', 'Cannot write the audit record', options)
  }

  #recover(): void {
    const lost = this.#lost
    this.#lost = 0
    const { file, onError } = this.#options
    onError(new Error(`The audit file \`${file}\` takes records again: ${lost} were not written`))
  }
}

/** Room for lines, behind the line feed. */
function newBuffer(bytes = ROOM): Buffer {
  const buffer = Buffer.allocUnsafe(bytes)
  buffer[0] = LINE_FEED
  return buffer
}

function open(file: string): Target {
  if (file === '-') return { fd: STDOUT, takesPieces: !fstatSync(STDOUT).isFile(), torn: false }
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const fd = openSync(file, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600)
    const stats = fstatSync(fd)
    return { fd, takesPieces: !stats.isFile(), torn: endsWithinLine(fd, stats) }
  } catch (cause) {
    const advice = 'set audit.file to a path where the gateway may write'
    throw new Error(`Cannot open the audit file \`${file}\`: ${advice}`, { cause })
  }
}

/** A disk that was full, or a machine that lost power, leaves half a line behind. */
function endsWithinLine(fd: number, stats: Stats): boolean {
  if (!stats.isFile() || stats.size === 0) return false
  const last = Buffer.alloc(1)
  readSync(fd, last, 0, 1, stats.size - 1)
  return last[0] !== LINE_FEED
}

function write(target: Target, bytes: Buffer): void {
  const { length } = bytes
  let written = 0
  let tries = 0
  while (written < length) {
    const count = tryWrite(target, bytes, written, length)
    written += count
    if (written > 0) target.torn = bytes[written - 1] !== LINE_FEED
    if (written === length) return
    if (!target.takesPieces) throw new Error(`Only ${written} of ${length} bytes were written`)
    if (count > 0) continue
    tries++
    if (tries > PIPE_TRIES) throw new Error('The reader of the audit does not keep up')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
  }
}

/** How many bytes were taken: none where a pipe is full. */
function tryWrite({ fd }: Target, bytes: Buffer, from: number, to: number): number {
  try {
    return writeSync(fd, bytes, from, to - from)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
    throw error
  }
}
