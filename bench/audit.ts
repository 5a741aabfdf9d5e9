/**
 * Reads the audit of a gateway that is measured: the segments of its journal, or the one file of earlier
 * versions.
 *
 * @module
 */

import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Length of an audit. @param folder - the gateway's data folder */
export const auditedBytes = (folder: string): number =>
  filesOf(folder).reduce((sum, file) => sum + statSync(file).size, 0)

/** Returns what was written behind so many bytes: everything would be too much to read each time. */
export function auditedSince(folder: string, bytes: number): string {
  const texts: string[] = []
  let from = bytes
  for (const file of filesOf(folder)) {
    const { size } = statSync(file)
    if (from < size) texts.push(readFrom(file, from, size))
    from = Math.max(0, from - size)
  }
  return texts.join('')
}

function filesOf(folder: string): readonly string[] {
  const journal = join(folder, 'audit')
  const names = existsSync(journal)
    ? readdirSync(journal).filter(name => name.endsWith('.jsonl'))
    : []
  const former = join(folder, 'audit.jsonl')
  return [...(existsSync(former) ? [former] : []), ...names.sort().map(name => join(journal, name))]
}

function readFrom(file: string, from: number, to: number): string {
  const fd = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(to - from)
    return bytes.toString('latin1', 0, readSync(fd, bytes, { position: from }))
  } finally {
    closeSync(fd)
  }
}
