/**
 * Sends records to a syslog receiver over TLS.
 *
 * Syslog has no acknowledgement. So each batch has a connection of its own, and counts as received only when the receiver
 * closes the connection after the gateway has ended it: the receiver sees this end only after it has read everything.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5425
 *
 * @module
 */

import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { UpstreamTls } from '../upstream/authentication.ts'
import { connectOptions } from '../upstream/connect.ts'
import type { Batch, Sender } from './sink.ts'
import { frameOf, type SyslogSource } from './syslog-message.ts'

export type SyslogOptions = SyslogSource &
  Readonly<{
    address: Readonly<{ host: string; port: number }>
    tls: UpstreamTls
  }>

export class SyslogSender implements Sender {
  readonly #options: SyslogOptions
  /** Session of the last connection, which makes the next handshake cheaper. */
  #session: Buffer | undefined

  constructor(options: SyslogOptions) {
    this.#options = options
  }

  async send({ records }: Batch, signal: AbortSignal): Promise<void> {
    const bytes = records.map(record => frameOf(record, this.#options)).join('')
    const socket = this.#connect()
    try {
      await endedBy(socket, bytes, signal)
    } catch (error) {
      this.#session = undefined
      throw error
    } finally {
      socket.destroy()
    }
  }

  async close(): Promise<void> {
    this.#session = undefined
  }

  #connect(): TLSSocket {
    const {
      address: { host, port },
      tls,
    } = this.#options
    const socket = connect({
      ...connectOptions(tls),
      host,
      port,
      // Sends no server name (SNI) for an IP address. The address is still compared with the certificate.
      ...(isIP(host) === 0 && { servername: host }),
      ...(this.#session && { session: this.#session }),
    })
    socket.on('session', session => {
      this.#session = session
    })
    return socket
  }
}

/**
 * Writes all bytes and the end. Resolves when the receiver has ended the connection, too.
 *
 * A receiver that shuts down can end the connection while the bytes are on their way. To notice that, the gateway first
 * waits for as long as opening the connection took, which is more than a round trip, and then sends its own end.
 */
async function endedBy(socket: TLSSocket, bytes: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  const begunAt = performance.now()
  let timer: NodeJS.Timeout | undefined
  let hasEnded = false
  socket.on('error', reject)
  socket.on('end', () => {
    if (hasEnded) resolve()
    else reject(new Error('The receiver ended the connection before it had everything'))
  })
  socket.on('close', () => reject(new Error('The receiver closed the connection')))
  socket.resume()
  const end = () => {
    hasEnded = true
    socket.end()
  }
  socket.once('secureConnect', () => {
    const openedMs = performance.now() - begunAt
    socket.write(bytes, () => {
      timer = setTimeout(end, openedMs)
    })
  })
  try {
    signal.throwIfAborted()
    await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}
