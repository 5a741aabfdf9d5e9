/**
 * Writes the chunks of a response without joining them.
 *
 * @module
 */

import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Writes bytes as a chunk of its own. The chunks of a turn of the event loop go to the kernel together.
 *
 * Node.js 26.10 joins the chunks of a turn into one, unless the socket is already corked. Node.js 24 and 26.1 cork the
 * socket themselves, in the same way.
 *
 * @returns whether the socket accepts more bytes before it emits `drain`
 */
export function writeChunk(response: ServerResponse, bytes: Uint8Array): boolean {
  const { socket } = response
  if (socket?.writableCorked === 0) {
    socket.cork()
    process.nextTick(uncork, socket)
  }
  return response.write(bytes)
}

const uncork = (socket: Socket) => socket.uncork()
