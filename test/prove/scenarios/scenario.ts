/**
 * A sequence of steps on a deployment, in the most dangerous order.
 *
 * @module
 */

import type { Gateway } from '../gateway.ts'
import type { Grant } from '../grants.ts'
import type { TestEnvironment } from '../test-environment.ts'

/** @returns the goals that it missed, in words. The history shows violations */
export type Scenario = (environment: TestEnvironment) => Promise<readonly string[]>

/** Ends a scenario in which something never happens; a busy machine needs minutes. */
export const PATIENCE_MS = 300_000

/** Returns the first two gateways. */
export function twoOf({ gateways }: TestEnvironment): readonly [Gateway, Gateway] {
  const [first, second] = gateways
  if (first === undefined || second === undefined) throw new RangeError('Two gateways are needed')
  return [first, second]
}

/** Sends requests until one is allowed. @throws Error if none is */
export async function untilAllowed(
  environment: TestEnvironment,
  gateway: Gateway,
  grant: Grant,
): Promise<void> {
  const patience = Date.now() + PATIENCE_MS
  for (;;) {
    const { verdict, why } = await environment.ask(gateway, grant)
    if (verdict === 'allow') return
    if (Date.now() > patience)
      throw new Error(`Gateway ${gateway.number} does not allow ${grant.name}: ${verdict} ${why}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
