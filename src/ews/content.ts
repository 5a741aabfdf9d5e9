/**
 * Recognizes content of items and folders that names a sender, contains headers, sets permissions, makes rules, or
 * installs apps.
 *
 * @module
 */

import { type ItemEffect, namesWithEffect } from '../model/item-elements.ts'
import type { ItemKind, Sending } from '../model/item-kinds.ts'
import type { Tag } from '../xml/tag.ts'
import type { Operation } from './operation-row.ts'
import { isAmong, type PropertyIds, propertyNameIn, propertyOf } from './property.ts'

/** IDs of MAPI properties that name the sender: name, address, entry ID, search key, and kind of address. */
const SENDER_PROPERTIES: ReadonlySet<number> = new Set([
  0x003b, 0x0041, 0x0042, 0x0064, 0x0065, 0x0c19, 0x0c1a, 0x0c1d, 0x0c1e, 0x0c1f, 0x5d01, 0x5d02,
])
/**
 * IDs of MAPI properties that grant access: the permissions of a folder, of its administration, and of free/busy
 * times, and properties of the item that lists the delegates.
 */
export const GRANT_PROPERTIES: ReadonlySet<number> = new Set([
  0x0e27, 0x0e6a, 0x0f00, 0x3d21, 0x3fe0, 0x3ffe, 0x6844, 0x6845, 0x684a, 0x686b,
])
/**
 * IDs of MAPI properties that can create an inbox rule: those of a rule's message (state, name, level, sequence,
 * provider data), of an extended rule (actions, conditions, size), of a row in a folder's table of rules, that
 * table itself, and the flag of a hidden item.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxorule
 */
export const RULE_PROPERTIES: ReadonlySet<number> = new Set([
  ...[0x65e9, 0x65ea, 0x65eb, 0x65ec, 0x65ed, 0x65ee, 0x65f3],
  ...[0x0e99, 0x0e9a, 0x0e9b],
  ...[0x6674, 0x6676, 0x6677, 0x6678, 0x6679, 0x6680, 0x6681, 0x6682, 0x6683, 0x6684],
  ...[0x3fe1, 0x67aa],
])
/** IDs of MAPI properties with roaming data, which contains the apps of a mailbox. */
export const APP_PROPERTIES: ReadonlySet<number> = new Set([0x7c06, 0x7c07, 0x7c08, 0x7c09])
/** IDs of MAPI properties that contain the class of an item and of a folder. */
export const CLASS_PROPERTIES: ReadonlySet<number> = new Set([0x001a, 0x3613])
/**
 * IDs of MAPI properties by which servers delete items later: the retention tag of an item or folder, its period and
 * flags, the start and end of the retention, and the time of expiry.
 */
const RETENTION_PROPERTIES: ReadonlySet<number> = new Set([
  0x0015, 0x3019, 0x301a, 0x301b, 0x301c, 0x301d,
])
/**
 * IDs of properties in PSETID_Common that make an item the action on a conversation: the folder and store to which the
 * server moves its messages, now and later, the time up to which it does so, and the version.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocfg
 */
export const CONVERSATION_PROPERTIES: ReadonlySet<number> = new Set([
  0x85c6, 0x85c7, 0x85c8, 0x85ca, 0x85cb,
])
/** IDs of MAPI properties that servers write into the header of a message: its ID, those of others, and lists. */
const HEADER_PROPERTIES: ReadonlySet<number> = new Set([
  0x1035, 0x1039, 0x1042, 0x1043, 0x1044, 0x1045,
])
/** ID of the MAPI property that says whether a message is a draft: its flags. */
export const STATE_PROPERTIES: ReadonlySet<number> = new Set([0x0e07])
/** IDs of MAPI properties that say whether a message has been read: the flags, and the single flag. */
export const READ_PROPERTIES: ReadonlySet<number> = new Set([0x0e07, 0x0e69])
/** Internet headers that name the sender, as named properties and as indexed fields. */
const SENDER_HEADER = /^\s*(resent-)?(from|sender)\s*$/i

/** Name of a header in RFC 5322. */
const HEADER_NAME = /^[!-9;-~]+$/

/** Attributes that contain the name of an Internet header: of a property, a field, and a header element. */
const HEADER_ATTRIBUTES = ['PropertyName', 'FieldIndex', 'HeaderName'] as const

/** Whether the tag names a property or a header that can change the sender of a message. */
export function namesSenderProperty(tag: Tag): boolean {
  if (isAmong(SENDER_PROPERTIES, propertyOf(tag))) return true
  return HEADER_ATTRIBUTES.some(name => SENDER_HEADER.test(tag.attribute(name) ?? ''))
}

/**
 * Returns whether a tag names an Internet header, and `broken` if the name is none in RFC 5322, such as one with a line
 * break; undefined if it names no header.
 */
export function headerIn(tag: Tag): 'plain' | 'broken' | undefined {
  const isHeaderField = tag.attribute('FieldURI') === 'item:InternetMessageHeader'
  // A server reads one of these attributes, and ignores the others.
  const names = [
    tag.attribute('HeaderName'),
    isHeaderField ? tag.attribute('FieldIndex') : undefined,
    propertyNameIn(tag, 'InternetHeaders'),
  ].filter(name => name !== undefined)
  if (names.length > 0) return names.every(name => HEADER_NAME.test(name)) ? 'plain' : 'broken'
  return isAmong(HEADER_PROPERTIES, propertyOf(tag)) ? 'plain' : undefined
}

