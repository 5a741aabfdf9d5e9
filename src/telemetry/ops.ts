/**
 * The ops listener: metrics and health, for operators.
 *
 * It requires no credentials and reveals none. It must listen on loopback or a management network.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ByteBudget } from '../http/byte-budget.ts'
import { Listener } from '../http/listener.ts'
import { SENDING_BYTES, sendBody } from '../http/send.ts'
import type { Health, HealthKind } from './health.ts'
import type { Metrics } from './metrics.ts'

export type OpsPorts = Readonly<{ metrics: Metrics; health: Health; budget: ByteBudget }>

/** Limits for probes and scrapers, which send little data quickly over few connections. */
const LIMITS = { headerBytes: 8_192, connections: 64, connectionsPerAddress: 32 }
const TIMEOUTS = { headersMs: 5_000, requestMs: 5_000, keepAliveMs: 5_000 }
/**
 * Maximum size in bytes of a response that is sent even if the byte budget is used up, because rejecting the
 * request would take as many.
 */
const SMALL_BYTES = 4_096

/** One response, without the parts that all of them share. */
type OpsResponse = Readonly<{ status: number; type: string; body: string; allow?: string }>

const PROBES: ReadonlyMap<string, HealthKind> = new Map([
  ['/livez', 'live'],
  ['/readyz', 'ready'],
  ['/startupz', 'startup'],
])

/** Creates the listener of `/metrics`, `/livez`, `/readyz`, and `/startupz`. */
export const opsListener = (ports: OpsPorts): Listener =>
  new Listener({
    name: 'ops',
    tls: undefined,
    tlsTerminatedBy: [],
    limits: LIMITS,
    timeouts: TIMEOUTS,
    handle: (request, response) => serve(request, response, ports),
    closed: kind => ports.metrics.connectionClosed(kind),
  })

async function serve(request: IncomingMessage, response: ServerResponse, ports: OpsPorts) {
  const reservation = ports.budget.open(request.socket.remoteAddress ?? '')
  try {
    const result = await resultOf(request, ports).catch(() => BROKEN)
    const body = Buffer.from(result.body)
    const waiting = Math.min(body.length, SENDING_BYTES)
    const fits = reservation.reserve(body.length + waiting) || body.length <= SMALL_BYTES
    await (fits ? write(response, result, body) : write(response, BUSY, Buffer.from(BUSY.body)))
  } finally {
    reservation.close()
  }
}

function write(response: ServerResponse, result: OpsResponse, body: Buffer): Promise<void> {
  response.writeHead(result.status, {
    'Content-Type': result.type,
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(result.allow !== undefined && { Allow: result.allow }),
    ...(result === BUSY && { 'Retry-After': RETRY_SECONDS }),
  })
  return sendBody(response, body)
}

async function resultOf(
  { method, url = '' }: IncomingMessage,
  { metrics, health }: OpsPorts,
): Promise<OpsResponse> {
  const [path = ''] = url.split('?', 1)
  const probe = PROBES.get(path)
  if (!probe && path !== '/metrics') return UNKNOWN
  if (method !== 'GET' && method !== 'HEAD') return NOT_ALLOWED
  if (probe) return responseOf(await health.report(probe))
  return { status: 200, type: metrics.contentType, body: await metrics.render() }
}

const responseOf = (report: Awaited<ReturnType<Health['report']>>): OpsResponse => ({
  status: report.status === 'fail' ? 503 : 200,
  type: 'application/json',
  body: `${JSON.stringify(report)}\n`,
})

const text = (status: number, body: string): OpsResponse => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
})

const UNKNOWN = text(404, 'Page not found. Available pages: /metrics, /livez, /readyz, /startupz')
const NOT_ALLOWED = { ...text(405, 'Use GET or HEAD'), allow: 'GET, HEAD' }
/** Value of Retry-After if there is currently no memory, in seconds. */
const RETRY_SECONDS = '10'

const BUSY = text(503, 'Other requests use all of the memory. Try again in 10 s')
const BROKEN = text(500, 'Cannot create the response. Try again')
