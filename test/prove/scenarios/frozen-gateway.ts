/**
 * Freezes a gateway for longer than the maximum age, with requests waiting in it. Concurrently, the
 * permissions of these requests are revoked.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import type { Stage } from '../stage.ts'
import { twoOf, untilAllowed } from './scenario.ts'

const WAITING = 8
const MORE_MS = 500

export async function frozenGateway(stage: Stage): Promise<readonly string[]> {
  const [writer, frozen] = twoOf(stage)
  const grant = await stage.newGrant('frozen-gateway')
  await untilAllowed(stage, frozen, grant)
  stage.fault('gateway: frozen')
  frozen.freeze()
  const waiting = Array.from({ length: WAITING }, () => stage.ask(frozen, grant))
  await stage.change(grant, 'revoked', { by: stage.control(writer) })
  await setTimeout(stage.maxAgeMs + MORE_MS)
  frozen.thaw()
  const answers = [...(await Promise.all(waiting)), ...(await stage.askFor(MORE_MS, frozen, grant))]
  const allowed = answers.filter(({ verdict }) => verdict === 'allow').length
  return allowed === 0 ? [] : [`A gateway that had been frozen allowed ${allowed} requests`]
}
