/**
 * Opens the policy data of the data plane: the store, the shared cache, and the monitoring of both.
 *
 * @module
 */

import type { Cache } from '../cache/cache.ts'
import { CachedPolicy } from '../cache/cached.ts'
import { SYSTEM_CLOCK } from '../cache/clock.ts'
import type { CacheObserver } from '../cache/observer.ts'
import type { Config } from '../config/schema.ts'
import type { MasterKey } from '../credentials/master-key.ts'
import type { OnMigrated } from '../model/migrated.ts'
import type { Existing } from '../store/sql.ts'
import type { Store } from '../store/store.ts'
import type { Health } from '../telemetry/health.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { watchExceptions } from './exceptions.ts'
import { makeFolder } from './folders.ts'
import { type Opened, opening } from './opening.ts'
import { UnreadableWatch } from './unreadable.ts'

/** Minimum time between two log lines about the same kind of failure. */
const LOG_INTERVAL_MS = 60_000

/** Opens the store, or creates it. Loads the adapter that the configuration names, and no other. */
export async function openStoreOf({ store }: Config, onMigrated: OnMigrated): Promise<Store> {
  if (store.kind === 'sqlite') {
    await makeFolder({ what: 'the store', path: store.file, key: 'store' })
    const { openSqlite } = await import('../store/sqlite.ts')
    return await openSqlite(store.file, Date.now, onMigrated)
  }
  const { openPostgres } = await import('../store/postgres.ts')
  return await openPostgres(store, Date.now, undefined, onMigrated)
}

/** Opens the store, or returns undefined if it doesn't exist. */
export async function openExistingStoreOf(
  { store }: Config,
  existing: Existing,
  onMigrated?: OnMigrated,
): Promise<Store | undefined> {
  if (store.kind === 'sqlite') {
    const { openExistingSqlite } = await import('../store/sqlite.ts')
    return await openExistingSqlite(store.file, existing, Date.now, onMigrated)
  }
  const { openExistingPostgres } = await import('../store/postgres.ts')
  return await openExistingPostgres(store, existing, Date.now, undefined, onMigrated)
}

/** Opens an empty store in memory. */
export async function openEmptyStore(): Promise<Store> {
  const { openSqlite } = await import('../store/sqlite.ts')
  return await openSqlite(':memory:')
}

/**
 * Locks the SQLite file, so that no other gateway serves from it, unless all share the data port.
 *
 * @returns function that releases the lock
 * @throws Failure if another gateway serves from it
 */
export async function lockStore({ store, listen }: Config): Promise<() => void> {
  if (store.kind !== 'sqlite') return () => undefined
  await makeFolder({ what: 'the store', path: store.file, key: 'store' })
  const { lockServing } = await import('../store/serving-lock.ts')
  return await lockServing(store.file, listen.shareData)
}

/** Policy data, and the shared cache below it. */
export type OpenPolicy = Readonly<{
  policy: CachedPolicy
  /** Absent with `cache: memory`. */
  cache: Cache | undefined
  unreadable: UnreadableWatch
}>

/** Opens the shared cache, and starts to read policy data. @throws Failure if the store cannot be read */
export const openPolicy = (
  config: Config,
  { store, masterKey }: Readonly<{ store: Store; masterKey: MasterKey }>,
  metrics: Metrics,
  log: Log,
): Promise<Opened<OpenPolicy>> =>
  opening(async opened => {
    const cache = opened.adopt(await openCacheOf(config), it => it?.close())
    // A gateway that shares no cache misses no messages.
    if (cache === undefined) metrics.cache.subscribed(true)
    const organizations = config.organizations.map(({ id }) => id)
    const unreadable = new UnreadableWatch({ store, organizations, metrics, log })
    const started = CachedPolicy.start({
      store,
      ...(cache && { cache }),
      sealer: {
        seal: bytes => masterKey.seal('cache-entries', bytes),
        unseal: sealed => masterKey.unseal('cache-entries', sealed),
      },
      clock: SYSTEM_CLOCK,
      maxAgeMs: config.propagation.maxAgeSeconds * 1_000,
      observer: observerOf(store, metrics, log, unreadable),
    })
    const policy = opened.adopt(await started, it => it.close())
    policy.keepWatch()
    opened.defer(unreadable.begin())
    return { policy, cache, unreadable }
  })

/** Returns the cache that gateways share; undefined if the process is the only cache. */
async function openCacheOf({ cache }: Config): Promise<Cache | undefined> {
  if (cache.kind === 'memory') return undefined
  const { RedisCache } = await import('../cache/redis.ts')
  const { password, ...where } = cache
  return new RedisCache({ ...where, ...(password && { password: password.reveal() }) })
}

/**
 * Adds the readiness checks of store and cache. A gateway that can make decisions, and understands everything that
 * they depend on, is ready. A missing store or cache only degrades it.
 */
export function checkPolicy(
  health: Health,
  store: Store,
  { policy, cache, unreadable }: OpenPolicy,
): void {
  health.add('policy', { kinds: ['ready', 'startup'], check: () => policy.checkFresh() })
  health.add('content', { kinds: ['ready'], check: () => unreadable.check() })
  health.add('store', { kinds: ['ready'], degrades: true, check: () => store.ping() })
  health.add('cache', { kinds: ['ready'], degrades: true, check: () => cache?.ping() })
}

function observerOf(
  store: Store,
  metrics: Metrics,
  log: Log,
  unreadable: UnreadableWatch,
): CacheObserver {
  const sawVersion = watchExceptions({ store, metrics, log })
  const loggedAt = new Map<string, number>()
  const isDue = (what: string) => {
    const now = performance.now()
    if (now < (loggedAt.get(what) ?? Number.NEGATIVE_INFINITY) + LOG_INTERVAL_MS) return false
    loggedAt.set(what, now)
    return true
  }
  return {
    looked: (layer, result) => metrics.cache.looked(layer, result),
    invalidated: delayMs => metrics.cache.invalidated(delayMs),
    subscribed: up => {
      metrics.cache.subscribed(up)
      if (!up && isDue('subscription'))
        log.warn({}, 'No invalidation messages; polling the store every second')
    },
    confirmed: (organization, version, at) => {
      metrics.policy.confirmed(organization, version, at)
      void sawVersion(organization, version)
    },
    forged: what => {
      if (isDue(`forged ${what}`))
        log.error(
          { what },
          'Ignored data in the shared cache without a valid seal; check who can write to the cache and that all gateways use the same master key',
        )
    },
    misread: kind => {
      if (isDue(`misread ${kind}`))
        log.warn(
          { kind },
          'Ignored data in the shared cache that this version does not understand; reading the store',
        )
    },
    unreadable: objects => unreadable.saw(objects),
    failed: (what, error) => {
      if (isDue(what)) log.warn({ err: error }, `${what} failed; retrying`)
    },
    restored: () =>
      log.warn({}, 'The store was restored or replaced; earlier tokens are no longer valid'),
  }
}
