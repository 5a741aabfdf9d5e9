/**
 * Limits of the calls of each principal to the control API.
 *
 * @module
 */

import type { Config } from '../config/schema.ts'
import type { ServerContext } from '../control/request.ts'
import { InFlight } from '../http/in-flight.ts'
import { RequestRate } from '../http/request-rate.ts'
import type { Metrics } from '../telemetry/metrics.ts'

/** Part of the calls of a minute that can be sent at once. The console sends a dozen for a page, and tools apply policies. */
const BURST = 0.1

export function callLimitsOf(
  { limits }: Pick<Config, 'limits'>,
  metrics: Pick<Metrics, 'throttled'>,
): Pick<ServerContext, 'rate' | 'inFlight'> {
  const { control: perMinute, burst } = limits.requestsPerMinute
  return {
    rate: new RequestRate({
      of: 'principal',
      perMinute,
      burst: Math.max(burst, Math.ceil(perMinute * BURST)),
      now: () => performance.now(),
      onThrottled: () => metrics.throttled('control'),
    }),
    inFlight: new InFlight('principal', limits.inFlightPerPrincipal),
  }
}
