/**
 * Opens the store for commands that must not create it. Only these commands create it: serve, init,
 * admin create-key, users import, import-workmail, directory sync, and restore.
 *
 * @module
 */

import { openEmptyStore, openExistingStoreOf } from '../app/policy.ts'
import type { Config } from '../config/schema.ts'
import { Failure } from '../model/failure.ts'
import type { OnMigrated } from '../model/migrated.ts'
import type { Store } from '../store/store.ts'

/** Opens the store for a dry run. If there is no store, returns an empty one in memory. */
export const openForDryRun = async (config: Config): Promise<Store> =>
  (await openExistingStoreOf(config, { migrates: false })) ?? (await openEmptyStore())

/** Opens the store for a command that changes nothing. @throws Failure if there is no store */
export const openToRead = async (config: Config): Promise<Store> =>
  (await openExistingStoreOf(config, { migrates: false })) ?? missing(config)

/** Opens the store for a backup, also one of an earlier version. @throws Failure if there is no store */
export const openToBackUp = async (config: Config): Promise<Store> =>
  (await openExistingStoreOf(config, { migrates: false, acceptsEarlier: true })) ?? missing(config)

/** Opens the store for a command that changes it. @throws Failure if there is no store */
export const openToChange = async (config: Config, onMigrated: OnMigrated): Promise<Store> =>
  (await openExistingStoreOf(config, { migrates: true }, onMigrated)) ?? missing(config)

/** Returns the place of the store, for messages. */
export const placeOf = ({ store }: Config): string =>
  store.kind === 'sqlite' ? store.file : `the database ${store.database} on ${store.host}`

function missing(config: Config): never {
  throw new Failure(
    'policy-unavailable',
    `Cannot find the store ${placeOf(config)}. If there is a store, correct the configuration key "store"; otherwise start the gateway or import users to create one.`,
  )
}
