/**
 * The ops listener: metrics and health, for whoever runs the gateway.
 *
 * It asks for no credentials and tells none; it belongs on loopback or a management network.
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

/** Probes and scrapers send little, in little time, over few connections. */
const LIMITS = { headerBytes: 8_192, connections: 64, connectionsPerAddress: 32 }
const TIMEOUTS = { headersMs: 5_000, requestMs: 5_000, keepAliveMs: 5_000 }
/** Up to this size, in bytes, an answer is sent whatever is held: a refusal takes as much. */
const SMALL_BYTES = 4_096

/** One answer, without what is the same in all of them. */
type Answer = Readonly<{ status: number; type: string; body: string; allow?: string }>

const PROBES: ReadonlyMap<string, HealthKind> = new Map([
  ['/livez', 'live'],
  ['/readyz', 'ready'],
  ['/startupz', 'startup'],
])

/** Makes the listener of `/metrics`, `/livez`, `/readyz`, and `/startupz`. */
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
    const answer = await answerTo(request, ports).catch(() => BROKEN)
    const body = Buffer.from(answer.body)
    const waiting = Math.min(body.length, SENDING_BYTES)
    const fits = reservation.reserve(body.length + waiting) || body.length <= SMALL_BYTES
    await (fits ? write(response, answer, body) : write(response, BUSY, Buffer.from(BUSY.body)))
  } finally {
    reservation.close()
  }
}

function write(response: ServerResponse, answer: Answer, body: Buffer): Promise<void> {
  response.writeHead(answer.status, {
    'Content-Type': answer.type,
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(answer.allow !== undefined && { Allow: answer.allow }),
    ...(answer === BUSY && { 'Retry-After': RETRY_SECONDS }),
  })
  return sendBody(response, body)
}

async function answerTo(
  { method, url = '' }: IncomingMessage,
  { metrics, health }: OpsPorts,
): Promise<Answer> {
  const [path = ''] = url.split('?', 1)
  const probe = PROBES.get(path)
  if (!probe && path !== '/metrics') return UNKNOWN
  if (method !== 'GET' && method !== 'HEAD') return NOT_ALLOWED
  if (probe) return answerOf(await health.report(probe))
  return { status: 200, type: metrics.contentType, body: await metrics.render() }
}

const answerOf = (report: Awaited<ReturnType<Health['report']>>): Answer => ({
  status: report.status === 'fail' ? 503 : 200,
  type: 'application/json',
  body: `${JSON.stringify(report)}\n`,
})

const text = (status: number, body: string): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
})

const UNKNOWN = text(404, 'No such page: try /metrics, /livez, /readyz or /startupz')
const NOT_ALLOWED = { ...text(405, 'Only GET and HEAD are answered here'), allow: 'GET, HEAD' }
/** When a client can try again what there is no memory for now. */
const RETRY_SECONDS = '10'

const BUSY = text(503, 'Other requests hold the memory for requests. Try again later')
const BROKEN = text(500, 'The answer could not be made')
