/**
 * Sends a response body no faster than its client reads it.
 *
 * Bytes that are written to a socket stay in memory until the client has read them, over TLS even twice. So a large
 * body is written in slices, each after the previous one was sent.
 *
 * @module
 */

import type { ServerResponse } from 'node:http'

const SLICE_BYTES = 65_536
/** Maximum time without progress of the client, in milliseconds. */
const STALLED_MS = 60_000

/** Maximum number of unsent bytes of a body: a slice, and the buffer of the socket. */
export const SENDING_BYTES = 2 * SLICE_BYTES

/** Sends a body after the head has been written. Resolves when the response has ended or was aborted. */
export function sendBody(response: ServerResponse, body: Uint8Array): Promise<void> {
  // Returns at once if the client has disconnected, because `close` is not emitted again.
  if (response.destroyed) return Promise.resolve()
  let from = 0
  const write = () => {
    while (from + SLICE_BYTES < body.length) {
      const more = response.write(body.subarray(from, from + SLICE_BYTES))
      from += SLICE_BYTES
      if (!more) return
    }
    response.off('drain', write)
    response.end(body.subarray(from))
  }
  return new Promise(resolve => {
    response.once('close', resolve).on('drain', write).setTimeout(STALLED_MS)
    write()
  })
}
