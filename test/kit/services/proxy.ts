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

type Fault = Readonly<{
  delayMs: number
  silent: readonly Direction[]
  /** The proxy drops chunks to a client that contain this text. */
  loses?: string
  /** If a client sends this text, the proxy holds the answers on its connection. */
  holds?: string
}>

/** Two sockets that belong together. */
type Joint = { isHeld: boolean }

const NONE: Fault = { delayMs: 0, silent: [] }
const BOTH: readonly Direction[] = ['to-server', 'to-client']

export class FaultProxy {
  readonly port: number
  readonly #target: number
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #fault: Fault = NONE
  #held = Promise.withResolvers<void>()
  #released = Promise.withResolvers<void>()

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

  /** Ends the fault for new connections. A connection that has swallowed bytes continues to do so. */
  pass(): Promise<void> {
    return this.#serve(NONE)
  }

  /** Delays every chunk, in both directions. */
  delay(delayMs: number): Promise<void> {
    return this.#serve({ ...NONE, delayMs })
  }

  /** Accepts and keeps connections, but swallows everything that is sent on them, including their end. */
  halfOpen(): Promise<void> {
    return this.silence(...BOTH)
  }

  /** As {@link halfOpen}, in one direction. */
  silence(...silent: Direction[]): Promise<void> {
    return this.#serve({ ...NONE, silent })
  }

  /** Drops only data to clients that contains a text. */
  lose(text: string): Promise<void> {
    return this.#serve({ ...NONE, loses: text })
  }

  /** Holds the answers on connections on which a client sends a text, until another fault or none is set. */
  async hold(text: string): Promise<void> {
    await this.#serve({ ...NONE, holds: text })
    this.#held = Promise.withResolvers()
  }

  /** Resolves once an answer is kept back. */
  holding(): Promise<void> {
    return this.#held.promise
  }

  /** Cuts all connections, and accepts none. */
  async drop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    const closed = server && once(server.close(), 'close')
    for (const socket of this.#sockets) reset(socket)
    await closed
  }

  stop(): Promise<void> {
    return this.drop()
  }

  async #serve(fault: Fault): Promise<void> {
    this.#fault = fault
    this.#released.resolve()
    this.#released = Promise.withResolvers()
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
    const joint = { isHeld: false }
    void this.#carry(client, server, 'to-server', joint)
    void this.#carry(server, client, 'to-client', joint)
  }

  async #carry(from: Socket, to: Socket, direction: Direction, joint: Joint): Promise<void> {
    let isSilent = false
    const swallows = () => {
      isSilent ||= this.#fault.silent.includes(direction)
      return isSilent
    }
    try {
      for await (const data of from) {
        if (this.#fault.delayMs > 0) await setTimeout(this.#fault.delayMs)
        if (direction === 'to-client') await this.#keepBack(joint)
        else if (contains(data, this.#fault.holds)) joint.isHeld = true
        const isLost = direction === 'to-client' && contains(data, this.#fault.loses)
        if (!swallows() && !isLost) to.write(data)
      }
      if (!swallows()) to.end()
    } catch {
      if (!swallows()) to.destroy()
    }
  }

  async #keepBack(joint: Joint): Promise<void> {
    if (!joint.isHeld) return
    joint.isHeld = false
    this.#held.resolve()
    await this.#released.promise
  }
}

/** During a shutdown, a reset would leave the socket's handle open permanently. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

const contains = (data: Buffer, text: string | undefined) =>
  text !== undefined && data.includes(text)
