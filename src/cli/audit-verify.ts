/**
 * `ews-gateway audit verify`: proves that no program has changed the journal since the gateway wrote it.
 *
 * `ews-gateway audit public-key` prints the key that another machine needs for that.
 *
 * @module
 */

import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { checkpointKeysOf } from '../app/auditing.ts'
import type { CheckpointRecord } from '../audit/audit.ts'
import { checkpointIn } from '../audit/checkpoint.ts'
import { auditFiles } from '../audit/line-files.ts'
import { linesOf } from '../audit/segment-lines.ts'
import { type Verified, verifyJournal } from '../audit/verify.ts'
import type { Config } from '../config/schema.ts'
import { loadOrMakeMasterKey } from '../credentials/master-key-file.ts'
import { reasonOf } from '../model/file-problem.ts'
import { checkpointsInStore } from './store-checkpoints.ts'
import type { Output } from './users.ts'

/** The files or the key can't be used. The message says what to do. */
class AuditError extends Error {
  override readonly name = 'AuditError'
}

type VerifySettings = Readonly<{
  /** PEM files of the keys that can have signed. */
  publicKeys: readonly string[]
  /** Files of checkpoints that were kept elsewhere. */
  checkpoints: readonly string[]
  /** Segments, and folders of them. */
  paths: readonly string[]
  /** Whether to compare with the checkpoints in the store. */
  usesStore: boolean
}>

/**
 * @param config - loads the configuration, which gives the journal and the key if the settings don't
 * @returns the exit code: 1 if something is wrong
 * @throws AuditError if there is nothing to verify
 */
export async function verifyAudit(
  { publicKeys, checkpoints, paths, usesStore }: VerifySettings,
  config: () => Promise<Config>,
  { print, warn }: Output,
): Promise<number> {
  const problems: string[] = []
  const problem = (message: string) => problems.push(message)
  const folders = paths.length > 0 ? paths : [(await config()).audit.journal]
  const keys =
    publicKeys.length > 0
      ? await Promise.all(publicKeys.map(readKey))
      : await publicKeysOf(await config(), warn)
  // Before the files are read, because a running gateway writes each checkpoint to its journal first.
  const stored = usesStore ? await checkpointsInStore(await config(), folders, problem) : []
  const files = await auditFiles(folders, problem)
  const kept = await keptIn(checkpoints, problem)
  const verified = await verifyJournal({
    files,
    areWhole: await areFolders(folders),
    now: Date.now(),
    publicKeys: keys,
    kept,
    stored,
  })
  problems.push(...verified.problems)
  for (const message of problems) warn(message)
  for (const note of verified.notes) warn(`Note: ${note}`)
  print(summaryOf(verified, problems.length))
  return problems.length > 0 ? 1 : 0
}

async function areFolders(paths: readonly string[]): Promise<boolean> {
  // A path that can't be read is reported with its files.
  const areSo = await Promise.all(
    paths.map(path =>
      stat(path).then(
        of => of.isDirectory(),
        () => false,
      ),
    ),
  )
  return areSo.every(Boolean)
}

/** Prints the public key of the gateways of a configuration. */
export async function printPublicKey(config: Config, { print, warn }: Output): Promise<void> {
  const [key] = await publicKeysOf(config, warn)
  print(`${key?.export({ type: 'spki', format: 'pem' })}`)
}

/** Returns the public keys of the master key and of the former one. */
async function publicKeysOf(
  { masterKey }: Config,
  warn: (message: string) => void,
): Promise<readonly KeyObject[]> {
  const keys = await loadOrMakeMasterKey(masterKey, false, warn)
  return checkpointKeysOf(keys)
}

async function readKey(file: string): Promise<KeyObject> {
  try {
    const key = parseKey(await readFile(file))
    if (key?.asymmetricKeyType !== 'ed25519') throw new Error('it is not an Ed25519 key in PEM')
    return key
  } catch (cause) {
    throw new AuditError(
      `Cannot read the public key ${file}: ${reasonOf(cause)}. Use the output of ews-gateway audit public-key`,
      { cause },
    )
  }
}

function parseKey(pem: Buffer): KeyObject | undefined {
  try {
    return createPublicKey(pem)
  } catch {
    return undefined
  }
}

async function keptIn(
  files: readonly string[],
  problem: (message: string) => void,
): Promise<readonly CheckpointRecord[]> {
  const kept: CheckpointRecord[] = []
  for (const file of files)
    try {
      for await (const lines of linesOf(file))
        kept.push(
          ...lines.map(line => checkpointIn(`${line}`)).filter(found => found !== undefined),
        )
    } catch (error) {
      problem(`Cannot read ${file}: ${reasonOf(error)}. Name a file of checkpoints`)
    }
  if (files.length > 0 && kept.length === 0)
    throw new AuditError(
      `${files.join(', ')} contains no checkpoints. Name a file that a sink has written`,
    )
  return kept
}

function summaryOf({ records, segments, writers, unsigned }: Verified, problems: number): string {
  const scope = `${count(records, 'record')} in ${count(segments, 'segment')} of ${count(writers, 'process')}`
  const rest =
    unsigned > 0 ? ` Without a checkpoint after them so far: ${count(unsigned, 'record')}.` : ''
  return problems === 0
    ? `Verified ${scope}.${rest}\n`
    : `Not verified: ${count(problems, 'problem')} in ${scope}.${rest}\n`
}

const count = (number: number, noun: string) =>
  number === 1 ? `1 ${noun}` : `${number} ${noun}${noun.endsWith('s') ? 'es' : 's'}`
