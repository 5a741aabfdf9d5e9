/**
 * Commands that can run in a world of gateways, in any order.
 */

import fc from 'fast-check'
import { settle } from './parts.ts'
import type { Gateway } from './simulated.ts'
import { ALL_ITEMS } from './truth.ts'
import { placeOfItem, type World } from './world.ts'

export const GATEWAYS = 3
const ENDLESS_MS = 1e12

export class Command {
  readonly #what: string
  readonly run: (world: World) => Promise<void> | void
  /** Whether work that the command starts happens before the next command. */
  readonly isSettled: boolean

  constructor(what: string, run: Command['run'], isSettled: boolean) {
    this.#what = what
    this.run = run
    this.isSettled = isSettled
  }

  /** As a counterexample shows it. */
  [fc.toStringMethod](): string {
    return this.#what + (this.isSettled ? '' : ' …')
  }
}

const item = fc.constantFrom(...ALL_ITEMS)
const which = fc.nat(20)
const yes = fc.boolean()
const side = fc.constantFrom('request', 'answer')

/** Runs on one of the gateways. */
export function at<T>(
  name: string,
  given: fc.Arbitrary<T>,
  run: (gateway: Gateway, given: T, world: World) => Promise<void> | void,
): fc.Arbitrary<Command> {
  return fc
    .record({ n: fc.nat(GATEWAYS - 1), given, isSettled: often })
    .map(
      ({ n, given, isSettled }) =>
        new Command(
          `${name} ${JSON.stringify(given)} at ${n}`,
          world => run(world.gateways[n] as Gateway, given, world),
          isSettled,
        ),
    )
}

const often = fc.nat(3).map(n => n > 0)

/** Runs on the world, with everything before it over. */
function on<T>(
  name: string,
  given: fc.Arbitrary<T>,
  run: (world: World, given: T) => Promise<void> | void,
): fc.Arbitrary<Command> {
  return given.map(
    chosen =>
      new Command(
        `${name} ${JSON.stringify(chosen)}`,
        async world => {
          await settle()
          await run(world, chosen)
        },
        true,
      ),
  )
}

const drawn = <T>(from: readonly T[], n: number): T | undefined => from[n % from.length]

const reading = [
  at('read', item, (gateway, item) => void gateway.read(item)),
  at('read twice', item, async (gateway, item, { isCalm }) => {
    if (isCalm) await gateway.readTwice(item)
  }),
  at(
    'read late',
    fc.record({ item, layer: fc.constantFrom('store', 'cache'), side }),
    async (gateway, { item, layer, side }) => {
      const method = layer === 'store' ? 'snapshot' : 'get'
      gateway[layer].hold(method, side)
      void gateway.read(item)
      await settle()
      gateway[layer].unhold(method)
    },
  ),
  at('confirm', item, (gateway, item) => void gateway.confirm(item)),
  at('tick', fc.constant(''), gateway => void gateway.tick()),
]

const changing = [
  on(
    'change',
    fc.record({ items: fc.uniqueArray(item, { minLength: 1 }), isDeletion: yes }),
    ({ truth }, { items, isDeletion }) => truth.change(items, { isDeletion }),
  ),
  at(
    'announce',
    fc.record({ item, isDeletion: yes, isNamed: often }),
    async (gateway, { item, isDeletion, isNamed }, world) => {
      await settle()
      const { isCalm } = world
      const items = isNamed ? [item] : ALL_ITEMS
      if (!gateway.store.isCut) world.truth.change(items, { isDeletion, isNamed })
      const announced = gateway.announce()
      if (!isCalm) return
      await announced
      await settle()
      await world.expectTruth(items)
    },
  ),
  on('prune', fc.nat(2), ({ truth }, kept) => truth.prune(kept)),
]

