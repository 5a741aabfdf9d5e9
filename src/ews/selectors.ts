/**
 * Where requests name a mailbox beside the one in their header, by the published schemas: one row
 * for each operation that may name any.
 *
 * Elements are matched by local name and at any depth, because servers look no closer.
 *
 * @module
 */

import type { NamedMailbox } from '../model/envelope.ts'

/** An element that names a mailbox: by the text of a child, or by its own text. */
export type Selector = Readonly<{
  element: string
  /** Local name of the child that holds the address; absent: the element's own text does. */
  child?: string
  allowed: NamedMailbox['allowed'] | 'sender'
}>

/** What an operation may have of the names that look like a mailbox or an id. */
type Row = Readonly<{ selectors: readonly Selector[]; known: ReadonlySet<string> }>

const own = (element: string, child?: string): Selector =>
  child === undefined ? { element, allowed: 'own' } : { element, child, allowed: 'own' }

const permitted = (element: string, child?: string): Selector =>
  child === undefined ? { element, allowed: 'permitted' } : { element, child, allowed: 'permitted' }

const FOLDER = 'DistinguishedFolderId FolderId ItemId Mailbox EmailAddress'
const TARGET = `${FOLDER} AddressListId ConsumerCalendarId`
const ITEM = 'ItemId OccurrenceItemId RecurringMasterItemId'
const SEARCH = `${FOLDER} MailboxGuid SearchSessionId WellKnownFolder`
const PERSON = 'Mailbox EmailAddress ItemId'
const DELEGATE = `${PERSON} UserId PrimarySmtpAddress`
/** Names inside items, folders and attachments; those that are ids are judged like all ids. */
const CONTENT =
  `${TARGET} ${ITEM} AssociatedCalendarItemId AttachmentId AttachmentPreviewUrl ContentId ` +
  'AttachmentThumbnailUrl BaseFolderId ConversationId DirectoryId EndTimeZoneId ' +
  'ExternalDirectoryObjectId FileAsId GlobalObjectId InternetMessageId JoinOnlineMeetingUrl ' +
  'ManagedFolderId ManagerMailbox MeetingWorkspaceUrl NetShowUrl ParentFolderId ' +
  'PrimarySmtpAddress ProviderEndpointUrl RecurrenceId ReferenceItemId StartTimeZoneId ' +
  'StoreEntryId Url UserId'

function row(known: string, ...selectors: readonly Selector[]): Row {
  return { selectors, known: new Set(known.split(' ')) }
}

const NOTHING = row('')

