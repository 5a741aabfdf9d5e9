/**
 * Appends records to a file or to standard output, one JSON object a line.
 *
 * @module
 */

import { write } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { FileError, type NamedPath } from '../model/file-problem.ts'
import { visibleJson } from '../model/visible-text.ts'
import type { Batch, Format, Sender } from './sink.ts'

/** Path that means standard output. */
export const STDOUT = '-'

const STDOUT_DESCRIPTOR = 1

/** Time to wait before the next write to a pipe that was full. */
const FULL_PIPE_MS = 20

const LINE_FEED = 0x0a

export type FileOptions = Readonly<{
  /** The file, in a folder that exists, or {@link STDOUT}. */
  file: NamedPath
  format: Format
}>

export class FileSender implements Sender {
  readonly #options: FileOptions
  #open: FileHandle | undefined
  /** Whether what was written ends with an incomplete line. */
  #isTorn = false

  constructor(options: FileOptions) {
    this.#options = options
    // Opens standard output as a stream, so that writing to a full pipe fails instead of blocking the process.
    if (options.file.path === STDOUT) void process.stdout
  }

  /** Creates the file if it is missing. @throws FileError if it cannot be written */
  async check(): Promise<void> {
    if (this.#options.file.path === STDOUT) return
    await (await this.#reopen()).close()
    this.#open = undefined
  }

  async send({ records }: Batch, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { file, format } = this.#options
    const fd = file.path === STDOUT ? STDOUT_DESCRIPTOR : (await this.#opened(file.path)).fd
    const text = records.map(record => `${visibleJson(format(record))}\n`).join('')
    await this.#write(fd, Buffer.from(this.#isTorn ? `\n${text}` : text), signal)
  }

  async close(): Promise<void> {
    await this.#open?.close()
    this.#open = undefined
  }

  /** Returns the open file. Opens it again if it was moved away, for example by log rotation. */
  async #opened(path: string): Promise<FileHandle> {
    const open = this.#open
    if (open && (await isAt(path, open))) return open
    await this.close()
    return await this.#reopen()
  }

  async #reopen(): Promise<FileHandle> {
    const { file } = this.#options
    try {
      this.#open = await open(file.path, 'a+', 0o600)
    } catch (cause) {
      throw new FileError(file, cause)
    }
    this.#isTorn = await endsWithinLine(this.#open)
    return this.#open
  }

  async #write(fd: number, bytes: Buffer, signal: AbortSignal): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      signal.throwIfAborted()
      written += await tryWrite(fd, bytes.subarray(written))
      this.#isTorn = written > 0 && bytes[written - 1] !== LINE_FEED
    }
  }
}

/** Returns the number of bytes that were written: 0 if a pipe is full. */
async function tryWrite(fd: number, bytes: Buffer): Promise<number> {
  try {
    return await writeTo(fd, bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    await wait(FULL_PIPE_MS)
    return 0
  }
}

/** Writes to a file or a pipe, and returns the number of bytes that were written. */
const writeTo = (fd: number, bytes: Buffer): Promise<number> =>
  new Promise((resolve, reject) => {
    write(fd, bytes, (error, count) => (error ? reject(error) : resolve(count)))
  })

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
