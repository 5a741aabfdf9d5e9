/**
 * An attacker who has full access to Redis, but none of the gateways' keys.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { RandomSource } from './random.ts'

/** Higher than any version, so that no tombstone or entry replaces it. */
const HIGHEST = String(2 ** 53 - 1)
const LONG_MS = 10 ** 12
const CHANNEL = 'ews:changes'
const KEPT = 2_000
const SHORT_MS = 100

type Fields = Readonly<{ e?: Buffer; v?: Buffer; d?: Buffer }>

/** Attacks by their name in the report. */
const ATTACKS = {
  'redis: entries are replayed': (attacker: Attacker) => attacker.replay(),
  'redis: entries never expire': (attacker: Attacker) => attacker.makeEndless(),
  'redis: entries are forged': (attacker: Attacker) => attacker.forge(),
  'redis: entries are swapped': (attacker: Attacker) => attacker.swap(),
  'redis: messages are replayed': (attacker: Attacker) => attacker.replayMessages(),
  'redis: messages are forged': (attacker: Attacker) => attacker.forgeMessage(),
}

export class Attacker {
  readonly #redis: Redis
  readonly #ear: Redis
  readonly #random: RandomSource
  readonly #entries = new Map<string, Fields>()
  readonly #messages: Buffer[] = []

  private constructor(port: number, random: RandomSource) {
    const options = { port, host: '127.0.0.1', maxRetriesPerRequest: 0, lazyConnect: true }
    this.#redis = new Redis(options).on('error', () => undefined)
    this.#ear = new Redis(options).on('error', () => undefined)
    this.#ear.on('messageBuffer', (_, message: Buffer) => this.#heard(message))
    this.#random = random
  }

  static async start(port: number, random: RandomSource): Promise<Attacker> {
    const attacker = new Attacker(port, random)
    await attacker.#redis.connect()
    await attacker.#ear.connect()
    await attacker.#ear.subscribe(CHANNEL)
    return attacker
  }

  /** Attacks repeatedly at random. @param did - called with the kind of each attack */
  async run(everyMs: number, stop: AbortSignal, did: (kind: string) => void): Promise<void> {
    const deeds = Object.entries(ATTACKS)
    while (!stop.aborted) {
      const [kind, deed] = this.#random.of(deeds)
      try {
        await within(
          SHORT_MS,
          this.collect().then(() => deed(this)),
        )
        did(kind)
      } catch {
        // Redis is unavailable at the moment.
      }
      await setTimeout(everyMs)
    }
  }

  /** Keeps the first entry of each key, and sometimes replaces it with a later one. */
  async collect(): Promise<void> {
    for (const key of await this.#redis.keys('ews:*')) {
      if (this.#entries.has(key) && this.#random.next() < 0.8) continue
      const fields: Fields = await this.#redis.hgetallBuffer(key)
      if (fields.d !== undefined) this.#entries.set(key, fields)
    }
  }

  /** Restores an earlier entry, unchanged or under a version that nothing replaces. */
  async replay(): Promise<void> {
    const isHigh = this.#random.next() < 0.5
    for (const [key, { e, v, d }] of this.#entries) {
      if (e === undefined || v === undefined || d === undefined) continue
      const version = isHigh ? HIGHEST : v
      await this.#redis
        .multi()
        .del(key)
        .hset(key, { e, v: version, d })
        .pexpire(key, LONG_MS)
        .exec()
    }
  }

  async makeEndless(): Promise<void> {
    const isWithoutEnd = this.#random.next() < 0.3
    for (const key of await this.#redis.keys('ews:*'))
      await (isWithoutEnd ? this.#redis.persist(key) : this.#redis.pexpire(key, LONG_MS))
  }

  async forge(): Promise<void> {
    for (const [key, { d }] of this.#entries) {
      const bytes = Buffer.from(d ?? randomBytes(200))
      this.#flip(bytes)
      await this.#redis.hset(key, { d: bytes })
    }
  }

  /** Swaps two entries of the same kind: the role of one user replaces the role of another. */
  async swap(): Promise<void> {
    const keys = [...this.#entries.keys()]
    for (const key of keys) {
      const kind = key.slice(0, key.lastIndexOf(':'))
      const others = keys.filter(other => other !== key && other.startsWith(kind))
      if (others.length === 0) continue
      const { e, v, d } = this.#entries.get(this.#random.of(others)) ?? {}
      if (e && v && d) await this.#redis.hset(key, { e, v, d })
    }
  }

  async replayMessages(): Promise<void> {
    for (const message of this.#messages.slice(-10)) await this.#redis.publish(CHANNEL, message)
  }

  async forgeMessage(): Promise<void> {
    const message = Buffer.from(this.#messages.at(-1) ?? randomBytes(100))
    this.#flip(message)
    await this.#redis.publish(CHANNEL, message)
  }

  async stop(): Promise<void> {
    this.#redis.disconnect()
    this.#ear.disconnect()
  }

  #flip(bytes: Buffer): void {
    const at = Math.floor(this.#random.next() * bytes.length)
    bytes.writeUInt8((bytes[at] ?? 0) ^ 1, at)
  }

  #heard(message: Buffer): void {
    this.#messages.push(message)
    if (this.#messages.length > KEPT) this.#messages.shift()
  }
}

const within = (ms: number, work: Promise<void>) =>
  Promise.race([work, setTimeout(ms, undefined, { ref: false })])
