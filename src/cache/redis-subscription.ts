/**
 * The subscription to messages between gateways, on its own connection.
 *
 * @module
 */

import type { CacheListener } from './cache.ts'
import type { Connection } from './redis-connection.ts'

const HEARTBEAT_MS = 1_000

export class Subscription {
  readonly #connection: Connection
  readonly #channel: string
  readonly #listener: CacheListener
  readonly #heartbeats: NodeJS.Timeout
  #isUp = false

  constructor(connection: Connection, channel: string, listener: CacheListener) {
    this.#connection = connection
    this.#channel = channel
    this.#listener = listener
    connection.redis
      .on('ready', () => this.#heartbeat())
      .on('close', () => this.#setState(false))
      .on('messageBuffer', (_channel: Buffer, message: Buffer) => listener.message(message))
    this.#heartbeats = setInterval(() => this.#heartbeat(), HEARTBEAT_MS)
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeats)
    await this.#connection.close()
  }

  /**
   * Subscribes repeatedly. A repeated subscription changes nothing, but its response shows that the connection
   * works. Without a response, the connection is closed.
   */
  #heartbeat(): void {
    if (!this.#connection.isReady) return
    this.#connection.redis.subscribe(this.#channel).then(
      () => {
        this.#connection.works()
        this.#setState(true)
      },
      (error: unknown) => {
        this.#connection.failed(error)
        this.#setState(false)
      },
    )
  }

  #setState(up: boolean): void {
    if (up === this.#isUp) return
    this.#isUp = up
    this.#listener.state(up)
  }
}
