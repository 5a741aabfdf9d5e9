/**
 * Writes and reads the file of a backup: lines of JSON.
 *
 * The first line is a {@link BackupHeader}, and each line after it is a row of a table. The last line has a MAC of all
 * lines before it. So a file that was truncated or altered is rejected, and only a holder of the master key can make
 * a file that a restore accepts.
 *
 * @module
 */

import { createHmac, type KeyObject, randomUUID, timingSafeEqual } from 'node:crypto'
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { isComplete, linesOf } from '../audit/segment-lines.ts'
import { codeOf, reasonOf } from '../model/file-problem.ts'
import type { StoredRow } from '../store/store.ts'

/** Name and version of the format. Increment the version with every change. */
const FORMAT = 'ews-gateway-backup/1'

/** Minimum size of a write. */
const CHUNK_CHARACTERS = 65_536

/** First line of a backup. */
export type BackupHeader = Readonly<{
  format: typeof FORMAT
  /** RFC 3339. */
  createdAt: string
  /** Version of the program that made the backup. */
  version: string
  /** Last migration of the store. */
  schema: string
  /** Check values of the master key of the store, and of the former one during a rotation. */
  masterKeyChecks: readonly string[]
  organizations: readonly string[]
}>

/** A backup cannot be written or restored. The message says what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}

/** Content of a backup, and the key of its MAC. */
type Backup = Readonly<{
  header: Omit<BackupHeader, 'format'>
  rows: AsyncIterable<StoredRow>
  key: KeyObject
}>

/**
 * Writes a backup, readable only by its owner. The file gets its name when it is complete and on the disk.
 *
 * @param replaces - whether to replace a file
 * @returns the number of rows
 * @throws BackupError
 */
export async function writeBackup(
  file: string,
  replaces: boolean,
  backup: Backup,
): Promise<number> {
  const draft = `${file}.${randomUUID()}`
  try {
    const handle = await open(draft, 'wx', 0o600)
    const rows = await writeLines(handle, backup).finally(() => handle.close())
    await (replaces ? rename(draft, file) : renameToNew(draft, file))
    await syncFolder(dirname(file))
    return rows
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause
    throw codeOf(cause) === 'EEXIST' ? existing(file) : unwritable(file, cause)
  } finally {
    await rm(draft, { force: true })
  }
}

/** Rejects a file that exists, before a long backup. @throws BackupError */
export async function requireNew(file: string): Promise<void> {
  const isThere = await stat(file).then(
    () => true,
    () => false,
  )
  if (isThere) throw existing(file)
}

const existing = (file: string) =>
  new BackupError(`Cannot write ${file}: it exists. Name a new file, or add --replace`)

function unwritable(file: string, cause: unknown): BackupError {
  const reason = codeOf(cause) === 'ENOENT' ? 'its folder does not exist' : reasonOf(cause)
  return new BackupError(`Cannot write ${file}: ${reason}. Correct this, or name another file`, {
    cause,
  })
}

/** Renames a file without overwriting another one. */
async function renameToNew(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file)
  } catch (error) {
    // Some network file systems have no links.
    if (codeOf(error) === 'EEXIST') throw error
    await requireNew(file)
    await rename(draft, file)
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder)
  // Some network file systems can't sync a folder.
  await handle.sync().catch(() => undefined)
  await handle.close()
}

async function writeLines(handle: FileHandle, { header, rows, key }: Backup): Promise<number> {
  const mac = createHmac('sha256', key)
  let text = `${JSON.stringify({ format: FORMAT, ...header })}\n`
  let count = 0
  const flush = async () => {
    mac.update(text)
    await handle.writeFile(text)
    text = ''
  }
  for await (const row of rows) {
    text += `${JSON.stringify(row)}\n`
    count += 1
    if (text.length >= CHUNK_CHARACTERS) await flush()
  }
  await flush()
  await handle.writeFile(`${JSON.stringify({ rows: count, mac: mac.digest('base64url') })}\n`)
  await handle.sync()
  return count
}

/**
 * Reads the first line of a backup.
 *
 * @throws BackupError if the file is not a backup of this format
 */
export async function readHeader(file: string): Promise<BackupHeader> {
  const first = await firstLine(file)
  const header = first && parsed(first)
  if (header?.['format'] === FORMAT) {
    if (!Array.isArray(header['masterKeyChecks'])) throw damaged(file)
    return header as unknown as BackupHeader
  }
  const isLater = `${header?.['format']}`.startsWith('ews-gateway-backup/')
  throw new BackupError(
    isLater
      ? `Cannot restore ${file}: version ${header?.['version']} of ews-gateway made it, in a form that this version can't read. Use that version`
      : `Cannot restore ${file}: it is not a backup. Name a file that ews-gateway backup has written`,
  )
}

async function firstLine(file: string): Promise<Buffer | undefined> {
  try {
    for await (const [line] of linesOf(file)) return line
    return undefined
  } catch (cause) {
    throw unreadable(file, cause)
  }
}

/** Verifies a whole backup. @throws BackupError if the file was truncated or altered */
export async function verifyRows(file: string, header: BackupHeader, key: KeyObject) {
  const rows = rowsIn(file, header, key)
  while (!(await rows.next()).done);
}

/**
 * Returns the rows of a backup. Verifies the MAC at the end.
 *
 * @throws BackupError if the file was truncated or altered, or is not that of the header
 */
export async function* rowsIn(
  file: string,
  header: BackupHeader,
  key: KeyObject,
): AsyncGenerator<StoredRow> {
  const mac = createHmac('sha256', key)
  let end: Readonly<Record<string, unknown>> | undefined
  let count = -1
  try {
    for await (const lines of linesOf(file))
      for (const line of lines) {
        const content = parsed(line)
        if (end !== undefined || content === undefined) throw damaged(file)
        if (count === -1 && !isDeepStrictEqual(content, header)) throw damaged(file)
        if (count >= 0 && !isRow(content)) end = content
        else mac.update(line)
        if (end === undefined && count >= 0) yield content as StoredRow
        count += 1
      }
  } catch (cause) {
    if (cause instanceof Error && 'syscall' in cause) throw unreadable(file, cause)
    throw cause
  }
  if (end === undefined) throw damaged(file)
  const expected = mac.digest()
  const actual = Buffer.from(`${end['mac']}`, 'base64url')
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) throw damaged(file)
}

/** Returns the object of a line; undefined if the line is cut off or has another form. */
function parsed(line: Buffer): Readonly<Record<string, unknown>> | undefined {
  if (!isComplete(line)) return undefined
  try {
    const value: unknown = JSON.parse(line.toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    return undefined
  }
}

const isRow = (content: object): content is StoredRow => 'table' in content && 'row' in content

const damaged = (file: string) =>
  new BackupError(
    `Cannot restore ${file}: it was truncated or altered after ews-gateway had written it. Copy it again, or use another backup`,
  )

const unreadable = (file: string, cause: unknown) =>
  new BackupError(
    codeOf(cause) === 'ENOENT'
      ? `${file} does not exist. Name the file of a backup`
      : `Cannot read ${file}: ${reasonOf(cause)}. Make it readable, or name another backup`,
    { cause },
  )
