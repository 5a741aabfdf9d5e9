/**
 * IDs in grommunio's form, written independently of the sandbox.
 *
 * @module
 */

/** Order of the bytes in the text of a GUID. */
const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]

function bytesOf(guid: string): Buffer {
  const text = Buffer.from(guid.replaceAll('-', ''), 'hex')
  const bytes = Buffer.alloc(16)
  for (const [i, at] of ORDER.entries()) bytes[at] = text[i] ?? 0
  return bytes
}

/** Returns the ID of a folder in a mailbox: the GUID of the database, a slash, and the GUID of the mailbox. */
export function gromoxFolderId(guid: string): string {
  const [database = '', mailbox = ''] = guid.split('/')
  const counter = Buffer.from([0, 0, 0, 0, 0, 13, 0, 0])
  const type = Buffer.from([1, 0])
  return Buffer.concat([
    Buffer.alloc(4),
    bytesOf(mailbox),
    type,
    bytesOf(database),
    counter,
    Buffer.of(1),
  ]).toString('base64')
}
