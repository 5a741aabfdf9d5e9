/**
 * `ews-gateway directory sync`: copies users from a directory now, whether or not a gateway runs.
 *
 * @module
 */

import { synchronizerOf } from '../app/directories.ts'
import { openStoreOf } from '../app/policy.ts'
import type { Config } from '../config/schema.ts'
import { SyncBusy, type SyncResult } from '../directory/directory.ts'
import {
  keepMasterKey,
  listed,
  type Output,
  organizationOf,
  UsersError,
  warnOfMigrations,
} from './users.ts'

/**
 * Synchronises, and prints what changed and what could not be taken.
 *
 * @throws UsersError where it did not end well, or there is no directory
 */
export async function syncDirectory(
  config: Config,
  settings: Readonly<{ organization: string; acceptRemovals: boolean }>,
  { print, warn }: Output,
): Promise<void> {
  const organization = organizationOf(config, settings.organization)
  const { alias, directory } = organization
  if (directory.kind === 'store') throw withoutDirectory(alias)
  const store = await openStoreOf(config, warnOfMigrations(warn))
  try {
    // A gateway that runs looks for changes once a second, and delivers the outbox.
    const synchronizer = await synchronizerOf(organization, {
      store,
      announce: async () => {},
      deliver: async () => {},
    })
    if (!synchronizer) throw withoutDirectory(alias)
    await keepMasterKey(config, store, warn)
    const result = await synchronizer.synchronize(settings).catch(whileBusy)
    print(reportOf(alias, result))
    if (result.outcome !== 'done') throw new UsersError(result.message)
  } finally {
    await store.close()
  }
}

const withoutDirectory = (alias: string) =>
  new UsersError(`${alias} has no directory: its users are imported`)

function whileBusy(error: unknown): never {
  if (error instanceof SyncBusy)
    throw new UsersError(`The directory is being read already: ${error.message}`)
  throw error
}

function reportOf(alias: string, result: SyncResult): string {
  const { created, updated, removed, unchanged, unfit, outcome } = result
  const { groups } = result
  const grouped = `${groups.created.length} created, ${groups.updated.length} updated, ${groups.removed.length} removed`
  const counts = `${created.length} created, ${updated.length} updated, ${removed.length} removed, ${unchanged} unchanged`
  return [
    ...(outcome === 'done' ? [`${alias}: ${counts}`] : []),
    ...listed('create', created),
    ...listed('update', updated),
    ...listed('remove', removed),
    ...(outcome === 'done' ? [`groups: ${grouped}`] : []),
    ...unfit.map(({ who, problem }) => `  not taken: ${who}: ${problem}`),
    '',
  ].join('\n')
}
