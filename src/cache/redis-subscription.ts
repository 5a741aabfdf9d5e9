/**
 * The subscription to the messages between gateways, on a connection of its own.
 *
 * @module
 */

import type { CacheListener } from './cache.ts'
import type { Connection } from './redis-connection.ts'

const BEAT_MS = 1_000

export class Subscription {
  readonly #connection: Connection
  readonly #channel: string
  readonly #listener: CacheListener
  readonly #beating: NodeJS.Timeout
  #isUp = false

  constructor(connection: Connection, channel: string, listener: CacheListener) {
    this.#connection = connection
    this.#channel = channel
    this.#listener = listener
    connection.redis
      .on('ready', () => this.#beat())
      .on('close', () => this.#turn(false))
      .on('messageBuffer', (_channel: Buffer, message: Buffer) => listener.message(message))
    this.#beating = setInterval(() => this.#beat(), BEAT_MS)
  }

  async close(): Promise<void> {
    clearInterval(this.#beating)
    await this.#connection.close()
  }

  /**
   * Subscribes, again and again: to do so twice changes nothing, but it must be answered, which
   * shows that the connection lives; the connection itself ends where no answer comes.
   */
  #beat(): void {
    if (!this.#connection.isReady) return
    this.#connection.redis.subscribe(this.#channel).then(
      () => {
        this.#connection.works()
        this.#turn(true)
      },
      (error: unknown) => {
        this.#connection.failed(error)
        this.#turn(false)
      },
    )
  }

  #turn(up: boolean): void {
    if (up === this.#isUp) return
    this.#isUp = up
    this.#listener.state(up)
  }
}
