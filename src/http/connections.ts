/**
 * Limits the connections of a listener, per source address, and the requests in progress per connection.
 *
 * @module
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { networkOf } from '../model/address.ts'
import type { ClosedKind } from './closed.ts'

/**
 * Maximum number of requests in progress on one connection. A client that sends more has not read the responses to
 * earlier requests.
 */
const MAX_REQUESTS = 8

/** Return value that tells the parser of Node.js that another protocol follows a request. */
const NOT_HTTP = 2

export type ConnectionsOptions = Readonly<{
  /** Maximum number of connections of one source address. All IPv6 addresses of a /64 network count as one. */
  perAddress: number
  /** Whether a peer may connect. */
  mayConnect: (address: string) => boolean
  /** Called when a connection is closed because of a limit. */
  closed: (kind: ClosedKind) => void
}>

export class Connections {
  readonly #options: ConnectionsOptions
  readonly #sockets = new Set<Socket>()
  readonly #perAddress = new Map<string, number>()
  /** Requests in progress, by the socket of the request, which differs from the connection's over TLS. */
  readonly #requests = new WeakMap<Socket, number>()
  #draining = false

  constructor(server: Server, options: ConnectionsOptions) {
    this.#options = options
    server.on('connection', (socket: Socket) => this.#connected(socket))
  }

  /**
   * Counts a request until its response has ended.
   *
   * @returns false if its connection has too many requests; then the connection is closed
   */
  begin({ socket }: IncomingMessage, response: ServerResponse): boolean {
    if (socket.destroyed) return false
    const count = this.#requests.get(socket) ?? 0
    if (count >= MAX_REQUESTS) {
      this.#options.closed('pipelined')
      stopParsing(socket)
      socket.destroy()
      return false
    }
    if (response.socket === null) closeWithConnection(socket, response)
    this.#requests.set(socket, count + 1)
    response.once('close', () => this.#ended(socket))
    return true
  }

  /**
   * Closes each connection when its last request in progress ends. Otherwise, a client that is never idle would
   * keep its connection until the end of the drain.
   */
  drain(): void {
    this.#draining = true
  }

  /** Closes every connection once what was written to it has been sent. */
  destroySoon(): void {
    for (const socket of this.#sockets) socket.destroySoon()
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #ended(socket: Socket): void {
    const left = (this.#requests.get(socket) ?? 1) - 1
    this.#requests.set(socket, left)
    if (this.#draining && left === 0) socket.destroySoon()
  }

  #connected(socket: Socket): void {
    const { perAddress, mayConnect, closed } = this.#options
    const address = socket.remoteAddress ?? ''
    const network = networkOf(address)
    const count = (this.#perAddress.get(network) ?? 0) + 1
    if (count > perAddress || !mayConnect(address)) {
      closed(count > perAddress ? 'too-many-of-address' : 'in-clear')
      socket.destroy()
      return
    }
    this.#perAddress.set(network, count)
    this.#sockets.add(socket)
    socket.once('close', () => this.#left(socket, network))
  }

  #left(socket: Socket, network: string): void {
    this.#sockets.delete(socket)
    const left = (this.#perAddress.get(network) ?? 1) - 1
    if (left === 0) this.#perAddress.delete(network)
    else this.#perAddress.set(network, left)
  }
}

/**
 * Prevents Node.js from parsing the rest of the data that it has read. Up to 64 KiB of pipelined requests would
 * become objects of 200 times that size.
 */
function stopParsing(socket: Socket & { parser?: { onIncoming: () => number } | null }): void {
  if (socket.parser) socket.parser.onIncoming = () => NOT_HTTP
}

/**
 * Ends a pipelined response, which has no socket yet, if its client disconnects. Some releases of Node.js don't do
 * that.
 */
function closeWithConnection(socket: Socket, response: ServerResponse): void {
  const close = () => {
    response.destroy()
    process.nextTick(() => {
      if (!response.closed) response.emit('close')
    })
  }
  socket.setMaxListeners(0).once('close', close)
  response.once('socket', () => socket.off('close', close))
}
