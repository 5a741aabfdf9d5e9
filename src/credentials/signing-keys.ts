/**
 * Creates, stores, and reads the keys that sign tokens.
 *
 * A new key is created every day. It signs only once it is old enough for every gateway to have read it. The first
 * key signs immediately, because there is no other. A key is kept until all its tokens have expired.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import type { SigningKey, SigningKeyStore } from '../store/store.ts'
import type { MasterKey } from './master-key.ts'

/** Lifetime of a token. */
export const TOKEN_TTL_MS = 900_000

const DAY_MS = 24 * 3_600_000
const RELOAD_MS = 1_000
const ID_BYTES = 6
const KEY_BYTES = 32

/** A signing key in plain text. */
export type Signer = Readonly<{ id: string; secret: Uint8Array; createdAt: number }>

/** Dependencies of {@link SigningKeys}. */
export type SigningKeysPorts = Readonly<{
  store: SigningKeyStore
  masterKey: MasterKey
  /** Maximum time for which a gateway serves requests without reading the store. */
  maxAgeMs: number
  /** Returns the epoch of the store; undefined if it is not known now. If absent, the epoch never changes. */
  epoch?: () => string | undefined
  /** Returns the time in milliseconds since the epoch. */
  now: () => number
}>

/** Signing keys of the store, cached in memory. */
export class SigningKeys {
  readonly #ports: SigningKeysPorts
  /** Keys that sign tokens, newest first. */
  #signers: readonly Signer[] = []
  /** Generation of the master key when they were read; undefined before the first read. */
  #generation: number | undefined
  /** Epoch of the store when their read began; undefined if it was not known. */
  #epoch: string | undefined
  #loadedAt = Number.NEGATIVE_INFINITY
  #loading: Promise<void> | undefined
  #renewing: Promise<void> | undefined

  constructor(ports: SigningKeysPorts) {
    this.#ports = ports
  }

  /**
   * Returns the key that currently signs. Creates the next key if it is due.
   *
   * @throws Failure `policy-unavailable`
   */
  async signer(): Promise<Signer> {
    if (this.#isDue()) await this.#renew()
    const signers = this.#signers
    const signer = signers.find(key => this.#isKnown(key)) ?? signers.at(-1)
    if (signer === undefined) throw new Error('The new signing key is not in the store')
    return signer
  }

  /**
   * Returns a key by its ID, from memory if possible. Unknown IDs cause at most one read of the store per second.
   *
   * @throws Failure `policy-unavailable`
   */
  async find(id: string): Promise<Signer | undefined> {
    const known = this.#heldBy(id)
    if (known !== undefined || !this.#mayReload()) return known
    await this.#load()
    return this.#heldBy(id)
  }

  /** Returns whether a key has this ID; undefined if the store must be read. */
  knows(id: string): boolean | undefined {
    if (this.#heldBy(id) !== undefined) return true
    return this.#mayReload() ? undefined : false
  }

  #heldBy(id: string): Signer | undefined {
    return this.#held().find(key => key.id === id)
  }

  /**
   * Returns the keys in memory. Forgets them after a rotation of the master key, which replaces all of them, and after a
   * restore of the store, which can have other keys then.
   */
  #held(): readonly Signer[] {
    const { masterKey, epoch } = this.#ports
    const present = epoch?.()
    const isRestored = present !== undefined && present !== this.#epoch
    if (isRestored || masterKey.generation !== this.#generation) {
      this.#signers = []
      this.#loadedAt = Number.NEGATIVE_INFINITY
    }
    return this.#signers
  }

  /** Whether the newest key is a day old, or there is none. */
  #isDue(): boolean {
    const [newest] = this.#held()
    return newest === undefined || newest.createdAt + DAY_MS <= this.#ports.now()
  }

  /** Whether to read the store again. Also returns true after the clock was set back. */
  #mayReload(): boolean {
    const age = this.#ports.now() - this.#loadedAt
    return age < 0 || age >= RELOAD_MS
  }

  /** Whether every gateway has read a key by now. */
  #isKnown({ createdAt }: Signer): boolean {
    return createdAt + this.#ports.maxAgeMs <= this.#ports.now()
  }

  /** Reads the store once for all concurrent calls. */
  async #load(): Promise<void> {
    this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined
    })
    await this.#loading
  }

  async #read(): Promise<void> {
    const at = this.#ports.now()
    const { generation } = this.#ports.masterKey
    const epoch = this.#ports.epoch?.()
    const keys = await this.#ports.store.signingKeys()
    this.#signers = keys.flatMap(key => this.#unseal(key) ?? [])
    this.#generation = generation
    this.#epoch = epoch
    this.#loadedAt = at
  }

  /** Creates a key once for all concurrent calls. If another gateway creates one too, both are valid. */
  async #renew(): Promise<void> {
    this.#renewing ??= this.#createIfDue().finally(() => {
      this.#renewing = undefined
    })
    await this.#renewing
  }

  async #createIfDue(): Promise<void> {
    await this.#load()
    if (!this.#isDue()) return
    const { store, masterKey, now } = this.#ports
    const key: SigningKey = {
      id: randomBytes(ID_BYTES).toString('base64url'),
      sealed: masterKey.seal('tokens', randomBytes(KEY_BYTES)),
      createdAt: now(),
    }
    // The newest key so far has signed for most of a day, so all tokens of older keys have expired.
    const [newest] = this.#held()
    await store.addSigningKey(key, newest?.createdAt ?? 0)
    await this.#read()
  }

  /** Returns undefined for a key that a gateway sealed with the former master key after its rotation had ended. */
  #unseal({ id, sealed, createdAt }: SigningKey): Signer | undefined {
    try {
      return { id, createdAt, secret: this.#ports.masterKey.unseal('tokens', sealed) }
    } catch {
      return undefined
    }
  }
}
