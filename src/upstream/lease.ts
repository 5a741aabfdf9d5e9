/**
 * Consecutive requests on one connection of the queue.
 *
 * The lease has one entry in the queue for all of its requests, so only the first one waits. To a request, the lease is
 * the queue.
 *
 * @module
 */

import type { ConnectionQueue, QueueEntry } from './connection-queue.ts'
import type { TransferQueue } from './transfer.ts'

export class ConnectionLease implements QueueEntry, TransferQueue {
  hasConnection = false
  readonly owner: string
  readonly #queue: ConnectionQueue
  /** The request that waits for the connection or uses it. */
  #transfer: QueueEntry | undefined
  #isOver = false

  constructor(queue: ConnectionQueue, owner: string) {
    this.#queue = queue
    this.owner = owner
  }

  acquire(transfer: QueueEntry): void {
    this.#transfer = transfer
    if (this.hasConnection) transfer.granted()
    else this.#queue.acquire(this)
  }

  /** Keeps the connection for the next request, unless the lease is over. */
  release(transfer: QueueEntry): void {
    if (transfer !== this.#transfer) return
    this.#transfer = undefined
    if (this.#isOver || !this.hasConnection) this.#queue.release(this)
  }

  /** Frees the connection, after the request in flight. */
  end(): void {
    this.#isOver = true
    if (this.#transfer === undefined) this.#queue.release(this)
  }

  granted(): void {
    this.#transfer?.granted()
  }

  timedOut(): void {
    this.#transfer?.timedOut()
  }
}
