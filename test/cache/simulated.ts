/**
 * Simulates a gateway of a world, and checks every value that it serves.
 */

import type { Cache, CacheListener } from '../../src/cache/cache.ts'
import { CachedPolicy } from '../../src/cache/cached.ts'
import type { Clock } from '../../src/cache/clock.ts'
import { ANY } from '../../src/cache/place.ts'
import type { StoreReaders } from '../../src/cache/ports.ts'
import { Failure } from '../../src/model/failure.ts'
import type { Freshness } from '../../src/model/policy-data.ts'
import type { PolicySnapshot, SnapshotReader } from '../../src/store/store.ts'
import { organization } from '../store/samples.ts'
import { freshnessOf } from './fleet.ts'
import { cacheGate, MAX_AGE_MS, SILENT, settle, storeGate } from './parts.ts'
import { CONTENT_OF, type Content, type Item, SUBJECT_OF } from './truth.ts'
import type { World } from './world.ts'

/** Questions that several requests may ask at the same time. Of a snapshot, subjects are counted. */
const MAY_REPEAT: ReadonlySet<string> = new Set(['changesSince', 'snapshot'])

/** Result of a read that ends without fresh policy data. */
export const FAILED = Symbol('policy-unavailable')

export class Gateway {
  readonly #world: World
  readonly #number: number
  store = storeGate()
  cache = cacheGate()
  /** How far the wall clock is off. */
  offset = 0
  /** Messages wait here while they are held back. */
  held: Uint8Array[] | undefined
  knowledge: CachedPolicy | undefined
  /** How many reads have not ended. */
  reading = 0
  #incarnation = 0
  /** True times at which looks began, by what the wall clock said then: the first of several. */
  #looks = new Map<number, number>()
  /** Number of the period served last, for each item. */
  #served: Partial<Record<Item, number>> = {}

  constructor(world: World, number: number) {
    this.#world = world
    this.#number = number
  }

  toString(): string {
    return `Gateway ${this.#number}`
  }

  get isCalm(): boolean {
    const { store, cache, held, knowledge } = this
    return store.isOpen && cache.isOpen && held === undefined && knowledge !== undefined
  }

  /** Starts the gateway if it is down. It stays down if it cannot reach the store. */
  async start(): Promise<void> {
    if (this.knowledge !== undefined) return
    this.#incarnation += 1
    this.#served = {}
    try {
      this.knowledge = await CachedPolicy.start({
        store: this.#view(),
        cache: this.#line(this.#incarnation),
        sealer: this.#world.sealer,
        clock: this.#clock(),
        maxAgeMs: MAX_AGE_MS,
        observer: SILENT,
        capacity: this.#world.capacity,
      })
    } catch (error) {
      this.#expectUnavailable(error)
    }
  }

  stop(): void {
    void this.knowledge?.close()
    this.knowledge = undefined
    this.#incarnation += 1
    this.mend()
    this.store = storeGate()
    this.cache = cacheGate()
  }

  mend(): void {
    this.store.open()
    this.cache.open()
    this.holdMessages(false)
  }

  holdMessages(isHeld: boolean): void {
    const messages = this.held ?? []
    this.held = isHeld ? messages : undefined
    if (!isHeld) for (const message of messages) this.#listener?.message(message)
  }

