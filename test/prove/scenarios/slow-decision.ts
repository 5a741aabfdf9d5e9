/**
 * A decision has read the role and waits for the user. Concurrently, the role is revoked, and the gateway
 * notices.
 *
 * A gateway that decided once, on each value as it arrived, would allow the request. The role would be
 * older than its maximum age by the time that the store takes.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import { type Grant, roleLock } from '../grants.ts'
import type { TestEnvironment } from '../test-environment.ts'
import { twoOf, untilAllowed } from './scenario.ts'

/** Text that the gateway's query of a user by name contains. */
const READ_OF_USER = 'from "user_names"'
/** Below the time that a read may take. */
const SLOW_MS = 1_400

export async function slowDecision(environment: TestEnvironment): Promise<readonly string[]> {
  const [writer, reader] = twoOf(environment)
  const client = await environment.newClient('slow-decision')
  const known = inNameOf(environment, roleLock(client, environment.guest()), 'known')
  const unknown = inNameOf(environment, roleLock(client, environment.guest()), 'unknown')
  await untilAllowed(environment, reader, known)
  environment.fault('postgres: an answer comes late')
  await reader.postgres.hold(READ_OF_USER)
  const late = environment.ask(reader, unknown)
  await Promise.race([reader.postgres.holding(), late])
  const change = await environment.change(known, 'revoked', { by: environment.control(writer) })
  environment.changes.push({ ...change, permission: unknown.target.permission })
  await setTimeout(SLOW_MS)
  await reader.postgres.pass()
  const { verdict } = await late
  return verdict === 'allow' ? ['A decision used a role that was revoked concurrently'] : []
}

/** Gives two grants of the same role different names. */
function inNameOf(environment: TestEnvironment, { target, ...grant }: Grant, name: string): Grant {
  return environment.add({ ...grant, target: { ...target, permission: `slow-decision-${name}` } })
}
