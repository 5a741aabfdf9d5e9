/**
 * Opens the traces, if a collector is configured. Only then, the packages of OpenTelemetry are loaded.
 *
 * @module
 */

import type { Config } from '../config/schema.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Facts, Traces } from '../traces/traces.ts'
import { VERSION } from './version.ts'

/** Returns the traces; undefined if no collector is configured. */
export async function openTraces(
  { traces, organizations }: Config,
  metrics: Metrics,
  log: Log,
): Promise<Traces | undefined> {
  if (traces === undefined) return undefined
  const { OtlpTraces } = await import('../traces/otlp-traces.ts')
  return new OtlpTraces({
    ...traces,
    version: VERSION,
    userAgent: `ews-gateway/${VERSION}`,
    upstreams: new Map(organizations.map(({ id, upstream }) => [id, serverOf(upstream.url)])),
    dropped: (kind, count) => metrics.spansDropped(kind, count),
    failed: error => log.warn({ err: error }, 'Cannot export traces; dropping spans'),
    recovered: () => log.info({}, 'Traces are exported again'),
  })
}

/** Returns the attributes of a server, as OpenTelemetry names them. */
function serverOf(url: string): Facts {
  const { hostname, port, protocol, href } = new URL(url)
  const standard = protocol === 'https:' ? 443 : 80
  return {
    'server.address': hostname,
    'server.port': port === '' ? standard : Number(port),
    'url.full': href,
  }
}
