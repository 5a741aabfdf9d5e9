/**
 * `ews-gateway directory sync`: syncs users and groups from a directory now, whether or not a gateway is running.
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
 * Syncs, and prints what changed and which entries were skipped.
 *
 * @throws UsersError if the sync failed or was stopped, or if the organization has no directory
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
    // Needs no announcement and no delivery of audit records, because a running gateway polls the store for both.
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
  new UsersError(
    `The organization ${alias} has no directory. Configure one with directory.kind, or import users with ews-gateway users import`,
  )

function whileBusy(error: unknown): never {
  if (error instanceof SyncBusy)
    throw new UsersError(`${error.message}. Try again when it has finished`)
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
    ...unfit.map(({ who, problem }) => `  skipped: ${who}: ${problem}`),
    '',
  ].join('\n')
}
