/**
 * Finds the item that contains an attachment, from the attachment's ID.
 *
 * An ID of Exchange contains the item's ID, followed by the number of attachments. An ID of grommunio contains the entry
 * ID of the item. An ID of another form belongs to no known item.
 *
 * @module
 */

const GUID_LENGTH = 36
const MAILBOX_GUID = 3
const RUN_LENGTHS = 1
const MAX_UNPACKED = 2_049
/** Offset of the length of the entry ID: after compression, type, length of the GUID, GUID, and instruction. */
const ENTRY_LENGTH_AT = 1 + 1 + 2 + GUID_LENGTH + 1
/** Length of the entry ID of an item, and of the number of an attachment, in IDs of grommunio. */
const GROMMUNIO_ENTRY = 70
const GROMMUNIO_NUMBER = 4
const GROMMUNIO_TYPES = { item: '\u0002', attachment: '\u0003' } as const

/** Returns the ID of the item that contains an attachment; undefined if the ID doesn't tell it. */
export function itemOfAttachment(id: string): string | undefined {
  const bytes = decode(id)
  if (bytes === undefined) return undefined
  return itemInGrommunio(bytes) ?? itemInExchange(bytes)
}

function itemInGrommunio(bytes: string): string | undefined {
  const { length } = bytes
  if (length !== GROMMUNIO_ENTRY + GROMMUNIO_NUMBER + 1) return undefined
  if (bytes[length - 1] !== GROMMUNIO_TYPES.attachment) return undefined
  return btoa(bytes.slice(0, GROMMUNIO_ENTRY) + GROMMUNIO_TYPES.item)
}

function itemInExchange(bytes: string): string | undefined {
  const compression = bytes.charCodeAt(0)
  if (compression > RUN_LENGTHS) return undefined
  const id = compression === RUN_LENGTHS ? unpack(bytes) : bytes
  if (id === undefined || id.charCodeAt(1) !== MAILBOX_GUID) return undefined
  if (wordAt(id, 2) !== GUID_LENGTH) return undefined
  const end = ENTRY_LENGTH_AT + 2 + wordAt(id, ENTRY_LENGTH_AT)
  // The number of attachments follows, and is not zero.
  return id.charCodeAt(end) > 0 ? btoa(id.slice(0, end)) : undefined
}

/** Decodes base64; undefined if other decoders could return other bytes. */
function decode(id: string): string | undefined {
  try {
    const bytes = atob(id)
    return btoa(bytes) === id ? bytes : undefined
  } catch {
    return undefined
  }
}

/** Decompresses an ID: two equal bytes are followed by the number of their repetitions. */
function unpack(packed: string): string | undefined {
  let text = '\u0000'
  for (let i = 1; i < packed.length; i += 1) {
    const byte = packed[i] as string
    text += byte
    if (packed[i + 1] !== byte) continue
    if (i + 2 >= packed.length) return undefined
    text += byte.repeat(packed.charCodeAt(i + 2) + 1)
    i += 2
    if (text.length > MAX_UNPACKED) return undefined
  }
  return text
}

const wordAt = (text: string, at: number): number =>
  text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8)
