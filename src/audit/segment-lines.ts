/**
 * Reads the lines of a segment as bytes, so that their hashes can be verified.
 *
 * @module
 */

import { chunksOf } from './line-files.ts'

const LINE_FEED = 0x0a
const PREVIOUS = Buffer.from(',"previous":"')
const END = Buffer.from('"}\n')
const HASH_LENGTH = 64
/** Length of the member `previous` and the end of its line. */
const CHAIN_LENGTH = PREVIOUS.length + HASH_LENGTH + END.length

/** Maximum length of a line in bytes. */
const MAX_LINE = 64 * 1024 * 1024

/**
 * Returns the lines of a file with their line feeds, some at a time. The last line can be cut off.
 *
 * @param maxLine - maximum length of a line in bytes
 */
export async function* linesOf(
  file: string,
  maxLine = MAX_LINE,
): AsyncGenerator<readonly Buffer[]> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunksOf(file)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const lines: Buffer[] = []
    let from = 0
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
      lines.push(bytes.subarray(from, end + 1))
      from = end + 1
    }
    rest = bytes.subarray(from)
    if (rest.length > maxLine) throw new Error(`a line is longer than ${maxLine} bytes`)
    if (lines.length > 0) yield lines
  }
  if (rest.length > 0) yield [rest]
}

export const isComplete = (line: Buffer): boolean => line.at(-1) === LINE_FEED

/** Returns the hash of the batch before, if the line begins a batch. */
export function previousIn(line: Buffer): string | undefined {
  const at = line.length - CHAIN_LENGTH
  if (at <= 0 || !line.subarray(at, at + PREVIOUS.length).equals(PREVIOUS)) return undefined
  if (!line.subarray(-END.length).equals(END)) return undefined
  return line.toString('latin1', at + PREVIOUS.length, at + PREVIOUS.length + HASH_LENGTH)
}
