/**
 * Gateways that end at each point at which something is written: no change without its record, and no record lost or
 * there twice.
 */

import type { Test } from 'tap'
import { checkTrial } from './check.ts'
import { nameOf, unvisited } from './gateway.ts'
import { type Database, Trial } from './trial.ts'

/** Tries for a stage that is the first of its name: how many records are written together differs a little. */
const TRIES = 3

/** Before a point, all is as after the one before it; a commit can fail by itself. */
const isOwn = (stage: string) => !stage.startsWith('before') || stage.includes(' commit ')

/** A sign of life or a deletion of old sums that is not the first: all of them are alike. */
const isRepeated = (stage: string) =>
  / (?:gateways|history_(?:members|sums|weeks|totals|days|series)) (?!1$)/.test(stage)

/**
 * Tries all stages on a database.
 *
 * @param isTried - whether a stage is tried on this database
 */
export async function crashSuite(
  t: Test,
  database: Database,
  isTried: (stage: string) => boolean = () => true,
): Promise<void> {
  const trial = await Trial.start(t, database)
  await stagesOf(trial, 'first')
  const reached = (await stagesOf(trial, 'complete')).filter(one => isOwn(one) && !isRepeated(one))
  const stages = reached.filter(isTried)
  const visited: string[] = []
  for (const [n, stage] of stages.entries()) {
    // The runner ends a file that prints nothing for long.
    t.comment(stage)
    const isKnown = visited.some(one => nameOf(one) === nameOf(stage))
    if (await dieAt(trial, stage, { n, tries: isKnown ? 1 : TRIES })) visited.push(stage)
  }
  t.strictSame(unvisited(stages, visited), [], `visited ${visited.length} of ${stages.length}`)
  for (const part of [
    'commit outbox',
    'write segment 1',
    'update outbox',
    'delete from outbox',
    'write positions',
    'commit history_positions',
    'create segment 2',
    'remove segment 1',
  ])
    t.ok(
      reached.some(stage => stage.includes(part)),
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
async function dieAt(
  trial: Trial,
  stage: string,
  { n, tries }: Readonly<{ n: number; tries: number }>,
): Promise<boolean> {
  for (let tried = 0; tried < tries; tried += 1) {
    const name = `${n}.${tried}`
    const gateway = await trial.begin(name, stage)
    await trial.tryAll(gateway, name)
    await gateway.command.kill('SIGKILL')
    trial.read()
    if (gateway.stages.includes(stage)) return true
  }
  return false
}