  /** Expects that no read waits, and that no call was sent twice. */
  expectOrder(): void {
    const { store, reading } = this
    this.#world.expect(reading === 0, () => `P6 ${this} has left a read waiting`)
    for (const [method, count] of [...store.atOnce, ...this.#atOnce])
      if (!MAY_REPEAT.has(method))
        this.#world.expect(count === 1, () => `${this} asked for ${method} ${count} times at once`)
  }

  async tick(): Promise<void> {
    await this.knowledge?.tick()
  }

  async announce(): Promise<void> {
    await this.knowledge?.announce(organization)
  }

  /** Reads an item and checks the result. */
  async read(item: Item): Promise<Content | typeof FAILED> {
    const { knowledge } = this
    if (knowledge === undefined) return FAILED
    const incarnation = this.#incarnation
    this.reading += 1
    try {
      const { kind, id } = SUBJECT_OF[item]
      const of = kind === 'credential' ? ANY : organization
      const content = CONTENT_OF[item](await knowledge.read(of, kind, id))
      if (incarnation === this.#incarnation) this.#check(item, content)
      return content
    } catch (error) {
      this.#expectUnavailable(error)
      return FAILED
    } finally {
      this.reading -= 1
    }
  }

  /** Expects that a second read of the same item reaches neither store nor cache. */
  async readTwice(item: Item): Promise<void> {
    await settle()
    if ((await this.read(item)) === FAILED) return
    const before = this.store.asked.length + this.cache.asked.length
    await this.read(item)
    const asked = this.store.asked.length + this.cache.asked.length - before
    this.#world.expect(asked === 0, () => `P5 ${this} asks ${asked} times for a warm ${item}`)
  }

  /** How current everything is; undefined while the gateway is down. */
  async freshness(): Promise<Freshness | undefined> {
    const { knowledge } = this
    return knowledge && (await freshnessOf({ knowledge }))
  }

  /** Expects that later reads return nothing older than the confirmed state. */
  async confirm(item: Item): Promise<void> {
    const world = this.#world
    const confirmed = await this.freshness().catch(error => {
      this.#expectUnavailable(error)
    })
    if (!confirmed) return
    const content = await this.read(item)
    const seenAt = this.#looks.get(confirmed.at) ?? Number.POSITIVE_INFINITY
    if (content === FAILED || world.restoredAt >= seenAt) return
    const periods = world.truth.history[item]
    const last = periods.findLastIndex(period => period.content === content)
    world.expect(
      (periods[last]?.to ?? 0) >= seenAt,
      () => `R16 ${this} has ${item} ${content}, which was gone when it was confirmed`,
    )
    world.expect(
      last >= world.truth.periodOf(item, confirmed.version),
      () => `R16 ${this} has ${item} ${content} and claims version ${confirmed.version}`,
    )
  }

  #check(item: Item, content: Content): void {
    const { time, truth, expect } = this.#world
    const say = (what: string) => () => `${this} served ${item} ${content}: ${what}`
    const periods = truth.history[item]
    const isYoung = periods.some(
      period => period.content === content && period.to >= time - MAX_AGE_MS,
    )
    expect.call(this.#world, isYoung, say('P5 it was not true for too long'))
    const before = this.#served[item] ?? 0
    const now = periods.findIndex((period, n) => n >= before && period.content === content)
    expect.call(this.#world, now >= 0, say(`P6 it is older than what it served, ${before}`))
    this.#served[item] = Math.max(now, before)
  }

  #expectUnavailable(error: unknown): void {
    const isRight = error instanceof Failure && error.reason === 'policy-unavailable'
    this.#world.expect(isRight, () => `P6 ${this} failed otherwise: ${String(error)}`)
  }

  #clock(): Clock {
    return {
      now: () => this.#world.time + this.offset,
      elapsed: () => this.#world.time + 1_000 * this.#number,
    }
  }

  #view(): StoreReaders {
    const { truth } = this.#world
    const view = this.store.before(truth)
    const policyVersions = () => {
      const { time } = this.#world
      const wall = time + this.offset
      if (!this.#looks.has(wall)) this.#looks.set(wall, time)
      return view.policyVersions()
    }
    const reads = new Map<string, number>()
    const atOnce = new Map<string, number>()
    this.#atOnce = atOnce
    const count = (subject: string, more: number) => {
      const sum = (reads.get(subject) ?? 0) + more
      reads.set(subject, sum)
      atOnce.set(subject, Math.max(sum, atOnce.get(subject) ?? 0))
    }
    const snapshot: SnapshotReader['snapshot'] = async read => {
      const subjects = await subjectsOf(read)
      for (const subject of subjects) count(subject, 1)
      try {
        return await view.snapshot(read)
      } finally {
        for (const subject of subjects) count(subject, -1)
      }
    }
    const { changesSince, newEpoch } = view
    return { changesSince, newEpoch, policyVersions, snapshot }
  }

  #listener: CacheListener | undefined
  /** How many read the same subject at the same time at most. */
  #atOnce: ReadonlyMap<string, number> = new Map()

  #line(incarnation: number): Cache {
    const { shared, entries, messages } = this.#world
    const gated = this.cache.before<Cache>(shared)
    return {
      get: key => gated.get(key),
      put: (key, version, sealed, lifeMs) => {
        entries.push({ key, sealed })
        return gated.put(key, version, sealed, lifeMs)
      },
      writeTombstones: (keys, version, lifeMs) => gated.writeTombstones(keys, version, lifeMs),
      publish: message => {
        messages.push(message)
        return gated.publish(message)
      },
      listen: listener => {
        this.#listener = listener
        const message = (bytes: Uint8Array) => {
          if (this.cache.isCut || incarnation !== this.#incarnation) return
          if (this.held === undefined) listener.message(bytes)
          else this.held.push(bytes)
        }
        shared.listen({ message, state: up => listener.state(up) })
      },
      ping: () => gated.ping(),
      close: () => gated.close(),
    }
  }
}

/** The subjects that a snapshot is read for. */
async function subjectsOf(read: Parameters<SnapshotReader['snapshot']>[0]) {
  const subjects: string[] = []
  const values: PolicySnapshot['values'] = async (of, kind, ids) => {
    subjects.push(...ids.map(id => `${of} ${kind} ${JSON.stringify(id)}`))
    return ids.map(() => undefined)
  }
  const principal = async () => undefined
  await read({ policyVersions: { epoch: '', versions: new Map() }, values, principal })
  return subjects
}
