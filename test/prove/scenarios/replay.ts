/**
 * An attacker with write access to Redis restores an entry that a gateway wrote before a revocation, under
 * a version that nothing can replace, and without expiry.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import { Attacker } from '../attacker.ts'
import type { TestEnvironment } from '../test-environment.ts'
import { twoOf, untilAllowed } from './scenario.ts'

/** After it every gateway has looked at the store. */
const SEEN_MS = 1_500
const ASKED_MS = 400

export async function replay(environment: TestEnvironment): Promise<readonly string[]> {
  const [writer, reader] = twoOf(environment)
  const attacker = await Attacker.start(environment.deployment.redis.port, environment.random)
  try {
    const grant = await environment.newGrant('replay')
    await untilAllowed(environment, writer, grant)
    await untilAllowed(environment, reader, grant)
    await attacker.collect()
    await environment.change(grant, 'revoked', { by: environment.control(writer) })
    // No request is sent: the earlier entry is invalidated by now, and no new entry replaces it.
    await setTimeout(SEEN_MS)
    environment.fault('redis: entries are replayed')
    await attacker.replay()
    const answers = await environment.askFor(ASKED_MS, reader, grant)
    return answers.at(-1)?.verdict === 'deny' ? [] : ['A replay was believed']
  } finally {
    await attacker.stop()
  }
}
