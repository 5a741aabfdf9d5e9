/**
 * Values that a decision finds together are one state that the store had: gateways that can hold two values,
 * and everything that can change, be late, be cut off or be put back. `RUNS` and `SEED` in the environment
 * run more, or again.
 */

import fc from 'fast-check'
import t from 'tap'
import { Failure } from '../../src/model/failure.ts'
import { runs } from '../kit/runs.ts'
import { organization } from '../store/samples.ts'
import { anyCommand, at, type Command, GATEWAYS } from './commands.ts'
import { type DecidedOn, decide } from './deciding.ts'
import { settle } from './parts.ts'
import type { Gateway } from './simulated.ts'
import { ALL_ITEMS, CONTENT_OF, type Item, SUBJECT_OF } from './truth.ts'
import { World } from './world.ts'

const { RUNS = String(runs(50)), SEED = String(Date.now() % 2 ** 31) } = process.env
const CAPACITY = 2

/** Expects that the store had the values of a decision at its version. */
function expectState(world: World, gateway: Gateway, items: readonly Item[], on: DecidedOn) {
  const epoch = gateway.knowledge?.currentEpoch
  if (epoch === undefined) return
  const [state, ...others] = world.truth.contentsAt(epoch, on.version)
  // Two states of one version can't be distinguished until there is another epoch.
  if (others.length > 0) return
  const found = items.map((item, n) => CONTENT_OF[item](on.values[n]))
  const had = items.map(item => state?.get(item))
  world.expect(
    state !== undefined && String(found) === String(had),
    () => `${gateway} decided on ${items}: ${found}, but version ${on.version} had ${had}`,
  )
}

/** Decisions that take their time, so that everything else happens between their loads. */
const deciding = (comparesVersions: boolean) =>
  at('decide', fc.uniqueArray(fc.constantFrom(...ALL_ITEMS)), async (gateway, items, world) => {
    const { knowledge } = gateway
    if (knowledge === undefined) return
    const subjects = items.map(item => SUBJECT_OF[item])
    const decided = (on: DecidedOn) => {
      if (gateway.knowledge === knowledge) expectState(world, gateway, items, on)
    }
    const decision = decide(knowledge, organization, subjects, decided, { comparesVersions })
    void decision.catch(error => {
      const isRight = error instanceof Failure && error.message !== 'The decision goes round'
      world.expect(isRight, () => `${gateway} failed to decide: ${String(error)}`)
    })
  })

/** Returns the promises that were broken. */
async function run(commands: readonly Command[]): Promise<readonly string[]> {
  const world = new World(GATEWAYS, CAPACITY)
  await world.calm()
  for (const command of commands) {
    await command.run(world)
    if (command.isSettled) await settle()
    if (world.broken.length > 0) return world.broken
  }
  await world.calm()
  return world.broken
}

const check = (comparesVersions: boolean, seed: number, numRuns: number) => {
  const command = fc.oneof(
    { weight: 1, arbitrary: anyCommand },
    { weight: 1, arbitrary: deciding(comparesVersions) },
  )
  const commands = fc.array(command, { maxLength: 80, size: 'max' })
  const holds = fc.asyncProperty(commands, async commands => {
    const broken = await run(commands)
    if (broken.length > 0) throw new Error(broken.join('\n'))
  })
  // The commands that mix states are known: no fewer need to be found.
  return fc.check(holds, { numRuns, seed, endOnFailure: !comparesVersions })
}

t.test('P5 a decision uses one state that the store had, whatever happens', async t => {
  const result = await check(true, Number(SEED), Number(RUNS))
  if (result.failed) t.comment(fc.defaultReportMessage(result), result.errorInstance)
  t.notOk(result.failed, `${result.numRuns} runs from seed ${SEED}`)
})

t.test('decisions that do not compare versions mix states, and the test finds it', async t => {
  const { failed, errorInstance } = await check(false, 1, 1_000)
  t.ok(failed)
  t.match(String(errorInstance), /decided on/)
})
