/**
 * An entry of Active Directory as a user: what its attributes say, and what of that can be taken.
 *
 * @module
 */

import { isAddress, isPrincipalName, isSid, type UserId, userId } from '../model/identity.ts'
import type { Entry, Unfit } from './directory.ts'

/** The attributes of an entry, by name; several values, one, or none. */
export type Attributes = Readonly<Record<string, Value | readonly Value[]>>
type Value = string | Buffer

export const ATTRIBUTES = [
  'objectGUID',
  'objectSid',
  'mail',
  'proxyAddresses',
  'userPrincipalName',
  'displayName',
]

/** Attributes that are no text. */
export const BINARY = ['objectGUID', 'objectSid']

/** The user whom an entry describes, or why it describes none. */
export function entryOf(attributes: Attributes): Entry | Unfit {
  const who = textsOf(attributes, 'dn')[0] ?? 'somebody'
  const entryId = idOf(attributes)
  if (entryId === undefined) return { who, problem: 'has no objectGUID that can be read' }
  if (Object.keys(attributes).some(name => /^proxyAddresses;range=/i.test(name)))
    return { entryId, who, problem: 'has more proxyAddresses than the server tells at once' }

  const { primaries, aliases } = addressesOf(attributes)
  const [primarySmtpAddress, another] = primaries
  if (primarySmtpAddress === undefined) return { entryId, who, problem: 'has no address' }
  if (another !== undefined) return { entryId, who, problem: 'has several primary addresses' }
  if (!isAddress(primarySmtpAddress))
    return { entryId, who, problem: 'has a primary address that no mailbox can have here' }

  const flaws: string[] = []
  const take = (name: string, value: string | undefined, isGood: (value: string) => boolean) => {
    if (value === undefined || isGood(value)) return value
    flaws.push(`its ${name} cannot be used`)
    return undefined
  }
  const principalName = take(
    'userPrincipalName',
    textsOf(attributes, 'userPrincipalName')[0],
    isPrincipalName,
  )
  const sid = take('objectSid', sidOf(attributes), isSid)
  const displayName = textsOf(attributes, 'displayName')[0]
  return {
    entryId,
    primarySmtpAddress,
    aliases: aliases.filter(alias => take('address', alias, isAddress) !== undefined),
    ...(principalName !== undefined && { principalName }),
    ...(sid !== undefined && { sid }),
    ...(displayName !== undefined && /^[^\p{Cc}]{1,256}$/u.test(displayName) && { displayName }),
    flaws,
  }
}

/** The objectGUID, spelt as Windows does, or undefined where there is none. */
export function idOf(attributes: Attributes): UserId | undefined {
  const [bytes] = valuesOf(attributes, 'objectGUID')
  if (!Buffer.isBuffer(bytes) || bytes.length !== 16) return undefined
  const hex = Buffer.from(ORDER.map(at => bytes[at] ?? 0)).toString('hex')
  return userId(hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5'))
}

/** The bytes of an objectGUID. */
export function bytesOfId(id: UserId): Buffer {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
  return Buffer.from(ORDER.map(at => bytes[at] ?? 0))
}

/** The first three parts of a GUID are little-endian; the same exchange leads there and back. */
const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]

/** `SMTP:` marks the primary address; `mail` is it where nothing does. */
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

/** `S-1-`, the authority, and every sub-authority. */
function sidOf(attributes: Attributes): string | undefined {
  const [bytes] = valuesOf(attributes, 'objectSid')
  if (!Buffer.isBuffer(bytes)) return undefined
  const count = bytes[1] ?? 0
  if (bytes[0] !== 1 || bytes.length !== 8 + 4 * count) return ''
  const parts = Array.from({ length: count }, (_, index) => bytes.readUInt32LE(8 + 4 * index))
  return ['S-1', bytes.readUIntBE(2, 6), ...parts].join('-')
}

export const textsOf = (attributes: Attributes, name: string): string[] =>
  valuesOf(attributes, name).map(String)

function valuesOf(attributes: Attributes, name: string): readonly Value[] {
  const value = attributes[name]
  if (value === undefined) return []
  return typeof value === 'string' || Buffer.isBuffer(value) ? [value] : (value as Value[])
}
