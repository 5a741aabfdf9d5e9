/**
 * Entries and messages in the shared cache. They are sealed, so that only gateways can create them, and bound to
 * their key, so that they cannot be copied to another key.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import type { PolicyChange } from '../model/subject.ts'
import type { EntryVersion } from './cache.ts'

/** Authenticates bytes with a key that all gateways of a store share. */
export type Sealer = Readonly<{
  seal: (bytes: Uint8Array) => Uint8Array
  /** @throws Error if the bytes were not sealed with this key, or were altered */
  unseal: (sealed: Uint8Array) => Uint8Array
}>

/**
 * Format version. Increment it when a value or its meaning changes, because versions of the gateway run
 * side by side.
 */
const FORMAT = 1

/** A value, and the version of the snapshot of the store in which it was read. */
export type EntryContent = EntryVersion &
  Readonly<{
    /** The key that the value belongs to. */
    key: string
    /** Start of the value's read by the reader's clock, in milliseconds since the epoch. */
    readAt: number
    value: unknown
  }>

/** Message to other gateways about changes of an organization. */
export type Announcement = Readonly<{
  epoch: string
  organization: OrganizationId
  changes: readonly PolicyChange[]
}>

export const sealEntry = (sealer: Sealer, entry: EntryContent): Uint8Array =>
  sealer.seal(encode(['entry', FORMAT, entry]))

/** Returns undefined for an entry in the format of another gateway version. @throws Error for a forged one */
export function unsealEntry(sealer: Sealer, sealed: Uint8Array): EntryContent | undefined {
  return decode<EntryContent>('entry', sealer.unseal(sealed))
}

export const sealAnnouncement = (sealer: Sealer, announcement: Announcement): Uint8Array =>
  sealer.seal(encode(['announcement', FORMAT, announcement]))

/** Returns undefined for a message in the format of another gateway version. @throws Error for a forged one */
export function unsealAnnouncement(sealer: Sealer, sealed: Uint8Array): Announcement | undefined {
  return decode<Announcement>('announcement', sealer.unseal(sealed))
}

const BYTES = '$bytes'

const encode = (content: unknown): Uint8Array =>
  Buffer.from(
    JSON.stringify(content, (_, value: unknown) =>
      value instanceof Uint8Array ? { [BYTES]: Buffer.from(value).toString('base64') } : value,
    ),
  )

/** Decodes bytes whose seal was verified. Only their format version is checked. */
function decode<T>(kind: string, bytes: Uint8Array): T | undefined {
  const [is, format, content] = JSON.parse(Buffer.from(bytes).toString(), reviveBytes) as [
    string,
    number,
    T,
  ]
  if (is !== kind) throw new Error(`Expected an ${kind}, found an ${is}`)
  return format === FORMAT ? content : undefined
}

function reviveBytes(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(BYTES in value)) return value
  const { [BYTES]: text, ...others } = value
  if (typeof text !== 'string' || Object.keys(others).length > 0) return value
  return new Uint8Array(Buffer.from(text, 'base64'))
}
