/**
 * Counts the requests that reach a listener.
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import type { Test } from 'tap'

const CHANNEL = 'http.server.request.start'

/** A request as it arrived. */
export type Arrival = Readonly<{ method: string; path: string; hasCredentials: boolean }>

/** The requests that reach the listener at a port of this process, from now to the test's end. */
export function arrivals(t: Test, port: number): Arrival[] {
  const arrived: Arrival[] = []
  const note = (message: unknown) => {
    const { request } = message as { request: IncomingMessage }
    if (request.socket.localPort !== port) return
    const { method = '', url = '', headers } = request
    arrived.push({ method, path: url, hasCredentials: headers.authorization !== undefined })
  }
  subscribe(CHANNEL, note)
  t.teardown(() => unsubscribe(CHANNEL, note))
  return arrived
}
