/**
 * Sends an upload chunk by chunk, under the control of a test.
 *
 * @module
 */

import { type GatewayTestServer, XML } from './gateway-test-server.ts'
import { Wire } from './wire.ts'

/** An upload that is sent as slowly as the test likes. */
export class Upload {
  readonly wire: Wire
  readonly body: Buffer
  #sent = 0

  constructor(server: GatewayTestServer, body: Buffer, auth = server.authorization('full')) {
    this.wire = new Wire(server.socket())
    this.body = body
    this.wire.socket.write(
      `POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: gateway\r\nContent-Type: ${XML}\r\n` +
        `Authorization: ${auth}\r\nContent-Length: ${body.length}\r\n\r\n`,
    )
  }

  /** All before an offset; a negative one counts from the end. */
  async sendTo(offset: number): Promise<void> {
    const end = offset <= 0 ? this.body.length + offset : offset
    await this.wire.send(this.body.subarray(this.#sent, end))
    this.#sent = end
  }
}
