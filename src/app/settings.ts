/**
 * The settings of the data listener, from the configuration.
 *
 * @module
 */

import type { Config } from '../config/schema.ts'
import type { GatewaySettings } from '../gateway/ports.ts'
import { SERVER_KINDS } from '../model/server-kind.ts'
import { type AddressRange, parseRange } from '../policy/address.ts'
import type { Log } from '../telemetry/log.ts'
import { inMilliseconds } from './milliseconds.ts'
import { connectionsWithin, openFiles } from './open-files.ts'
import { reevaluationMs } from './sign-in.ts'

export function settingsOf(config: Config, log: Log): GatewaySettings {
  const { limits, timeouts, trustedProxies, tlsTerminatedBy, publicUrl, propagation, signIn } =
    config
  const { bodyBytes = Math.max(...Object.values(SERVER_KINDS).map(kind => kind.bodyBytes)) } =
    limits
  const files = openFiles()
  const connections = connectionsWithin(limits.connections, files)
  if (connections < limits.connections)
    log.warn(
      { connections, configured: limits.connections, openFiles: files.limit },
      'The process can open too few files for limits.connections; allowing fewer connections',
    )
  return {
    limits: { ...limits, bodyBytes, connections },
    timeouts: inMilliseconds(timeouts),
    trustedPeers: ranges([...trustedProxies, ...tlsTerminatedBy]),
    tlsTerminatedBy: ranges(tlsTerminatedBy),
    maxAgeMs: propagation.maxAgeSeconds * 1_000,
    reevaluationMs: reevaluationMs(config),
    offers: new Map(signIn.hosts.map(({ name, ...offer }) => [name, offer])),
    ...(publicUrl !== undefined && { publicUrl }),
  }
}

const ranges = (texts: readonly string[]): AddressRange[] =>
  texts.map(parseRange).filter(range => range !== undefined)
