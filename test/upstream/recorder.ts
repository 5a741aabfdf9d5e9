/**
 * A server that keeps every request as the bytes it was, and a sink that keeps an answer.
 *
 * @module
 */

import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Test } from 'tap'
import type { Failure } from '../../src/model/failure.ts'
import { Secret } from '../../src/model/secret.ts'
import { basicAuthentication } from '../../src/upstream/basic.ts'
import { type ExchangeOptions, ExchangeUpstream } from '../../src/upstream/exchange.ts'
import type { AnswerSink, UpstreamHead, UpstreamRequest } from '../../src/upstream/upstream.ts'
import { CHALLENGE_RESPONSE, isProbe } from '../kit/probe.ts'
import { until } from '../kit/until.ts'

export type Recorded = Readonly<{ head: string; body: string }>

/** Answers the request with this number, counted from 0. */
export type Answer = (socket: Socket, number: number) => void

export type Recorder = Readonly<{
  port: number
  url: string
  requests: Recorded[]
  /** Open connections. */
  sockets: Set<Socket>
  /** Bytes received of a request that is not whole. */
  partial: () => number
  /** Resolves when a connection has been opened. */
  connected: () => Promise<unknown>
  /** Resolves when no connection is open. */
  quiet: () => Promise<void>
}>

/** Longer than a test takes. */
const HOUR_MS = 3_600_000

export const XML = '<?xml version="1.0" encoding="utf-8"?><a/>'

/** A whole answer as bytes. */
export const answerOf = (status: string, headers: readonly string[], body = '') =>
  [`HTTP/1.1 ${status}`, ...headers, `Content-Length: ${body.length}`, '', body].join('\r\n')

export const OK = answerOf('200 OK', ['Content-Type: text/xml; charset=utf-8'], XML)

export const CHUNKED_HEAD =
  'HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n'

export const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

/** Listens until the test ends. Answers {@link OK} by default. */
export async function record(
  t: Test,
  answer: Answer = socket => socket.write(OK),
  server: Server = createServer(),
  event = 'connection',
): Promise<Recorder> {
  const requests: Recorded[] = []
  const sockets = new Set<Socket>()
  let partial = 0
  server.on(event, (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
    let head = ''
    let body: string[] = []
    socket.setEncoding('latin1').on('data', (text: string) => {
      if (head.endsWith('\r\n\r\n')) body.push(text)
      else {
        const all = head + text
        const end = all.indexOf('\r\n\r\n') + 4
        head = end < 4 ? all : all.slice(0, end)
        if (end >= 4) body.push(all.slice(end))
      }
      if (isProbe(head)) {
        head = ''
        body = []
        socket.write(CHALLENGE_RESPONSE)
        return
      }
      partial = body.reduce((length, chunk) => length + chunk.length, 0)
      if (!head.endsWith('\r\n\r\n') || partial < lengthOf(head)) return
      requests.push({ head, body: body.join('') })
      head = ''
      body = []
      partial = 0
      answer(socket, requests.length - 1)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}/EWS/Exchange.asmx`,
    requests,
    sockets,
    partial: () => partial,
    connected: () => once(server, event),
    quiet: () => until('no connection is open', () => sockets.size === 0),
  }
}

const lengthOf = (head: string) => Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)

/** An upstream that is closed with the test. */
export function upstreamOf(
  t: Test,
  url: string,
  options: Partial<ExchangeOptions> = {},
): ExchangeUpstream {
  const upstream = new ExchangeUpstream({
    url,
    server: 'exchange',
    authentication: basicAuthentication('svc', new Secret('pä:ss')),
    connections: 4,
    queueDeadlineMs: HOUR_MS,
    now: () => 0,
    userAgent: 'ews-gateway/0',
    ...options,
  })
  t.teardown(() => {
    upstream.close().catch(() => undefined)
  })
  return upstream
}

export const requestOf = (request: Partial<UpstreamRequest> = {}): UpstreamRequest => ({
  body: Buffer.from('<a/>'),
  contentLength: 4,
  anchorMailbox: 'alice@example.com',
  preferServerAffinity: false,
  cookies: new Map(),
  compress: false,
  replayable: false,
  headersTimeoutMs: HOUR_MS,
  bodyTimeoutMs: HOUR_MS,
  ...request,
})

export type Collected = {
  sink: AnswerSink
  /** Calls to the sink, in order. */
  calls: string[]
  head: UpstreamHead | undefined
  chunks: string[]
  failure: Failure | undefined
  /** Resolves at `end` and at `fail`. */
  over: Promise<void>
}

/** @param more - called for each chunk. Its result is the sink's answer */
export function collect(more: (text: string) => boolean = () => true): Collected {
  const { promise, resolve } = Promise.withResolvers<void>()
  const collected: Collected = {
    calls: [],
    head: undefined,
    chunks: [],
    failure: undefined,
    over: promise,
    sink: {
      head(head) {
        collected.calls.push('head')
        collected.head = head
      },
      chunk(bytes) {
        const text = Buffer.from(bytes).toString('latin1')
        collected.calls.push('piece')
        collected.chunks.push(text)
        return more(text)
      },
      end() {
        collected.calls.push('end')
        resolve()
      },
      fail(failure) {
        collected.calls.push('fail')
        collected.failure = failure
        resolve()
      },
    },
  }
  return collected
}

/** Sends and waits for the end. */
export async function ask(upstream: ExchangeUpstream, request: Partial<UpstreamRequest> = {}) {
  const collected = collect()
  upstream.send(requestOf(request), collected.sink)
  await collected.over
  return collected
}
