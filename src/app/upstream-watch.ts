/**
 * Reports whether the upstreams can serve requests: log, metric, health check, and alerts in the audit.
 *
 * @module
 */

import { randomUUIDv7 } from 'node:crypto'
import type { AlertRecord, Audit } from '../audit/audit.ts'
import type { ServedOrganization } from '../gateway/ports.ts'
import type { Organization, OrganizationId } from '../model/identity.ts'
import type { UpstreamState, UpstreamStatus } from '../model/upstream-status.ts'
import type { Health } from '../telemetry/health.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'

/** Interval at which a gateway reads which credentials an upstream has rejected for other gateways. */
const POLL_INTERVAL_MS = 1_000

/** Log level and message of each state. */
const LINES = {
  unknown: ['info', 'The state of the upstream is unknown'],
  up: ['info', 'The upstream serves requests'],
  degraded: ['warn', 'Some requests to the upstream fail'],
  down: ['error', 'The upstream serves no requests'],
  'credentials-rejected': ['error', "The upstream rejects the gateway's own account"],
} as const satisfies Record<UpstreamState, readonly ['info' | 'warn' | 'error', string]>

/** Returns a callback that reports each state change of an organization's upstream, and another cause of a failure. */
export function reportStatus(
  { id: organization }: Organization,
  { metrics, log, audit }: Readonly<{ metrics: Metrics; log: Log; audit: Pick<Audit, 'record'> }>,
): (status: UpstreamStatus, before: UpstreamState) => void {
  metrics.upstream.state(organization, 'unknown')
  return ({ state, trouble }, before) => {
    metrics.upstream.state(organization, state)
    const [level, message] = LINES[state]
    log[level]({ organization, before, ...trouble }, message)
    if (isDown(state) === isDown(before)) return
    audit.record({
      type: 'alert',
      at: Date.now(),
      decisionId: randomUUIDv7(),
      alert: isDown(state) ? 'upstream-down' : 'upstream-up',
      organizationId: organization,
      message: trouble === undefined ? message : `${message}: ${trouble.message}`,
    } satisfies AlertRecord)
  }
}

/** Whether no request can be served in a state. */
const isDown = (state: UpstreamState) => state === 'down' || state === 'credentials-rejected'

/**
 * Adds the readiness check of the upstreams. A failure only degrades the gateway, because no other gateway could
 * reach the upstream either.
 */
export function checkUpstreams(
  health: Health,
  organizations: ReadonlyMap<OrganizationId, ServedOrganization>,
): void {
  health.add('upstream', {
    kinds: ['ready'],
    degrades: true,
    check: () => {
      for (const [id, { upstream }] of organizations) {
        const { state, trouble } = upstream.status()
        if (trouble) throw new Error(`${id}: ${state}: ${trouble.message}. ${trouble.remedy}`)
      }
    },
  })
}

/** Checks the upstreams now, and polls them every second. @returns function that stops the polling */
export function watchUpstreams(
  organizations: ReadonlyMap<OrganizationId, ServedOrganization>,
  deadlineMs: number,
): () => void {
  const upstreams = [...organizations.values()].map(({ upstream }) => upstream)
  for (const upstream of upstreams) void upstream.checkConnection(deadlineMs)
  const timer = setInterval(() => {
    for (const upstream of upstreams) void upstream.look()
  }, POLL_INTERVAL_MS).unref()
  return () => clearInterval(timer)
}
