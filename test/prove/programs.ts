/**
 * Programs of the proof: the complete run, a short run, and the scenario that must detect a planted
 * mistake.
 *
 * @module
 */

import type { PostgresServer } from '../kit/services/postgres.ts'
import { remove } from '../kit/services/process.ts'
import { check, type Violation } from './checker.ts'
import {
  calm,
  chaos,
  commandLine,
  deaf,
  masterKeyRotated,
  postgresGone,
  redisKilled,
  rollingRestart,
  rollingUpgrade,
  TOKEN,
} from './phases.ts'
import { PLANTS, plant } from './plants.ts'
import { Run } from './run.ts'
import { frozenGateway } from './scenarios/frozen-gateway.ts'
import { frozenStore } from './scenarios/frozen-store.ts'
import { lateReader } from './scenarios/late-reader.ts'
import { lostMessages } from './scenarios/lost-messages.ts'
import { replay } from './scenarios/replay.ts'
import { restore } from './scenarios/restore.ts'
import { slowDecision } from './scenarios/slow-decision.ts'
import { staleCache } from './scenarios/stale-cache.ts'
import { TestEnvironment } from './test-environment.ts'

type Print = (line: string) => void

/** Errors of the wall clocks in milliseconds, within the tolerated difference. */
const CLOCKS = [0, -20_000, 20_000]

/** @returns the run. The caller reads its history, then closes its environment. */
export async function runAll(seed: number, print: Print, postgres?: PostgresServer): Promise<Run> {
  const deployment = { maxAgeSeconds: 3, clocks: CLOCKS, ...(postgres && { postgres }) }
  const run = await Run.begin({ ...deployment, seed }, 350, print)
  return await finish(run, async () => {
    await calm(run, 25_000)
    await deaf(run, 20_000)
    await commandLine(run, 20_000)
    await run.scenarios({
      'stale entry in the cache': staleCache,
      'late reader': lateReader,
      'lost messages': lostMessages,
      'replayed entry': replay,
      'frozen gateway': frozenGateway,
      'slow decision': slowDecision,
      'frozen store': frozenStore,
    })
    await withoutTokens(run, () => run.scenarios({ 'restored store': restore }))
    await redisKilled(run, 3_000)
    await redisKilled(run, 500)
    await postgresGone(run, 'killed')
    await postgresGone(run, 'frozen')
    await rollingRestart(run)
    await withoutTokens(run, () => masterKeyRotated(run))
    await chaos(run, 60_000, [500, 5_000])
    await run.rebuild()
    await rollingUpgrade(run)
  })
}

/** Runs the phases that need only a few seconds. */
export async function runShort(
  seed: number,
  print: Print,
  postgres?: PostgresServer,
): Promise<Run> {
  const deployment = { maxAgeSeconds: 2, clocks: CLOCKS, ...(postgres && { postgres }) }
  const run = await Run.begin({ ...deployment, seed }, 500, print)
  return await finish(run, async () => {
    await calm(run, 1_500)
    await run.scenarios({ 'lost messages': lostMessages, 'replayed entry': replay })
    await redisKilled(run, 400)
    await chaos(run, 3_000, [200, 1_000])
    await run.rebuild()
  })
}

async function finish(run: Run, work: () => Promise<void>): Promise<Run> {
  try {
    await work()
    await run.end()
    return run
  } catch (error) {
    await run.environment.close()
    throw error
  }
}

/** Runs some work without tokens, because a restore or a rotation of the master key invalidates all of them. */
async function withoutTokens(
  { grants, environment }: Run,
  work: () => Promise<void>,
): Promise<void> {
  const token = grants.grants.find(({ name }) => name === TOKEN)
  if (token) await environment.change(token, 'revoked')
  await work()
  if (token) await environment.change(token, 'granted')
}

/** Factors of the maximum age. On a busy machine, the steps of a scenario take longer than a short one. */
const SLOWNESS = [1, 3, 9]

type PlantReport = Readonly<{ violations: readonly Violation[]; missed: readonly string[] }>

/**
 * Returns the violations that the scenario of a plant finds if one of two gateways has the planted mistake. Repeats the
 * scenario more slowly if it finds none.
 */
export async function runPlant(name: string, postgres?: PostgresServer): Promise<PlantReport> {
  const planted = PLANTS[name]
  if (planted === undefined)
    throw new Error(`Unknown plant ${name}. Available plants: ${Object.keys(PLANTS).join(', ')}`)
  const { maxAgeSeconds, scenario, edits } = planted
  const { root, folder } = plant(edits)
  const where = { roots: [undefined, root], clocks: [0, 0], ...(postgres && { postgres }) }
  let report: PlantReport = { violations: [], missed: [] }
  try {
    for (const slowness of SLOWNESS) {
      if (report.violations.length > 0) break
      const maxAge = { maxAgeSeconds: slowness * maxAgeSeconds }
      const environment = await TestEnvironment.open({ ...maxAge, seed: 1, ...where })
      try {
        const missed = await scenario(environment)
        report = { violations: check(await environment.history()), missed }
      } finally {
        await environment.close()
      }
    }
    return report
  } finally {
    remove(folder)
  }
}
