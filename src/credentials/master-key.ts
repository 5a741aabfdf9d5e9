/**
 * Master key, from which all other keys of the gateway are derived.
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
  | 'account-passwords'
  | 'upstream-accounts'
  | 'audit-checkpoints'
  | 'check'

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** The master key cannot be used. The message names its file and says what to do. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError'
}

/**
 * Derives keys, and encrypts data that must not be readable in the store. Converting it to text doesn't reveal the
 * key.
 */
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

  /** Returns a value that identifies this key without revealing it. */
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
   * Decrypts the result of {@link seal}.
   *
   * @throws Error if the bytes were sealed with another key or for another purpose, or were changed
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
      throw new Error(`Cannot unseal ${purpose}: sealed with another key, or changed`, { cause })
    }
  }
}

/**
 * Reads the master key, or creates one if the store is empty. It never replaces a lost key, because a new key could
 * not decrypt the data in the store.
 *
 * @param file - path of the file with 32 bytes in base64
 * @param warn - called if users other than the owner can read the file
 * @throws MasterKeyError if the file is missing and the store is not empty, or if the file doesn't contain a key
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
        'Restore the file that belongs to this store, or set masterKey.file to its path',
    )
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text))
    throw new MasterKeyError(
      `Cannot read the master key: ${file} does not contain 32 bytes in base64. ` +
        'Restore the file that belongs to this store',
    )

  const { mode, uid } = await stat(file)
  // If another user owns the file, an orchestrator has created it, and the gateway's group may read it.
  const tooOpen = uid === process.getuid?.() ? 0o077 : 0o027
  if ((mode & tooOpen) !== 0)
    warn(`Other users can access the master key ${file}. Run chmod 600 ${file}`)
  return new MasterKey(Buffer.from(text, 'base64'))
}

/**
 * Requires that a master key belongs to the store. Writes its check value into an empty store.
 *
 * @param file - path of the key, for the message
 * @throws MasterKeyError if the store belongs to another key
 */
export async function verifyMasterKey(
  masterKey: MasterKey,
  store: MasterKeyCheck,
  file: string,
): Promise<void> {
  const known = (await store.masterKeyCheck()) ?? (await leaveCheck(masterKey, store))
  if (known === undefined)
    throw new MasterKeyError(
      `Cannot verify the master key in ${file}: the store is not empty, but has no check value of its ` +
        'master key. Restore the store from a complete backup',
    )
  if (known !== masterKey.check())
    throw new MasterKeyError(
      `Cannot use the master key in ${file}: this store was created with another one. ` +
        'Restore the file that belongs to this store, or set masterKey.file to its path',
    )
}

/**
 * Writes the check value, and reads it again. So if two gateways with different keys start at once, only one
 * continues.
 */
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

/** Creates the file. If several gateways start at once, all use the key that the first one wrote. */
async function makeText(file: string): Promise<string> {
  const text = randomBytes(KEY_BYTES).toString('base64')
  const draft = `${file}.${randomUUID()}`
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(draft, `${text}\n`, { mode: 0o600, flush: true })
    // Uses a link, because it is atomic and does not overwrite a file.
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
