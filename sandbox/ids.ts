/**
 * IDs in Exchange's form, so that decoders of Exchange's IDs decode these, too.
 *
 * `base64(compression 0, storage type 3, mailbox GUID, instruction 0, entry ID, attachments)`. A folder's
 * entry ID has 46 bytes, an item's 70.
 *
 * @module
 */

/** Object that an ID identifies. */
export type Target = Readonly<{
  /** GUID of a store: that of a mailbox or of its archive. */
  guid: string
  /** GUID of another mailbox that the ID names too, but that the server ignores. */
  otherGuid?: string
  folder: number
  /** Absent for the ID of a folder. */
  item?: number
  /** Present only for the ID of an attachment. */
  attachment?: number
  /** Date of an occurrence. Present only for the ID of an occurrence in grommunio's form. */
  occurrence?: number
}>

const UNCOMPRESSED = 0
const MAILBOX_GUID_BASED = 3
const CONVERSATION = 4
const GUID_LENGTH = 36
export const FOLDER_ENTRY = 46
export const ITEM_ENTRY = 70
const ATTACHMENT_ID = 8
const PROVIDER = 4
const FOLDER_COUNTER = 38
const ITEM_COUNTER = 62
const HEAD = 1 + 1 + 2 + GUID_LENGTH + 1 + 2

/** The form in which a server writes and reads IDs. */
export type IdForm = Readonly<{
  write: (target: Target) => string
  read: (id: string) => Target | undefined
  /** Returns the MAPI entry ID in an ID, for ConvertId. */
  entryOf: (target: Target) => Buffer
  readEntry: (entry: Buffer) => Target | undefined
  /** Returns the ID of a conversation in a store, from a hash of 16 bytes. */
  conversation: (guid: string, hash: Buffer) => string
}>

export const EXCHANGE_IDS: IdForm = {
  write: writeId,
  read: readId,
  entryOf,
  readEntry,
  conversation: (guid, hash) => {
    const head = Buffer.from([UNCOMPRESSED, CONVERSATION, guid.length, 0])
    return Buffer.concat([head, Buffer.from(guid), Buffer.from([hash.length, 0]), hash]).toString(
      'base64',
    )
  },
}

/** Returns a FolderId, ItemId, or AttachmentId. */
export function writeId(target: Target): string {
  const entry = entryOf(target)
  const head = Buffer.alloc(HEAD)
  head[0] = UNCOMPRESSED
  head[1] = MAILBOX_GUID_BASED
  head.writeUInt16LE(GUID_LENGTH, 2)
  head.write(target.guid, 4, 'latin1')
  head.writeUInt16LE(entry.length, HEAD - 2)
  if (target.attachment === undefined) return Buffer.concat([head, entry]).toString('base64')
  const tail = Buffer.alloc(3 + ATTACHMENT_ID)
  tail[0] = 1
  tail.writeUInt16LE(ATTACHMENT_ID, 1)
  tail.writeUIntBE(target.attachment, tail.length - 6, 6)
  return Buffer.concat([head, entry, tail]).toString('base64')
}

/** Reads an ID. Returns undefined if it doesn't have this form. */
export function readId(id: string): Target | undefined {
  const bytes = Buffer.from(id, 'base64')
  if (bytes.toString('base64') !== id || bytes.length < HEAD + FOLDER_ENTRY) return undefined
  if (bytes[0] !== UNCOMPRESSED || bytes[1] !== MAILBOX_GUID_BASED) return undefined
  if (bytes.readUInt16LE(2) !== GUID_LENGTH) return undefined
  const guid = bytes.toString('latin1', 4, 4 + GUID_LENGTH)
  const length = bytes.readUInt16LE(HEAD - 2)
  const entry = bytes.subarray(HEAD, HEAD + length)
  if (entry.length !== length) return undefined
  const folder = counterAt(entry, FOLDER_COUNTER)
  if (length === FOLDER_ENTRY && bytes.length === HEAD + length) return { guid, folder }
  if (length !== ITEM_ENTRY) return undefined
  const item = counterAt(entry, ITEM_COUNTER)
  const tail = bytes.subarray(HEAD + length)
  if (tail.length === 0) return { guid, folder, item }
  if (tail.length !== 3 + ATTACHMENT_ID) return undefined
  return { guid, folder, item, attachment: tail.readUIntBE(tail.length - 6, 6) }
}

/** Returns the MAPI entry ID in an ID, for ConvertId. */
export function entryOf({ guid, folder, item }: Target): Buffer {
  const store = guidBytes(guid)
  const entry = Buffer.alloc(item === undefined ? FOLDER_ENTRY : ITEM_ENTRY)
  store.copy(entry, PROVIDER)
  entry[20] = item === undefined ? 1 : 7
  store.copy(entry, 22)
  entry.writeUIntBE(folder, FOLDER_COUNTER, 6)
  if (item === undefined) return entry
  store.copy(entry, 46)
  entry.writeUIntBE(item, ITEM_COUNTER, 6)
  return entry
}

/** Returns the object of a MAPI entry ID, or undefined if it doesn't have this form. */
export function readEntry(entry: Buffer): Target | undefined {
  if (entry.length !== FOLDER_ENTRY && entry.length !== ITEM_ENTRY) return undefined
  const guid = guidOf(entry.subarray(PROVIDER, PROVIDER + 16))
  const folder = counterAt(entry, FOLDER_COUNTER)
  if (entry.length === FOLDER_ENTRY) return { guid, folder }
  return { guid, folder, item: counterAt(entry, ITEM_COUNTER) }
}

const CHANGE_KEY_KIND = { folder: 1, Message: 9, CalendarItem: 15, Contact: 17, Task: 19 } as const

/** Returns a ChangeKey: the kind of object, and the store's counter at its last change. */
export function writeChangeKey(guid: string, kind: string, change: number): string {
  const key = Buffer.alloc(30)
  const known = Object.hasOwn(CHANGE_KEY_KIND, kind)
  key[0] = known ? CHANGE_KEY_KIND[kind as keyof typeof CHANGE_KEY_KIND] : CHANGE_KEY_KIND.Message
  key[4] = 22
  Buffer.from(guid.replaceAll('-', ''), 'hex').copy(key, 8)
  key.writeUIntBE(change, 24, 6)
  return key.toString('base64')
}

/** Returns the bytes of a GUID. */
export const guidBytes = (guid: string): Buffer => Buffer.from(guid.replaceAll('-', ''), 'hex')

export const counterAt = (entry: Buffer, at: number) => entry.readUIntBE(at, 6)

/** Returns the text of the bytes of a GUID. */
export const guidOf = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
