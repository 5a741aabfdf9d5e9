/**
 * `ews-gateway backup` and `ews-gateway restore`: copy the store to a file, and fill a store from such a file.
 *
 * Both work beside running gateways, and with every kind of store: a backup of SQLite can be restored into PostgreSQL.
 *
 * @module
 */

import type { KeyObject } from 'node:crypto'
import { ownChange } from '../app/outbox.ts'
import { openStoreOf } from '../app/policy.ts'
import { VERSION } from '../app/version.ts'
import type { Config } from '../config/schema.ts'
import type { MasterKey } from '../credentials/master-key.ts'
import { loadOrMakeMasterKey } from '../credentials/master-key-file.ts'
import { Failure } from '../model/failure.ts'
import { MIGRATIONS } from '../store/migrations/migrate.ts'
import { currentRows } from '../store/staged.ts'
import { type Store, type StoreContent, type StoredRow, StoreNotEmpty } from '../store/store.ts'
import {
  BackupError,
  type BackupHeader,
  readHeader,
  requireNew,
  rowsIn,
  verifyRows,
  writeBackup,
} from './backup-file.ts'
import { openToBackUp, placeOf } from './stores.ts'
import { type Output, warnOfMigrations } from './users.ts'

/** The file, and whether to replace it or the content of the store. */
type BackupSettings = Readonly<{ file: string; replaces: boolean }>

/**
 * Writes the content of the store to a file. Changes nothing in the store, which can be one of an earlier version.
 *
 * @throws BackupError
 */
export async function backUp(
  config: Config,
  { file, replaces }: BackupSettings,
  { print, warn }: Output,
): Promise<void> {
  if (!replaces) await requireNew(file)
  const masterKey = await loadOrMakeMasterKey(config.masterKey, false, warn)
  const store = await openToBackUp(config)
  try {
    const { organizations, rows } = await store
      .backup(async content => {
        requireKey(config, masterKey, content)
        const backup = {
          header: headerOf(content),
          rows: content.rows(),
          key: masterKey.subkey('backups'),
        }
        return { ...content, rows: await writeBackup(file, replaces, backup) }
      })
      .catch(throwOwnError)
    const counts = `${count(organizations.length, 'organization')}, ${count(rows, 'row')}`
    print(`Backed up the store to ${file}: ${counts}.\n`)
    warn(
      `To restore it, you need the master key ${config.masterKey.file}. Keep a copy of it in another place.`,
    )
  } finally {
    await store.close()
  }
}

/** @throws BackupError if the store belongs to another master key */
function requireKey(config: Config, masterKey: MasterKey, content: StoreContent): void {
  const place = placeOf(config)
  if (content.masterKey.check === undefined)
    throw new BackupError(`Cannot back up the store ${place}: it is empty. Start a gateway first`)
  if (!masterKey.follow(content.masterKey))
    throw new BackupError(
      `Cannot back up the store ${place}: it belongs to another master key than ${config.masterKey.file}. Set masterKey.file to the file that belongs to it`,
    )
}

function headerOf({ schema, organizations, masterKey }: StoreContent) {
  const { check, former } = masterKey
  const masterKeyChecks = [check, former].filter(value => value !== undefined)
  const createdAt = new Date().toISOString()
  return { createdAt, version: VERSION, schema, masterKeyChecks, organizations }
}

/** Throws an error of this command that the store has wrapped, because a callback threw it. */
function throwOwnError(error: unknown): never {
  throw error instanceof Failure && error.cause instanceof BackupError ? error.cause : error
}

/**
 * Fills the store from a backup, and starts a new epoch. Creates the store if there is none.
 *
 * @throws BackupError
 */
export async function restore(
  config: Config,
  { file, replaces }: BackupSettings,
  { print, warn }: Output,
): Promise<void> {
  const header = await readHeader(file)
  const key = await verify(config, file, header, warn)
  const store = await openStoreOf(config, warnOfMigrations(warn))
  const epoch = await currentRows(
    header.schema,
    () => rowsIn(file, header, key),
    rows => replaceWith(rows, store, header, replaces),
  )
    .catch(error => {
      throw error instanceof StoreNotEmpty ? notEmpty(file, config) : error
    })
    .catch(throwOwnError)
    .finally(() => store.close())
  const { organizations, createdAt, version } = header
  print(
    `Restored ${count(organizations.length, 'organization')} from the backup of ${createdAt} (version ${version}).\n` +
      `Started epoch ${epoch}. Caches, tokens, and console sessions of earlier epochs are no longer valid.\n`,
  )
  warn(
    'Everything that was revoked, locked, or deleted after the backup is valid again. Look at the audit, and revoke it again.',
  )
}

/** Verifies a whole backup, so that a file that is damaged changes nothing. @returns the key of its MAC */
async function verify(
  config: Config,
  file: string,
  header: BackupHeader,
  warn: Output['warn'],
): Promise<KeyObject> {
  const masterKey = await loadOrMakeMasterKey(config.masterKey, false, warn)
  const [check, former] = header.masterKeyChecks
  if (!masterKey.follow({ check, ...(former !== undefined && { former }) }))
    throw new BackupError(
      `Cannot restore ${file}: it was made with another master key than ${config.masterKey.file}. Set masterKey.file to the key of the backup`,
    )
  const key = masterKey.subkey('backups')
  await verifyRows(file, header, key)
  if (!Object.hasOwn(MIGRATIONS, header.schema))
    throw new BackupError(
      `Cannot restore ${file}: version ${header.version} of ews-gateway made it, and this version (${VERSION}) does not know its tables (${header.schema}). Use the version of the backup`,
    )
  return key
}

function replaceWith(
  rows: () => AsyncIterable<StoredRow>,
  store: Store,
  { createdAt, organizations }: BackupHeader,
  replaces: boolean,
): Promise<string> {
  return store.restore(rows, {
    replaces,
    recordsOf: ({ before, after }) =>
      ownChange({
        action: 'ewsgateway:RestoreBackup',
        before: { epoch: before },
        after: { epoch: after, createdAt, organizations },
      }),
  })
}

const notEmpty = (file: string, config: Config) =>
  new BackupError(
    `Cannot restore ${file}: the store ${placeOf(config)} is not empty. To replace everything in it, add --replace`,
  )

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`