/** By request element. ExpandDL's list and ConvertId's Mailbox name no mailbox that is opened. */
const ROWS: Readonly<Record<string, Row>> = {
  AddDelegate: row(DELEGATE, own('Mailbox', 'EmailAddress')),
  AddDistributionGroupToImList: row('SmtpAddress', own('SmtpAddress')),
  AddImContactToGroup: row('ContactId GroupId'),
  AddImGroup: NOTHING,
  AddNewImContactToGroup: row('GroupId'),
  AddNewTelUriContactToGroup: row('GroupId'),
  AddTag: NOTHING,
  ApplyConversationAction: row(`${TARGET} ContextFolderId ConversationId DestinationFolderId`),
  ArchiveItem: row(`${TARGET} ${ITEM} ArchiveSourceFolderId`),
  ConvertId: row('AlternateId AlternatePublicFolderId AlternatePublicFolderItemId'),
  CopyFolder: row(`${TARGET} ToFolderId`),
  CopyItem: row(`${TARGET} ${ITEM} ToFolderId`),
  CreateAttachment: row(`${CONTENT} ParentItemId`),
  CreateFolder: row(CONTENT),
  CreateFolderPath: row(CONTENT),
  CreateItem: row(`${CONTENT} SavedItemFolderId`),
  CreateManagedFolder: row(PERSON, own('Mailbox', 'EmailAddress')),
  CreateMeetingInstanceRequest: row('JoinUrl'),
  CreateMeetingSpace: row('JoinUrl'),
  CreateUserConfiguration: row(TARGET),
  DeleteAttachment: row('AttachmentId'),
  DeleteFolder: row(FOLDER),
  DeleteItem: row(ITEM),
  DeleteMeetingInstanceRequest: row('ItemId'),
  DeleteMeetingSpace: row('ItemId'),
  DeleteSearchSuggestion: row(SEARCH),
  DeleteUserConfiguration: row(TARGET),
  DisableApp: row('ID'),
  DisconnectPhoneCall: row('PhoneCallId'),
  EmptyFolder: row(FOLDER),
  EndSearchSession: row('SearchSessionId'),
  ExecuteSearch: row(SEARCH),
  ExpandDL: row(PERSON),
  ExportItems: row('ItemId'),
  FindAvailableMeetingTimes: row('SmtpAddress', own('SmtpAddress')),
  FindConversation: row(`${TARGET} ParentFolderId`),
  FindFolder: row(FOLDER),
  FindItem: row(FOLDER),
  FindMeetingSpaceByJoinUrl: row('JoinUrl'),
  FindMeetingTimeCandidates: row('EmailAddress', own('Email', 'EmailAddress')),
  FindMessageTrackingReport: row(
    `${PERSON} FederatedDeliveryMailbox`,
    own('FederatedDeliveryMailbox', 'EmailAddress'),
    own('PurportedSender', 'EmailAddress'),
    own('Recipient', 'EmailAddress'),
    own('Sender', 'EmailAddress'),
  ),
  FindPeople: row(`${TARGET} ParentFolderId`),
  FindTags: NOTHING,
  GetAppManifests: NOTHING,
  GetAppMarketplaceUrl: NOTHING,
  GetAttachment: row('AttachmentId'),
  GetClientAccessToken: NOTHING,
  GetConversationItems: row(`${FOLDER} ConversationId`),
  GetDelegate: row(DELEGATE, own('Mailbox', 'EmailAddress')),
  GetDiscoverySearchConfiguration: row('SearchId'),
  GetEvents: row('SubscriptionId'),
  GetFolder: row(FOLDER),
  GetHoldOnMailboxes: row('HoldId'),
  GetImItemList: NOTHING,
  GetImItems: row(ITEM),
  GetInboxRules: row('MailboxSmtpAddress', own('MailboxSmtpAddress')),
  GetItem: row(ITEM),
  GetLastPrivateCatalogUpdate: NOTHING,
  GetMailTips: row(PERSON, own('SendingAs', 'EmailAddress'), permitted('Mailbox', 'EmailAddress')),
  GetMeetingInstanceRequest: row('ItemId'),
  GetMeetingSpace: row('ItemId'),
  GetMessageTrackingReport: row(
    `${PERSON} MessageTrackingReportId`,
    own('RecipientFilter', 'EmailAddress'),
  ),
  GetNonIndexableItemDetails: row('LegacyDN', own('LegacyDN')),
  GetNonIndexableItemStatistics: row('LegacyDN', own('LegacyDN')),
  GetPasswordExpirationDate: row('MailboxSmtpAddress', own('MailboxSmtpAddress')),
  GetPersona: row(`${TARGET} ParentFolderId PersonaId`, own('EmailAddress', 'EmailAddress')),
  GetPhoneCallInformation: row('PhoneCallId'),
  GetPrivateCatalogAddIns: NOTHING,
  GetReminders: NOTHING,
  GetRoomLists: NOTHING,
  GetRooms: row('EmailAddress ItemId'),
  GetSearchSuggestions: row(SEARCH),
  GetSearchableMailboxes: NOTHING,
  GetServerTimeZones: row('Id'),
  GetServiceConfiguration: row('EmailAddress ItemId', own('ActingAs', 'EmailAddress')),
  GetSharingFolder: row('SharedFolderId SmtpAddress', own('SmtpAddress')),
  GetSharingMetadata: row('SenderSmtpAddress SmtpAddress', own('SenderSmtpAddress')),
  GetSpecificUserConfiguration: row(`${FOLDER} AddressListId`),
  GetStreamingEvents: row('SubscriptionId'),
  // An Address counts wherever it stands: who reads it may not look at what is around it.
  GetUserAvailabilityRequest: row('', permitted('Email', 'Address'), permitted('Address')),
  GetUserConfiguration: row(TARGET),
  GetUserOofSettingsRequest: row('Mailbox', own('Mailbox', 'Address'), own('Address')),
  GetUserPhoto: row('', own('Email')),
  GetUserRetentionPolicyTags: NOTHING,
  HideTag: NOTHING,
  InstallApp: row('Id ManifestUrl'),
  MarkAllItemsAsRead: row(FOLDER),
  MarkAsJunk: row(ITEM),
  MoveFolder: row(`${TARGET} ToFolderId`),
  MoveItem: row(`${TARGET} ${ITEM} ToFolderId`),
  PerformReminderAction: row('ItemId'),
  PlayOnPhone: row('ItemId'),
  RefreshSharingFolder: row('SharingFolderId'),
  RemoveContactFromImList: row('ContactId'),
  RemoveDelegate: row(DELEGATE, own('Mailbox', 'EmailAddress')),
  RemoveDistributionGroupFromImList: row('GroupId'),
  RemoveImContactFromGroup: row('ContactId GroupId'),
  RemoveImGroup: row('GroupId'),
  ReportMessage: row(ITEM),
  ResolveNames: row(FOLDER),
  SearchMailboxes: row('Mailbox', own('Mailbox')),
  SendItem: row(`${TARGET} ${ITEM} SavedItemFolderId`),
  SetHoldOnMailboxes: row('HoldId'),
  SetImGroup: row('GroupId'),
  SetImListMigrationCompleted: NOTHING,
  SetTeamMailbox: row('EmailAddress ItemId SharePointSiteUrl', own('EmailAddress', 'EmailAddress')),
  SetUserOofSettingsRequest: row('Mailbox', own('Mailbox', 'Address'), own('Address')),
  SetUserPhoto: row('', own('Email')),
  StartSearchSession: row(SEARCH),
  Subscribe: row(FOLDER),
  SyncFolderHierarchy: row(`${TARGET} SyncFolderId`),
  SyncFolderItems: row(`${TARGET} SyncFolderId`),
  UninstallApp: row('ID'),
  UnpinTeamMailbox: row('EmailAddress ItemId', own('EmailAddress', 'EmailAddress')),
  Unsubscribe: row('SubscriptionId'),
  UpdateDelegate: row(DELEGATE, own('Mailbox', 'EmailAddress')),
  UpdateExtensionUsage: NOTHING,
  UpdateFolder: row(CONTENT),
  UpdateInboxRules: row(
    `${TARGET} MailboxSmtpAddress RuleId ServerReplyWithMessage`,
    own('MailboxSmtpAddress'),
  ),
  UpdateItem: row(`${CONTENT} SavedItemFolderId`),
  UpdateItemInRecoverableItems: row(CONTENT),
  UpdateMeetingInstanceRequest: row('ItemId JoinUrl'),
  UpdateMeetingSpace: row('ItemId JoinUrl'),
  UpdateUserConfiguration: row(TARGET),
  UploadItems: row('ItemId ParentFolderId'),
}

