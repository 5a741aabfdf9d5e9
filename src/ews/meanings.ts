/**
 * Meanings of element and attribute names for the guard, as bits. Most names have no meaning, so they need no
 * further check. The meaning of a name is computed once and stored with the name.
 *
 * @module
 */

import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../model/envelope.ts'
import { namesWithEffect } from '../model/item-elements.ts'
import { ITEM_KINDS } from '../model/item-kinds.ts'
import type { NameFlags } from '../xml/names.ts'
import { Vocabulary } from '../xml/vocabulary.ts'
import { RECORDED_ELEMENTS } from './content.ts'
import { ID_WORDS } from './id-attributes.ts'
import { looksLikeSelector, SELECTOR_WORDS } from './selectors.ts'

/** An element that gives others access to a folder. */
export const GRANTS = 1 << 0
/** An element that is the ID of a folder or item. */
export const IS_ID = 1 << 1
/** The element ItemId. */
export const ITEM_ID = 1 << 2
/** The element DistinguishedFolderId. */
export const DISTINGUISHED = 1 << 3
/** The element AddressListId. */
export const ADDRESS_LIST = 1 << 4
/** An element that names a mailbox in a form that the gateway can't compare with its users. */
export const OPAQUE_MAILBOX = 1 << 5
/** An element that creates a push subscription, or can turn a subscription into one. */
export const CALLS = 1 << 6
/** An element whose name looks like that of a mailbox or an ID. */
export const SELECTOR_LIKE = 1 << 7
/** An element that names a mailbox, at least in one operation. */
export const SELECTS = 1 << 8
/** An element that can contain the address of a mailbox that its parent names. */
export const ADDRESS = 1 << 9
/** An element whose child Mailbox names the owner of a folder. */
export const FOLDER_OWNER = 1 << 10
/** An element whose text is an ID that only the server can resolve. */
export const HANDLE = 1 << 11
/** The element SubscriptionId. */
export const SUBSCRIPTION = 1 << 12
/** The elements ConnectionTimeout and Timeout. */
export const TIMEOUT = 1 << 13
/** An element whose text can be a class, as itself or as the value of a property, or a shape or scope. */
export const CLASS = 1 << 14
/** An element that names the sender. */
export const SENDER = 1 << 15
/** MimeContent, which contains a whole message, including its header. */
export const MIME = 1 << 16
/** An element that names a property, which can be a property of the sender. */
export const SENDER_PROPERTY = 1 << 17
/** An element that names a field or property. */
export const FIELD = 1 << 18
/** The element Item of UploadItems. */
export const UPLOADED = 1 << 19
/** The element UserConfigurationName. */
export const CONFIGURATION = 1 << 20
/** An element whose name ends like that of a folder ID. */
export const FOLDER_ID_LIKE = 1 << 21
/** An attribute whose name looks like that of an ID. */
export const ID_LIKE = 1 << 22
/** An item or response, such as a cancellation, that is sent regardless of the MessageDisposition. */
export const SENDS = 1 << 23
/** The element IsAssociated. */
export const ASSOCIATED = 1 << 24
/** An element that is one action on a conversation or folder. */
export const ACTION = 1 << 25
/** An element inside an action whose text changes the effect of the action. */
export const ACTION_PART = 1 << 26
/** An element that names where a request puts items or folders. */
export const DESTINATION = 1 << 27
/** An element of a search folder, or of the ID of a public folder in another form. */
export const SEARCH = 1 << 28
/** An element that can subscribe to all folders. */
export const ALL_FOLDERS = 1 << 29
/** An element that contains a header or an extended property of an item. */
export const HEADER = 1 << 30
/** An element with an effect that is recorded when its name is read. */
export const EFFECT = 1 << 31

const TABLE: readonly (readonly [meaning: number, names: Iterable<string>])[] = [
  [GRANTS, ['PermissionSet', 'CalendarPermissionSet', 'AcceptSharingInvitation']],
  [IS_ID, ['FolderId', 'DistinguishedFolderId', 'ItemId']],
  [ITEM_ID, ['ItemId']],
  [DISTINGUISHED, ['DistinguishedFolderId']],
  [ADDRESS_LIST, ['AddressListId']],
  [OPAQUE_MAILBOX, ['MailboxGuid', 'ConsumerCalendarId']],
  // Any Subscribe request can contain a push subscription, which always has a URL.
  [CALLS, ['PushSubscriptionRequest', 'URL']],
  [SELECTS, ['Mailbox', ...namesWithEffect('sender'), ...SELECTOR_WORDS.elements]],
  [ADDRESS, ['EmailAddress', ...SELECTOR_WORDS.children]],
  [FOLDER_OWNER, ['DistinguishedFolderId', 'WellKnownFolder']],
  [HANDLE, ['SyncState', 'Watermark', 'SearchSessionId', 'MessageTrackingReportId']],
  [SUBSCRIPTION, ['SubscriptionId']],
  [TIMEOUT, ['ConnectionTimeout', 'Timeout']],
  [CLASS, [...namesWithEffect('class'), 'Value', 'FolderClass', 'BaseShape', 'SyncScope']],
  [SENDER, namesWithEffect('sender')],
  [MIME, namesWithEffect('message')],
  [SENDER_PROPERTY, ['ExtendedFieldURI', 'IndexedFieldURI', 'InternetMessageHeader', 'Path']],
  [HEADER, ['ExtendedProperty', ...namesWithEffect('header')]],
  [FIELD, ['Path']],
  [UPLOADED, ['Item']],
  [CONFIGURATION, ['UserConfigurationName']],
  [
    SENDS,
    Object.entries(ITEM_KINDS).flatMap(([name, { sends }]) => (sends === 'always' ? name : [])),
  ],
  [ASSOCIATED, namesWithEffect('hidden')],
  [EFFECT, RECORDED_ELEMENTS.keys()],
  [ACTION, ['ConversationAction', 'MarkAllItemsAsRead']],
  [ACTION_PART, ['Action', 'EnableAlwaysDelete', 'SuppressReadReceipts']],
  [DESTINATION, ['DestinationFolderId', 'SavedItemFolderId', 'ToFolderId']],
  [SEARCH, ['SearchFolder', 'SearchParameters']],
  [SEARCH, ['AlternatePublicFolderId', 'AlternatePublicFolderItemId']],
  [ALL_FOLDERS, ['PullSubscriptionRequest', 'PushSubscriptionRequest']],
  [ALL_FOLDERS, ['StreamingSubscriptionRequest']],
  [0, SELECTOR_WORDS.known],
  [0, ID_WORDS],
]

/** Meanings by name. Returns the string objects of the tables above, so that comparing names is fast. */
const FLAGS = new Map<string, NameFlags>()
for (const [meaning, names] of TABLE)
  for (const local of names)
    FLAGS.set(local, { local, meaning: meaning | (FLAGS.get(local)?.meaning ?? byEnding(local)) })

export function flagsOf(local: string): NameFlags {
  return FLAGS.get(local) ?? { local, meaning: byEnding(local) }
}

/** The vocabulary of EWS requests. */
export const EWS_VOCABULARY = new Vocabulary(flagsOf, [
  SOAP_NS,
  TYPES_NS,
  MESSAGES_NS,
  'http://www.w3.org/2001/XMLSchema-instance',
])

function byEnding(local: string): number {
  const meaning = looksLikeSelector(local) ? SELECTOR_LIKE : 0
  if (local.endsWith('FieldURI')) return meaning | FIELD
  if (!local.endsWith('Id')) return meaning
  return meaning | ID_LIKE | (local.endsWith('FolderId') ? FOLDER_ID_LIKE : 0)
}
