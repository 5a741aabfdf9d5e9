/**
 * Health of the gateway for an overview: the readiness checks, without what they say about other organizations.
 *
 * @module
 */

import type { Organization } from '../model/identity.ts'
import type { HealthStatus } from '../telemetry/health.ts'
import type { ControlPorts } from './action.ts'
import { OVERVIEW_CHECKS } from './contract/organization.ts'

type CheckName = (typeof OVERVIEW_CHECKS)[number]

/** Steps that an operator takes. The messages of the other checks name them. */
const REMEDIES: Readonly<Partial<Record<CheckName, string>>> = {
  policy:
    'Start the database, or restore the connection to it. Until then, requests are answered "busy".',
  store:
    'Start the database, or restore the connection to it. Until then, the gateway decides with the policy data that it has, while that is fresh enough.',
  cache: 'Start Redis, or correct its settings. Until then, the gateway reads the store instead.',
}

type Check = Readonly<{ Name: CheckName; Status: HealthStatus; Message?: string }>

/** Returns the checks of an organization. The checks of the upstreams and mailboxes can name other organizations. */
export async function healthOf(
  { health, synchronizations }: Pick<ControlPorts, 'health' | 'synchronizations'>,
  { id }: Organization,
): Promise<readonly Check[]> {
  const [{ checks }, directory] = await Promise.all([
    health.report('ready'),
    synchronizations.get(id)?.state(),
  ])
  return OVERVIEW_CHECKS.flatMap(name => {
    if (name === 'directory') return directory === undefined ? [] : [directoryOf(directory)]
    const result = checks[name]
    if (result === undefined) return []
    const { status, message } = result
    return [checkOf(name, status, message)]
  })
}

const directoryOf = ({ alarm }: Readonly<{ alarm?: string }>): Check =>
  checkOf('directory', alarm === undefined ? 'pass' : 'warn', alarm)

function checkOf(name: CheckName, status: HealthStatus, message: string | undefined): Check {
  if (message === undefined) return { Name: name, Status: status }
  const remedy = REMEDIES[name]
  return {
    Name: name,
    Status: status,
    Message: remedy === undefined ? message : `${message}. ${remedy}`,
  }
}
