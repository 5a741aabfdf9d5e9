/**
 * Ports of the control API, made from parts of the gateway.
 *
 * @module
 */

import type { Config } from '../config/schema.ts'
import type { ControlPorts } from '../control/action.ts'
import { CONTROL_LIMITS } from '../control/limits.ts'
import { makeAccessKey } from '../credentials/access-key.ts'
import type { MasterKey } from '../credentials/master-key.ts'
import { parseUsers } from '../directory/csv.ts'
import type { GatewayPorts } from '../gateway/ports.ts'
import type { Directories } from './directories.ts'
import { explainingPorts } from './explaining.ts'
import { checkOf } from './upstreams.ts'

export function controlPortsOf(
  config: Config,
  { organizations, tokens, audit, mailboxOwners, settings, now, moment }: GatewayPorts,
  {
    masterKey,
    directories,
    ...rest
  }: Pick<
    ControlPorts,
    | 'store'
    | 'announce'
    | 'deliver'
    | 'ewsUrl'
    | 'caCertificate'
    | 'history'
    | 'health'
    | 'certificateEndsAt'
  > &
    Readonly<{ masterKey: MasterKey; directories: Directories }>,
): ControlPorts {
  return {
    organizations: new Map([...organizations].map(([id, { organization }]) => [id, organization])),
    synchronizations: directories,
    tokens,
    keys: {
      make: (principal, choices) => makeAccessKey(masterKey, principal, { now, ...choices }),
    },
    ...explainingPorts(organizations, mailboxOwners, settings.limits),
    parseUsers,
    checkUpstream: async (organization, impersonate) => {
      const upstream = organizations.get(organization.id)?.upstream
      return upstream ? checkOf(upstream, config, organization, impersonate) : []
    },
    upstreamStatus: ({ id }) =>
      organizations.get(id)?.upstream.status() ?? { state: 'unknown', since: now() },
    audit,
    ...rest,
    limits: CONTROL_LIMITS[config.limits.policy],
    now,
    moment,
  }
}
