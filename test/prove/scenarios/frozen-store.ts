/**
 * A store that stops answering while a client asks: what it uses lasts for half of the maximum age at least,
 * and readiness fails when its requests do.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import type { Gateway } from '../gateway.ts'
import type { Grant } from '../grants.ts'
import type { TestEnvironment } from '../test-environment.ts'
import { twoOf, untilAllowed } from './scenario.ts'

/** Age of the result of a health check, and time for one. */
const HEALTH_MS = 2_000

export async function frozenStore(environment: TestEnvironment): Promise<readonly string[]> {
  const [gateway] = twoOf(environment)
  const grant = await environment.newGrant('frozen-store')
  await untilAllowed(environment, gateway, grant)
  // In use for longer than data of any age lasts.
  await environment.askFor(environment.maxAgeMs, gateway, grant)
  environment.fault('postgres: frozen')
  const { postgres } = environment.deployment
  const frozenAt = Date.now()
  postgres.freeze()
  try {
    return await failTogether(environment, gateway, grant, frozenAt)
  } finally {
    postgres.thaw()
    await untilAllowed(environment, gateway, grant)
  }
}

async function failTogether(
  environment: TestEnvironment,
  gateway: Gateway,
  grant: Grant,
  frozenAt: number,
) {
  const halfMs = environment.maxAgeMs / 2
  const patience = frozenAt + 2 * environment.maxAgeMs
  for (;;) {
    const { verdict, sentAt } = await environment.ask(gateway, grant)
    if (verdict !== 'allow') {
      await setTimeout(HEALTH_MS)
      const missed = []
      if (sentAt < frozenAt + halfMs)
        missed.push(`A request failed ${sentAt - frozenAt} ms after the store stopped`)
      if (await isReady(gateway)) missed.push('The gateway was ready while requests failed')
      return missed
    }
    if (sentAt > patience) return ['No request failed']
    await setTimeout(25)
  }
}

async function isReady({ ports }: Gateway): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${ports.ops}/readyz`)
  await response.body?.cancel()
  return response.ok
}
