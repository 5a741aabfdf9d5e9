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
import type { Stage } from '../stage.ts'
import { twoOf, untilAllowed } from './scenario.ts'

/** How long before its end the entry is read. */
const BEFORE_MS = 150

export async function staleCache(stage: Stage): Promise<readonly string[]> {
  const [writer, reader] = twoOf(stage)
  const grant = await stage.newGrant('stale-cache')
  // Whatever else a request needs must be as young there as the role is.
  await setTimeout(stage.maxAgeMs)
  const shared = Date.now()
  await untilAllowed(stage, writer, grant)
  stage.fault('postgres: cut off from one gateway')
  stage.fault('redis: cut off from one gateway')
  await Promise.all([reader.postgres.drop(), writer.redis.drop()])
  const { isKnown } = await stage.change(grant, 'revoked', { by: stage.control(writer) })
  await setTimeout(Math.max(0, shared + stage.maxAgeMs - BEFORE_MS - Date.now()))
  const answers = await stage.askFor(stage.maxAgeMs + 2 * BEFORE_MS, reader, grant)
  await stage.deployment.heal()
  return [
    ...(isKnown ? [] : ['The revoke was not acknowledged without Redis']),
    ...(answers.at(-1)?.verdict === 'busy' ? [] : ['Without the store a gateway was not busy']),
  ]
}
