/**
 * Stores of commands that create none. Only these create the store: serve, init, admin create-key, users import,
 * import-workmail, and directory sync.
 *
 * @module
 */

import { openEmptyStore, openExistingStoreOf } from '../app/policy.ts'
import type { Config } from '../config/schema.ts'
import { Failure } from '../model/failure.ts'
import type { OnMigrated } from '../model/migrated.ts'
import type { Store } from '../store/store.ts'

/** Opens the store of a command that changes nothing. An empty one in memory takes the place of one that is missing. */
export const openForDryRun = async (config: Config): Promise<Store> =>
  (await openExistingStoreOf(config, { migrates: false })) ?? (await openEmptyStore())

/** Opens the store of a command that changes nothing. @throws Failure if there is none */
export const openToRead = async (config: Config): Promise<Store> =>
  (await openExistingStoreOf(config, { migrates: false })) ?? missing(config)

/** Opens the store of a command that changes it. @throws Failure if there is none */
export const openToChange = async (config: Config, onMigrated: OnMigrated): Promise<Store> =>
  (await openExistingStoreOf(config, { migrates: true }, onMigrated)) ?? missing(config)

function missing({ store }: Config): never {
  const place =
    store.kind === 'sqlite' ? store.file : `the database ${store.database} on ${store.host}`
  throw new Failure(
    'policy-unavailable',
    `There is no store in ${place}. Check the key store of the configuration. To create a store, start the gateway or import users.`,
  )
}
