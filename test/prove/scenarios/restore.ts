/**
 * The store is restored from a backup, under the eyes of the gateways: what was revoked then and
 * granted since is revoked again, and what was granted then and revoked since is granted again.
 *
 * @module
 */

import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { runCommand } from '../command-line.ts'
import type { Deployment } from '../deployment.ts'
import type { Grant } from '../grants.ts'
import type { TestEnvironment } from '../test-environment.ts'
import { untilAllowed } from './scenario.ts'

export async function restore(environment: TestEnvironment): Promise<readonly string[]> {
  return [...(await restoreOnce(environment, false)), ...(await restoreOnce(environment, true))]
}

/** @param byCommand - whether `ews-gateway backup` and `restore` do it, or the tools of PostgreSQL without a new epoch */
async function restoreOnce(
  environment: TestEnvironment,
  byCommand: boolean,
): Promise<readonly string[]> {
  const { deployment, gateways, maxAgeMs } = environment
  const lost = await environment.newGrant(`lost-by-restore-${byCommand}`)
  const back = await environment.newGrant(`back-by-restore-${byCommand}`)
  await environment.change(lost, 'revoked')
  const restore = await (byCommand ? backUp(deployment) : dump(deployment))
  await environment.change(lost, 'granted')
  await environment.change(back, 'revoked')
  // Everywhere it lies as it is now, in every layer.
  await Promise.all(gateways.map(gateway => untilAllowed(environment, gateway, lost)))
  await Promise.all(gateways.map(gateway => environment.ask(gateway, back)))

  environment.fault(byCommand ? 'store: restored by command' : 'store: restored')
  const start = Date.now()
  await restore()
  const end = Date.now()
  environment.restores.push({ start, end })
  note(environment, lost, 'revoked', start, end)
  note(environment, back, 'granted', start, end)
  await Promise.all(gateways.map(gateway => environment.askFor(maxAgeMs / 2, gateway, lost)))
  await setTimeout(maxAgeMs / 2)
  const answers = await Promise.all(
    gateways.map(async gateway => [
      await environment.ask(gateway, lost),
      await environment.ask(gateway, back),
    ]),
  )
  const verdicts = answers.map(pair => pair.map(({ verdict }) => verdict).join())
  return verdicts.every(pair => pair === 'deny,allow')
    ? []
    : [`After a restore: ${verdicts.join(' ')}, where each should be deny,allow`]
}

/** @returns function that restores the backup */
async function backUp(deployment: Deployment) {
  const file = join(deployment.folder, 'gateway.backup')
  await runCommand(deployment, 'backup', file)
  return () => runCommand(deployment, 'restore', file, '--replace')
}

/** @returns function that restores the dump */
async function dump({ postgres, database }: Deployment) {
  const text = await postgres.dump(database)
  return () => postgres.restore(database, text)
}

function note(
  environment: TestEnvironment,
  { target }: Grant,
  state: 'granted' | 'revoked',
  start: number,
  end: number,
): void {
  const { permission } = target
  environment.changes.push({ permission, state, start, end, isKnown: true })
}
