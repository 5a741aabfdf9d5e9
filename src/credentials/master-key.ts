/**
 * The master key: the one secret from which all others of the gateway's own are derived.
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
  randomUUID,
} from 'node:crypto'
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileProblem, reasonOf } from '../model/file-problem.ts'
import type { MasterKeyCheck } from '../store/store.ts'

/** What a key is derived for; a key of one purpose says nothing about another's. */
export type KeyPurpose =
  | 'tokens'
  | 'secrets'
  | 'sessions'
  | 'cookies'
  | 'cache-entries'
  | 'key-ids'
  | 'upstream-accounts'
  | 'check'

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** The master key cannot be used; the message names its file and says what to do. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError'
}

/** Derives keys, and seals what the store may not read. Prints nothing of itself. */
export class MasterKey {
  readonly #bytes: Uint8Array
  readonly #subkeys = new Map<KeyPurpose, KeyObject>()

  /** @param bytes - 32 random bytes */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== KEY_BYTES) throw new RangeError(`A master key has ${KEY_BYTES} bytes`)
    this.#bytes = Uint8Array.from(bytes)
  }

  /** Returns the key of a purpose: 32 bytes by HKDF-SHA256, prepared once for ciphers and MACs. */
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

  /** Tells this key from any other without giving it away. */
  check(): string {
    return this.subkey('check').export().toString('base64url')
  }

  /** Encrypts by AES-256-GCM: a random nonce, the ciphertext and its tag. */
  seal(purpose: KeyPurpose, bytes: Uint8Array): Uint8Array {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.subkey(purpose), nonce)
    const sealed = [nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]
    return new Uint8Array(Buffer.concat(sealed))
  }

  /**
   * What {@link seal} was given.
   *
   * @throws Error where the bytes were sealed under another key or purpose, or altered
   */
  unseal(purpose: KeyPurpose, sealed: Uint8Array): Uint8Array {
    const nonce = sealed.subarray(0, NONCE_BYTES)
    const body = sealed.subarray(NONCE_BYTES, -TAG_BYTES)
    const tag = sealed.subarray(-TAG_BYTES)
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.subkey(purpose), nonce, {
        authTagLength: TAG_BYTES,
      })
      decipher.setAuthTag(tag)
      return new Uint8Array(Buffer.concat([decipher.update(body), decipher.final()]))
    } catch (cause) {
      throw new Error(`Cannot unseal ${purpose}: sealed under another key, or altered`, { cause })
    }
  }
}

/**
 * Reads the master key, or makes one while the store is empty, so that a lost key is never
 * replaced by one that opens nothing.
 *
 * @param file - 32 bytes in base64
 * @param warn - told where others than the owner may read the file
 * @throws MasterKeyError where the file is missing though the store is not empty, or holds no key
 */
export async function loadOrMakeMasterKey(
  file: string,
  storeIsEmpty: boolean,
  warn: (message: string) => void,
): Promise<MasterKey> {
  const text = (await readText(file)) ?? (storeIsEmpty ? await makeText(file) : undefined)
  if (text === undefined)
    throw new MasterKeyError(
      `Cannot read the master key: ${file} does not exist, but the store is not empty. ` +
        'Put back the file that belongs to this store, or name it as masterKey.file',
    )
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text))
    throw new MasterKeyError(
      `Cannot read the master key: ${file} does not hold 32 bytes in base64. ` +
        'Put back the file that belongs to this store',
    )

  const { mode, uid } = await stat(file)
  // Of a file that an orchestrator lends us, our group may have a part: we could not change it.
  const tooOpen = uid === process.getuid?.() ? 0o077 : 0o027
  if ((mode & tooOpen) !== 0) warn(`${file} can be read by others than its owner: chmod 600 it`)
  return new MasterKey(Buffer.from(text, 'base64'))
}

/**
 * Refuses a master key that is not the store's, and leaves a check value in an empty store.
 *
 * @param file - where the key came from, for the message
 * @throws MasterKeyError where the store belongs to another key
 */
export async function verifyMasterKey(
  masterKey: MasterKey,
  store: MasterKeyCheck,
  file: string,
): Promise<void> {
  const known = (await store.masterKeyCheck()) ?? (await leaveCheck(masterKey, store))
  if (known === undefined)
    throw new MasterKeyError(
      `Cannot verify the master key in ${file}: the store is not empty, but says nothing of its ` +
        'master key. Restore the store from a whole backup',
    )
  if (known !== masterKey.check())
    throw new MasterKeyError(
      `Cannot use the master key in ${file}: this store was made with another one. ` +
        'Put back the file that belongs to this store, or name it as masterKey.file',
    )
}

/** Read again after it was written: of two gateways that start at once, one is refused. */
async function leaveCheck(
  masterKey: MasterKey,
  store: MasterKeyCheck,
): Promise<string | undefined> {
  if (await store.isEmpty()) await store.setMasterKeyCheck(masterKey.check())
  return store.masterKeyCheck()
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    if (isOf(cause, 'ENOENT')) return undefined
    throw new MasterKeyError(
      `Cannot read the master key in ${file}: ${reasonOf(cause)}. ` +
        'Make it readable for the user of the gateway, or set masterKey.file to another path',
      { cause },
    )
  }
}

/** Of several gateways that start at once on one file, all take the key of the first. */
async function makeText(file: string): Promise<string> {
  const text = randomBytes(KEY_BYTES).toString('base64')
  const draft = `${file}.${randomUUID()}`
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(draft, `${text}\n`, { mode: 0o600, flush: true })
    // Whole or not at all, and never over another.
    await link(draft, file).finally(() => unlink(draft))
    return text
  } catch (cause) {
    const made = isOf(cause, 'EEXIST') ? await readText(file) : undefined
    if (made !== undefined) return made
    const named = { what: 'the master key', path: file, key: 'masterKey.file' }
    throw new MasterKeyError(fileProblem(named, cause), { cause })
  }
}

const isOf = (error: unknown, code: string) =>
  error instanceof Error && 'code' in error && error.code === code
