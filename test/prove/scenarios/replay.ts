/**
 * An attacker with write access to Redis restores an entry that a gateway wrote before a revocation, under
 * a version that nothing can replace, and without expiry.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import { Attacker } from '../attacker.ts'
import type { Stage } from '../stage.ts'
import { twoOf, untilAllowed } from './scenario.ts'

/** After it every gateway has looked at the store. */
const SEEN_MS = 1_500
const ASKED_MS = 400

export async function replay(stage: Stage): Promise<readonly string[]> {
  const [writer, reader] = twoOf(stage)
  const attacker = await Attacker.start(stage.deployment.redis.port, stage.chance)
  try {
    const grant = await stage.newGrant('replay')
    await untilAllowed(stage, writer, grant)
    await untilAllowed(stage, reader, grant)
    await attacker.collect()
    await stage.change(grant, 'revoked', { by: stage.control(writer) })
    // No request is sent: the earlier entry is invalidated by now, and no new entry replaces it.
    await setTimeout(SEEN_MS)
    stage.fault('redis: entries are replayed')
    await attacker.replay()
    const answers = await stage.askFor(ASKED_MS, reader, grant)
    return answers.at(-1)?.verdict === 'deny' ? [] : ['A replay was believed']
  } finally {
    await attacker.stop()
  }
}
