/**
 * Discards a body that is still arriving after its request has been answered. If the gateway closed the socket
 * instead, the client could lose the response. The number of bytes, the time, and the number of sockets are
 * limited.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { networkOf } from '../model/address.ts'

const DRAIN_MS = 60_000
const MAX_SOCKETS = 256
/** Maximum number of sockets of one source address. All IPv6 addresses of a /64 network count as one. */
const MAX_SOCKETS_PER_ADDRESS = 16
/** Minimum number of bytes that count for a chunk, because each chunk takes 4 µs of CPU time. */
const LEAST_CHUNK_BYTES = 1_024

export class Drain {
  readonly #bodyBytes: number
  readonly #onRefused: () => void
  /** Number of sockets by network. */
  readonly #draining = new Map<string, number>()
  #sockets = 0

  /**
   * @param bodyBytes - maximum size of a body that is discarded
   * @param onRefused - called when a connection is closed instead, because of a limit
   */
  constructor(bodyBytes: number, onRefused: () => void) {
    this.#bodyBytes = bodyBytes
    this.#onRefused = onRefused
  }

  /**
   * Discards the rest of a request's body. Call it after the response has been written.
   *
   * @param received - bytes of the body that have arrived
   * @param address - source address whose sockets are counted; undefined if the caller is authenticated
   */
  drain(
    request: IncomingMessage,
    response: ServerResponse,
    received: number,
    address: string | undefined,
  ): void {
    if (request.complete) {
      letClose(request)
      return
    }
    // A client that has left sends nothing more, and no event would end the count of its address.
    if (request.socket.destroyed) return
    const announced = Number(request.headers['content-length'] ?? 0)
    const network = address === undefined ? undefined : networkOf(address)
    if (announced > this.#bodyBytes || (network !== undefined && !this.#enter(network))) {
      this.refuse(request, response)
      return
    }

    let bytes = received
    const { socket } = request
    const stop = () => {
      this.#onRefused()
      socket.destroy()
    }
    const timer = setTimeout(stop, DRAIN_MS)
    const chunked = request.headers['transfer-encoding'] !== undefined
    request.on('data', (chunk: Buffer) => {
      bytes += chunked ? Math.max(chunk.length, LEAST_CHUNK_BYTES) : chunk.length
      if (socket.destroyed) return
      if (bytes > this.#bodyBytes) stop()
      else readOnNextTurn(request)
    })
    const done = () => {
      clearTimeout(timer)
      socket.off('close', done)
      request.off('close', done)
      if (network !== undefined) this.#leave(network)
      letClose(request)
      if (isLast(request)) socket.destroySoon()
    }
    request.on('close', done)
    // Listens on the socket, because Node.js doesn't report a broken connection on a request that has been
    // answered.
    socket.on('close', done)
    request.resume()
    socket.resume()
  }

  /** Closes the connection once the response has been sent. */
  refuse(request: IncomingMessage, response: ServerResponse): void {
    if (request.complete) return
    this.#onRefused()
    destroyWhenAnswered(request, response)
  }

  #enter(network: string): boolean {
    const ofNetwork = this.#draining.get(network) ?? 0
    if (this.#sockets >= MAX_SOCKETS || ofNetwork >= MAX_SOCKETS_PER_ADDRESS) return false
    this.#sockets += 1
    this.#draining.set(network, ofNetwork + 1)
    return true
  }

  #leave(network: string): void {
    const left = (this.#draining.get(network) ?? 1) - 1
    this.#sockets -= 1
    if (left === 0) this.#draining.delete(network)
    else this.#draining.set(network, left)
  }
}

/**
 * Pauses a socket until the next turn of the event loop. Otherwise, Node.js would read up to 2 MB from each socket
 * in this turn.
 */
function readOnNextTurn(request: IncomingMessage): void {
  const { socket } = request
  if (socket.isPaused()) return
  socket.pause()
  setImmediate(() => {
    if (!request.complete) socket.resume()
  })
}

/**
 * Prevents Node.js from closing a connection with `Connection: close` while the body still arrives, because the
 * client could lose its response. {@link Drain} closes it once the body has arrived. The response says `Connection:
 * close`, so that no client sends another request.
 */
export function holdOpen(request: IncomingMessage): void {
  if (isLast(request)) request.socket.destroySoon = () => undefined
}

function letClose({ socket }: IncomingMessage): void {
  Reflect.deleteProperty(socket, 'destroySoon')
}

/** Whether the client wants the connection closed after this request. */
function isLast({ httpVersionMinor, headers: { connection = '' } }: IncomingMessage): boolean {
  return (
    /\bclose\b/i.test(connection) || (httpVersionMinor === 0 && !/\bkeep-alive\b/i.test(connection))
  )
}

function destroyWhenAnswered(request: IncomingMessage, response: ServerResponse): void {
  if (response.writableFinished) request.socket.destroy()
  else response.once('finish', () => request.socket.destroy())
}
