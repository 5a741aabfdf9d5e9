/**
 * Converts an entry of Active Directory to a user, and reports values that cannot be used.
 *
 * @module
 */

import { isAddress, isPrincipalName, isSid, type UserId, userId } from '../model/identity.ts'
import type { SkippedEntry, UserEntry } from './directory.ts'

/** Attributes of an entry by name. An attribute has one value, or a list of any length. */
export type Attributes = Readonly<Record<string, Value | readonly Value[]>>
type Value = string | Buffer

/** Attributes of a user that are read. */
export const ATTRIBUTES = [
  'objectGUID',
  'objectSid',
  'mail',
  'proxyAddresses',
  'userPrincipalName',
  'displayName',
]

/** Attributes with binary values. */
export const BINARY = ['objectGUID', 'objectSid']

/** Attributes whose values are skipped if they are invalid, with the pattern of valid values and the message. */
const FORMS = {
  userPrincipalName: {
    isValid: isPrincipalName,
    flaw: 'is not 1 to 256 characters without spaces or control characters',
  },
  objectSid: { isValid: isSid, flaw: 'is not a Windows SID' },
  address: { isValid: isAddress, flaw: 'is not an ASCII address like alice@example.com' },
} as const

/** Returns the user of an entry, or the reason why the entry is skipped. */
export function entryOf(attributes: Attributes): UserEntry | SkippedEntry {
  const who = textsOf(attributes, 'dn')[0] ?? 'an entry without a name'
  const entryId = idOf(attributes)
  if (entryId === undefined) return { who, problem: 'has no valid objectGUID' }
  if (Object.keys(attributes).some(name => /^proxyAddresses;range=/i.test(name)))
    return { entryId, who, problem: 'has more proxyAddresses than the server returns at once' }

  const { primaries, aliases } = addressesOf(attributes)
  const [primarySmtpAddress, another] = primaries
  if (primarySmtpAddress === undefined) return { entryId, who, problem: 'has no address' }
  if (another !== undefined) return { entryId, who, problem: 'has several primary addresses' }
  if (!isAddress(primarySmtpAddress))
    return {
      entryId,
      who,
      problem: 'has a primary address that is not an ASCII address like alice@example.com',
    }

  const flaws: string[] = []
  const take = (name: keyof typeof FORMS, value: string | undefined) => {
    const { isValid, flaw } = FORMS[name]
    if (value === undefined || isValid(value)) return value
    flaws.push(`its ${name} ${flaw}`)
    return undefined
  }
  const principalName = take('userPrincipalName', textsOf(attributes, 'userPrincipalName')[0])
  const sid = take('objectSid', sidOf(attributes))
  const displayName = textsOf(attributes, 'displayName')[0]
  return {
    entryId,
    primarySmtpAddress,
    aliases: aliases.filter(alias => take('address', alias) !== undefined),
    ...(principalName !== undefined && { principalName }),
    ...(sid !== undefined && { sid }),
    ...(displayName !== undefined && /^[^\p{Cc}]{1,256}$/u.test(displayName) && { displayName }),
    flaws,
  }
}

/** Returns the objectGUID as the UUID that Windows shows, or undefined if there is none. */
export function idOf(attributes: Attributes): UserId | undefined {
  const [bytes] = valuesOf(attributes, 'objectGUID')
  if (!Buffer.isBuffer(bytes) || bytes.length !== 16) return undefined
  const hex = Buffer.from(ORDER.map(at => bytes[at] ?? 0)).toString('hex')
  return userId(hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5'))
}

/** Returns the bytes of an objectGUID. */
export function bytesOfId(id: UserId): Buffer {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
  return Buffer.from(ORDER.map(at => bytes[at] ?? 0))
}

/** Returns the bytes of a SID that {@link sidText} wrote. */
export function bytesOfSid(sid: string): Buffer {
  const [, , authority = '', ...parts] = sid.split('-')
  const bytes = Buffer.alloc(8 + 4 * parts.length)
  bytes.writeUInt8(1)
  bytes.writeUInt8(parts.length, 1)
  bytes.writeUIntBE(Number(authority), 2, 6)
  for (const [index, part] of parts.entries()) bytes.writeUInt32LE(Number(part), 8 + 4 * index)
  return bytes
}

/** Byte order of a GUID, whose first three parts are little-endian. The same order converts in both directions. */
const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]

/**
 * Returns the addresses of an entry. `SMTP:` marks the primary address. If no address is marked, the primary
 * address is that of the attribute `mail`.
 */
export function addressesOf(attributes: Attributes) {
  const proxies = textsOf(attributes, 'proxyAddresses')
  const having = (prefix: string) =>
    proxies.filter(proxy => proxy.startsWith(prefix)).map(proxy => proxy.slice(prefix.length))
  const primaries = having('SMTP:')
  return {
    primaries: primaries.length > 0 ? primaries : textsOf(attributes, 'mail').slice(0, 1),
    aliases: having('smtp:'),
  }
}

/** Returns the SID as text: `S-1-`, the authority, and all sub-authorities. */
function sidOf(attributes: Attributes): string | undefined {
  const [bytes] = valuesOf(attributes, 'objectSid')
  return Buffer.isBuffer(bytes) ? sidText(bytes) : undefined
}

/** Returns the bytes of a SID as text; empty if they are malformed. */
export function sidText(bytes: Buffer): string {
  const count = bytes[1] ?? 0
  if (bytes[0] !== 1 || bytes.length !== 8 + 4 * count) return ''
  const parts = Array.from({ length: count }, (_, index) => bytes.readUInt32LE(8 + 4 * index))
  return ['S-1', bytes.readUIntBE(2, 6), ...parts].join('-')
}

/** Returns the values of an attribute as texts. */
export const textsOf = (attributes: Attributes, name: string): string[] =>
  valuesOf(attributes, name).map(String)

export function valuesOf(attributes: Attributes, name: string): readonly Value[] {
  const value = attributes[name]
  if (value === undefined) return []
  return typeof value === 'string' || Buffer.isBuffer(value) ? [value] : (value as Value[])
}
