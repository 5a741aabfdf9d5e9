/**
 * Reads the audit of a gateway that is measured: the segments of its journal, or the one file of earlier
 * versions.
 *
 * @module
 */

import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Sizes of the files of an audit, in bytes, by path. Each writer appends to a file of its own. */
export type AuditSizes = ReadonlyMap<string, number>

export const auditSizes = (folder: string): AuditSizes =>
  new Map(filesOf(folder).map(file => [file, statSync(file).size]))

/** Length of an audit in bytes. @param folder - the gateway's data folder */
export const auditedBytes = (folder: string): number =>
  [...auditSizes(folder).values()].reduce((sum, size) => sum + size, 0)

/** Returns what was written after the files had these sizes: everything would be too much to read each time. */
export const auditedSince = (folder: string, before: AuditSizes): string =>
  [...auditSizes(folder)]
    .map(([file, size]) => readFrom(file, before.get(file) ?? 0, size))
    .join('')

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
