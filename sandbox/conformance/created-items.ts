/**
 * Removes everything that the conformance check created on the server, also after a failure.
 *
 * @module
 */

import type { Client } from './client.ts'
import { deleteItem, FOLDER_NAMES, findBySubject, itemIdsWith, unsubscribe } from './elements.ts'

/** Number of searches for a sent message. The constant below is the time between them. */
const SEARCHES = 5
const SEARCH_MS = 2_000

/** Tracks what the check created, and removes it. */
export class CreatedItems {
  readonly #client: Client
  readonly #subject: string
  readonly #pause: (ms: number) => Promise<void>
  readonly #mailboxes = new Set<string>()
  readonly #subscriptions: Readonly<{ owner: string; id: string }>[] = []
  #sent = 0

  /**
   * @param subject - subject of all test messages, and of no other message
   * @param pause - waits between two searches
   */
  constructor(client: Client, subject: string, pause: (ms: number) => Promise<void>) {
    this.#client = client
    this.#subject = subject
    this.#pause = pause
  }

  /**
   * Records mailboxes in which a message will be created. Call it before the request, because an interrupted
   * request can create one too.
   */
  expectMessages(...mailboxes: readonly string[]): void {
    for (const mailbox of mailboxes) this.#mailboxes.add(mailbox)
  }

  /** Records that a message was sent, which can arrive later. */
  sent(): void {
    this.#sent += 1
  }

  addSubscription(owner: string, id: string): void {
    this.#subscriptions.push({ owner, id })
  }

  /** Removes everything. @returns whether nothing is left */
  async remove(): Promise<boolean> {
    for (const { owner, id } of this.#subscriptions) await this.#client.call(owner, unsubscribe(id))
    let { arrived } = await this.#removeMessages()
    for (let search = 1; arrived < this.#sent && search < SEARCHES; search++) {
      await this.#pause(SEARCH_MS)
      arrived += (await this.#removeMessages()).arrived
    }
    return (await this.#removeMessages()).left === 0
  }

  /** Removes the messages that a search finds. */
  async #removeMessages(): Promise<Readonly<{ left: number; arrived: number }>> {
    let left = 0
    let arrived = 0
    for (const mailbox of this.#mailboxes)
      for (const folder of FOLDER_NAMES) {
        const search = await this.#client.call(mailbox, findBySubject(folder, this.#subject))
        if (!isDone(search)) left++
        for (const item of itemIdsWith(search.text, this.#subject)) {
          if (folder === 'inbox') arrived++
          if (!isDone(await this.#client.call(mailbox, deleteItem(item)))) left++
        }
      }
    return { left, arrived }
  }
}

const isDone = ({ result }: Awaited<ReturnType<Client['call']>>) => result.code === 'NoError'
