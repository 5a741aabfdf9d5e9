/**
 * Real Redis for tests that aren't about the limits of its connections.
 */

import { Redis } from 'ioredis'
import type { Test } from 'tap'
import type { RedisTiming } from '../../src/cache/redis.ts'
import { until } from '../kit/until.ts'

const HOUR_MS = 3_600_000

/** Limits that no answer exceeds on a busy machine. Each read of the clock ends a pause. */
export function unhurried(): RedisTiming {
  let nowMs = 0
  const elapsed = () => {
    nowMs += 1_000
    return nowMs
  }
  return { connectMs: HOUR_MS, silenceMs: HOUR_MS, answerMs: HOUR_MS, pingMs: HOUR_MS, elapsed }
}

/** Returns what waits until so much time has passed in Redis, by its own clock. */
export function passIn(t: Test, port: number): (ms: number) => Promise<void> {
  const redis = new Redis(port)
  t.teardown(() => redis.disconnect())
  return async ms => {
    await redis.set('passing', 'x', 'PX', ms + 1)
    await until('time passes in Redis', async () => (await redis.exists('passing')) === 0)
  }
}