const BY_REQUEST: ReadonlyMap<string, Row> = new Map(Object.entries(ROWS))

/** The row of an operation, by its request element; one without a row may name nothing. */
export const rowOf = (requestElement: string): Row => BY_REQUEST.get(requestElement) ?? NOTHING

/** `DistinguishedFolderId/Mailbox` and its like, in every operation. */
export const FOLDER_MAILBOX: Selector = own('Mailbox', 'EmailAddress')

/** Who sends what is sent in the same request. */
export const SENDERS: Selector = { element: '', child: 'EmailAddress', allowed: 'sender' }

/** Names in all rows: of elements that name a mailbox, that hold the address, and that are known. */
export const SELECTOR_WORDS = wordsOf(Object.values(ROWS))

function wordsOf(rows: readonly Row[]) {
  const selectors = rows.flatMap(row => row.selectors)
  return {
    elements: selectors.map(({ element }) => element),
    children: selectors.flatMap(({ child }) => child ?? []),
    known: rows.flatMap(({ known }) => [...known]),
  }
}

/** Distinguished folders that lie in no user's mailbox, and who may name them all the same. */
const FOLDERS_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  publicfoldersroot: [],
  // exchangelib asks for the properties of all distinguished folders before it lists any.
  adminauditlogs: ['GetFolder'],
  directory: ['GetFolder', 'FindPeople'],
}

/** Names of distinguished folders; what is none may be an id to a server that looks no closer. */
const FOLDER_NAME = /^[A-Za-z]{1,48}$/

/** Whether a distinguished folder lies in the mailbox, or may be named by the request all the same. */
export function isInMailbox(request: string, folder: string): boolean {
  if (!FOLDER_NAME.test(folder)) return false
  const name = folder.toLowerCase()
  return !Object.hasOwn(FOLDERS_ELSEWHERE, name) || !!FOLDERS_ELSEWHERE[name]?.includes(request)
}

/** Whether an element's name says that it is a mailbox or an id. */
export function looksLikeSelector(local: string): boolean {
  switch (local.charCodeAt(local.length - 1)) {
    case D:
      return local.endsWith('Id') || local.endsWith('Guid')
    case X:
      return local.endsWith('Mailbox')
    case S:
      return local.endsWith('EmailAddress') || local.endsWith('SmtpAddress')
    case N:
      return local.endsWith('LegacyDN')
    case L:
      return local.endsWith('Url')
    default:
      return false
  }
}

// Last letters: most names end in none of them.
const [D, X, S, N, L] = [0x64, 0x78, 0x73, 0x4e, 0x6c]
