/**
 * A port that leads to one server after the other, for clients that know the address of their server from their start.
 *
 * @module
 */

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

export type Relay = Readonly<{
  /** URL of the EWS endpoint. */
  url: string
  /** Leads to the server of a URL from now on. Ends all connections. */
  leadTo: (url: string) => void
}>

/** Starts it; it ends with the test. */
export async function startRelay(t: Test): Promise<Relay> {
  let target = 0
  const sockets = new Set<Socket>()
  const end = () => {
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer(client => {
    const upstream = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy()).on('close', () => to.destroy() && sockets.delete(from))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    end()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/EWS/Exchange.asmx`,
    leadTo: url => {
      end()
      target = Number(new URL(url).port)
    },
  }
}
