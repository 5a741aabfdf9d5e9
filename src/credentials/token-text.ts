/**
 * Reads and writes the text of tokens: three parts of base64url with dots, because some clients accept no other form.
 *
 * The first part has the format version and the ID of the signing key, the second the claims, and the third an
 * HMAC-SHA256 over both.
 *
 * @module
 */

import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { organizationId } from '../model/identity.ts'
import { accessKeyId, principalId } from '../model/principal.ts'
import { roleId } from '../model/role.ts'
import type { TokenClaims } from '../model/token.ts'

/** Parts of a well-formed token. */
export type TokenParts = Readonly<{ keyId: string; signed: string; claims: string; mac: string }>

/** Maximum length of a token in characters. */
export const MAX_TOKEN_LENGTH = 256

/** Format version. Increment it with every change of the claims. Tokens with another version are rejected. */
const FORM = 'g3'
const TOKEN = /^g3([\w-]{8})\.([\w-]+)\.([\w-]{43})$/

const ORGANIZATION = /^m-[0-9a-f]{32}$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const EPOCH_CHARACTERS = 16

/** Offsets of the encoded claims. The role ID takes the rest. */
const AT = {
  organization: 0,
  principal: 16,
  epoch: 32,
  version: 40,
  expiry: 46,
  key: 52,
  role: 72,
}

/** Writes and signs a token. */
export function writeToken(
  key: Readonly<{ id: string; secret: Uint8Array }>,
  claims: TokenClaims,
): string {
  const signed = `${FORM}${key.id}.${writeClaims(claims).toString('base64url')}`
  return `${signed}.${macOf(key.secret, signed)}`
}

/** Splits a token into its parts. Returns undefined if the text is not a token. */
export function readToken(text: string): TokenParts | undefined {
  if (text.length > MAX_TOKEN_LENGTH) return undefined
  const parts = TOKEN.exec(text)
  if (parts === null) return undefined
  const [, keyId = '', claims = '', mac = ''] = parts
  return { keyId, signed: text.slice(0, text.lastIndexOf('.')), claims, mac }
}

/** Returns the claims of a token, or undefined if the key did not sign it. */
export function verifyToken(
  { signed, claims, mac }: TokenParts,
  secret: Uint8Array,
): TokenClaims | undefined {
  const expected = Buffer.from(macOf(secret, signed))
  return timingSafeEqual(expected, Buffer.from(mac)) ? readClaims(claims) : undefined
}

/** Returns a short value that identifies an epoch of the store. */
export const epochMark = (epoch: string): string =>
  hash('sha256', epoch, 'hex').slice(0, EPOCH_CHARACTERS)

const macOf = (secret: Uint8Array, signed: string): string =>
  createHmac('sha256', secret).update(signed).digest('base64url')

function writeClaims(claims: TokenClaims): Buffer {
  const bytes = Buffer.alloc(AT.role)
  bytes.write(hexOf(claims.organizationId, ORGANIZATION, 'm-'), AT.organization, 'hex')
  bytes.write(hexOf(claims.principalId, UUID, /-/g), AT.principal, 'hex')
  bytes.write(claims.epoch, AT.epoch, 'hex')
  bytes.writeUIntBE(claims.roleVersion, AT.version, 6)
  bytes.writeUIntBE(Math.floor(claims.expiresAt / 1_000), AT.expiry, 6)
  bytes.write(claims.accessKeyId, AT.key)
  return Buffer.concat([bytes, Buffer.from(claims.roleId)])
}

/** Reads claims that {@link writeClaims} wrote. The signature must be verified before. */
function readClaims(text: string): TokenClaims {
  const bytes = Buffer.from(text, 'base64url')
  return {
    organizationId: organizationId(`m-${bytes.toString('hex', AT.organization, AT.principal)}`),
    principalId: principalId(uuidOf(bytes.toString('hex', AT.principal, AT.epoch))),
    epoch: bytes.toString('hex', AT.epoch, AT.version),
    roleVersion: bytes.readUIntBE(AT.version, 6),
    expiresAt: bytes.readUIntBE(AT.expiry, 6) * 1_000,
    accessKeyId: accessKeyId(bytes.subarray(AT.key, AT.role).toString()),
    roleId: roleId(bytes.subarray(AT.role).toString()),
  }
}

function hexOf(id: string, form: RegExp, without: string | RegExp): string {
  if (!form.test(id)) throw new TypeError(`Cannot write a token: ${id} is not of the form ${form}`)
  return id.replace(without, '')
}

const uuidOf = (hex: string): string =>
  hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
