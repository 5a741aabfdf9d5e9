/**
 * Tests the promises of propagation with three gateways and one store, while connections are cut, late,
 * restored, or forged. `RUNS` and `SEED` in the environment set the number of runs and repeat a run.
 */

import fc from 'fast-check'
import t from 'tap'
import { runs } from '../kit/runs.ts'
import { anyCommand, type Command, GATEWAYS } from './commands.ts'
import { settle } from './parts.ts'
import { World } from './world.ts'

const { RUNS = String(runs(80)), SEED = String(Date.now() % 2 ** 31) } = process.env
const anyCommands = fc.array(anyCommand, { maxLength: 60, size: 'max' })

/** Runs commands, and returns the promises that were broken. */
async function run(commands: readonly Command[]): Promise<readonly string[]> {
  const world = new World(GATEWAYS)
  await world.calm()
  for (const command of commands) {
    await command.run(world)
    if (command.isSettled) await settle()
    if (world.broken.length > 0) return world.broken
  }
  await world.calm()
  await world.expectTruth()
  for (const gateway of world.gateways) gateway.expectOrder()
  return world.broken
}

t.test('P5 P6 R16 R25 R26 R27 whatever fails, is late, is forged, or is restored', async t => {
  const holds = fc.asyncProperty(anyCommands, async commands => {
    const broken = await run(commands)
    if (broken.length > 0) throw new Error(broken.join('\n'))
  })
  const result = await fc.check(holds, { numRuns: Number(RUNS), seed: Number(SEED) })
  if (result.failed) t.comment(fc.defaultReportMessage(result), result.errorInstance)
  t.notOk(result.failed, `${result.numRuns} runs from seed ${SEED}`)
})
