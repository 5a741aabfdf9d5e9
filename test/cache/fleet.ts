/**
 * Gateways over a real store and one shared cache, in a time of their own.
 */

import type { Test } from 'tap'
import type { Cache, CacheKey } from '../../src/cache/cache.ts'
import { CachedPolicy } from '../../src/cache/cached.ts'
import type { CacheObserver } from '../../src/cache/observer.ts'
import { unsealAnnouncement } from '../../src/cache/sealed.ts'
import type { StoredSubject } from '../../src/cache/target.ts'
import { Failure } from '../../src/model/failure.ts'
import { byAddress, type OrganizationId } from '../../src/model/identity.ts'
import type { Freshness, IdOf, StoredKind, ValueOf } from '../../src/model/policy-data.ts'
import type { Store } from '../../src/store/store.ts'
import { openNewStore } from '../kit/store-file.ts'
import { organization } from '../store/samples.ts'
import type { Gate } from './gate.ts'
import { MemoryCache } from './memory-cache.ts'
import { cacheGate, MAX_AGE_MS, newSealer, SILENT, settle, storeGate } from './parts.ts'

export const T = 1_800_000_000_000

export type Member = Readonly<{
  knowledge: CachedPolicy
  store: Gate
  cache: Gate
  /** May be turned: what the wall clock is off by. */
  wall: { offset: number }
  /** Forged entries that were found, and failures. */
  forged: string[]
  failed: string[]
  /** Layers that were asked, with their results. */
  looked: string[]
  /** Other events that were reported. */
  told: string[]
}>

export class Fleet {
  /** Milliseconds since {@link T}, on every clock that was not turned. */
  elapsed = 0
  readonly sealer = newSealer()
  readonly shared = new MemoryCache(() => this.elapsed)
  /** May be put in the place of another. */
  store: Store

  private constructor(store: Store) {
    this.store = store
  }

  static async open(t: Test): Promise<Fleet> {
    const store = await openNewStore()
    t.teardown(() => store.close())
    return new Fleet(store)
  }

  /** One more gateway. One that is deaf hears no messages; one that is alone has no shared cache. */
  async join({ isDeaf = false, isAlone = false, capacity = 1_000 } = {}): Promise<Member> {
    const store = storeGate()
    const cache = cacheGate()
    const wall = { offset: 0 }
    const forged: string[] = []
    const failed: string[] = []
    const looked: string[] = []
    const told: string[] = []
    if (isDeaf) cache.hold('listen', 'request')
    const observer: CacheObserver = {
      ...SILENT,
      looked: (layer, result) => looked.push(`${layer} ${result}`),
      forged: what => forged.push(what),
      failed: what => failed.push(what),
      invalidated: delayMs => told.push(`invalidated ${delayMs}`),
      subscribed: up => told.push(`subscribed ${up}`),
      restored: () => told.push('restored'),
    }
    const present = new Proxy(this.store, { get: (_, name) => Reflect.get(this.store, name) })
    const knowledge = await CachedPolicy.start({
      store: store.before(present),
      ...(!isAlone && { cache: cache.before<Cache>(this.shared) }),
      sealer: this.sealer,
      clock: { now: () => T + this.elapsed + wall.offset, elapsed: () => this.elapsed },
      maxAgeMs: MAX_AGE_MS,
      observer,
      capacity,
    })
    return { knowledge, store, cache, wall, forged, failed, looked, told }
  }

  /** Writes an entry to the shared cache without any gateway, and replaces the entry that is there. */
  async plant(key: CacheKey, sealed: Uint8Array, lifeMs: number): Promise<void> {
    await this.shared.put(key, { epoch: 'of an attacker', version: 0 }, sealed, lifeMs)
  }
}

/** Reads a user by an address. */
export const userByAddress = ({ knowledge }: Member, address: string) =>
  knowledge.read(organization, 'name', byAddress(address))

/** Reads several values, as a decision does: loads at once what is not found. */
export async function readEach<Kind extends StoredKind>(
  { knowledge }: Member,
  kind: Kind,
  ids: readonly IdOf<Kind>[],
): Promise<readonly (ValueOf<Kind> | undefined)[]> {
  const isFresh = knowledge.freshness(organization) !== undefined
  const found = ids.map(id => (isFresh ? knowledge.find(organization, kind, id) : undefined))
  const missing = ids.filter((_, n) => found[n] === undefined)
  const subjects = missing.map(id => ({ kind, id }) as StoredSubject)
  const loaded = (await knowledge.load(organization, subjects)).values()
  return found.map(entry => (entry ?? loaded.next().value)?.value as ValueOf<Kind> | undefined)
}

/** Returns how current everything is, after a look if the last one is too old. */
export async function freshnessOf(
  { knowledge }: Pick<Member, 'knowledge'>,
  of: OrganizationId = organization,
): Promise<Freshness> {
  await knowledge.epoch()
  const freshness = knowledge.freshness(of)
  if (freshness === undefined) throw new Failure('policy-unavailable', 'Not fresh any more')
  return freshness
}

/** Returns the calls that some work makes: those to the store, then those to the cache. */
export async function askedBy({ store, cache }: Member, work: () => unknown): Promise<string> {
  const before = [store.asked.length, cache.asked.length]
  await work()
  await settle()
  return [...store.asked.slice(before[0]), ...cache.asked.slice(before[1])].join(' ')
}

/** Every message that is sent, with the subjects that it names. */
export function listenTo(fleet: Fleet): (readonly string[] | 'all')[] {
  const heard: (readonly string[] | 'all')[] = []
  const message = (bytes: Uint8Array) => {
    const changes = unsealAnnouncement(fleet.sealer, bytes)?.changes ?? []
    const isAll = changes.some(({ subjects }) => subjects === undefined)
    heard.push(isAll ? 'all' : changes.flatMap(({ subjects = [] }) => subjects))
  }
  fleet.shared.listen({ message, state: () => undefined })
  return heard
}
