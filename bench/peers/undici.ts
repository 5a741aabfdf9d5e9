/**
 * The best that node:http and undici do where nothing is checked: what the gateway's own work is
 * measured against.
 *
 *     node bench/peers/undici.ts PORT UPSTREAM_PORT [CA CERTIFICATE PRIVATE_KEY]
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type Dispatcher, Pool } from 'undici'

const [port, upstreamPort, ...files] = process.argv.slice(2)
const [ca, cert, key] = files.map(file => readFileSync(file))
const pool = new Pool(`http${ca === undefined ? '' : 's'}://127.0.0.1:${upstreamPort}`, {
  connections: 64,
  pipelining: 1,
  ...(ca !== undefined && { connect: { ca } }),
})
const AUTHORIZATION = 'Basic YmVuY2g6YmVuY2g='

class Handler implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#response.on('drain', () => controller.resume())
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    const { 'content-type': type, 'content-length': length } = headers
    const head = ['Content-Type', String(type)]
    if (length !== undefined) head.push('Content-Length', String(length))
    this.#response.writeHead(status, head)
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Uint8Array): void {
    // A client that is gone takes no more ever, and its connection here would be lost.
    if (!this.#response.write(piece) && !this.#response.destroyed) controller.pause()
  }

  onResponseEnd(): void {
    this.#response.end()
  }

  onResponseError(): void {
    this.#response.destroy()
  }
}

const LARGE = 262_144

function handle(request: IncomingMessage, response: ServerResponse): void {
  const length = request.headers['content-length'] ?? '0'
  const forward = (body: Buffer | typeof request) =>
    pool.dispatch(
      {
        path: request.url ?? '/',
        method: 'POST',
        headers: [
          ...['Content-Type', 'text/xml; charset=utf-8', 'Authorization', AUTHORIZATION],
          ...['Content-Length', length],
        ],
        body,
      },
      new Handler(response),
    )
  if (Number(length) > LARGE) {
    forward(request)
    return
  }
  const pieces: Buffer[] = []
  request.on('data', piece => pieces.push(piece))
  request.on('end', () => {
    const [first] = pieces
    forward(pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces))
  })
}

const server =
  cert === undefined || key === undefined
    ? createServer(handle)
    : createTlsServer({ cert, key }, handle)
server.listen(Number(port), '127.0.0.1')
