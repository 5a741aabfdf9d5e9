/**
 * Access keys: how they are made, told from invented ones, and compared.
 *
 * @module
 */

import { createHmac, hash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { type AccessKey, type AccessKeyId, accessKeyId } from '../model/principal.ts'
import { Secret } from '../model/secret.ts'
import type { MasterKey } from './master-key.ts'
import { makeSecret } from './secret-text.ts'

const PREFIX = 'AKIA'
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const RANDOM_LETTERS = 10
const MAC_LETTERS = 6

/**
 * Makes an access key. Its secret is in the answer and nowhere else in clear.
 *
 * @param options.now - milliseconds since the epoch
 * @param options.expiresAt - milliseconds since the epoch; absent: never
 */
export function makeAccessKey(
  masterKey: MasterKey,
  principalId: AccessKey['principalId'],
  options: Readonly<{ now: () => number; expiresAt?: number }>,
): Readonly<{ key: AccessKey; secret: Secret }> {
  const secret = makeSecret()
  const text = Buffer.from(secret.reveal())
  const key: AccessKey = {
    id: makeKeyId(masterKey),
    principalId,
    secretHash: hashSecret(text),
    sealedSecret: masterKey.seal('secrets', text),
    enabled: true,
    ...(options.expiresAt !== undefined && { expiresAt: options.expiresAt }),
    createdAt: options.now(),
  }
  return { key, secret }
}

/** The secret of a key, for a signature that needs it in clear. */
export const unsealSecret = (masterKey: MasterKey, key: AccessKey): Secret =>
  new Secret(Buffer.from(masterKey.unseal('secrets', key.sealedSecret)).toString())

/** Whether text has the form of a key id; nothing else is worth a place in a record. */
export const isKeyId = (text: string): text is AccessKeyId => /^AKIA[A-Z2-7]{16}$/.test(text)

/** Whether a key id was made under the master key: an invented one is known without a read. */
export function isOurKeyId(masterKey: MasterKey, text: string): text is AccessKeyId {
  if (!isKeyId(text)) return false
  const body = text.slice(0, -MAC_LETTERS)
  return timingSafeEqual(Buffer.from(text), Buffer.from(body + macOf(masterKey, body)))
}

/** Stands in for the hash of a key that does not exist, so that refusing it takes as long. */
const NOBODYS_HASH = hashSecret(randomBytes(32))

/**
 * Whether a secret is the key's, in the same time for every secret. Without a key it compares with
 * nobody's, and is false.
 */
export function secretMatches(key: AccessKey | undefined, secret: Uint8Array): boolean {
  const expected = key?.secretHash ?? NOBODYS_HASH
  const actual = hashSecret(secret)
  return expected.length === actual.length && timingSafeEqual(expected, actual) && key !== undefined
}

function hashSecret(secret: Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha256', secret, 'buffer'))
}

function makeKeyId(masterKey: MasterKey): AccessKeyId {
  const letters = Array.from({ length: RANDOM_LETTERS }, () => LETTERS[randomInt(LETTERS.length)])
  const body = PREFIX + letters.join('')
  return accessKeyId(body + macOf(masterKey, body))
}

/** Six letters, 30 bits, of HMAC-SHA256. */
function macOf(masterKey: MasterKey, body: string): string {
  const mac = createHmac('sha256', masterKey.subkey('key-ids')).update(body).digest()
  return Array.from(mac.subarray(0, MAC_LETTERS), byte => LETTERS[byte % LETTERS.length]).join('')
}
