/**
 * IDs in grommunio's form: a MAPI entry ID, the number of an attachment or the date of an occurrence, and one byte for
 * the type. As grommunio, the sandbox goes by the number of the user, and ignores all other parts that name a mailbox.
 *
 * @module
 */

import {
  counterAt,
  FOLDER_ENTRY,
  guidBytes,
  guidOf,
  type IdForm,
  ITEM_ENTRY,
  type Target,
} from './ids.ts'

const DETAIL = 4
const TYPES = { folder: 1, item: 2, attachment: 3, occurrence: 4, conversation: 5 } as const
const MAILBOX_AT = 4
const ENTRY_TYPE_AT = 20
/** Types of entry IDs in mailboxes. The number in another one is that of a domain. */
const PRIVATE = { folder: 1, item: 7 } as const
/** Offsets of the GUIDs of databases. Each begins with the number of the user. */
const DATABASE_AT = { folder: 22, item: 46 } as const
const COUNTER_AT = { folder: 38, item: 62 } as const
/** End of the GUID of each database of a mailbox. */
const DATABASE = Buffer.from('a5187b6fbcdcea1ed03c5657', 'hex')

/** Numbers of stores by GUID, and the reverse. They are the same in all sandboxes of a process. */
const numbers = new Map<string, number>()
const guids = new Map<number, string>()

/** Gives each store a number, in this order, unless it has one. */
export function numberStores(stores: readonly string[]): void {
  for (const guid of stores) numberOf(guid)
}

function numberOf(guid: string): number {
  const known = numbers.get(guid)
  if (known !== undefined) return known
  const number = numbers.size + 1
  numbers.set(guid, number)
  guids.set(number, guid)
  return number
}

/** The form in which the server writes and reads IDs. */
export const GROMOX_IDS: IdForm = {
  write: writeGromoxId,
  read: readGromoxId,
  entryOf: writeEntry,
  readEntry,
  conversation: (_, hash) =>
    Buffer.concat([hash, Buffer.of(TYPES.conversation)]).toString('base64'),
}

function writeGromoxId(target: Target): string {
  const { attachment, occurrence } = target
  const parts = [writeEntry(target)]
  const detail = attachment ?? occurrence
  if (detail !== undefined) {
    const number = Buffer.alloc(DETAIL)
    number.writeUInt32LE(detail)
    parts.push(number)
  }
  return Buffer.concat([...parts, Buffer.of(TYPES[kindOf(target)])]).toString('base64')
}

function writeEntry({ guid, folder, item }: Target): Buffer {
  const entry = Buffer.alloc(item === undefined ? FOLDER_ENTRY : ITEM_ENTRY)
  guidBytes(guid).copy(entry, MAILBOX_AT)
  entry.writeUInt16LE(item === undefined ? PRIVATE.folder : PRIVATE.item, ENTRY_TYPE_AT)
  writeObject(entry, 'folder', guid, folder)
  if (item !== undefined) writeObject(entry, 'item', guid, item)
  return entry
}

function writeObject(entry: Buffer, kind: 'folder' | 'item', guid: string, counter: number): void {
  entry.writeUInt32LE(numberOf(guid), DATABASE_AT[kind])
  DATABASE.copy(entry, DATABASE_AT[kind] + 4)
  entry.writeUIntBE(counter, COUNTER_AT[kind], 6)
}

function readGromoxId(id: string): Target | undefined {
  const bytes = Buffer.from(id, 'base64')
  if (bytes.toString('base64') !== id) return undefined
  const type = bytes.at(-1)
  const rest = bytes.subarray(0, -1)
  if (type === TYPES.folder || type === TYPES.item)
    return rest.length === (type === TYPES.folder ? FOLDER_ENTRY : ITEM_ENTRY)
      ? readEntry(rest)
      : undefined
  if (type !== TYPES.attachment && type !== TYPES.occurrence) return undefined
  if (rest.length !== ITEM_ENTRY + DETAIL) return undefined
  const target = readEntry(rest.subarray(0, ITEM_ENTRY))
  const detail = rest.readUInt32LE(ITEM_ENTRY)
  return target && { ...target, [type === TYPES.attachment ? 'attachment' : 'occurrence']: detail }
}

/** Reads the number of the user and the counters, and ignores everything else. */
function readEntry(entry: Buffer): Target | undefined {
  if (entry.length !== FOLDER_ENTRY && entry.length !== ITEM_ENTRY) return undefined
  const kind = entry.length === FOLDER_ENTRY ? 'folder' : 'item'
  const number = entry.readUInt32LE(DATABASE_AT.folder)
  const isPrivate = entry.readUInt16LE(ENTRY_TYPE_AT) === PRIVATE[kind]
  const guid = (isPrivate ? guids.get(number) : undefined) ?? `unknown store ${number}`
  const named = guidOf(entry.subarray(MAILBOX_AT, ENTRY_TYPE_AT))
  const folder = counterAt(entry, COUNTER_AT.folder)
  const target = { guid, folder, ...(named !== guid && { otherGuid: named }) }
  return kind === 'folder' ? target : { ...target, item: counterAt(entry, COUNTER_AT.item) }
}

function kindOf({ item, attachment, occurrence }: Target): keyof typeof TYPES {
  if (item === undefined) return 'folder'
  if (attachment !== undefined) return 'attachment'
  return occurrence === undefined ? 'item' : 'occurrence'
}
