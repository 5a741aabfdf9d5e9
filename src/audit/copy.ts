/**
 * Copies the journal's records to a file or to standard output, one line each.
 *
 * Each line has the record's ID, because a crash can repeat the last lines.
 *
 * @module
 */

import { write } from 'node:fs'
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { FileError } from '../model/file-problem.ts'
import type { Consumer } from './consumer.ts'
import type { FilePositions } from './positions.ts'
import { idOf, type JournalLine, type Lines, linesIn, type Position } from './reader.ts'

const STDOUT = 1

/** Time to wait before the next write to a pipe that was full. */
const FULL_PIPE_MS = 20

const LINE_FEED = 0x0a

export type CopyOptions = Readonly<{
  /** Name in messages. Also the name of the folder for the positions. */
  name: string
  /** Description of the file in errors. */
  what: string
  /** Key of the configuration that has the file. */
  key: string
  /** Path; `-` is standard output. */
  file: string
  positions: FilePositions
  /** Whether to copy a line. By default, all. */
  copies?: (line: string) => boolean
}>

export class Copy implements Consumer {
  readonly #options: CopyOptions
  #open: FileHandle | undefined
  /** Whether the copy ends with an incomplete line. */
  #isTorn = false
  #isClosed = false

  constructor(options: CopyOptions) {
    this.#options = options
    // Opens standard output as a stream, so that writing to a full pipe fails instead of blocking the process.
    if (options.file === '-') void process.stdout
  }

  get name(): string {
    return this.#options.name
  }

  /** Creates the file if it is missing. @throws FileError if it cannot be written */
  async check(): Promise<void> {
    if (this.#options.file === '-') return
    await (await this.#reopen()).close()
    this.#open = undefined
  }

  async position(writer: string): Promise<Position | undefined> {
    return this.#options.positions.of(writer)
  }

  async consume(lines: Lines): Promise<void> {
    const { file, positions, copies = () => true } = this.#options
    const copied = linesIn(lines).filter(({ line }) => copies(line))
    if (copied.length > 0) {
      const fd = file === '-' ? STDOUT : (await this.#opened()).fd
      const text = copied.map(copyOf).join('')
      await this.#write(fd, Buffer.from(this.#isTorn ? `\n${text}` : text))
    }
    positions.store(lines.end)
  }

  async forget(writer: string): Promise<void> {
    this.#options.positions.forget(writer)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#open?.close()
  }

  /** Returns the open file. Opens it again if it was moved away, for example by log rotation. */
  async #opened(): Promise<FileHandle> {
    const open = this.#open
    if (open && (await isAt(this.#options.file, open))) return open
    this.#open = undefined
    await open?.close()
    return await this.#reopen()
  }

  async #reopen(): Promise<FileHandle> {
    const { what, key, file } = this.#options
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      this.#open = await open(file, 'a+', 0o600)
    } catch (cause) {
      throw new FileError({ what, path: file, key }, cause)
    }
    this.#isTorn = await endsWithinLine(this.#open)
    return this.#open
  }

  async #write(fd: number, bytes: Buffer): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      written += await this.#tryWrite(fd, bytes.subarray(written))
      this.#isTorn = written > 0 && bytes[written - 1] !== LINE_FEED
    }
  }

  /** Returns the number of bytes that were written: 0 if a pipe is full. */
  async #tryWrite(fd: number, bytes: Buffer): Promise<number> {
    if (this.#isClosed) throw new Error('The copy of the audit is closed')
    try {
      return await writeTo(fd, bytes)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      await wait(FULL_PIPE_MS)
      return 0
    }
  }
}

/** Writes to a file or a pipe, and returns the number of bytes that were written. */
const writeTo = (fd: number, bytes: Buffer): Promise<number> =>
  new Promise((resolve, reject) => {
    write(fd, bytes, (error, count) => (error ? reject(error) : resolve(count)))
  })

const copyOf = ({ at, line }: JournalLine) => `{"id":"${idOf(at)}",${line.slice(1)}\n`

async function isAt(path: string, file: FileHandle): Promise<boolean> {
  const [there, open] = await Promise.all([stat(path).catch(() => undefined), file.stat()])
  return there?.ino === open.ino && there.dev === open.dev
}

/** Whether the file ends with an incomplete line, which a crash or a full disk can leave. */
async function endsWithinLine(file: FileHandle): Promise<boolean> {
  const stats = await file.stat()
  if (!stats.isFile() || stats.size === 0) return false
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, stats.size - 1)
  return !buffer.equals(Buffer.of(LINE_FEED))
}
