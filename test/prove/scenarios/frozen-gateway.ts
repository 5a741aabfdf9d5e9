/**
 * Freezes a gateway for longer than the maximum age, with requests waiting in it. Concurrently, the
 * permissions of these requests are revoked.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import type { TestEnvironment } from '../test-environment.ts'
import { twoOf, untilAllowed } from './scenario.ts'

const WAITING = 8
const MORE_MS = 500

export async function frozenGateway(environment: TestEnvironment): Promise<readonly string[]> {
  const [writer, frozen] = twoOf(environment)
  const grant = await environment.newGrant('frozen-gateway')
  await untilAllowed(environment, frozen, grant)
  environment.fault('gateway: frozen')
  frozen.freeze()
  const waiting = Array.from({ length: WAITING }, () => environment.ask(frozen, grant))
  await environment.change(grant, 'revoked', { by: environment.control(writer) })
  await setTimeout(environment.maxAgeMs + MORE_MS)
  frozen.thaw()
  const answers = [
    ...(await Promise.all(waiting)),
    ...(await environment.askFor(MORE_MS, frozen, grant)),
  ]
  const allowed = answers.filter(({ verdict }) => verdict === 'allow').length
  return allowed === 0 ? [] : [`A gateway that had been frozen allowed ${allowed} requests`]
}