const time = [
  on(
    'pass',
    fc.constantFrom(50, 999, 1_001, 4_999, 5_001, 60_000, 150_000, 299_000, 301_000),
    (world, ms) => {
      world.time += ms
    },
  ),
  at(
    'turn the clock by',
    fc.constantFrom(-3_600_000, -40_000, -20_000, 0, 20_000, 40_000, 3_600_000),
    (gateway, offset) => {
      gateway.offset = offset
    },
  ),
]

const METHODS = ['snapshot', 'policyVersions', 'changesSince', 'newEpoch'] as const
const trouble = [
  ...(['store', 'cache'] as const).flatMap(name => [
    at(`cut ${name}`, fc.boolean(), (gateway, isCut) => {
      gateway[name].isCut = isCut
    }),
    at(`release ${name}`, which, (gateway, n) => gateway[name].release(n)),
    at(`open ${name}`, fc.constant(''), gateway => gateway[name].open()),
  ]),
  at(
    'hold store',
    fc.record({ method: fc.constantFrom(...METHODS), side }),
    (gateway, { method, side }) => gateway.store.hold(method, side),
  ),
  at(
    'hold cache',
    fc.record({
      method: fc.constantFrom('get', 'put', 'writeTombstones', 'publish'),
      side,
    }),
    (gateway, { method, side }) => gateway.cache.hold(method, side),
  ),
  at('hold messages', yes, (gateway, isHeld) => gateway.holdMessages(isHeld)),
  at('restart', fc.constant(''), async gateway => {
    gateway.stop()
    await gateway.start()
  }),
]

const attack = [
  on('replay entry', which, async (world, n) => {
    const entry = drawn(world.entries, n)
    if (entry) await world.plant(entry.key, entry.sealed, ENDLESS_MS)
  }),
  on('misplace entry', fc.record({ which, item }), async (world, { which, item }) => {
    const entry = drawn(world.entries, which)
    if (entry) await world.plant(placeOfItem(item), entry.sealed, ENDLESS_MS)
  }),
  on('forge entry', fc.record({ which, item }), async (world, { which, item }) => {
    const sealed = Uint8Array.from(drawn(world.entries, which)?.sealed ?? [1, 2, 3])
    sealed.set([(sealed.at(-1) ?? 0) ^ 1], sealed.length - 1)
    await world.plant(placeOfItem(item), sealed, ENDLESS_MS)
  }),
  on('replay message', which, async (world, n) => {
    const message = drawn([...world.messages, ...world.entries.map(({ sealed }) => sealed)], n)
    if (message) await world.shared.publish(message)
  }),
]

const restoring = [
  on('restore', which, async (world, n) => {
    const state = drawn(world.truth.states, n)
    if (state === undefined) return
    world.truth.restore(state, { isTold: true })
    world.restoredAt = world.time
  }),
  on('restore unsaid', which, async (world, n) => {
    const witness = world.gateways.find(({ isCalm }) => isCalm)
    const state = drawn(world.truth.states, n)
    const seen = await witness?.freshness().catch(() => undefined)
    if (!witness || !state || !seen || seen.version <= state.version) return
    // Who does not know this epoch cannot tell, and the next change would take a version twice.
    const { epoch } = await world.truth.policyVersions()
    if ((await witness.knowledge?.epoch()) !== epoch) return
    world.truth.restore(state)
    world.restoredAt = world.time
    await witness.tick()
  }),
  on('new epoch', fc.constant(''), async ({ truth }) => void (await truth.newEpoch())),
]

const calm = on('calm', fc.constant(''), async world => {
  await world.calm()
  await world.expectTruth()
})

export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: fc.oneof(...reading) },
  { weight: 8, arbitrary: fc.oneof(...changing) },
  { weight: 4, arbitrary: fc.oneof(...time) },
  { weight: 6, arbitrary: fc.oneof(...trouble) },
  { weight: 3, arbitrary: fc.oneof(...attack) },
  { weight: 1, arbitrary: fc.oneof(...restoring) },
  { weight: 1, arbitrary: calm },
)
