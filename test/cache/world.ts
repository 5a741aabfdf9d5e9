/**
 * Several gateways over one store and one shared cache. Everything that can fail, be late, lie, or go wrong
 * does so on command. Collects the promises that were broken.
 */

import type { CacheKey } from '../../src/cache/cache.ts'
import { placeOf } from '../../src/cache/place.ts'
import { organization } from '../store/samples.ts'
import { MemoryCache } from './memory-cache.ts'
import { newSealer, settle } from './parts.ts'
import { FAILED, Gateway } from './simulated.ts'
import { ALL_ITEMS, ITEMS, type Item, RememberedStore } from './truth.ts'

const BEGIN = 1_800_000_000_000

export class World {
  /** True time, which no gateway knows. */
  time = BEGIN
  readonly truth = new RememberedStore(() => this.time)
  readonly shared = new MemoryCache(() => this.time)
  readonly sealer = newSealer()
  readonly gateways: readonly Gateway[]
  /** Everything that was written into the shared cache, to be replayed. */
  readonly entries: Readonly<{ key: CacheKey; sealed: Uint8Array }>[] = []
  readonly messages: Uint8Array[] = []
  /** Time when the store was last restored, or got a new epoch. */
  restoredAt = 0
  readonly broken: string[] = []

  /** Values that a gateway can hold. */
  readonly capacity: number

  constructor(gateways: number, capacity = 1_000) {
    this.capacity = capacity
    this.gateways = Array.from({ length: gateways }, (_, n) => new Gateway(this, n))
  }

  /** Nothing is cut off or held back, and every gateway is up. */
  get isCalm(): boolean {
    return this.gateways.every(gateway => gateway.isCalm)
  }

  /** Writes an entry to the shared cache without any gateway, and replaces the entry that is there. */
  async plant(key: CacheKey, sealed: Uint8Array, lifeMs: number): Promise<void> {
    await this.shared.put(key, { epoch: 'of an attacker', version: 0 }, sealed, lifeMs)
  }

  /** Mends all, and lets every gateway look once. */
  async calm(): Promise<void> {
    for (const gateway of this.gateways) gateway.mend()
    await settle()
    for (const gateway of this.gateways) await gateway.start()
    for (const gateway of this.gateways) await gateway.tick()
    await settle()
  }

  /** Everybody serves what is true now. */
  async expectTruth(items: readonly Item[] = ALL_ITEMS): Promise<void> {
    for (const gateway of this.gateways)
      for (const item of items) {
        const served = await gateway.read(item)
        const isTrue = served !== FAILED && served === this.truth.content(item)
        this.expect(isTrue, () => `${gateway} has ${String(served)} of ${item} when all is calm`)
      }
  }

  expect(holds: boolean, what: () => string): void {
    if (!holds) this.broken.push(what())
  }
}

/** Returns the key of an item in the shared cache. */
export const placeOfItem = (item: Item): CacheKey =>
  placeOf(organization, ITEMS[item].at(-1) ?? ITEMS[item][0])
