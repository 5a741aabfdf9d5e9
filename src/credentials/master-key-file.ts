/**
 * File of the master key, and its relation to the store.
 *
 * @module
 */

import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { accessWarning } from '../model/file-access.ts'
import { fileProblem, reasonOf } from '../model/file-problem.ts'
import type { MasterKeyCheck } from '../store/store.ts'
import { KEY_BYTES, MasterKey } from './master-key.ts'

/** The master key cannot be used. The message names its file and says what to do. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError'
}

/** Paths of files with 32 bytes in base64. */
export type MasterKeyFiles = Readonly<{
  file: string
  /** The key before, while it is rotated. */
  formerFile?: string
}>

/**
 * Reads the master key, or creates one if the store is empty. It never replaces a lost key, because a new key could
 * not decrypt the data in the store.
 *
 * @param warn - called if users other than the owner can read a file
 * @throws MasterKeyError if a file is missing and the store is not empty, or if a file doesn't contain a key
 */
export async function loadOrMakeMasterKey(
  { file, formerFile }: MasterKeyFiles,
  storeIsEmpty: boolean,
  warn: (message: string) => void,
): Promise<MasterKey> {
  const text = (await readText(file)) ?? (storeIsEmpty ? await makeText(file) : undefined)
  if (text === undefined) throw missing(file, formerFile)
  const bytes = await bytesOf(file, text, warn)
  if (formerFile === undefined) return new MasterKey(bytes)

  const formerText = await readText(formerFile)
  if (formerText === undefined)
    throw new MasterKeyError(
      `Cannot read the former master key: ${formerFile} does not exist. ` +
        'Restore it, or remove masterKey.formerFile if ews-gateway admin rotate-master-key has finished',
    )
  const former = await bytesOf(formerFile, formerText, warn)
  if (Buffer.compare(bytes, former) === 0)
    throw new MasterKeyError(
      `Cannot rotate the master key: ${file} and ${formerFile} contain the same key. ` +
        'Set masterKey.file to a new key, and masterKey.formerFile to that of the store',
    )
  return new MasterKey(bytes, former)
}

function missing(file: string, formerFile: string | undefined): MasterKeyError {
  const found = `Cannot read the master key: ${file} does not exist`
  return new MasterKeyError(
    formerFile === undefined
      ? `${found}, but the store is not empty. ` +
          'Restore the file that belongs to this store, or set masterKey.file to its path'
      : `${found}. Create the new key with: openssl rand -base64 32`,
  )
}

async function bytesOf(
  file: string,
  text: string,
  warn: (message: string) => void,
): Promise<Uint8Array> {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text))
    throw new MasterKeyError(
      `Cannot read the master key: ${file} does not contain 32 bytes in base64. ` +
        'Restore the file that belongs to this store',
    )
  const warning = accessWarning('the master key', file, await stat(file))
  if (warning !== undefined) warn(warning)
  return Buffer.from(text, 'base64')
}

/**
 * Requires that a master key belongs to the store, and uses the keys that the store names. Writes the check value into
 * an empty store.
 *
 * @param file - path of the key, for the message
 * @throws MasterKeyError if the store belongs to another key
 */
export async function verifyMasterKey(
  masterKey: MasterKey,
  store: MasterKeyCheck,
  file: string,
): Promise<void> {
  if (await store.isEmpty()) await store.setMasterKeyCheck(masterKey.check())
  // Read after the write, so that only one of two gateways with different keys that start at once continues.
  const state = await store.masterKeyState()
  if (state.check === undefined)
    throw new MasterKeyError(
      `Cannot verify the master key in ${file}: the store is not empty, but has no check value of its ` +
        'master key. Restore the store from a complete backup',
    )
  if (masterKey.follow(state)) return
  throw new MasterKeyError(
    masterKey.checks().includes(state.check)
      ? `Cannot use the master key in ${file} alone: its rotation has not finished, so the store still needs the former one. ` +
          'Set masterKey.formerFile to that file, and run ews-gateway admin rotate-master-key --config FILE'
      : `Cannot use the master key in ${file}: this store belongs to another one. ` +
          'Restore the file that belongs to this store, or set masterKey.file to its path',
  )
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new MasterKeyError(
      `Cannot read the master key in ${file}: ${reasonOf(cause)}. ` +
        'Make it readable for the user of the gateway, or set masterKey.file to another path',
      { cause },
    )
  }
}

/** Creates the file. If several gateways start at once, all use the key that the first one wrote. */
async function makeText(file: string): Promise<string> {
  const text = randomBytes(KEY_BYTES).toString('base64')
  const draft = `${file}.${randomUUID()}`
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(draft, `${text}\n`, { mode: 0o600, flush: true })
    // Uses a link, because it is atomic and does not overwrite a file.
    await link(draft, file).finally(() => unlink(draft))
    return text
  } catch (cause) {
    const made = await readText(file)
    if (made !== undefined) return made
    const named = { what: 'the master key', path: file, key: 'masterKey.file' }
    throw new MasterKeyError(fileProblem(named, cause), { cause })
  }
}
