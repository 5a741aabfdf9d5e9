/**
 * Entries and messages as they lie in the shared cache: sealed, so that nobody who writes there can
 * make one, and bound to their place, so that nobody can put one in another's place.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import type { PolicyChange } from '../model/subject.ts'
import type { EntryVersion } from './cache.ts'

/** Seals under a key that all gateways of a store share. */
export type Sealer = Readonly<{
  seal: (bytes: Uint8Array) => Uint8Array
  /** @throws Error where the bytes were not sealed by this key, or were altered */
  unseal: (sealed: Uint8Array) => Uint8Array
}>

/** Raised with every change of what a value or its version says: versions of the gateway run side by side. */
const FORMAT = 5

/** A value, and the version of the snapshot of the store in which it was read. */
export type EntryContent = EntryVersion &
  Readonly<{
    /** Under which key it belongs. */
    key: string
    /** When its read began, by the clock of whoever read it; milliseconds since the epoch. */
    readAt: number
    value: unknown
  }>

/** Changes of an organization, told by whoever made or found them. */
export type Announcement = Readonly<{
  epoch: string
  organization: OrganizationId
  changes: readonly PolicyChange[]
}>

export const sealEntry = (sealer: Sealer, entry: EntryContent): Uint8Array =>
  sealer.seal(encode(['entry', FORMAT, entry]))

/** Undefined for an entry of another version of the gateway. @throws Error for a forged one */
export function unsealEntry(sealer: Sealer, sealed: Uint8Array): EntryContent | undefined {
  return decode<EntryContent>('entry', sealer.unseal(sealed))
}

export const sealAnnouncement = (sealer: Sealer, announcement: Announcement): Uint8Array =>
  sealer.seal(encode(['announcement', FORMAT, announcement]))

/** Undefined for one of another version of the gateway. @throws Error for a forged one */
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

/** What was sealed was encoded here, so its form is known but for the format. */
function decode<T>(kind: string, bytes: Uint8Array): T | undefined {
  const [is, format, content] = JSON.parse(Buffer.from(bytes).toString(), reviveBytes) as [
    string,
    number,
    T,
  ]
  if (is !== kind) throw new Error(`An ${is} stands where an ${kind} belongs`)
  return format === FORMAT ? content : undefined
}

function reviveBytes(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(BYTES in value)) return value
  return new Uint8Array(Buffer.from(String(value[BYTES]), 'base64'))
}
