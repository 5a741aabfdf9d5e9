/**
 * A TCP proxy that has faults when told to.
 *
 * @module
 */

import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { freePort } from './process.ts'

export type Direction = 'to-server' | 'to-client'

type Fault = Readonly<{ delayMs: number; silent: readonly Direction[] }>

const NONE: Fault = { delayMs: 0, silent: [] }
const BOTH: readonly Direction[] = ['to-server', 'to-client']

export class FaultProxy {
  readonly port: number
  readonly #target: number
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #fault = NONE

  private constructor(port: number, target: number) {
    this.port = port
    this.#target = target
  }

  /** Listens on a free port of 127.0.0.1, and passes all on. */
  static async start(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(await freePort(), target)
    await proxy.pass()
    return proxy
  }

  /** No fault, for new connections; what has swallowed bytes goes on to do so. */
  pass(): Promise<void> {
    return this.#serve(NONE)
  }

  /** Every piece of data, in either direction, arrives so much later. */
  delay(delayMs: number): Promise<void> {
    return this.#serve({ ...NONE, delayMs })
  }

  /** Connections are accepted and kept, and whatever is said on them is swallowed, ends too. */
  halfOpen(): Promise<void> {
    return this.silence(...BOTH)
  }

  /** As {@link halfOpen}, in one direction. */
  silence(...silent: Direction[]): Promise<void> {
    return this.#serve({ ...NONE, silent })
  }

  /** Cuts all connections, and accepts none. */
  async drop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    const closed = server && once(server.close(), 'close')
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await closed
  }

  stop(): Promise<void> {
    return this.drop()
  }

  async #serve(fault: Fault): Promise<void> {
    this.#fault = fault
    if (this.#server !== undefined) return
    const server = createServer({ allowHalfOpen: true, noDelay: true }, client =>
      this.#join(client),
    )
    this.#server = server
    await once(server.listen(this.port, '127.0.0.1'), 'listening')
  }

  #join(client: Socket): void {
    const server = connect({
      port: this.#target,
      host: '127.0.0.1',
      allowHalfOpen: true,
      noDelay: true,
    })
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket))
    }
    void this.#carry(client, server, 'to-server')
    void this.#carry(server, client, 'to-client')
  }

  async #carry(from: Socket, to: Socket, direction: Direction): Promise<void> {
    let isSilent = false
    const swallows = () => {
      isSilent ||= this.#fault.silent.includes(direction)
      return isSilent
    }
    try {
      for await (const data of from) {
        if (this.#fault.delayMs > 0) await setTimeout(this.#fault.delayMs)
        if (!swallows()) to.write(data)
      }
      if (!swallows()) to.end()
    } catch {
      if (!swallows()) to.destroy()
    }
  }
}
