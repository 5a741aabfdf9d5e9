/**
 * Sends a response body no faster than its client reads it.
 *
 * Bytes that are written to a socket stay in memory until the client has read them, and over TLS in an
 * encrypted copy. So a large body is written in slices, each when the one before has gone.
 *
 * @module
 */

import type { ServerResponse } from 'node:http'

const SLICE_BYTES = 65_536
/** Maximum time in which a client reads nothing, in milliseconds. */
const STALLED_MS = 60_000

/** Maximum number of bytes of a body that wait in its socket: a slice, and the socket's own buffer. */
export const SENDING_BYTES = 2 * SLICE_BYTES

/** Sends a body behind a head that has been written. Resolves when the response has ended or was aborted. */
export function sendBody(response: ServerResponse, body: Uint8Array): Promise<void> {
  // The client has disconnected, and `close` is not emitted again.
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
