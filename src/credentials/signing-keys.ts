/**
 * The keys that sign tokens: made, kept and known again.
 *
 * A new key is made every day and signs only when it is so old that every gateway has read it. The
 * very first signs at once, for there is no other. A key is kept until no token of it can live.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import type { SigningKey, SigningKeyStore } from '../store/store.ts'
import type { MasterKey } from './master-key.ts'

/** How long a token lives. */
export const TOKEN_LIFE_MS = 900_000

const DAY_MS = 24 * 3_600_000
const RELOAD_MS = 1_000
const ID_BYTES = 6
const KEY_BYTES = 32

/** A key in clear. */
export type Signer = Readonly<{ id: string; secret: Uint8Array; createdAt: number }>

export type SigningKeysPorts = Readonly<{
  store: SigningKeyStore
  masterKey: MasterKey
  /** How long a gateway may go without reading the store. */
  maxAgeMs: number
  /** The time in milliseconds since the epoch. */
  now: () => number
}>

export class SigningKeys {
  readonly #ports: SigningKeysPorts
  /** Newest first. */
  #signers: readonly Signer[] = []
  #loadedAt = Number.NEGATIVE_INFINITY
  #loading: Promise<void> | undefined
  #renewing: Promise<void> | undefined

  constructor(ports: SigningKeysPorts) {
    this.#ports = ports
  }

  /**
   * The key that signs now; one for the time to come is made where that is due.
   *
   * @throws Failure `policy-unavailable`
   */
  async signer(): Promise<Signer> {
    if (this.#isDue()) await this.#renew()
    const signer = this.#signers.find(key => this.#isKnown(key)) ?? this.#signers.at(-1)
    if (signer === undefined) throw new Error('A signing key was made, but is not in the store')
    return signer
  }

  /**
   * A key by its id, from memory where it is known. Unknown ids make the store read once a second
   * at most, whoever sends them.
   *
   * @throws Failure `policy-unavailable`
   */
  async find(id: string): Promise<Signer | undefined> {
    const known = this.#held(id)
    if (known !== undefined || !this.#mayReload()) return known
    await this.#load()
    return this.#held(id)
  }

  /** Returns whether a key has this ID; undefined if the store must be read. */
  knows(id: string): boolean | undefined {
    if (this.#held(id) !== undefined) return true
    return this.#mayReload() ? undefined : false
  }

  #held(id: string): Signer | undefined {
    return this.#signers.find(key => key.id === id)
  }

  /** Whether the newest key is a day old, or there is none. */
  #isDue(): boolean {
    const [newest] = this.#signers
    return newest === undefined || newest.createdAt + DAY_MS <= this.#ports.now()
  }

  /** A clock that was set back reloads too. */
  #mayReload(): boolean {
    const age = this.#ports.now() - this.#loadedAt
    return age < 0 || age >= RELOAD_MS
  }

  /** Whether every gateway has read a key by now. */
  #isKnown({ createdAt }: Signer): boolean {
    return createdAt + this.#ports.maxAgeMs <= this.#ports.now()
  }

  /** Once for all who ask meanwhile. */
  async #load(): Promise<void> {
    this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined
    })
    await this.#loading
  }

  async #read(): Promise<void> {
    const at = this.#ports.now()
    const keys = await this.#ports.store.signingKeys()
    this.#signers = keys.map(key => this.#unseal(key))
    this.#loadedAt = at
  }

  /** Another gateway may have made the new key, or may make one too: then both are good. */
  async #renew(): Promise<void> {
    this.#renewing ??= this.#makeWhereDue().finally(() => {
      this.#renewing = undefined
    })
    await this.#renewing
  }

  async #makeWhereDue(): Promise<void> {
    await this.#load()
    if (!this.#isDue()) return
    const { store, masterKey, now } = this.#ports
    const key: SigningKey = {
      id: randomBytes(ID_BYTES).toString('base64url'),
      sealed: masterKey.seal('tokens', randomBytes(KEY_BYTES)),
      createdAt: now(),
    }
    // The newest until now has signed for most of a day: of those before it, no token lives.
    const [newest] = this.#signers
    await store.addSigningKey(key, newest?.createdAt ?? 0)
    await this.#read()
  }

  #unseal({ id, sealed, createdAt }: SigningKey): Signer {
    return { id, createdAt, secret: this.#ports.masterKey.unseal('tokens', sealed) }
  }
}
