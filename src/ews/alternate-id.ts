/**
 * Finds the mailbox of an ID that ConvertId converts: an ID of EWS, the same with percent encoding, or a MAPI entry ID
 * in base64 or hexadecimal. The format that the request names doesn't count, because a server could ignore it.
 *
 * Exchange names the mailbox in an entry ID by another GUID than in the ID of EWS around it. grommunio goes by the number
 * in the GUID of the database there, as in its other IDs.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcdata
 *
 * @module
 */

import { gromoxMailbox, guidAt, looksLikeGromox, MAILBOX_AT } from './gromox-id.ts'
import { type ItemPlace, placeOf, unpackedId } from './item-id.ts'

/** Beginning of the name of a mailbox that an entry ID is in. After it comes a mailbox as in an ID of grommunio. */
const PREFIX = 'entry:'
const HEX = /^(?:[0-9a-f]{2})+$/i
/** Characters of base64 that are encoded in URLs. Others stay as they are, so that no server reads another ID. */
const ENCODED = /%(?:2B|2F|3D)/gi

/** Lengths of entry IDs, and the types that IDs of grommunio have after them. */
const TYPES: ReadonlyMap<number, number> = new Map([
  [46, 1],
  [70, 2],
])
/** Offset of the entry ID in an ID of Exchange. */
const ENTRY_AT = 43

/** Returns which mailbox an ID that is to be converted is in. {@link mailboxInEntry} reads the name of an entry ID's. */
export function placeOfAlternate(text: string): ItemPlace {
  const id = text.replace(ENCODED, decodeURIComponent)
  const coding = HEX.test(id) ? 'hex' : 'base64'
  const bytes = Buffer.from(id, coding)
  if (!looksLikeGromox(bytes, bytes.length)) return placeOf(id)
  const type = TYPES.get(bytes.length)
  if (type === undefined && coding === 'base64') return placeOf(id)
  const isExact = coding === 'hex' || bytes.toString(coding) === id
  const place =
    type !== undefined && isExact
      ? gromoxMailbox(Buffer.concat([bytes, Buffer.of(type)]), bytes.length + 1)
      : undefined
  return place === undefined ? { kind: 'elsewhere' } : { ...place, guid: PREFIX + place.guid }
}

/**
 * Returns the mailbox that an entry ID is in, as grommunio reads it (`mailbox`) and as Exchange does (`provider`).
 * Returns undefined for the mailbox of another ID.
 */
export function mailboxInEntry(
  guid: string,
): Readonly<{ mailbox: string; provider: string }> | undefined {
  if (!guid.startsWith(PREFIX)) return undefined
  const mailbox = guid.slice(PREFIX.length)
  return { mailbox, provider: mailbox.slice(mailbox.indexOf('/') + 1) }
}

/** Returns the GUID by which entry IDs of Exchange name the mailbox that a folder is in. */
export function providerIn(folderId: string): string | undefined {
  const entry = unpackedId(folderId)?.subarray(ENTRY_AT)
  return entry !== undefined && looksLikeGromox(entry, entry.length)
    ? guidAt(entry, MAILBOX_AT)
    : undefined
}
