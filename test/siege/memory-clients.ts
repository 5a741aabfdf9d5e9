/**
 * Clients that make the gateway hold memory, in a separate process. Each connection sends the bytes of its
 * attack and reads nothing until the attack is over.
 *
 * @module
 */

import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** Bytes that each connection of an attack sends: the head, then the unit until the total is reached. */
export type Flood = Readonly<{
  head: string
  unit?: string
  /** Bytes of all units together. */
  bytes?: number
}>

export type FloodOptions = Flood &
  Readonly<{
    port: number
    tls: boolean
    connections: number
    connectionsPerAddress: number
  }>

/** Counts so far. */
export type Flooded = Readonly<{ connected: number; closed: number; sent: number }>

const WRITE_BYTES = 65_536
/** Faster than that a listening socket has no room for them. */
const ARRIVALS_PER_MS = 2

/** The connections of one attack. */
class Clients {
  readonly #options: FloodOptions
  readonly #slab: Buffer
  readonly #sockets: Socket[] = []
  #connected = 0
  #closed = 0

  constructor(options: FloodOptions) {
    this.#options = options
    const { connections, unit = '' } = options
    const times = Math.ceil(WRITE_BYTES / Math.max(1, unit.length))
    this.#slab = Buffer.from(unit.repeat(times), 'latin1')
    for (let number = 0; number < connections; number++)
      setTimeout(() => this.#open(number), number / ARRIVALS_PER_MS)
  }

  get counts(): Flooded {
    const sent = this.#sockets.reduce((sum, one) => sum + one.bytesWritten - one.writableLength, 0)
    return { connected: this.#connected, closed: this.#closed, sent }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #open(number: number): void {
    const { port, tls, connectionsPerAddress, head, unit = '', bytes = 0 } = this.#options
    const localAddress = `127.0.3.${1 + Math.floor(number / connectionsPerAddress)}`
    const raw = connect({ port, host: '127.0.0.1', localAddress, noDelay: true })
    const socket = tls ? connectTls({ socket: raw, rejectUnauthorized: false }) : raw
    this.#sockets.push(socket)
    raw.on('error', () => undefined)
    socket.pause().on('error', () => undefined)
    raw.on('close', () => {
      this.#closed += 1
    })
    raw.on('connect', () => {
      this.#connected += 1
    })
    socket.write(Buffer.from(head, 'latin1'))
    flood(socket, this.#slab, unit.length * Math.floor(bytes / Math.max(1, unit.length)))
  }
}

/** Sends units as fast as the gateway reads them. */
function flood(socket: Socket, slab: Buffer, bytes: number): void {
  let left = bytes
  const more = () => {
    while (left > 0 && !socket.destroyed) {
      const part = slab.subarray(0, Math.min(left, slab.length))
      left -= part.length
      if (!socket.write(part)) {
        socket.once('drain', more)
        return
      }
    }
  }
  more()
}

if (process.send) {
  let clients: Clients | undefined
  process.on('message', (order: FloodOptions | 'count' | 'enough') => {
    if (typeof order === 'object') clients = new Clients(order)
    else process.send?.(clients?.counts)
    if (order === 'enough') clients?.close()
  })
  process.on('disconnect', () => process.exit())
}
