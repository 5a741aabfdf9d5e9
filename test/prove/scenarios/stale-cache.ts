/**
 * The shared cache still holds a revoked value because the gateway that wrote it could not reach the cache.
 * A gateway that cannot reach the store reads the value shortly before it expires.
 *
 * A process that measured the age of a cached value from its own read would allow it for twice the maximum
 * age.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import type { TestEnvironment } from '../test-environment.ts'
import { twoOf, untilAllowed } from './scenario.ts'

/** How long before its end the entry is read, as a share of the maximum age. */
const BEFORE = 0.075

export async function staleCache(environment: TestEnvironment): Promise<readonly string[]> {
  const [writer, reader] = twoOf(environment)
  const beforeMs = BEFORE * environment.maxAgeMs
  const grant = await environment.newGrant('stale-cache')
  // All other values of a request must be as young in the cache as the role.
  await setTimeout(environment.maxAgeMs)
  const shared = Date.now()
  await untilAllowed(environment, writer, grant)
  environment.fault('postgres: cut off from one gateway')
  environment.fault('redis: cut off from one gateway')
  await Promise.all([reader.postgres.drop(), writer.redis.drop()])
  const { isKnown } = await environment.change(grant, 'revoked', {
    by: environment.control(writer),
  })
  await setTimeout(Math.max(0, shared + environment.maxAgeMs - beforeMs - Date.now()))
  const answers = await environment.askFor(environment.maxAgeMs + 2 * beforeMs, reader, grant)
  await environment.deployment.heal()
  return [
    ...(isKnown ? [] : ['The revoke was not acknowledged without Redis']),
    ...(answers.at(-1)?.verdict === 'busy' ? [] : ['Without the store a gateway was not busy']),
  ]
}
