/**
 * Listeners for the suite: one that answers nothing but the suite's requests, and those of a gateway.
 *
 * @module
 */

import { connect } from 'node:net'
import type { Test } from 'tap'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import { Listener, type ListenerOptions } from '../../src/http/listener.ts'
import { Health } from '../../src/telemetry/health.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { opsListener } from '../../src/telemetry/ops.ts'
import { headOf, metricOf } from '../gateway/traces.ts'
import { ANYTHING } from '../kit/control-test-server.ts'
import { envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  basic,
  type GatewayTestServer,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { until, Wire } from '../kit/wire.ts'
import type { StartSubject, Subject } from './listener-suite.ts'

const HOST = '127.0.0.1'
const PER_ADDRESS = 8
const HEADER_BYTES = 16_384
const TIMEOUTS = { headersMs: 60_000, requestMs: 60_000, keepAliveMs: 60_000 }

/** A request that {@link Bare} answers when it is released. */
export const HELD = 'GET /held HTTP/1.1\r\nHost: gateway\r\n\r\n'

/** A listener that answers 404. */
export class Bare {
  readonly closed: string[] = []
  readonly listener: Listener
  readonly #held: (() => void)[] = []

  constructor(options: Partial<ListenerOptions> = {}) {
    this.listener = new Listener({
      name: 'data',
      tls: undefined,
      tlsTerminatedBy: [],
      limits: { headerBytes: HEADER_BYTES, connections: 100, connectionsPerAddress: PER_ADDRESS },
      timeouts: TIMEOUTS,
      handle: async ({ url }, response) => {
        if (url === '/held') await new Promise<void>(resolve => this.#held.push(resolve))
        response.writeHead(404, { 'Content-Length': 0 }).end()
      },
      closed: kind => this.closed.push(kind),
      ...options,
    })
  }

  dial(): Wire {
    return new Wire(connect(this.listener.port, HOST))
  }

  async holds(count: number): Promise<void> {
    await until(`${count} requests are held`, () => this.#held.length === count)
  }

  /** Answers the oldest requests that are held. */
  release(count = this.#held.length): void {
    for (const answer of this.#held.splice(0, count)) answer()
  }
}

export async function startBare(
  t: Test,
  options: Partial<ListenerOptions> = {},
  port = 0,
): Promise<Bare> {
  const bare = new Bare(options)
  await bare.listener.listen({ host: HOST, port })
  t.teardown(() => bare.listener.close(0))
  return bare
}

const countOf = (kinds: readonly string[], kind: string) =>
  kinds.filter(closed => closed === kind).length

export const startListener: StartSubject = async (t, options = {}) => {
  const { port, drainSeconds = 1, headersSeconds = 60 } = options
  const timeouts = { ...TIMEOUTS, headersMs: headersSeconds * 1_000 }
  const bare = await startBare(t, { timeouts }, port)
  return {
    port: bare.listener.port,
    headerBytes: HEADER_BYTES,
    perAddress: PER_ADDRESS,
    begin: async wire => {
      await wire.send(HELD)
      await bare.holds(1)
      return { finish: () => bare.release() }
    },
    closed: kind => countOf(bare.closed, kind),
    close: () => bare.listener.close(drainSeconds * 1_000),
  }
}

/** A listener of a gateway, with what begins a request there. */
const startNamed =
  (
    name: 'data' | 'control',
    begin: (server: GatewayTestServer, wire: Wire) => ReturnType<Subject['begin']>,
  ): StartSubject =>
  async (t, { port = 0, drainSeconds = 1, headersSeconds = 60 } = {}) => {
    const anyPort = `${HOST}:0`
    const server = await startGatewayTestServer(t, {
      config: {
        listen: { data: anyPort, control: anyPort, ops: anyPort, [name]: `${HOST}:${port}` },
        timeouts: { headersSeconds, drainSeconds },
        limits: { headerBytes: HEADER_BYTES, connectionsPerAddress: PER_ADDRESS },
      },
    })
    return {
      port: server.gateway[`${name}Port`],
      headerBytes: HEADER_BYTES,
      perAddress: PER_ADDRESS,
      begin: wire => begin(server, wire),
      closed: kind => metricOf(server, `ews_gateway_connections_closed_total{kind="${kind}"}`),
      close: () => server.gateway.close(),
    }
  }

/** Sends a request but for its body, which the listener asks for. */
async function beginWithBody(wire: Wire, head: (headers: string[]) => string, body: string) {
  await wire.send(head([`Content-Length: ${body.length}`, 'Expect: 100-continue']))
  await until('100', () => wire.text.includes('100 Continue'))
  return { finish: () => void wire.socket.write(body) }
}

export const startData = startNamed('data', (server, wire) =>
  beginWithBody(
    wire,
    headers => headOf(server, headers),
    envelope('alice@example.com', GET_FOLDER),
  ),
)

export const startControl = startNamed('control', async (server, wire) => {
  const policy = { Version: '2012-10-17', Statement: [ANYTHING] } as const
  const { key } = await server.addPrincipal('admin', policy)
  const head = (headers: string[]) =>
    [
      'POST / HTTP/1.1',
      'Host: 127.0.0.1',
      'X-Amz-Target: WorkMailService.ListOrganizations',
      'Content-Type: application/x-amz-json-1.1',
      `Authorization: ${basic(key)}`,
      ...headers,
      '\r\n',
    ].join('\r\n')
  return beginWithBody(wire, head, '{}')
})

/** Metrics that can be held back. */
class HeldMetrics extends Metrics {
  readonly asked = Promise.withResolvers<void>()
  readonly released = Promise.withResolvers<void>()

  override async render(): Promise<string> {
    this.asked.resolve()
    await this.released.promise
    return super.render()
  }
}

export const startOps: StartSubject = async (t, { port = 0, drainSeconds = 1 } = {}) => {
  const metrics = new HeldMetrics({ version: '1', organizations: [] })
  const closed: string[] = []
  metrics.connectionClosed = kind => void closed.push(kind)
  const budget = new ByteBudget(8 * 1_024 * 1_024)
  const ops = await opsListener({ metrics, health: new Health(), budget }).listen({
    host: HOST,
    port,
  })
  const close = () => ops.close(drainSeconds * 1_000)
  t.teardown(close)
  return {
    port: ops.port,
    headerBytes: 8_192,
    perAddress: 32,
    begin: async wire => {
      await wire.send('GET /metrics HTTP/1.1\r\nHost: gateway\r\n\r\n')
      await metrics.asked.promise
      return { finish: metrics.released.resolve }
    },
    closed: kind => countOf(closed, kind),
    close,
  }
}
