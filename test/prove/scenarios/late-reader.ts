/**
 * A read of the store ends only after the value that it read was revoked, and after the gateway has noticed
 * the revocation.
 *
 * A process that kept the result would allow a permission that it knows to be revoked.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import type { TestEnvironment } from '../test-environment.ts'
import { twoOf, untilAllowed } from './scenario.ts'

/** Text that only the gateway's query of a role contains. */
const READ_OF_ROLE = 'from "roles"'
/** Time in which a gateway notices a change, unless the machine is busy. */
const SEEN_MS = 600
/** Its share of a maximum age that is longer because the machine is busy. */
const SEEN_SHARE = 0.15
/** Below the time that a read may take. */
const LONGEST_MS = 1_800

export async function lateReader(environment: TestEnvironment): Promise<readonly string[]> {
  const [writer, reader] = twoOf(environment)
  const grant = await environment.newGrant('late-reader')
  const seenMs = Math.min(LONGEST_MS, Math.max(SEEN_MS, SEEN_SHARE * environment.maxAgeMs))
  const other = await environment.newGrant('beside-the-late-reader')
  await untilAllowed(environment, reader, other)
  environment.fault('postgres: an answer comes late')
  await reader.postgres.hold(READ_OF_ROLE)
  const late = environment.ask(reader, grant)
  await Promise.race([reader.postgres.holding(), late])
  await environment.change(grant, 'revoked', { by: environment.control(writer) })
  await setTimeout(seenMs)
  await reader.postgres.pass()
  await late
  const answers = await environment.askFor(seenMs, reader, grant)
  return answers.at(-1)?.verdict === 'deny' ? [] : ['A late reader was not refused in the end']
}
