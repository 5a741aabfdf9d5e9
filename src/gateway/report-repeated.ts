/**
 * Reports a client that repeats the identical request: in the log, the audit, and a metric.
 *
 * @module
 */

import { randomUUIDv7 } from 'node:crypto'
import type { Read } from './context.ts'

/** Notes a request that was read completely, and reports its principal if it repeats the request without end. */
export function noteRepeated({ context, caller, gathered, prologue, whole }: Read): void {
  const { server, receivedAt, request, decisionId } = context
  const { principal } = caller
  if (!whole || !server.repeated.note(principal.id, gathered.bytes, receivedAt)) return
  const { log, audit, metrics } = server.ports
  const { requestElement: operation } = prologue
  const userAgent = request.headers['user-agent']
  const { id: principalId, name, organizationId } = principal
  metrics.repeated(principalId)
  log.warn(
    { principalId, name, organizationId, operation, userAgent, decisionId },
    'A client repeats the identical request without end',
  )
  audit.record({
    type: 'alert',
    at: receivedAt,
    decisionId: randomUUIDv7(),
    alert: 'repeated-request',
    organizationId,
    message: `The principal ${name} (${principalId}) repeats the identical ${operation} without end, at least 1,000 times a minute`,
  })
}
