/**
 * Creates access keys, recognizes their IDs, and compares their secrets.
 *
 * @module
 */

import { createHmac, hash, type KeyObject, randomInt, timingSafeEqual } from 'node:crypto'
import { type AccessKey, type AccessKeyId, accessKeyId } from '../model/principal.ts'
import { Secret } from '../model/secret.ts'
import type { KeyChoices } from './credentials.ts'
import type { MasterKey } from './master-key.ts'
import { makeSecret } from './secret-text.ts'

const PREFIX = 'AKIA'
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const RANDOM_LETTERS = 10
const MAC_LETTERS = 6

/**
 * Creates an access key. Only the result has its secret in plain text.
 *
 * @param options.now - returns the time in milliseconds since the epoch
 */
export function makeAccessKey(
  masterKey: MasterKey,
  principalId: AccessKey['principalId'],
  {
    now,
    notBefore,
    expiresAt,
    extendedProtection = 'allow',
  }: KeyChoices & Readonly<{ now: () => number }>,
): Readonly<{ key: AccessKey; secret: Secret }> {
  const secret = makeSecret()
  const text = Buffer.from(secret.reveal())
  const key: AccessKey = {
    id: makeKeyId(masterKey),
    principalId,
    secretHash: hashSecret(text),
    sealedSecret: masterKey.seal('secrets', text),
    enabled: true,
    extendedProtection,
    ...(notBefore !== undefined && { notBefore }),
    ...(expiresAt !== undefined && { expiresAt }),
    createdAt: now(),
  }
  return { key, secret }
}

/** Decrypts the secret of a key, to compute a signature. */
export const unsealSecret = (
  masterKey: MasterKey,
  { sealedSecret }: Pick<AccessKey, 'sealedSecret'>,
): Secret => new Secret(Buffer.from(masterKey.unseal('secrets', sealedSecret)).toString())

/**
 * Whether a text has the form of an access key ID. Audit records contain only such texts, because other texts could
 * be secrets.
 */
export const isKeyId = (text: string): text is AccessKeyId => /^AKIA[A-Z2-7]{16}$/.test(text)

/** Whether an access key ID was created with the master key, or with a former one. Recognizes forged IDs without reading the store. */
export function isOurKeyId(masterKey: MasterKey, text: string): text is AccessKeyId {
  if (!isKeyId(text)) return false
  const body = text.slice(0, -MAC_LETTERS)
  return masterKey
    .subkeys('key-ids')
    .some(key => timingSafeEqual(Buffer.from(text), Buffer.from(body + macOf(key, body))))
}

/** Hash to compare with if a key does not exist, so that rejecting it takes as long as a wrong secret. */
const DUMMY_HASH = hashSecret(Buffer.from(makeSecret().reveal()))

/**
 * Whether a secret belongs to a key. Takes the same time for every secret. Without a key, compares with a dummy
 * hash and returns false.
 */
export function secretMatches(key: AccessKey | undefined, secret: Uint8Array): boolean {
  const expected = key?.secretHash ?? DUMMY_HASH
  const actual = hashSecret(secret)
  return expected.length === actual.length && timingSafeEqual(expected, actual) && key !== undefined
}

function hashSecret(secret: Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha256', secret, 'buffer'))
}

function makeKeyId(masterKey: MasterKey): AccessKeyId {
  const letters = Array.from({ length: RANDOM_LETTERS }, () => LETTERS[randomInt(LETTERS.length)])
  const body = PREFIX + letters.join('')
  return accessKeyId(body + macOf(masterKey.subkey('key-ids'), body))
}

/** Returns the MAC at the end of a key ID: the first 30 bits of an HMAC-SHA256 as six letters. */
function macOf(key: KeyObject, body: string): string {
  const mac = createHmac('sha256', key).update(body).digest()
  return Array.from(mac.subarray(0, MAC_LETTERS), byte => LETTERS[byte % LETTERS.length]).join('')
}
