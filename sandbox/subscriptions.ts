/**
 * Pull and streaming subscriptions: queues of events, owned by the service account as in Exchange.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { dateText } from './elements.ts'
import { folderId, itemIdText } from './references.ts'
import type { Folder, Item, MailStore, StoreEvent } from './store.ts'
import { t, type XmlElement } from './xml.ts'

/** An event in a queue. Its number is its watermark. */
export type QueuedEvent = Readonly<{ number: number; element: (watermark: boolean) => XmlElement }>

/** A queue of events, and its lifetime. */
export type Subscription = {
  readonly id: string
  readonly kind: 'pull' | 'streaming'
  /** Events that were not fetched yet. */
  queue: QueuedEvent[]
  /** Watermark of the last fetched event. */
  fetched: number
  expiresAt: number
  readonly lifetimeMs: number
  readonly stop: () => void
  /** Function that notifies the open stream, if there is one. */
  wake: (() => void) | undefined
}

/** Events that a new subscription requests. */
export type SubscriptionRequest = Readonly<{
  kind: 'pull' | 'streaming'
  stores: readonly MailStore[]
  /** Watched folders; undefined for all folders. */
  folders: ReadonlySet<Folder> | undefined
  eventTypes: ReadonlySet<string>
  lifetimeMs: number
}>

/** Maximum number of waiting events. Older ones are dropped. */
const QUEUE = 1000
/** Maximum number of subscriptions, as in Exchange 2013. */
const SUBSCRIPTIONS = 5000
const SERVER = 'ex1.sandbox.example.com'

/** All live subscriptions, with limits for their number and their queues. */
export class Subscriptions {
  readonly #now: () => number
  readonly #byId = new Map<string, Subscription>()
  #events = 0

  constructor(now: () => number) {
    this.#now = now
  }

  get size(): number {
    return this.#byId.size
  }

  open({ kind, stores, folders, eventTypes, lifetimeMs }: SubscriptionRequest): Subscription {
    this.#expire()
    const listen = (event: StoreEvent) => {
      if (!eventTypes.has(`${event.type}Event`) || !concerns(event, folders)) return
      this.#enqueue(subscription, event)
    }
    const subscription: Subscription = {
      id: newId(this.#now()),
      kind,
      queue: [],
      fetched: this.#events,
      expiresAt: this.#now() + lifetimeMs,
      lifetimeMs,
      stop: () => {
        for (const store of stores) store.listeners.delete(listen)
      },
      wake: undefined,
    }
    for (const store of stores) store.listeners.add(listen)
    this.#byId.set(subscription.id, subscription)
    return subscription
  }

  /** Returns a live subscription, and restarts its lifetime. */
  find(id: string): Subscription | undefined {
    this.#expire()
    const subscription = this.#byId.get(id)
    if (subscription !== undefined) subscription.expiresAt = this.#now() + subscription.lifetimeMs
    return subscription
  }

  close(id: string): boolean {
    const subscription = this.find(id)
    if (subscription === undefined) return false
    this.#end(subscription)
    return true
  }

  closeAll() {
    for (const subscription of this.#byId.values()) this.#end(subscription)
  }

  #enqueue(subscription: Subscription, event: StoreEvent) {
    this.#events += 1
    const element = describe(event, this.#events, this.#now())
    subscription.queue.push({ number: this.#events, element })
    if (subscription.queue.length > QUEUE) subscription.queue.shift()
    subscription.wake?.()
  }

  #expire() {
    const now = this.#now()
    for (const subscription of this.#byId.values())
      if (subscription.wake === undefined && subscription.expiresAt < now) this.#end(subscription)
    const excess = this.#byId.size - SUBSCRIPTIONS
    for (const subscription of excess > 0 ? [...this.#byId.values()].slice(0, excess) : [])
      this.#end(subscription)
  }

  #end(subscription: Subscription) {
    subscription.stop()
    this.#byId.delete(subscription.id)
  }
}

function concerns({ folder, item, from }: StoreEvent, folders: SubscriptionRequest['folders']) {
  if (folders === undefined) return true
  const places = item === undefined ? [folder, folder.parent, from?.folder] : [folder, from?.folder]
  return places.some(place => place !== undefined && folders.has(place))
}

/** Copies the content of an event, because its item can be deleted before a client fetches the event. */
function describe(event: StoreEvent, number: number, at: number): QueuedEvent['element'] {
  const { folder, item, from } = event
  const content = [
    t('TimeStamp', dateText(at)),
    item === undefined ? folderId(folder) : plainItemId('ItemId', folder, item),
    parentOf(event),
    ...(from?.item === undefined ? [] : [plainItemId('OldItemId', from.folder, from.item)]),
    ...(from !== undefined && item === undefined ? [folderId(folder, 'OldFolderId')] : []),
    ...(from === undefined ? [] : [folderId(from.folder, 'OldParentFolderId')]),
  ]
  return withWatermark =>
    t(
      `${event.type}Event`,
      withWatermark ? t('Watermark', writeWatermark(number)) : undefined,
      content,
    )
}

const parentOf = ({ folder, item }: StoreEvent) => {
  const parent = item === undefined ? folder.parent : folder
  return parent && folderId(parent, 'ParentFolderId')
}

const plainItemId = (name: string, folder: Folder, { counter }: Pick<Item, 'counter'>) =>
  t(name, { Id: itemIdText({ folder, counter }), ChangeKey: 'CQAAAA==' })

/** Returns a watermark, which is opaque to clients. */
export function writeWatermark(number: number): string {
  const bytes = Buffer.alloc(16)
  bytes[0] = 1
  bytes.writeUIntBE(number, 10, 6)
  return bytes.toString('base64')
}

/** Returns the number in a watermark, or undefined if it isn't one. */
export function readWatermark(watermark: string): number | undefined {
  const bytes = Buffer.from(watermark, 'base64')
  if (bytes.length !== 16 || bytes[0] !== 1) return undefined
  return bytes.readUIntBE(10, 6)
}

/** Returns an ID in Exchange's form: server name, GUID, time. */
function newId(now: number): string {
  const server = Buffer.from(SERVER)
  const id = Buffer.alloc(2 + server.length + 4 + 16 + 8)
  id.writeUInt16LE(server.length)
  server.copy(id, 2)
  id.writeUInt32LE(16, 2 + server.length)
  Buffer.from(randomUUID().replaceAll('-', ''), 'hex').copy(id, 6 + server.length)
  id.writeBigUInt64LE(BigInt(Math.max(0, Math.trunc(now))), 22 + server.length)
  return id.toString('base64')
}
