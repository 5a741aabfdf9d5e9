/**
 * The control listener: AWS JSON 1.1 over HTTP or HTTPS.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Secret } from '../model/secret.ts'

/** PEM texts. */
export type ControlTls = Readonly<{ certificate: string; privateKey: Secret }>

export class ControlServer {
  readonly #server: Server | TlsServer

  private constructor(server: Server | TlsServer) {
    this.#server = server
    server.on('request', answer)
  }

  static async start(
    listen: Readonly<{ host: string; port: number }>,
    tls: ControlTls | undefined,
  ): Promise<ControlServer> {
    const server = tls ? createTlsServer(pem(tls)) : createServer()
    const control = new ControlServer(server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(listen.port, listen.host, resolve)
    })
    return control
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Takes another certificate for the connections to come. */
  reloadTls(tls: ControlTls): void {
    if (this.#server instanceof TlsServer) this.#server.setSecureContext(pem(tls))
  }

  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }
}

/** Answers as an AWS service does that does not know the operation. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const target = request.headers['x-amz-target']
  const body = JSON.stringify({
    __type: 'UnknownOperationException',
    Message: target === undefined ? 'X-Amz-Target is missing' : 'This operation is not known',
  })
  response.writeHead(400, {
    'Content-Type': 'application/x-amz-json-1.1',
    'x-amzn-RequestId': randomUUID(),
  })
  response.end(body)
  request.resume()
}

const pem = ({ certificate, privateKey }: ControlTls) => ({
  cert: certificate,
  key: privateKey.reveal(),
})
