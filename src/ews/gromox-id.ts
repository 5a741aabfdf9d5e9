/**
 * Reads the mailbox in an ID of grommunio.
 *
 * Such an ID is a MAPI entry ID, 4 bytes for an attachment or an occurrence, and one byte for the type of the ID. An
 * entry ID names the mailbox in up to three places: by the GUID of the mailbox, by the GUID of the database of the
 * folder, and, in the entry ID of an item, by that of the item. The GUID of a database begins with the number of the
 * user. grommunio goes by the number of the folder alone, so all places must agree here. Only a private entry ID has the
 * number of a user: in others, it is that of a domain.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcdata
 *
 * @module
 */

/**
 * A mailbox of grommunio. Its GUID is the GUID of the database, a slash, and the GUID of the mailbox, both in lower case. So
 * the parts of an ID can't contradict each other without naming a mailbox that no user has.
 */
type GromoxMailbox = Readonly<{ kind: 'mailbox'; guid: string }>

const GUID_BYTES = 16
/** Offsets in an entry ID. */
export const MAILBOX_AT = 4
const ENTRY_TYPE_AT = 20
const DATABASE_AT = 22
const DATABASE_END = DATABASE_AT + GUID_BYTES
const FOLDER_PAD_AT = 44
const ITEM_DATABASE_AT = 46
const ITEM_PAD_AT = 68

/** Lengths of entry IDs. */
const FOLDER_ENTRY = 46
const ITEM_ENTRY = 70
/** Length of the number of an attachment, or of the date of an occurrence. */
const DETAIL = 4

/** Types of entry IDs: of folders and items in mailboxes, and in public folders. */
const PRIVATE_FOLDER = 1
const PUBLIC_FOLDER = 3
const PRIVATE_ITEM = 7
const PUBLIC_ITEM = 9

/** Types of IDs, in their last byte. */
const FOLDER = 1
const ITEM = 2
const ATTACHMENT = 3
const OCCURRENCE = 4

/** Length of the text of a GUID, and of the number of the user at its beginning. */
const GUID_LENGTH = 36
const NUMBER_LENGTH = 8
const SEPARATOR = '/'

/** Whether bytes begin like an entry ID, so that grommunio could take them for one of its IDs. */
export function looksLikeGromox(bytes: Uint8Array, to: number): boolean {
  if (to < FOLDER_ENTRY || !isZero(bytes, 0, MAILBOX_AT)) return false
  const type = entryTypeOf(bytes)
  return (
    type === PRIVATE_FOLDER ||
    type === PUBLIC_FOLDER ||
    type === PRIVATE_ITEM ||
    type === PUBLIC_ITEM
  )
}

/**
 * Returns the mailbox that an ID belongs to; undefined if the ID is not complete, is not in a mailbox, or contradicts
 * itself.
 *
 * @param bytes - an ID for which {@link looksLikeGromox} holds
 * @param to - length of the ID
 */
export function gromoxMailbox(bytes: Uint8Array, to: number): GromoxMailbox | undefined {
  const isFolder = entryTypeOf(bytes) === PRIVATE_FOLDER
  const isComplete = isFolder ? isFolderId(bytes, to) : isItemId(bytes, to)
  if (!isComplete) return undefined
  if (last === undefined || !isLast(bytes)) {
    lastBytes.set(bytes.subarray(0, DATABASE_END))
    const guid = guidAt(bytes, DATABASE_AT) + SEPARATOR + guidAt(bytes, MAILBOX_AT)
    last = { kind: 'mailbox', guid }
  }
  return last
}

/**
 * Returns the part of a mailbox's GUID that the server goes by: the number of the user. Returns undefined for the GUID of
 * another server.
 */
export const numberIn = (guid: string): string | undefined =>
  guid[GUID_LENGTH] === SEPARATOR ? guid.slice(0, NUMBER_LENGTH) : undefined

const entryTypeOf = (bytes: Uint8Array): number =>
  (bytes[ENTRY_TYPE_AT] as number) | ((bytes[ENTRY_TYPE_AT + 1] as number) << 8)

const isFolderId = (bytes: Uint8Array, to: number): boolean =>
  to === FOLDER_ENTRY + 1 &&
  bytes[FOLDER_ENTRY] === FOLDER &&
  isZero(bytes, FOLDER_PAD_AT, FOLDER_ENTRY)

/** Whether the bytes are the ID of an item, an attachment, or an occurrence, in the database of its folder. */
function isItemId(bytes: Uint8Array, to: number): boolean {
  if (entryTypeOf(bytes) !== PRIVATE_ITEM) return false
  const type = bytes[to - 1]
  const details = type === ATTACHMENT || type === OCCURRENCE ? DETAIL : 0
  if (details === 0 && type !== ITEM) return false
  if (to !== ITEM_ENTRY + details + 1) return false
  for (let i = 0; i < GUID_BYTES; i++)
    if (bytes[DATABASE_AT + i] !== bytes[ITEM_DATABASE_AT + i]) return false
  return isZero(bytes, FOLDER_PAD_AT, ITEM_DATABASE_AT) && isZero(bytes, ITEM_PAD_AT, ITEM_ENTRY)
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false
  return true
}

/** Caches the last mailbox and its bytes, because most IDs of a request belong to the same mailbox. */
const lastBytes = new Uint8Array(DATABASE_END)
let last: GromoxMailbox | undefined

function isLast(bytes: Uint8Array): boolean {
  for (let i = MAILBOX_AT; i < DATABASE_END; i++)
    if (bytes[i] !== lastBytes[i] && i !== ENTRY_TYPE_AT) return false
  return true
}

/** Order of the bytes of a GUID in its text. The first three numbers have their lowest byte first. */
const GUID_ORDER = [3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15]

/** Returns the text of the GUID at an offset. */
export const guidAt = (bytes: Uint8Array, at: number): string =>
  GUID_ORDER.map(i => (i < 0 ? '-' : hex(bytes[at + i] as number))).join('')

const hex = (byte: number): string => byte.toString(16).padStart(2, '0')
