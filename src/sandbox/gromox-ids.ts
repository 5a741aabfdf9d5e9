/**
 * IDs in grommunio's form: a MAPI entry ID, the number of an attachment, and one byte for the type.
 *
 * @module
 */

import { entryOf, FOLDER_ENTRY, type IdForm, ITEM_ENTRY, readEntry, type Target } from './ids.ts'

const ATTACHMENT_NUMBER = 4
const TYPES = { folder: 1, item: 2, attachment: 3 } as const

/** The form in which the server writes and reads IDs. */
export const GROMOX_IDS: IdForm = { write: writeGromoxId, read: readGromoxId }

function writeGromoxId(target: Target): string {
  const entry = entryOf(target)
  const type = Buffer.of(TYPES[kindOf(target)])
  if (target.attachment === undefined) return Buffer.concat([entry, type]).toString('base64')
  const number = Buffer.alloc(ATTACHMENT_NUMBER)
  number.writeUInt32LE(target.attachment)
  return Buffer.concat([entry, number, type]).toString('base64')
}

function readGromoxId(id: string): Target | undefined {
  const bytes = Buffer.from(id, 'base64')
  if (bytes.toString('base64') !== id) return undefined
  const type = bytes.at(-1)
  const rest = bytes.subarray(0, -1)
  if (type !== TYPES.attachment)
    return rest.length === (type === TYPES.folder ? FOLDER_ENTRY : ITEM_ENTRY)
      ? readEntry(rest)
      : undefined
  if (rest.length !== ITEM_ENTRY + ATTACHMENT_NUMBER) return undefined
  const target = readEntry(rest.subarray(0, ITEM_ENTRY))
  return target && { ...target, attachment: rest.readUInt32LE(ITEM_ENTRY) }
}

function kindOf({ item, attachment }: Target): keyof typeof TYPES {
  if (item === undefined) return 'folder'
  return attachment === undefined ? 'item' : 'attachment'
}
