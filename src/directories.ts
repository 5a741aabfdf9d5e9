/**
 * The directories of the configuration that are copied into the store, each with what keeps it so.
 *
 * @module
 */

import { randomUUIDv7 } from 'node:crypto'
import { hostname } from 'node:os'
import type { Audit } from './audit/audit.ts'
import type { Config, OrganizationConfig } from './config/schema.ts'
import { changesIn, type SyncResult } from './directory/directory.ts'
import { LdapSource } from './directory/ldap.ts'
import { Synchronizer } from './directory/synchronizer.ts'
import { type OrganizationId, organizationId } from './model/identity.ts'
import type { Store } from './store/store.ts'
import type { Health } from './telemetry/health.ts'
import type { Log } from './telemetry/log.ts'
import type { Metrics } from './telemetry/metrics.ts'

/** How long one answer of a directory's server may take. */
const PATIENCE_MS = 30_000

/** How often it is looked whether a synchronisation is due. */
const LOOK_MS = 10_000

/** So many of those who could not be taken are logged each time. */
const UNFIT_LOGGED = 100

type Means = Readonly<{
  store: Store
  announce: (organization: OrganizationId) => Promise<void>
}>

/** By organization; one whose users are only imported has none. */
export type Directories = ReadonlyMap<OrganizationId, Synchronizer>

export const directoriesOf = ({ organizations }: Pick<Config, 'organizations'>, means: Means) =>
  new Map(
    organizations.flatMap(organization => {
      const synchronizer = synchronizerOf(organization, means)
      return synchronizer ? [[organizationId(organization.id), synchronizer] as const] : []
    }),
  )

/** What keeps the users of an organization what its directory says, where it has one. */
export function synchronizerOf(
  { id, directory }: OrganizationConfig,
  { store, announce }: Means,
): Synchronizer | undefined {
  if (directory.kind === 'store') return undefined
  return new Synchronizer({
    organization: organizationId(id),
    source: new LdapSource({ ...directory, patienceMs: PATIENCE_MS }),
    store,
    holder: `${hostname()} (process ${process.pid})`,
    intervalMs: directory.intervalSeconds * 1_000,
    disabled: directory.disabledUsers,
    now: Date.now,
    announce,
  })
}

type Watched = Readonly<{ metrics: Metrics; log: Log; audit: Audit }>

/**
 * Synchronises whatever is due, and tells how it stands.
 *
 * @returns what ends it
 */
export function keepDirectories(directories: Directories, watched: Watched): () => Promise<void> {
  const { metrics, log } = watched
  let running = Promise.resolve()
  const look = async () => {
    for (const [organization, synchronizer] of directories)
      try {
        const result = await synchronizer.synchronizeWhenDue()
        if (result) tell(organization, result, watched)
        metrics.directory.stands(organization, await synchronizer.state())
      } catch (error) {
        log.warn({ err: error, organization }, 'The directory cannot be synchronised')
      }
  }
  let isRunning = false
  const lookUnlessRunning = () => {
    if (isRunning) return
    isRunning = true
    running = look().finally(() => {
      isRunning = false
    })
  }
  if (directories.size > 0) lookUnlessRunning()
  const timer = setInterval(lookUnlessRunning, LOOK_MS).unref()
  return async () => {
    clearInterval(timer)
    for (const synchronizer of directories.values()) synchronizer.close()
    await running
  }
}

/** A gateway whose directory is silent goes on with the users that it knows. */
export function checkDirectories(health: Health, directories: Directories): void {
  if (directories.size === 0) return
  health.add('directory', {
    kinds: ['ready'],
    degrades: true,
    check: async () => {
      for (const [organization, synchronizer] of directories) {
        const { alarm } = await synchronizer.state()
        if (alarm !== undefined) throw new Error(`${organization}: ${alarm}`)
      }
    },
  })
}

function tell(organization: OrganizationId, result: SyncResult, { log, audit }: Watched): void {
  const { outcome, message, unfit } = result
  if (outcome === 'stopped') log.error({ organization }, `The directory: ${message}`)
  if (outcome === 'failed') log.warn({ organization }, `The directory cannot be read: ${message}`)
  for (const { who, problem } of unfit.slice(0, UNFIT_LOGGED))
    log.debug({ organization, who }, `Not taken from the directory: ${problem}`)
  const changes = changesIn(result)
  if (changes === undefined) return
  log.info(
    { organization, users: changes.users?.counts, groups: changes.groups?.counts },
    'The directory was synchronised',
  )
  audit.record({
    type: 'change',
    at: Date.now(),
    decisionId: randomUUIDv7(),
    organizationId: organization,
    action: 'ewsgateway:SynchronizeDirectory',
    verdict: 'allow',
    after: { outcome, ...changes },
  })
}
