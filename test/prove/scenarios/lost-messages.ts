/**
 * A subscription fails silently: either messages are lost and everything else is answered, or the whole
 * connection to Redis hangs. Only polling the store reveals the change.
 *
 * @module
 */

import type { Gateway } from '../gateway.ts'
import type { TestEnvironment } from '../test-environment.ts'
import { PATIENCE_MS, twoOf, untilAllowed } from './scenario.ts'

/** How a message begins, as Redis pushes it. */
export const MESSAGE = '$7\r\nmessage\r\n'
/** How soon a change holds all the same. */
export const BAR_MS = 2_000

export async function lostMessages(environment: TestEnvironment): Promise<readonly string[]> {
  const [writer, deaf] = twoOf(environment)
  const missed: string[] = []
  for (const [kind, fault] of [
    ['redis: messages to one gateway are lost', () => deaf.redis.lose(MESSAGE)],
    ['redis: half open for one gateway', () => deaf.redis.halfOpen()],
  ] as const) {
    const grant = await environment.newGrant('lost-messages')
    await untilAllowed(environment, deaf, grant)
    environment.fault(kind)
    await fault()
    const by = environment.control(writer)
    await environment.change(grant, 'revoked', { by, withinMs: BAR_MS })
    if (!(await isRefused(environment, deaf, grant)))
      missed.push(`${kind}: a revocation did not take effect`)
    await environment.deployment.heal()
  }
  return missed
}

/** Whether a revocation takes effect. A busy machine needs longer for the first decision after it. */
async function isRefused(
  environment: TestEnvironment,
  gateway: Gateway,
  grant: Parameters<TestEnvironment['askFor']>[2],
): Promise<boolean> {
  const began = Date.now()
  const isOver = (patienceMs: number) => Date.now() > began + patienceMs
  for (;;) {
    const verdict = (await environment.askFor(20, gateway, grant)).at(-1)?.verdict
    if (verdict === 'deny') return true
    if (isOver(verdict === 'allow' ? BAR_MS + 500 : PATIENCE_MS)) return false
  }
}
