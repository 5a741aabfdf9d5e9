/**
 * The directories of the configuration that are copied into the store, each with what keeps it so.
 *
 * @module
 */

import { hostname } from 'node:os'
import type { Config, OrganizationConfig } from '../config/schema.ts'
import { type ChangesRecord, changesIn, type SyncResult } from '../directory/directory.ts'
import { Synchronizer } from '../directory/synchronizer.ts'
import { type OrganizationId, organizationId } from '../model/identity.ts'
import type { OutboxRecord, Store } from '../store/store.ts'
import type { Health } from '../telemetry/health.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { ownChange } from './outbox.ts'

/** How long one answer of a directory's server may take. */
const TIMEOUT_MS = 30_000

/** How often it is looked how a synchronisation stands, and at least whenever one is due. */
const LOOK_MS = 10_000
/** Where one is due that another gateway is at. */
const AT_LEAST_MS = 1_000

/** So many of those who could not be taken are logged each time. */
const UNFIT_LOGGED = 100

type Means = Readonly<{
  store: Store
  announce: (organization: OrganizationId) => Promise<void>
  deliver: (records: readonly OutboxRecord[]) => Promise<void>
}>

/** By organization; one whose users are only imported has none. */
export type Directories = ReadonlyMap<OrganizationId, Synchronizer>

export async function directoriesOf(
  { organizations }: Pick<Config, 'organizations'>,
  means: Means,
): Promise<Directories> {
  const directories = new Map<OrganizationId, Synchronizer>()
  for (const organization of organizations) {
    const synchronizer = await synchronizerOf(organization, means)
    if (synchronizer) directories.set(organizationId(organization.id), synchronizer)
  }
  return directories
}

/** What keeps the users of an organization what its directory says, where it has one. */
export async function synchronizerOf(
  { id, directory }: OrganizationConfig,
  { store, announce, deliver }: Means,
): Promise<Synchronizer | undefined> {
  if (directory.kind === 'store') return undefined
  const { LdapSource } = await import('../directory/ldap.ts')
  return new Synchronizer({
    organization: organizationId(id),
    source: new LdapSource({ ...directory, timeoutMs: TIMEOUT_MS }),
    store,
    holder: `${hostname()} (process ${process.pid})`,
    intervalMs: directory.intervalSeconds * 1_000,
    disabled: directory.disabledUsers,
    now: Date.now,
    announce,
    recordOf,
    deliver,
  })
}

type Watched = Readonly<{ metrics: Metrics; log: Log }>

/**
 * Synchronises whatever is due, and tells how it stands.
 *
 * @returns what ends it
 */
export function keepDirectories(directories: Directories, watched: Watched): () => Promise<void> {
  const waiting = [...directories].map(([organization, synchronizer]) => {
    let timer: NodeJS.Timeout | undefined
    let isOver = false
    let running = Promise.resolve()
    const look = () => {
      running = lookAt(organization, synchronizer, { ...watched, isOver: () => isOver }).then(
        dueInMs => {
          const inMs = Math.min(LOOK_MS, Math.max(dueInMs, AT_LEAST_MS))
          if (!isOver) timer = setTimeout(look, inMs).unref()
        },
      )
    }
    look()
    return async () => {
      isOver = true
      clearTimeout(timer)
      synchronizer.close()
      await running
    }
  })
  return async () => void (await Promise.all(waiting.map(end => end())))
}

/** @returns in how many milliseconds the next synchronisation is due */
async function lookAt(
  organization: OrganizationId,
  synchronizer: Synchronizer,
  watched: Watched & Readonly<{ isOver: () => boolean }>,
): Promise<number> {
  const { metrics, log, isOver } = watched
  try {
    const result = await synchronizer.synchronizeWhenDue()
    // The end interrupts a synchronization, which is no failure.
    const isInterrupted = result?.outcome === 'failed' && isOver()
    if (result && !isInterrupted) await tell(organization, result, watched)
    const state = await synchronizer.state()
    metrics.directory.updated(organization, state)
    return (state.attemptedAt ?? 0) + synchronizer.intervalMs - Date.now()
  } catch (error) {
    log.warn({ err: error, organization }, 'The directory cannot be synchronised')
    return LOOK_MS
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

function tell(organization: OrganizationId, result: SyncResult, { log }: Watched): void {
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
}

const recordOf = (organizationId: OrganizationId, changes: ChangesRecord): OutboxRecord =>
  ownChange({
    organizationId,
    action: 'ewsgateway:SynchronizeDirectory',
    after: { outcome: 'done', ...changes },
  })