/** IDs of MAPI properties by which servers archive items later: the tag of the archive, its period, and the time. */
const ARCHIVE_PROPERTIES: ReadonlySet<number> = new Set([0x3018, 0x301e, 0x301f])

/** Whether a field or property makes the server move the item to the archive later. */
export const namesArchive = (field: string | undefined, property: PropertyIds): boolean =>
  field?.endsWith(':ArchiveTag') === true || isAmong(ARCHIVE_PROPERTIES, property)

/** Fields by which an update deletes attachments, or by which the server deletes the item later. */
const DELETING_FIELDS = [':Attachments', ':PolicyTag', ':RetentionDate']

/** Whether a field or property deletes something, at once or later. */
export const namesDeletion = (field: string | undefined, property: PropertyIds): boolean =>
  DELETING_FIELDS.some(name => field?.endsWith(name)) || isAmong(RETENTION_PROPERTIES, property)

/** Whether a field of a folder grants access, in an update or a deletion. */
export const namesGrant = (field: string | undefined): boolean => field === 'folder:PermissionSet'

/** Attributes that make an operation send items unless they have these values, by the items that they are about. */
const QUIET = [
  ['disposition', 'MessageDisposition', 'SaveOnly'],
  ['invitations', 'SendMeetingInvitations', 'SendToNone'],
  ['invitations', 'SendMeetingInvitationsOrCancellations', 'SendToNone'],
  ['invitations', 'SendMeetingCancellations', 'SendToNone'],
] as const

/** Items that a request doesn't send, because it has an attribute for them that says so. */
export type Quiet = ReadonlySet<Sending>

/** Returns which items the attributes of an operation keep from being sent; undefined if one of them sends. */
export function quietIn(tag: Tag): Quiet | undefined {
  const quiet = new Set<Sending>()
  for (const [about, attribute, value] of QUIET) {
    const written = tag.attribute(attribute)
    if (written === undefined) continue
    if (written !== value) return undefined
    quiet.add(about)
  }
  return quiet
}

/**
 * Returns whether an operation sends items, by its row and the attributes of its own element. The new items of CreateItem
 * are not considered: see {@link isSent}.
 */
export function isSending({ sends }: Operation, quiet: Quiet | undefined): boolean {
  if (sends === 'drafts' || quiet === undefined) return true
  return sends === 'changed' && quiet.size === 0
}

/** Returns whether a new item is sent. An item of an unknown kind must be kept by all attributes. */
export function isSent(kind: ItemKind | undefined, quiet: Quiet): boolean {
  if (kind === undefined) return !quiet.has('disposition') || !quiet.has('invitations')
  return kind.sends !== 'never' && !quiet.has(kind.sends)
}

/** Effects of elements in items that a request has when their names are read. */
const RECORDED = [
  'archiving',
  'deletion',
  'notice',
  'receipt',
  'state',
] as const satisfies ItemEffect[]

/** Actions of inbox rules that send mail later. */
const SENDING_ACTIONS = [
  'ForwardAsAttachmentToRecipients',
  'ForwardToRecipients',
  'RedirectToRecipients',
  'SendSMSAlertToRecipients',
  'ServerReplyWithMessage',
]

/** Effects of elements that are recorded when their names are read. */
export const RECORDED_ELEMENTS: ReadonlyMap<string, (typeof RECORDED)[number]> = new Map([
  ...RECORDED.flatMap(effect => namesWithEffect(effect).map(name => [name, effect] as const)),
  ...SENDING_ACTIONS.map(name => [name, 'notice'] as const),
])

/** Whether the text of SuppressReadReceipts suppresses read receipts. Without the element, they are sent. */
export const suppressesReceipts = (text: string | undefined): boolean =>
  text === 'true' || text === '1'

/** Whether a MimeContent has an encoding that all servers decode in the same way. */
export function isPlainMime(tag: Tag): boolean {
  const encoding = tag.attribute('CharacterSet')
  return encoding === undefined || /^(utf-8|us-ascii|iso-8859-\d+|windows-125\d)$/i.test(encoding)
}

/** Whether the text of IsAssociated makes an item hidden. Rules are hidden items. */
export const isHiddenItem = (associated: string | undefined): boolean =>
  associated !== undefined && !/^\s*(false|0)\s*$/.test(associated)

/** Whether a user configuration installs apps. */
export function installsApps(tag: Tag): boolean {
  return /^\s*(ExtensionMasterTable\s*$|ClientExtension\.)/i.test(tag.attribute('Name') ?? '')
}

/**
 * Whether an item class is one of S/MIME. Some servers copy the header of the one attachment of such an item, From
 * included, into the message that they send.
 */
export const isSigned = (itemClass: string): boolean => /smime/i.test(itemClass)

/** Kinds of item classes that the guard distinguishes. */
export type ClassKind = 'rule' | 'app' | 'other'

export function kindOfClass(text: string): ClassKind {
  if (/^\s*IPM\.(Rule|ExtendedRule|ConversationAction)/i.test(text)) return 'rule'
  return /^\s*IPM\.Configuration\.(ExtensionMasterTable|ClientExtension)/i.test(text)
    ? 'app'
    : 'other'
}
