/**
 * Phases of a run under load: without faults, with a server killed or frozen, and with all faults at once.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Attacker } from './attacker.ts'
import { runCommand } from './command-line.ts'
import { makeFaults } from './faults.ts'
import { countOf } from './figures.ts'
import type { Gateway } from './gateway.ts'
import { LATER_VERSION, plant } from './plants.ts'
import type { Run } from './run.ts'
import { BAR_MS, MESSAGE } from './scenarios/lost-messages.ts'

/** Maximum time until all requests are allowed after the servers return. */
const WELL_MS = 5_000
/** Wait after the policy data has expired. */
const AFTER_MS = 500
/** Longer than a poll of a silent store (2 s) and the pause before it (1 s). */
const DARK_MS = 3_500

/** Name of the grant that a restore and a rotation of the master key end. */
export const TOKEN = 'token'

export const CALM = 'no faults'
export const DEAF = 'gateway 1 without messages'
export const COMMAND_LINE = 'command line'

export async function calm(run: Run, ms: number): Promise<void> {
  run.mustNotFail(await run.phase(CALM, () => run.write(ms)))
}

/** Gateway 1 receives no messages. */
export async function deaf(run: Run, ms: number): Promise<void> {
  const { redis } = run.environment.deployment.gateway(1)
  const phase = await run.phase(DEAF, async () => {
    run.environment.fault('redis: messages to one gateway are lost')
    await redis.lose(MESSAGE)
    await run.write(ms, { writers: 4, withinMs: BAR_MS })
    await redis.pass()
  })
  run.mustNotFail(phase)
}

export async function commandLine(run: Run, ms: number): Promise<void> {
  const grants = [run.grants.commandLine]
  const work = () => run.write(ms, { grants, writers: 1, withinMs: BAR_MS })
  run.mustNotFail(await run.phase(COMMAND_LINE, work))
}

/** Kills Redis and restarts it, under load. Every gateway serves every client without it, however slow the machine is. */
export async function redisKilled(run: Run, downMs: number): Promise<void> {
  const { redis } = run.environment.deployment
  const phase = await run.phase('redis killed', async () => {
    const writing = run.write(2 * downMs)
    await setTimeout(downMs / 2)
    run.environment.fault('redis: killed')
    await redis.kill()
    const killed = Date.now()
    await setTimeout(downMs)
    await run.isServed(killed)
    await redis.restart()
    await writing
  })
  run.mustNotFail(phase)
}

/**
 * Gateways keep deciding on fresh policy data, and answer other requests with an error. Then all recover
 * soon.
 */
export async function postgresGone(run: Run, how: 'killed' | 'frozen'): Promise<void> {
  const { deployment, maxAgeMs, seen } = run.environment
  const name = `postgres ${how}`
  const phase = await run.phase(name, async () => {
    run.environment.fault(`postgres: ${how}`)
    if (how === 'killed') await deployment.postgres.kill()
    else deployment.postgres.freeze()
    const gone = Date.now()
    await setTimeout(maxAgeMs + AFTER_MS)
    const ended = Date.now()
    await setTimeout(DARK_MS)
    const back = Date.now()
    const old = countOf(seen, { start: ended, end: back })
    if (how === 'killed') await deployment.postgres.restart()
    else deployment.postgres.thaw()
    const fresh = countOf(seen, { start: gone, end: gone + AFTER_MS })
    run.must(fresh.allow > 0, `${name}: no request was allowed on fresh policy data`)
    run.must(
      old.allow === 0,
      `${name}: ${old.allow} requests were allowed without fresh policy data`,
    )
    run.must(old.busy > 0, `${name}: no client received ErrorServerBusy`)
    await run.mustRecoverIn(WELL_MS, name)
  })
  run.mustNotFail(phase, ['busy'])
}

/** Restarts one gateway after the other, while clients use a load balancer. */
export async function rollingRestart(run: Run): Promise<void> {
  const before = run.environment.repeats
  run.load.balance(12)
  run.mustNotFail(await run.phase('rolling restart', () => restartAll(run)))
  // Many clients report that as a failure.
  const repeats = run.environment.repeats - before
  run.must(repeats === 0, `rolling restart: ${repeats} requests arrived on a closed connection`)
}

/** @param between - runs after the start of each gateway */
async function restartAll(
  run: Run,
  between: (gateway: Gateway) => Promise<void> = async () => {},
): Promise<void> {
  run.load.onlyBalanced(true)
  await setTimeout(AFTER_MS)
  for (const gateway of run.environment.gateways) {
    run.environment.fault('gateway: restarted')
    const code = await gateway.end()
    run.must(code === 0, `restart: gateway ${gateway.number} ended with ${code}`)
    await gateway.start()
    await between(gateway)
  }
  await setTimeout(AFTER_MS)
  run.load.onlyBalanced(false)
}

/**
 * Replaces one gateway after the other by a later version, under load and changes. The first of them migrates the store
 * beside the others, which continue. This version can't start on the store afterwards, so no phase can follow.
 */
export async function rollingUpgrade(run: Run): Promise<void> {
  const { deployment, gateways } = run.environment
  const { root, folder } = plant(LATER_VERSION)
  deployment.removeAtEnd(folder)
  for (const gateway of gateways) gateway.upgrade(root)
  const phase = await run.phase('rolling upgrade', () =>
    restartAll(run, async () => {
      await run.write(2_000)
      const refused = await runCommand(deployment, 'users', 'export', '--organization', 'example')
        .then(() => '')
        .catch((error: Error) => error.message)
      const isRefused = refused.includes('A later version of ews-gateway has changed the store')
      run.must(isRefused, `rolling upgrade: this version still opens the store ${refused}`)
    }),
  )
  run.mustNotFail(phase)
}

/** Rotates the master key, as docs/master-key.md says: gateways get both keys, the store changes, and the former key goes. */
export async function masterKeyRotated(run: Run): Promise<void> {
  const { deployment } = run.environment
  const formerFile = join(deployment.folder, 'master.key')
  const file = join(deployment.folder, 'master-2.key')
  writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600 })
  const phase = await run.phase('master key rotated', async () => {
    deployment.configure({ masterKey: { file, formerFile } })
    await restartAll(run)
    run.environment.fault('master key: rotated')
    const grants = run.grants.grants.filter(({ name }) => name !== TOKEN)
    const writing = run.write(4_000, { grants })
    await runCommand(deployment, 'admin', 'rotate-master-key')
    await writing
    deployment.configure({ masterKey: { file } })
    rmSync(formerFile)
    await restartAll(run)
  })
  run.mustNotFail(phase)
}

/** Causes random faults and attacks, under load and changes. */
export async function chaos(
  run: Run,
  ms: number,
  holdMs: readonly [number, number],
): Promise<void> {
  const { environment } = run
  const attacker = await Attacker.start(environment.deployment.redis.port, environment.random)
  try {
    const name = 'chaos'
    const phase = await run.phase(name, async () => {
      const stop = AbortSignal.timeout(ms)
      const writing = run.write(ms, { patienceMs: 400 })
      const attacking = attacker.run(150, stop, kind => environment.fault(kind))
      await makeFaults(environment, holdMs, stop)
      await environment.deployment.heal()
      await Promise.all([writing, attacking])
      await run.mustRecoverIn(WELL_MS, name)
    })
    run.mustNotFail(phase, ['busy', 'lost'])
  } finally {
    await attacker.stop()
  }
}
