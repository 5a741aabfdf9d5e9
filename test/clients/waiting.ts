/**
 * Counts the requests that reach a listener.
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Test } from 'tap'

const CHANNEL = 'http.server.request.start'

/** A request as it arrived. */
export type Arrival = Readonly<{
  method: string
  path: string
  hasCredentials: boolean
  /** Scheme of the Authorization header; undefined if there is none. */
  scheme: string | undefined
  /** Index of the connection, in the order of first requests. */
  connection: number
}>

/** The requests that reach the listener at a port of this process, from now to the test's end. */
export function arrivals(t: Test, port: number): Arrival[] {
  const arrived: Arrival[] = []
  const sockets: Socket[] = []
  const note = (message: unknown) => {
    const { request } = message as { request: IncomingMessage }
    if (request.socket.localPort !== port) return
    const { method = '', url = '', headers } = request
    if (!sockets.includes(request.socket)) sockets.push(request.socket)
    arrived.push({
      method,
      path: url,
      hasCredentials: headers.authorization !== undefined,
      scheme: headers.authorization?.split(' ')[0],
      connection: sockets.indexOf(request.socket),
    })
  }
  subscribe(CHANNEL, note)
  t.teardown(() => unsubscribe(CHANNEL, note))
  return arrived
}
