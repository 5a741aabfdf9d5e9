/**
 * Faults that begin and end, and their schedule at random.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import type { Deployment } from './deployment.ts'
import type { Gateway } from './gateway.ts'
import { MESSAGE } from './scenarios/lost-messages.ts'
import type { TestEnvironment } from './test-environment.ts'

type Fault = Readonly<{
  kind: string
  /** Returns the target of the fault. Two faults with the same target never overlap. */
  on: (gateway: Gateway) => string
  /** @returns what ends it */
  begin: (deployment: Deployment, gateway: Gateway) => Promise<() => Promise<void> | void>
}>

const onRedis = () => 'redis'
const onPostgres = () => 'postgres'
const onGateway = ({ number }: Gateway) => `gateway ${number}`

/** A fault of one gateway's own way to PostgreSQL or Redis. */
const cut = (
  way: 'postgres' | 'redis',
  what: string,
  fault: (gateway: Gateway) => Promise<void>,
): Fault => ({
  kind: `${way}: ${what}`,
  on: ({ number }) => `${way} of ${number}`,
  begin: async (_, gateway) => {
    await fault(gateway)
    return () => gateway[way].pass()
  },
})

export const FAULTS: readonly Fault[] = [
  {
    kind: 'redis: killed',
    on: onRedis,
    begin: async ({ redis }) => {
      await redis.kill()
      return () => redis.restart()
    },
  },
  {
    kind: 'redis: frozen',
    on: onRedis,
    begin: async ({ redis }) => {
      redis.freeze()
      return () => redis.thaw()
    },
  },
  {
    kind: 'postgres: killed',
    on: onPostgres,
    begin: async ({ postgres }) => {
      await postgres.kill()
      return () => postgres.restart()
    },
  },
  {
    kind: 'postgres: frozen',
    on: onPostgres,
    begin: async ({ postgres }) => {
      postgres.freeze()
      return () => postgres.thaw()
    },
  },
  {
    kind: 'gateway: killed',
    on: onGateway,
    begin: async (_, gateway) => {
      await gateway.kill()
      return () => startAgain(gateway)
    },
  },
  {
    kind: 'gateway: frozen',
    on: onGateway,
    begin: async (_, gateway) => {
      gateway.freeze()
      return () => gateway.thaw()
    },
  },
  cut('redis', 'cut off from one gateway', ({ redis }) => redis.drop()),
  cut('redis', 'slow for one gateway', ({ redis }) => redis.delay(40)),
  cut('redis', 'half open for one gateway', ({ redis }) => redis.halfOpen()),
  cut('redis', 'messages to one gateway are lost', ({ redis }) => redis.lose(MESSAGE)),
  cut('postgres', 'cut off from one gateway', ({ postgres }) => postgres.drop()),
  cut('postgres', 'slow for one gateway', ({ postgres }) => postgres.delay(250)),
  cut('postgres', 'half open for one gateway', ({ postgres }) => postgres.halfOpen()),
  cut('postgres', 'answers are lost', ({ postgres }) => postgres.silence('to-client')),
]

/** A gateway does not start without its store: an orchestrator tries again. */
async function startAgain(gateway: Gateway): Promise<void> {
  for (;;) {
    try {
      return await gateway.start()
    } catch {
      await setTimeout(200)
    }
  }
}

/** Causes random faults, at most two at once, until aborted. All faults have then ended. */
export async function makeFaults(
  environment: TestEnvironment,
  holdMs: readonly [number, number],
  stop: AbortSignal,
): Promise<void> {
  const taken = new Set<string>()
  await Promise.all([1, 2].map(() => makeThem(environment, holdMs, stop, taken)))
}

async function makeThem(
  environment: TestEnvironment,
  [least, most]: readonly [number, number],
  stop: AbortSignal,
  taken: Set<string>,
): Promise<void> {
  const { random, deployment } = environment
  while (!stop.aborted) {
    const [fault, gateway] = [random.of(FAULTS), random.of(deployment.gateways)]
    const on = fault.on(gateway)
    if (taken.has(on)) {
      await setTimeout(50)
      continue
    }
    taken.add(on)
    environment.fault(fault.kind)
    const end = await fault.begin(deployment, gateway)
    await setTimeout(random.between(least, most))
    await end()
    taken.delete(on)
    await setTimeout(random.between(100, 400))
  }
}
