/**
 * Reads the lines of audit files for a report: segments, files of sinks, and files that were rotated and compressed.
 *
 * It holds one chunk and one line at a time. A problem of one file is reported, and the other files are read.
 *
 * @module
 */

import { open, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { reasonOf } from '../model/file-problem.ts'
import { segmentsIn } from './segments.ts'

/** Some lines in a row of one file. Each byte is one character, which is faster than decoding text that few read. */
type FileLines = Readonly<{
  file: string
  /** Number of the first line. */
  first: number
  text: string
  /** Positions of the line feeds. */
  ends: readonly number[]
}>

const PLAIN = '.jsonl'
const COMPRESSED = ['.gz', '.zst'] as const

/** First bytes of compressed files. */
const FORMATS = [
  { magic: Buffer.from('1f8b', 'hex'), create: createGunzip },
  { magic: Buffer.from('28b52ffd', 'hex'), create: createZstdDecompress },
] as const

/** Length of the longest of them. */
const MAGIC_BYTES = Math.max(...FORMATS.map(({ magic }) => magic.length))

/** Size of the chunks that are read and decompressed. With the default, three times as many calls take twice as long. */
const CHUNK = 1024 * 1024

/** Maximum length of a line in bytes. The longest records are those of imports. */
const MAX_LINE = 64 * 1024 * 1024

/**
 * Returns the files to read: those given, and those in given folders, by name. In a folder, a compressed file beside its
 * original is left out.
 *
 * @param problem - called with what is missing, and what to do
 */
export async function auditFiles(
  paths: readonly string[],
  problem: (message: string) => void,
): Promise<readonly string[]> {
  const files: string[] = []
  for (const path of paths) {
    try {
      if ((await stat(path)).isDirectory()) files.push(...(await filesIn(path, problem)))
      else files.push(path)
    } catch (error) {
      problem(unreadable(path, error))
    }
  }
  return files
}

async function filesIn(folder: string, problem: (message: string) => void): Promise<string[]> {
  const names = await readdir(folder)
  const originals = names.filter(name => originalOf(name).endsWith(PLAIN)).map(originalOf)
  if (originals.length === 0)
    problem(
      `${folder} contains no audit files (*.jsonl, *.jsonl.gz, *.jsonl.zst). Name the folder of the journal, or files`,
    )
  reportGaps(folder, originals, problem)
  return [...new Set(originals)].sort().map(original => {
    const name = [original, ...COMPRESSED.map(end => original + end)].find(one =>
      names.includes(one),
    )
    return join(folder, name ?? original)
  })
}

/** Returns the name of a file without the ending of a compressed one. */
export const originalOf = (name: string): string => {
  const end = COMPRESSED.find(end => name.endsWith(end))
  return end === undefined ? name : name.slice(0, -end.length)
}

/** Reports segments that are missing between others. Those before the first were deleted when their time was over. */
function reportGaps(
  folder: string,
  names: readonly string[],
  problem: (message: string) => void,
): void {
  const segments = segmentsIn([...new Set(names)])
  for (const [i, { writer, segment }] of segments.entries()) {
    const before = segments[i - 1]
    if (before?.writer !== writer || before.segment + 1 === segment) continue
    const missing =
      before.segment + 1 === segment - 1
        ? `${segment - 1}`
        : `${before.segment + 1} to ${segment - 1}`
    problem(`Segment ${missing} of ${writer} is missing in ${folder}. Restore it from a backup`)
  }
}

/**
 * Reads the lines of files in their order.
 *
 * @param problem - called with what is missing, and what to do
 * @param maxLine - maximum length of a line in bytes
 */
export async function* linesOfFiles(
  files: readonly string[],
  problem: (message: string) => void,
  maxLine = MAX_LINE,
): AsyncGenerator<FileLines> {
  for (const file of files) {
    const lines = new LineBuffer(maxLine)
    try {
      for await (const chunk of chunksOf(file)) yield { file, ...lines.add(chunk) }
    } catch (error) {
      problem(
        lines.count === 0
          ? unreadable(file, error)
          : `${file} cannot be read after line ${lines.count}: ${reasonOf(error)}. Restore it from a backup`,
      )
      continue
    }
    if (lines.hasRest)
      problem(
        `${file}: line ${lines.count + 1} is cut off at the end of the file. If a gateway writes the file now, try again. If its process was killed, nothing had waited for this record. Otherwise, restore the file from a backup`,
      )
  }
}

const unreadable = (path: string, error: unknown): string => {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT')
    return `${path} does not exist. Name an audit file, or the folder of the journal`
  return `Cannot read ${path}: ${reasonOf(error)}. Make it readable, or restore it from a backup`
}

/** Returns the bytes of a file, decompressed. */
export async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  const handle = await open(file)
  // Behind the end of a shorter file, the buffer has zeros, which none of the formats begins with.
  const { buffer } = await handle.read(Buffer.alloc(MAGIC_BYTES))
  const format = FORMATS.find(({ magic }) => buffer.subarray(0, magic.length).equals(magic))
  const bytes = handle.createReadStream({ start: 0, highWaterMark: CHUNK })
  // An error ends the decompressor, so the iteration throws it.
  yield* format === undefined
    ? bytes
    : pipeline(bytes, format.create({ chunkSize: CHUNK }), () => undefined)
}

/** Splits chunks into lines. */
class LineBuffer {
  count = 0
  #rest = ''
  readonly #maxLine: number

  constructor(maxLine: number) {
    this.#maxLine = maxLine
  }

  get hasRest(): boolean {
    return this.#rest !== ''
  }

  /** Returns the lines that end in a chunk. */
  add(chunk: Buffer): Omit<FileLines, 'file'> {
    const text = this.#rest + chunk.toString('latin1')
    const ends: number[] = []
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) ends.push(end)
    this.#rest = text.slice((ends.at(-1) ?? -1) + 1)
    if (this.#rest.length > this.#maxLine)
      throw new Error(`a line is longer than ${this.#maxLine} bytes`)
    const first = this.count + 1
    this.count += ends.length
    return { first, text, ends }
  }
}

/** Returns the name of a file and a line, for a message. */
export const placeOf = ({ file, first }: FileLines, index: number): string =>
  `${basename(file)}, line ${first + index}`
