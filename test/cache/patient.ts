/**
 * A cache in Redis for tests that are not about its deadlines.
 */

import type { Cache } from '../../src/cache/cache.ts'
import type { RedisCache } from '../../src/cache/redis.ts'

/** Every look at this clock is a second later than the one before. */
export function withoutRest(): () => number {
  let nowMs = 0
  return () => {
    nowMs += 1_000
    return nowMs
  }
}

/** On a busy machine an answer may be late: what can be done again is then done again. */
export function patient(cache: RedisCache): Cache {
  const again = async <T>(ask: () => Promise<T>) =>
    ask().catch((error: Error) => {
      if (!error.message.includes('no answer within')) throw error
      return ask()
    })
  return {
    get: key => again(() => cache.get(key)),
    put: (...entry) => again(() => cache.put(...entry)),
    bury: (...tombstones) => again(() => cache.bury(...tombstones)),
    publish: message => cache.publish(message),
    listen: listener => cache.listen(listener),
    ping: () => cache.ping(),
    close: () => cache.close(),
  }
}
