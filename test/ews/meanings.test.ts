/** Meanings of names: each has a bit of its own, and each name has the meanings that the guard needs. */

import t from 'tap'
import { ID_WORDS } from '../../src/ews/id-attributes.ts'
import * as meanings from '../../src/ews/meanings.ts'
import type { Operation } from '../../src/ews/operation-row.ts'
import { OPERATIONS } from '../../src/ews/operations.ts'

const { flagsOf } = meanings
const named = Object.entries(meanings).filter(
  (entry): entry is [string, number] => typeof entry[1] === 'number',
)
// The highest bit is negative in JavaScript.
const bits = named.map(([, bit]) => bit >>> 0)

t.ok(bits.length > 20)
t.strictSame(
  bits.toSorted((one, other) => one - other),
  bits.map((_, n) => 2 ** n),
  'each meaning has one bit, and all bits follow each other',
)

/** Returns the meanings of a name, in the order of the alphabet. */
const meaningsOf = (local: string) =>
  named
    .filter(([, bit]) => (flagsOf(local).meaning & bit) !== 0)
    .map(([name]) => name)
    .sort()
    .join(' ')

/** Names with a meaning for the guard. */
const NAMES = {
  PermissionSet: 'GRANTS',
  CalendarPermissionSet: 'GRANTS',
  AcceptSharingInvitation: 'GRANTS',
  FolderId: 'FOLDER_ID_LIKE ID_LIKE IS_ID SELECTOR_LIKE',
  DistinguishedFolderId: 'DISTINGUISHED FOLDER_ID_LIKE FOLDER_OWNER ID_LIKE IS_ID SELECTOR_LIKE',
  ItemId: 'ID_LIKE IS_ID ITEM_ID SELECTOR_LIKE',
  AddressListId: 'ADDRESS_LIST ID_LIKE SELECTOR_LIKE',
  MailboxGuid: 'OPAQUE_MAILBOX SELECTOR_LIKE',
  ConsumerCalendarId: 'ID_LIKE OPAQUE_MAILBOX SELECTOR_LIKE',
  PushSubscriptionRequest: 'ALL_FOLDERS CALLS',
  URL: 'CALLS',
  Mailbox: 'SELECTOR_LIKE SELECTS',
  From: 'SELECTS SENDER',
  Organizer: 'SELECTS SENDER',
  Sender: 'SELECTS SENDER',
  EmailAddress: 'ADDRESS SELECTOR_LIKE SELECTS',
  WellKnownFolder: 'FOLDER_OWNER',
  SyncState: 'HANDLE',
  Watermark: 'HANDLE',
  SearchSessionId: 'HANDLE ID_LIKE SELECTOR_LIKE',
  MessageTrackingReportId: 'HANDLE ID_LIKE SELECTOR_LIKE',
  SubscriptionId: 'ID_LIKE SELECTOR_LIKE SUBSCRIPTION',
  ConnectionTimeout: 'TIMEOUT',
  Timeout: 'TIMEOUT',
  ItemClass: 'CLASS',
  Value: 'CLASS',
  FolderClass: 'CLASS',
  BaseShape: 'CLASS',
  SyncScope: 'CLASS',
  MimeContent: 'MIME',
  MimeContentUTF8: 'MIME',
  ExtendedFieldURI: 'FIELD SENDER_PROPERTY',
  IndexedFieldURI: 'FIELD SENDER_PROPERTY',
  InternetMessageHeader: 'HEADER SENDER_PROPERTY',
  ExtendedProperty: 'HEADER',
  InternetMessageId: 'HEADER ID_LIKE SELECTOR_LIKE',
  InReplyTo: 'HEADER',
  References: 'HEADER',
  Path: 'FIELD SENDER_PROPERTY',
  Item: 'UPLOADED',
  UserConfigurationName: 'CONFIGURATION',
  ...Object.fromEntries(
    ['InboxReminder', 'InboxReminders', 'IsDraft', 'IsRead', 'IsSubmitted', 'PolicyTag'].map(
      name => [name, 'EFFECT'],
    ),
  ),
  ForwardToRecipients: 'EFFECT',
  ApproveRequestItem: 'SENDS',
  CancelCalendarItem: 'SENDS',
  ProposeNewTime: 'SENDS',
  RejectRequestItem: 'SENDS',
  IsAssociated: 'ASSOCIATED',
  ConversationAction: 'ACTION',
  MarkAllItemsAsRead: 'ACTION',
  Action: 'ACTION_PART',
  EnableAlwaysDelete: 'ACTION_PART',
  SuppressReadReceipts: 'ACTION_PART',
  DestinationFolderId: 'DESTINATION FOLDER_ID_LIKE ID_LIKE SELECTOR_LIKE',
  SavedItemFolderId: 'DESTINATION FOLDER_ID_LIKE ID_LIKE SELECTOR_LIKE',
  ToFolderId: 'DESTINATION FOLDER_ID_LIKE ID_LIKE SELECTOR_LIKE',
  SearchFolder: 'SEARCH',
  SearchParameters: 'SEARCH',
  AlternatePublicFolderId: 'FOLDER_ID_LIKE ID_LIKE SEARCH SELECTOR_LIKE',
  AlternatePublicFolderItemId: 'ID_LIKE SEARCH SELECTOR_LIKE',
  PullSubscriptionRequest: 'ALL_FOLDERS',
  StreamingSubscriptionRequest: 'ALL_FOLDERS',
} as const
for (const [local, expected] of Object.entries(NAMES))
  t.equal(meaningsOf(local), expected, `R9 flagsOf() of ${local}`)

/** Other names, by their ends. */
for (const [local, expected] of [
  ['', ''],
  ['Subject', ''],
  ['Id', 'ID_LIKE SELECTOR_LIKE'],
  ['PersonaId', 'ID_LIKE SELECTOR_LIKE'],
  ['XFolderId', 'FOLDER_ID_LIKE ID_LIKE SELECTOR_LIKE'],
  ['FolderIds', ''],
  ['XGuid', 'SELECTOR_LIKE'],
  ['XMailbox', 'SELECTOR_LIKE'],
  ['XEmailAddress', 'SELECTOR_LIKE'],
  ['XSmtpAddress', 'SELECTOR_LIKE'],
  ['XAddress', ''],
  ['XLegacyDN', 'SELECTOR_LIKE'],
  ['XUrl', 'SELECTOR_LIKE'],
  ['FieldURI', 'FIELD'],
  ['XFieldURI', 'FIELD'],
  ['FieldURIs', ''],
  ['itemid', ''],
] as const)
  t.equal(meaningsOf(local), expected, `R9 flagsOf() of ${local || 'nothing'}`)

const rows: readonly Operation[] = Object.values(OPERATIONS)
const selectors = rows.flatMap(({ selectors = [] }) => selectors)
const has = (local: string, meaning: number) => (flagsOf(local).meaning & meaning) !== 0
t.strictSame(
  selectors.filter(({ element }) => !has(element, meanings.SELECTS)),
  [],
  'R9 each element that names a mailbox in some operation may name one',
)
t.strictSame(
  selectors.filter(({ child }) => child !== undefined && !has(child, meanings.ADDRESS)),
  [],
  'R9 each of their children may be an address',
)
t.strictSame(
  [...rows.flatMap(({ names }) => [...names]), ...ID_WORDS].filter(local => {
    const [one, other] = [flagsOf(local), flagsOf(local)]
    return one !== other || one.local !== local
  }),
  [],
  'flagsOf() returns one object for each known name',
)
