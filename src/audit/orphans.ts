/**
 * Finds the segments of processes that have ended, and assigns each of these writers to one running process.
 *
 * @module
 */

import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { SegmentHeader } from './segment.ts'
import { type SegmentName, segmentFile, segmentsIn } from './segments.ts'

/** A writer on another host has ended if it has not touched its segment for this long. */
const SILENT_MS = 60_000

const HEADER_BYTES = 4_096

/** Claims of this process: the writers of ended processes that it is responsible for. */
export class Orphans {
  readonly #folder: string
  readonly #claims: string
  readonly #own: string
  readonly #now: () => number
  /** Content of claim files, which never changes. */
  readonly #holders = new Map<string, string>()

  /** @param own - the writer of this process */
  constructor(folder: string, own: string, now: () => number) {
    this.#folder = folder
    this.#claims = join(folder, 'claims')
    this.#own = own
    this.#now = now
  }

  /**
   * Claims the writers that have ended and that no other running process has claimed, and returns them.
   *
   * @param known - writers that this process has claimed already
   */
  claim(known: ReadonlySet<string>): readonly string[] {
    const newest = new Map<string, SegmentName>()
    for (const name of segmentsIn(readdirSync(this.#folder))) newest.set(name.writer, name)
    const claims = this.#lastClaims()
    const isRunning = memoize((writer: string) => {
      const name = newest.get(writer)
      return name !== undefined && this.#isRunning(name)
    })
    return [...newest.keys()].filter(writer => {
      if (known.has(writer)) return false
      const last = claims.get(writer) ?? 0
      const holder = last === 0 ? undefined : this.#holderOf(`${writer}.${last}`)
      if (holder === this.#own) return true
      if (holder !== undefined && isRunning(holder)) return false
      return !isRunning(writer) && this.#claim(`${writer}.${last + 1}`)
    })
  }

  /** Returns the writers that any process has claimed. */
  claimed(): Iterable<string> {
    return this.#lastClaims().keys()
  }

  /** Removes the claims on a writer whose segments have all been deleted. */
  forget(writer: string): void {
    for (const name of this.#names())
      if (name.startsWith(`${writer}.`)) rmSync(join(this.#claims, name), { force: true })
  }

  /** Returns the number of the latest claim on each writer. */
  #lastClaims(): ReadonlyMap<string, number> {
    const last = new Map<string, number>()
    for (const name of this.#names()) {
      const [writer = '', number] = name.split('.')
      last.set(writer, Math.max(last.get(writer) ?? 0, Number(number)))
    }
    return last
  }

  /** Returns the names of all claim files: `<writer>.<number>`. */
  #names(): readonly string[] {
    return existsSync(this.#claims) ? readdirSync(this.#claims) : []
  }

  #holderOf(claim: string): string {
    const known = this.#holders.get(claim)
    if (known !== undefined) return known
    const holder = readFileSync(join(this.#claims, claim), 'utf8')
    // An empty file is a claim that is still being written, unless its process has ended.
    if (holder !== '') this.#holders.set(claim, holder)
    return holder
  }

  /** Creates a claim file. A file with this number can be created only once, so only one process succeeds. */
  #claim(claim: string): boolean {
    const file = join(this.#claims, claim)
    mkdirSync(this.#claims, { recursive: true, mode: 0o700 })
    const fd = openNew(file)
    if (fd === undefined) return false
    try {
      writeAll(fd, this.#own)
      return true
    } catch (error) {
      // Otherwise, a full disk would get another empty file at each attempt.
      rmSync(file, { force: true })
      throw error
    } finally {
      closeSync(fd)
    }
  }

  #isRunning(name: SegmentName): boolean {
    const file = segmentFile(this.#folder, name)
    const header = headerOf(file)
    if (header?.host === hostname() && (header.pid === process.pid || !exists(header.pid)))
      return false
    const stats = statSync(file, { throwIfNoEntry: false })
    return stats !== undefined && stats.mtimeMs > this.#now() - SILENT_MS
  }
}

/** Creates a file, and opens it. Returns undefined if it exists. */
function openNew(file: string): number | undefined {
  try {
    return openSync(file, 'wx', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined
    throw error
  }
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
}

function memoize<T>(read: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>()
  return name => {
    const value = known.has(name) ? (known.get(name) as T) : read(name)
    known.set(name, value)
    return value
  }
}

/** Returns the header of a segment, or undefined if it is incomplete after a crash. */
function headerOf(file: string): SegmentHeader | undefined {
  try {
    const fd = openSync(file, 'r')
    try {
      const bytes = Buffer.alloc(HEADER_BYTES)
      const [line = ''] = bytes.subarray(0, readSync(fd, bytes)).toString().split('\n')
      return JSON.parse(line)
    } finally {
      closeSync(fd)
    }
  } catch {
    return undefined
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
