/**
 * The store is restored from a backup, under the eyes of the gateways: what was revoked then and
 * granted since is revoked again, and what was granted then and revoked since is granted again.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import { runCommand } from '../command-line.ts'
import type { Grant } from '../grants.ts'
import type { Stage } from '../stage.ts'
import { untilAllowed } from './scenario.ts'

export async function restore(stage: Stage): Promise<readonly string[]> {
  return [...(await restoreOnce(stage, false)), ...(await restoreOnce(stage, true))]
}

/** @param isTold - whether `admin new-epoch` is run then, as the manual says */
async function restoreOnce(stage: Stage, isTold: boolean): Promise<readonly string[]> {
  const { deployment, gateways, maxAgeMs } = stage
  const lost = await stage.newGrant(`lost-by-restore-${isTold}`)
  const back = await stage.newGrant(`back-by-restore-${isTold}`)
  await stage.change(lost, 'revoked')
  const backup = await deployment.postgres.dump(deployment.database)
  await stage.change(lost, 'granted')
  await stage.change(back, 'revoked')
  // Everywhere it lies as it is now, in every layer.
  await Promise.all(gateways.map(gateway => untilAllowed(stage, gateway, lost)))
  await Promise.all(gateways.map(gateway => stage.ask(gateway, back)))

  stage.fault(isTold ? 'store: restored, and told so' : 'store: restored')
  const start = Date.now()
  await deployment.postgres.restore(deployment.database, backup)
  if (isTold) await runCommand(deployment, 'admin', 'new-epoch')
  const end = Date.now()
  stage.restores.push({ start, end })
  note(stage, lost, 'revoked', start, end)
  note(stage, back, 'granted', start, end)
  await Promise.all(gateways.map(gateway => stage.askFor(maxAgeMs / 2, gateway, lost)))
  await setTimeout(maxAgeMs / 2)
  const answers = await Promise.all(
    gateways.map(async gateway => [await stage.ask(gateway, lost), await stage.ask(gateway, back)]),
  )
  const verdicts = answers.map(pair => pair.map(({ verdict }) => verdict).join())
  return verdicts.every(pair => pair === 'deny,allow')
    ? []
    : [`After a restore: ${verdicts.join(' ')}, where each should be deny,allow`]
}

function note(
  stage: Stage,
  { target }: Grant,
  state: 'granted' | 'revoked',
  start: number,
  end: number,
): void {
  const { permission } = target
  stage.changes.push({ permission, state, start, end, isKnown: true })
}
