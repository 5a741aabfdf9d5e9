/**
 * What content of items and folders does besides being content: who sends it, and whether it sets
 * permissions, makes rules or installs apps.
 *
 * @module
 */

import type { Tag } from './tag.ts'

/** Properties of MAPI that say who sends: name, address, entry id, search key, kind of address. */
const SENDER_PROPERTIES: ReadonlySet<number> = new Set([
  0x003b, 0x0041, 0x0042, 0x0064, 0x0065, 0x0c19, 0x0c1a, 0x0c1d, 0x0c1e, 0x0c1f, 0x5d01, 0x5d02,
])
/**
 * Properties of MAPI that hold permissions (of a folder, of its administration, of free and busy
 * times), and those of the item that names the delegates.
 */
const GRANT_PROPERTIES: ReadonlySet<number> = new Set([
  0x0e27, 0x0e6a, 0x0f00, 0x3d21, 0x3fe0, 0x3ffe, 0x6844, 0x6845, 0x684a, 0x686b,
])
/** Internet headers that say who sends, as named properties and as indexed fields. */
const SENDER_HEADER = /^\s*(resent-)?(from|sender)\s*$/i

/** By which a property, a field and a header of their own name an Internet header. */
const HEADER_ATTRIBUTES = ['PropertyName', 'FieldIndex', 'HeaderName'] as const

/** The field of a folder that grants access, as an update or a deletion names it. */
const GRANT_FIELD = 'folder:PermissionSet'

/** Whether the tag names a property, or a header, by which a message gets another sender. */
export function namesSenderProperty(tag: Tag): boolean {
  const property = tag.attribute('PropertyTag')
  if (property !== undefined) return isAmong(SENDER_PROPERTIES, property)
  return HEADER_ATTRIBUTES.some(name => SENDER_HEADER.test(tag.attribute(name) ?? ''))
}

/** Whether the tag names a field or a property by which others get access. */
export function namesGrant(tag: Tag): boolean {
  if (tag.attribute('FieldURI') === GRANT_FIELD) return true
  const property = tag.attribute('PropertyTag')
  return property !== undefined && isAmong(GRANT_PROPERTIES, property)
}

/** A tag that cannot be read may be any. */
function isAmong(properties: ReadonlySet<number>, text: string): boolean {
  const written = text.trim()
  if (!/^(0[xX][0-9A-Fa-f]{1,8}|\d{1,10})$/.test(written)) return true
  const number = Number(written)
  return properties.has(number > 0xffff ? number >>> 16 : number)
}

/** Attributes of an operation by which it sends, unless they say otherwise. */
const QUIET = [
  ['MessageDisposition', 'SaveOnly'],
  ['SendMeetingInvitations', 'SendToNone'],
  ['SendMeetingInvitationsOrCancellations', 'SendToNone'],
  ['SendMeetingCancellations', 'SendToNone'],
] as const
/** Without any of these attributes what they do is the server's choice. */
const MAY_SEND: ReadonlySet<string> = new Set(['CreateItem', 'UpdateItem'])

/** Whether an operation sends what it makes or changes, by the attributes of its own element. */
export function isSending(tag: Tag): boolean {
  if (!tag.hasAttributes) return MAY_SEND.has(tag.name.local)
  let said = false
  for (const [attribute, quiet] of QUIET) {
    const value = tag.attribute(attribute)
    if (value === undefined) continue
    if (value !== quiet) return true
    said = true
  }
  return !said && MAY_SEND.has(tag.name.local)
}

/** Whether a MimeContent is of an encoding in which headers are what they seem. */
export function isPlainMime(tag: Tag): boolean {
  const encoding = tag.attribute('CharacterSet')
  return encoding === undefined || /^(utf-8|us-ascii|iso-8859-\d+|windows-125\d)$/i.test(encoding)
}

/** Whether an item of UploadItems is hidden, as rules are. */
export function isHiddenItem(tag: Tag): boolean {
  const associated = tag.attribute('IsAssociated')
  return associated !== undefined && !/^\s*(false|0)\s*$/.test(associated)
}

/** Whether a user configuration is one that installs apps. */
export function installsApps(tag: Tag): boolean {
  return /^\s*(ExtensionMasterTable\s*$|ClientExtension\.)/i.test(tag.attribute('Name') ?? '')
}

/** What an item class says of its item. */
export type ClassKind = 'rule' | 'app' | 'other'

export function kindOfClass(text: string): ClassKind {
  if (/^\s*IPM\.(Rule|ExtendedRule)/i.test(text)) return 'rule'
  return /^\s*IPM\.Configuration\.(ExtensionMasterTable|ClientExtension)/i.test(text)
    ? 'app'
    : 'other'
}
