/**
 * Gateways that end at each point at which something is written: no change without its record, and no record lost or
 * there twice.
 */

import t, { type Test } from 'tap'
import { withoutPostgres } from '../kit/services/postgres.ts'
import { checkTrial } from './check.ts'
import { postgres, SQLITE } from './databases-tried.ts'
import { unvisited } from './gateway.ts'
import { type Database, Trial } from './trial.ts'

/** Tries for one stage: how many records are written together differs a little. */
const TRIES = 3

/** Before a point, all is as after the one before it; a commit can fail by itself. */
const isTried = (stage: string) => !stage.startsWith('before') || stage.includes(' commit ')

async function crashSuite(t: Test, database: Database): Promise<void> {
  const trial = await Trial.start(t, database)
  await stagesOf(trial, 'first')
  const stages = (await stagesOf(trial, 'complete')).filter(isTried)
  const visited: string[] = []
  for (const [n, stage] of stages.entries()) if (await dieAt(trial, stage, n)) visited.push(stage)
  t.strictSame(unvisited(stages, visited), [], `visited ${visited.length} of ${stages.length}`)
  for (const part of ['commit outbox', 'write segment 1', 'update outbox', 'delete from outbox'])
    t.ok(
      stages.some(stage => stage.includes(part)),
      part,
    )
  for (const part of [
    'write positions',
    'commit history_positions',
    'create segment 2',
    'remove segment 1',
  ])
    t.ok(
      stages.some(stage => stage.includes(part)),
      part,
    )

  const gateway = await trial.begin('last')
  await trial.tryAll(gateway, 'last')
  t.equal(await gateway.command.kill('SIGTERM'), 0)
  trial.read()
  await checkTrial(t, trial)
}

/** Returns all stages that a gateway reaches. */
async function stagesOf(trial: Trial, name: string): Promise<readonly string[]> {
  const gateway = await trial.begin(name)
  await trial.tryAll(gateway, name)
  await gateway.command.kill('SIGKILL')
  trial.read()
  return gateway.stages
}

/** Lets a gateway end at a stage. @returns whether it reached it */
async function dieAt(trial: Trial, stage: string, n: number): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const name = `${n}.${tries}`
    const gateway = await trial.begin(name, stage)
    await trial.tryAll(gateway, name)
    await gateway.command.kill('SIGKILL')
    trial.read()
    if (gateway.stages.includes(stage)) return true
  }
  return false
}

t.test('R37 a gateway that ends at any point loses and repeats nothing, on SQLite', t =>
  crashSuite(t, SQLITE),
)

t.test(
  'R37 a gateway that ends at any point loses and repeats nothing, on PostgreSQL',
  { skip: withoutPostgres },
  async t => crashSuite(t, await postgres(t)),
)
