/**
 * Synchronizes the directories of the configuration with the store.
 *
 * @module
 */

import { hostname } from 'node:os'
import type { Config, OrganizationConfig } from '../config/schema.ts'
import { type ChangesRecord, changesIn, type SyncResult } from '../directory/directory.ts'
import { Synchronizer } from '../directory/synchronizer.ts'
import { objectOf } from '../model/changed-object.ts'
import { type OrganizationId, organizationId } from '../model/identity.ts'
import type { OutboxRecord, RecordedVersion, Store } from '../store/store.ts'
import type { Health } from '../telemetry/health.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { ownChange } from './outbox.ts'

/** Maximum wait for each response of a directory server. */
const TIMEOUT_MS = 30_000

/**
 * Maximum time between two reads of a synchronization's state. The state is also read whenever a synchronization is
 * due.
 */
const MAX_POLL_INTERVAL_MS = 10_000
/**
 * Minimum time between two reads of a synchronization's state, for example while another gateway runs one that is
 * due.
 */
const MIN_POLL_INTERVAL_MS = 1_000

/** Maximum number of skipped entries that are logged for each synchronization. */
const MAX_LOGGED_SKIPPED = 100

type SyncDependencies = Readonly<{
  store: Store
  announce: (organization: OrganizationId) => Promise<void>
  deliver: (records: readonly OutboxRecord[]) => Promise<void>
}>

/** Synchronizers by organization. Organizations whose users are imported have none. */
export type Directories = ReadonlyMap<OrganizationId, Synchronizer>

/** Returns the synchronizers of all organizations that have a directory. */
export async function directoriesOf(
  { organizations }: Pick<Config, 'organizations'>,
  dependencies: SyncDependencies,
): Promise<Directories> {
  const directories = new Map<OrganizationId, Synchronizer>()
  for (const organization of organizations) {
    const synchronizer = await synchronizerOf(organization, dependencies)
    if (synchronizer) directories.set(organizationId(organization.id), synchronizer)
  }
  return directories
}

/** Returns the synchronizer of an organization, or undefined if it has no directory. */
export async function synchronizerOf(
  { id, directory }: OrganizationConfig,
  { store, announce, deliver }: SyncDependencies,
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
    recordsOf: (changes, policyVersion) => recordsOf(id, changes, policyVersion),
    deliver,
  })
}

type Reporting = Readonly<{ metrics: Metrics; log: Log }>

/**
 * Synchronizes each directory when it is due, and reports the state in log and metrics.
 *
 * @returns function that stops the synchronization
 */
export function keepDirectories(
  directories: Directories,
  reporting: Reporting,
): () => Promise<void> {
  const polls = [...directories].map(([organization, synchronizer]) => {
    let timer: NodeJS.Timeout | undefined
    let isOver = false
    let running = Promise.resolve()
    const poll = () => {
      running = pollOnce(organization, synchronizer, { ...reporting, isOver: () => isOver }).then(
        dueInMs => {
          const inMs = Math.min(MAX_POLL_INTERVAL_MS, Math.max(dueInMs, MIN_POLL_INTERVAL_MS))
          if (!isOver) timer = setTimeout(poll, inMs).unref()
        },
      )
    }
    poll()
    return async () => {
      isOver = true
      clearTimeout(timer)
      synchronizer.close()
      await running
    }
  })
  return async () => void (await Promise.all(polls.map(end => end())))
}

/** Synchronizes if due, and reports the state. @returns milliseconds until the next synchronization is due */
async function pollOnce(
  organization: OrganizationId,
  synchronizer: Synchronizer,
  reporting: Reporting & Readonly<{ isOver: () => boolean }>,
): Promise<number> {
  const { metrics, log, isOver } = reporting
  try {
    const result = await synchronizer.synchronizeWhenDue()
    // A shutdown interrupts a synchronization. That is not a failure.
    const isInterrupted = result?.outcome === 'failed' && isOver()
    if (result && !isInterrupted) logResult(organization, result, log)
    const state = await synchronizer.state()
    metrics.directory.updated(organization, state)
    return (state.attemptedAt ?? 0) + synchronizer.intervalMs - Date.now()
  } catch (error) {
    log.warn({ err: error, organization }, 'Cannot synchronize the directory; trying again')
    return MAX_POLL_INTERVAL_MS
  }
}

/**
 * Adds the readiness check of the directories. A failure only degrades the gateway, because it continues with the
 * users in its store.
 */
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

function logResult(organization: OrganizationId, result: SyncResult, log: Log): void {
  const { outcome, message: reason, unfit } = result
  if (outcome === 'stopped')
    log.error({ organization, reason }, 'Directory synchronization stopped; nothing was written')
  if (outcome === 'failed') log.warn({ organization, reason }, 'Cannot read the directory')
  for (const { who, problem } of unfit.slice(0, MAX_LOGGED_SKIPPED))
    log.debug({ organization, who, problem }, 'Directory entry skipped')
  if (result.unprotected)
    log.error(
      { organization, ...result.unprotected },
      'The directory has ended the protection of mailboxes',
    )
  const changes = changesIn(result)
  if (changes === undefined) return
  log.info(
    { organization, users: changes.users?.counts, groups: changes.groups?.counts },
    'Directory synchronized',
  )
}

const recordsOf = (organizationId: string, changes: ChangesRecord, version: RecordedVersion) =>
  ownChange({
    organizationId,
    ...version,
    action: 'ewsgateway:SynchronizeDirectory',
    object: objectOf('DIRECTORY', changes),
    after: { outcome: 'done', ...changes },
  })
