/**
 * The store is restored from a backup, under the eyes of the gateways: what was revoked then and
 * granted since is revoked again, and what was granted then and revoked since is granted again.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import { runCommand } from '../command-line.ts'
import type { Grant } from '../grants.ts'
import type { TestEnvironment } from '../test-environment.ts'
import { untilAllowed } from './scenario.ts'

export async function restore(environment: TestEnvironment): Promise<readonly string[]> {
  return [...(await restoreOnce(environment, false)), ...(await restoreOnce(environment, true))]
}

/** @param isTold - whether `admin new-epoch` is run then, as the manual requires */
async function restoreOnce(
  environment: TestEnvironment,
  isTold: boolean,
): Promise<readonly string[]> {
  const { deployment, gateways, maxAgeMs } = environment
  const lost = await environment.newGrant(`lost-by-restore-${isTold}`)
  const back = await environment.newGrant(`back-by-restore-${isTold}`)
  await environment.change(lost, 'revoked')
  const backup = await deployment.postgres.dump(deployment.database)
  await environment.change(lost, 'granted')
  await environment.change(back, 'revoked')
  // Everywhere it lies as it is now, in every layer.
  await Promise.all(gateways.map(gateway => untilAllowed(environment, gateway, lost)))
  await Promise.all(gateways.map(gateway => environment.ask(gateway, back)))

  environment.fault(isTold ? 'store: restored, and told so' : 'store: restored')
  const start = Date.now()
  await deployment.postgres.restore(deployment.database, backup)
  if (isTold) await runCommand(deployment, 'admin', 'new-epoch')
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
