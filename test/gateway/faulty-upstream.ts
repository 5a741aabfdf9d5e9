/**
 * An upstream before the sandbox that lets it run operations, and then breaks.
 *
 * @module
 */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Test } from 'tap'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { ERRORS_NS, SOAP_NS } from '../../src/model/envelope.ts'
import { freePort } from '../kit/services/process.ts'

/** One request at the upstream. */
type Arrived = Readonly<{
  response: ServerResponse
  /** Lets the sandbox run the operation. @returns its response */
  run: () => Promise<Buffer>
}>

/** Code of its SOAP fault. */
export const FAULT_CODE = 'ErrorCorruptData'

const XML = 'text/xml; charset=utf-8'

const answer = (response: ServerResponse, status: number, type: string, body: string) =>
  response.writeHead(status, { 'Content-Type': type }).end(body)

const FAULT =
  `<s:Envelope xmlns:s="${SOAP_NS}"><s:Body><s:Fault><faultcode>s:Client</faultcode><detail>` +
  `<ResponseCode xmlns="${ERRORS_NS}">${FAULT_CODE}</ResponseCode></detail></s:Fault></s:Body></s:Envelope>`

const HTML = '<html><body>Error</body></html>'

const FAULTS = {
  // It does not listen: see `begin`.
  'accepts no connection': async () => undefined,
  answers: async ({ response, run }) => answer(response, 200, XML, String(await run())),
  // It does not wait for the request: see `#serve`.
  'closes while the request arrives': async () => undefined,
  'closes before it runs the operation': async ({ response }) => response.destroy(),
  'closes after it ran the operation': async ({ response, run }) => {
    await run()
    response.destroy()
  },
  'closes in the head of its response': async ({ response, run }) => {
    await run()
    response.socket?.end('HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nX-')
  },
  'closes in the body of its response': async ({ response, run }) => {
    const whole = await run()
    response.writeHead(200, { 'Content-Type': XML, 'Content-Length': whole.length })
    response.write(whole.subarray(0, 50), () => response.destroy())
  },
  'stops in the body of its response': async ({ response, run }) => {
    const whole = await run()
    response.writeHead(200, { 'Content-Type': XML, 'Content-Length': whole.length })
    response.write(whole.subarray(0, 50))
  },
  'does not answer after it ran the operation': async ({ run }) => run(),
  'is left by the client': async ({ run }) => run(),
  'answers 500 in text after it ran the operation': async ({ response, run }) => {
    await run()
    answer(response, 500, 'text/plain', 'Internal error')
  },
  'answers 200 in HTML after it ran the operation': async ({ response, run }) => {
    await run()
    answer(response, 200, 'text/html', HTML)
  },
  redirects: async ({ response }) => response.writeHead(302, { Location: 'https://x/' }).end(),
  'speaks no HTTP': async ({ response }) => response.socket?.end('SSH-2.0-x\r\n\r\n'),
  'answers a SOAP fault': async ({ response }) => answer(response, 200, XML, FAULT),
  'answers 401': async ({ response }) =>
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end(),
  'answers 413': async ({ response }) => answer(response, 413, 'text/html', HTML),
  'answers 429': async ({ response }) => answer(response, 429, 'text/html', HTML),
  'answers 503': async ({ response }) => answer(response, 503, 'text/html', HTML),
} as const satisfies Record<string, (arrived: Arrived) => Promise<unknown>>

export type Fault = keyof typeof FAULTS

export class FaultyUpstream {
  /** Fault of the next requests. */
  fault: Fault = 'answers'
  /** Number of requests that break; all later ones are answered. */
  times = Number.POSITIVE_INFINITY
  /** Sandbox that runs the operations. */
  sandbox: Sandbox | undefined
  readonly port: number
  readonly #server: Server

  private constructor(server: Server, port: number) {
    this.#server = server
    this.port = port
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch(error => response.destroy(error))
    })
  }

  static async start(t: Test): Promise<FaultyUpstream> {
    const upstream = new FaultyUpstream(createServer(), await freePort())
    await upstream.#listen()
    t.teardown(() => upstream.#close())
    return upstream
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/EWS/Exchange.asmx`
  }

  /** Has this fault from now on. */
  async begin(fault: Fault): Promise<void> {
    const [before, after] = [this.fault, fault].map(it => it !== 'accepts no connection')
    this.fault = fault
    if (before && !after) this.#close()
    if (after && !before) await this.#listen()
  }

  async #listen(): Promise<void> {
    await once(this.#server.listen(this.port, '127.0.0.1'), 'listening')
  }

  #close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.authorization === undefined) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end()
      return
    }
    const fault = this.times > 0 ? this.fault : 'answers'
    this.times -= 1
    if (fault === 'closes while the request arrives') {
      request.once('data', () => request.destroy())
      return
    }
    const body = Buffer.concat(await request.toArray())
    const run = async () => {
      if (this.sandbox === undefined) throw new TypeError('The upstream has no sandbox')
      const { authorization = '' } = request.headers
      const answered = await fetch(this.sandbox.url, {
        method: 'POST',
        headers: { 'Content-Type': XML, Authorization: authorization },
        body,
      })
      return Buffer.from(await answered.arrayBuffer())
    }
    response.on('error', () => undefined)
    await FAULTS[fault]({ response, run })
  }
}
