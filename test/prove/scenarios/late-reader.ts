/**
 * A read of the store whose answer comes only after what it read was revoked, and after the gateway
 * has seen that.
 *
 * A process that kept the answer would allow what it knows to be revoked.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import type { Stage } from '../stage.ts'
import { twoOf, untilAllowed } from './scenario.ts'

/** Text that only the gateway's query of a role contains. */
const READ_OF_ROLE = 'from "roles"'
/** Below the time that a read may take. */
const SEEN_MS = 600

export async function lateReader(stage: Stage): Promise<readonly string[]> {
  const [writer, reader] = twoOf(stage)
  const grant = await stage.newGrant('late-reader')
  const other = await stage.newGrant('beside-the-late-reader')
  await untilAllowed(stage, reader, other)
  stage.fault('postgres: an answer comes late')
  await reader.postgres.hold(READ_OF_ROLE)
  const late = stage.ask(reader, grant)
  await Promise.race([reader.postgres.holding(), late])
  await stage.change(grant, 'revoked', { by: stage.control(writer) })
  await setTimeout(SEEN_MS)
  await reader.postgres.pass()
  await late
  const answers = await stage.askFor(SEEN_MS, reader, grant)
  return answers.at(-1)?.verdict === 'deny' ? [] : ['A late reader was not refused in the end']
}
