/**
 * Master key, from which all other keys of the gateway are derived, and its rotation.
 *
 * @module
 */

import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import type { MasterKeyState } from '../store/store.ts'

/** Purpose of a derived key. A key of one purpose reveals nothing about keys of others. */
export type KeyPurpose =
  | 'tokens'
  | 'secrets'
  | 'sessions'
  | 'sign-ins'
  | 'person-tokens'
  | 'cookies'
  | 'cache-entries'
  | 'key-ids'
  | 'former-key-ids'
  | 'account-passwords'
  | 'upstream-accounts'
  | 'audit-checkpoints'
  | 'backups'
  | 'check'

export const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Keys that are derived from 32 bytes. */
class DerivedKeys {
  readonly #bytes: Uint8Array
  readonly #subkeys = new Map<KeyPurpose, KeyObject>()

  constructor(bytes: Uint8Array) {
    if (bytes.length !== KEY_BYTES) throw new RangeError(`A master key has ${KEY_BYTES} bytes`)
    this.#bytes = Uint8Array.from(bytes)
  }

  /** 32 bytes by HKDF-SHA256, prepared once for ciphers and MACs. */
  subkey(purpose: KeyPurpose): KeyObject {
    const known = this.#subkeys.get(purpose)
    if (known) return known
    const info = `ews-gateway/1/${purpose}`
    const subkey = createSecretKey(
      Buffer.from(hkdfSync('sha256', this.#bytes, '', info, KEY_BYTES)),
    )
    this.#subkeys.set(purpose, subkey)
    return subkey
  }

  check(): string {
    return this.subkey('check').export().toString('base64url')
  }
}

/**
 * Derives keys, and encrypts data that must not be readable in the store. Converting it to text doesn't reveal the
 * key.
 *
 * During a rotation, it has two keys. The state in the store says which of them protects new data, and whether data of
 * the other one is still accepted.
 */
export class MasterKey {
  /** The configured key, and the former one. */
  readonly #known: readonly DerivedKeys[]
  /** Keys whose data is accepted. The first protects new data. */
  #accepted: readonly DerivedKeys[]
  /** MAC keys of access key IDs that were created with former keys. */
  #formerKeyIds: readonly KeyObject[] = []
  #generation = 0

  /**
   * @param bytes - 32 random bytes
   * @param former - the key before, while it is rotated
   */
  constructor(bytes: Uint8Array, former?: Uint8Array) {
    const configured = new DerivedKeys(bytes)
    this.#known = former ? [configured, new DerivedKeys(former)] : [configured]
    this.#accepted = this.#known
  }

  /** Number of times that other keys were accepted. */
  get generation(): number {
    return this.#generation
  }

  /** Returns the key of a purpose for new data. */
  subkey(purpose: KeyPurpose): KeyObject {
    return this.#inUse.subkey(purpose)
  }

  /** Returns all keys of a purpose whose data is accepted. */
  subkeys(purpose: KeyPurpose): readonly KeyObject[] {
    const keys = this.#accepted.map(key => key.subkey(purpose))
    return purpose === 'key-ids' ? [...keys, ...this.#formerKeyIds] : keys
  }

  /** Returns a value that identifies the key for new data without revealing it. */
  check(): string {
    return this.#inUse.check()
  }

  /** Returns the values of all keys that this process has. The first is that of {@link check}. */
  checks(): readonly string[] {
    return [...new Set([this.#inUse, ...this.#known].map(key => key.check()))]
  }

  /**
   * Uses the keys that the store names.
   *
   * @returns false if this process doesn't have them, so that it cannot use the store
   * @throws Error if the state was changed
   */
  follow({ check, former, formerKeyIds }: MasterKeyState): boolean {
    const inUse = this.#known.find(key => key.check() === check)
    const second = this.#known.find(key => key.check() === former)
    if (inUse === undefined || (former !== undefined && second === undefined)) return false
    // Before the rotation, another gateway can use the configured key earlier. After it, nothing has the former one.
    const isRotated = former === undefined && inUse === this.#known[0]
    const accepted = isRotated ? [inUse] : [inUse, ...this.#known.filter(key => key !== inUse)]
    const macs = formerKeyIds === undefined ? [] : readKeyIds(inUse, formerKeyIds)
    const isSame = inUse === this.#inUse && accepted.length === this.#accepted.length
    if (isSame && macs.length === this.#formerKeyIds.length) return true
    this.#accepted = accepted
    this.#formerKeyIds = macs
    this.#generation += 1
    return true
  }

  /**
   * Returns the state of a store whose data is now protected with the configured key. The MAC keys of access key IDs
   * become part of it, because clients keep their IDs.
   */
  rotated(): MasterKeyState & Readonly<{ check: string }> {
    const [configured, former] = this.#known
    if (configured === undefined || former === undefined)
      throw new TypeError('A rotation needs two keys')
    const macs = [...this.#formerKeyIds, former.subkey('key-ids')].map(key => key.export())
    const unique = new Set(macs.map(key => key.toString('base64')))
    const bytes = Buffer.concat([...unique].map(key => Buffer.from(key, 'base64')))
    return {
      check: configured.check(),
      former: former.check(),
      formerKeyIds: sealWith(configured, 'former-key-ids', bytes),
    }
  }

  /** Encrypts by AES-256-GCM: a random nonce, the ciphertext and its tag. */
  seal(purpose: KeyPurpose, bytes: Uint8Array): Uint8Array {
    return sealWith(this.#inUse, purpose, bytes)
  }

  /**
   * Decrypts the result of {@link seal}.
   *
   * @throws Error if the bytes were sealed with another key or for another purpose, or were changed
   */
  unseal(purpose: KeyPurpose, sealed: Uint8Array): Uint8Array {
    // The store has secrets of both keys until they are sealed again. Nothing else outlives a rotation.
    const keys = purpose === 'secrets' ? this.#known : this.#accepted
    return unsealWith(keys, purpose, sealed)
  }

  /**
   * Encrypts a secret with the key for new data.
   *
   * @returns undefined if it is encrypted with that key already
   * @throws Error if it was sealed with an unknown key, or changed
   */
  resealSecret(sealed: Uint8Array): Uint8Array | undefined {
    try {
      unsealWith([this.#inUse], 'secrets', sealed)
      return undefined
    } catch {
      return this.seal('secrets', this.unseal('secrets', sealed))
    }
  }

  get #inUse(): DerivedKeys {
    return this.#accepted[0] as DerivedKeys
  }
}

function sealWith(key: DerivedKeys, purpose: KeyPurpose, bytes: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key.subkey(purpose), nonce)
  const sealed = [nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]
  return new Uint8Array(Buffer.concat(sealed))
}

function unsealWith(
  keys: readonly DerivedKeys[],
  purpose: KeyPurpose,
  sealed: Uint8Array,
): Uint8Array {
  const nonce = sealed.subarray(0, NONCE_BYTES)
  const body = sealed.subarray(NONCE_BYTES, -TAG_BYTES)
  const tag = sealed.subarray(-TAG_BYTES)
  let cause: unknown
  for (const key of keys)
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.subkey(purpose), nonce, {
        authTagLength: TAG_BYTES,
      })
      decipher.setAuthTag(tag)
      return new Uint8Array(Buffer.concat([decipher.update(body), decipher.final()]))
    } catch (error) {
      cause = error
    }
  throw new Error(`Cannot unseal ${purpose}: sealed with another key, or changed`, { cause })
}

function readKeyIds(key: DerivedKeys, sealed: Uint8Array): readonly KeyObject[] {
  const bytes = unsealWith([key], 'former-key-ids', sealed)
  return Array.from({ length: bytes.length / KEY_BYTES }, (_, n) =>
    createSecretKey(bytes.subarray(n * KEY_BYTES, (n + 1) * KEY_BYTES)),
  )
}
