/**
 * The operation table: one row for every known EWS operation. Everything that depends on a request's operation
 * comes from its row. An operation without a row is denied.
 *
 * Derived from the published WSDLs (101, 122, and 123 operations), the schemas, and Microsoft's documentation.
 * Elements are matched by local name at any depth, because servers check no more than that.
 *
 * @module
 */

import type { OPERATION_NAMES } from '../model/operation-names.ts'
import {
  listed,
  type Operation,
  own,
  permitted,
  readable,
  unlisted,
  unlistedReadable,
} from './operation-row.ts'

const FOLDER = 'DistinguishedFolderId FolderId ItemId Mailbox EmailAddress'
const TARGET = `${FOLDER} AddressListId ConsumerCalendarId`
const ITEM = 'ItemId OccurrenceItemId RecurringMasterItemId'
const SEARCH = `${FOLDER} MailboxGuid SearchSessionId WellKnownFolder`
const PERSON = 'Mailbox EmailAddress ItemId'
const DELEGATE = `${PERSON} UserId PrimarySmtpAddress`
/** Names of elements inside items, folders, and attachments. Those that are IDs are checked like all IDs. */
const CONTENT =
  `${TARGET} ${ITEM} AssociatedCalendarItemId AttachmentId AttachmentPreviewUrl ContentId ` +
  'AttachmentThumbnailUrl BaseFolderId ConversationId DirectoryId EndTimeZoneId ' +
  'ExternalDirectoryObjectId FileAsId GlobalObjectId InternetMessageId JoinOnlineMeetingUrl ' +
  'ManagedFolderId ManagerMailbox MeetingWorkspaceUrl NetShowUrl ParentFolderId ' +
  'PrimarySmtpAddress ProviderEndpointUrl RecurrenceId ReferenceItemId StartTimeZoneId ' +
  'StoreEntryId Url UserId'

const MAILBOX = [own('Mailbox', 'EmailAddress')]
const OOF_MAILBOX = [own('Mailbox', 'Address'), own('Address')]

/**
 * Rows by operation. The list in ExpandDL has no selector, because it opens no mailbox.
 */
export const OPERATIONS = {
  ActivateSharingInvitation: unlisted('delegation'),
  AddDelegate: listed('delegation', DELEGATE, { selectors: MAILBOX }),
  AddDistributionGroupToImList: listed('write', 'SmtpAddress', { selectors: [own('SmtpAddress')] }),
  AddEntityFeedback: unlisted('write'),
  AddEventToMyCalander: unlisted('write'),
  AddImContactToGroup: listed('write', 'ContactId GroupId'),
  AddImGroup: listed('write'),
  AddNewImContactToGroup: listed('write', 'GroupId'),
  AddNewTelUriContactToGroup: listed('write', 'GroupId'),
  AddTag: listed('write'),
  ApplyConversationAction: listed(
    'write',
    `${TARGET} ContextFolderId ConversationId DestinationFolderId`,
    { marksItems: true },
  ),
  ArchiveItem: listed('write', `${TARGET} ${ITEM} ArchiveSourceFolderId`),
  ChannelSubscribe: unlisted('session'),
  ChannelUnsubscribe: unlisted('session'),
  CompleteFindInGALSpeechRecognition: unlisted('session'),
  ContactPropertySuggestion: unlisted('read'),
  ConvertId: readable('read', 'AlternateId AlternatePublicFolderId AlternatePublicFolderItemId', {
    neutral: true,
    convertsIds: true,
  }),
  CopyFolder: listed('write', `${TARGET} ToFolderId`),
  CopyItem: listed('write', `${TARGET} ${ITEM} ToFolderId`),
  CreateAttachment: listed('write', `${CONTENT} ParentItemId`),
  CreateBookingService: unlisted('write'),
  CreateFolder: listed('write', CONTENT, { writesProperties: true }),
  CreateFolderPath: listed('write', CONTENT, { writesProperties: true }),
  CreateItem: listed('send', `${CONTENT} SavedItemFolderId`, {
    sends: 'created',
    writesProperties: true,
  }),
  CreateManagedFolder: listed('write', PERSON, { selectors: MAILBOX }),
  CreateMeetingInstance: listed('admin', 'JoinUrl', {
    requestElement: 'CreateMeetingInstanceRequest',
  }),
  CreateMeetingSpace: listed('admin', 'JoinUrl'),
  CreateOrUpdateFocusedOtherOverride: unlisted('write'),
  CreateSharingInvitation: unlisted('delegation'),
  CreateUMCallDataRecord: unlisted('admin'),
  CreateUMPrompt: unlisted('admin'),
  CreateUnifiedGroup: unlisted('admin'),
  CreateUserConfiguration: listed('write', TARGET),
  CreateXrmActivityStream: unlisted('write'),
  CreateXrmDeal: unlisted('write'),
  CreateXrmGraphRelationship: unlisted('write'),
  CreateXrmOrganization: unlisted('write'),
  DeleteAttachment: listed('write', 'AttachmentId'),
  DeleteBookingService: unlisted('write'),
  DeleteFocusedOtherOverride: unlisted('write'),
  DeleteFolder: listed('write', FOLDER),
  DeleteItem: listed('write', ITEM, { sends: 'cancellations' }),
  DeleteMeetingInstance: listed('admin', 'ItemId', {
    requestElement: 'DeleteMeetingInstanceRequest',
  }),
  DeleteMeetingSpace: listed('admin', 'ItemId'),
  DeletePeopleInsightsTokens: unlisted('token'),
  DeleteSearchSuggestion: listed('write', SEARCH),
  DeleteSharingInvitation: unlisted('delegation'),
  DeleteUMPrompts: unlisted('admin'),
  DeleteUserConfiguration: listed('write', TARGET),
  DeleteXrmDeal: unlisted('write'),
  DeleteXrmGraphRelationship: unlisted('write'),
  DeleteXrmOrganization: unlisted('write'),
  DisableApp: listed('admin', 'ID'),
  Disconnect: unlisted('write'),
  DisconnectPhoneCall: listed('write', 'PhoneCallId'),
  EmptyFolder: listed('write', FOLDER),
  EndInstantSearchSession: unlisted('session'),
  EndSearchSession: listed('session', 'SearchSessionId'),
  ExecuteDiagnosticMethod: unlisted('admin'),
  ExecuteSearch: listed('session', SEARCH),
  ExpandDL: readable('read', PERSON, { neutral: true, directoryLookup: true }),
  ExportItems: readable('read', 'ItemId', { returnsItems: true }),
  FindAvailableMeetingTimes: listed('read', 'SmtpAddress', { selectors: [own('SmtpAddress')] }),
  FindBookingCustomers: unlisted('read'),
  FindConversation: readable('read', `${TARGET} ParentFolderId`),
  FindFolder: readable('read', FOLDER),
  FindInsights: unlisted('read'),
  FindItem: readable('read', FOLDER, { returnsItems: true }),
  FindMailboxStatisticsByKeywords: unlisted('admin'),
  FindMeetingSpaceByJoinUrl: listed('admin', 'JoinUrl'),
  FindMeetingTimeCandidates: listed('read', 'EmailAddress', {
    selectors: [own('Email', 'EmailAddress')],
  }),
  FindMessageTrackingReport: listed('admin', `${PERSON} FederatedDeliveryMailbox`, {
    selectors: [
      own('FederatedDeliveryMailbox', 'EmailAddress'),
      own('PurportedSender', 'EmailAddress'),
      own('Recipient', 'EmailAddress'),
      own('Sender', 'EmailAddress'),
    ],
  }),
  FindPeople: readable('read', `${TARGET} ParentFolderId`, {
    directoryLookup: true,
    addressLists: true,
    folders: ['directory'],
  }),
  FindTags: listed('read'),
  FindXrmActivityStream: unlisted('read'),
  FindXrmDeal: unlisted('read'),
  FindXrmGraphRelationship: unlisted('read'),
  FindXrmOrganization: unlisted('read'),
  GetAppManifests: readable('read', '', { extraRead: true }),
  GetAppMarketplaceUrl: readable('read', '', { extraRead: true }),
  GetAttachment: readable('read', 'AttachmentId'),
  GetAvailableCultures: unlisted('read'),
  GetBookingMailboxes: unlisted('read'),
  GetBookingServices: unlisted('read'),
  GetBookingStaff: unlisted('read'),
  GetBusinessInformation: unlisted('read'),
  GetCallInfo: unlisted('read'),
  GetChannelEvents: unlisted('session'),
  GetClientAccessToken: listed('token'),
  GetClientExtension: unlisted('admin'),
  GetClientIntent: unlisted('read'),
  GetConsumerCalendarSharedInformation: unlisted('read'),
  GetConversationItems: readable('read', `${FOLDER} ConversationId`, { returnsItems: true }),
  GetDelegate: readable('read', DELEGATE, { selectors: MAILBOX }),
  GetDiscoverySearchConfiguration: listed('admin', 'SearchId'),
  GetDlMembersForUnifiedGroup: unlisted('read'),
  GetEncryptionConfiguration: unlisted('admin'),
  GetEvents: readable('session', 'SubscriptionId'),
  GetFocusedOtherOverrides: unlisted('read'),
  // Allows two folders outside of mailboxes, because exchangelib requests all distinguished folders at once.
  GetFolder: readable('read', FOLDER, { folders: ['adminauditlogs', 'directory'] }),
  GetHoldOnMailboxes: listed('admin', 'HoldId'),
  GetImItemList: readable('read', '', { extraRead: true }),
  GetImItems: readable('read', ITEM, { extraRead: true }),
  GetInboxRules: readable('read', 'MailboxSmtpAddress', { selectors: [own('MailboxSmtpAddress')] }),
  GetInsights: unlisted('read'),
  GetItem: readable('read', ITEM, { returnsItems: true }),
  GetLastPrivateCatalogUpdate: listed('read'),
  GetMailTips: readable('read', PERSON, {
    selectors: [own('SendingAs', 'EmailAddress'), permitted('Mailbox', 'EmailAddress')],
    neutral: true,
    directoryLookup: true,
  }),
  GetMeetingInstance: listed('admin', 'ItemId', { requestElement: 'GetMeetingInstanceRequest' }),
  GetMeetingLocations: unlisted('read'),
  GetMeetingParticipantAvailability: unlisted('read'),
  GetMeetingSpace: listed('admin', 'ItemId'),
  GetMessageTrackingReport: listed('admin', `${PERSON} MessageTrackingReportId`, {
    selectors: [own('RecipientFilter', 'EmailAddress')],
  }),
  GetNonIndexableItemDetails: listed('admin', 'LegacyDN', { selectors: [own('LegacyDN')] }),
  GetNonIndexableItemStatistics: listed('admin', 'LegacyDN', { selectors: [own('LegacyDN')] }),
  GetOMEConfiguration: unlisted('admin'),
  GetOMEMessageStatus: unlisted('admin'),
  GetPasswordExpirationDate: listed('read', 'MailboxSmtpAddress', {
    selectors: [own('MailboxSmtpAddress')],
  }),
  GetPeopleInsights: unlisted('read'),
  GetPeopleInsightsTokens: unlisted('token'),
  GetPersona: readable('read', `${TARGET} ParentFolderId PersonaId`, {
    selectors: [own('EmailAddress', 'EmailAddress')],
    directoryLookup: true,
  }),
  GetPhoneCallInformation: listed('read', 'PhoneCallId'),
  GetPrivateCatalogAddIns: listed('read'),
  GetReminders: unlistedReadable('read'),
  GetRoomLists: readable('read', '', { neutral: true, directoryLookup: true }),
  GetRooms: readable('read', 'EmailAddress ItemId', { neutral: true, directoryLookup: true }),
  GetSearchableMailboxes: listed('admin'),
  GetSearchSuggestions: listed('read', SEARCH),
  GetServerTimeZones: readable('read', 'Id', { neutral: true }),
  GetServiceConfiguration: readable('read', 'EmailAddress ItemId', {
    selectors: [own('ActingAs', 'EmailAddress')],
  }),
  GetSharingFolder: listed('read', 'SharedFolderId SmtpAddress', {
    selectors: [own('SmtpAddress')],
  }),
  GetSharingInvitations: unlisted('read'),
  GetSharingMetadata: listed('token', 'SenderSmtpAddress SmtpAddress', {
    selectors: [own('SenderSmtpAddress')],
  }),
  GetSocialActivityNotifications: unlisted('read'),
  GetSpecificUserConfiguration: listed('read', `${FOLDER} AddressListId`),
  GetStaffAvailability: unlisted('read'),
  GetStreamingEvents: readable('session', 'SubscriptionId', {
    streaming: true,
    timeout: 'ConnectionTimeout',
  }),
  GetUMCallDataRecords: unlisted('admin'),
  GetUMCallSummary: unlisted('admin'),
  GetUMPin: unlisted('token'),
  GetUMPrompt: unlisted('admin'),
  GetUMPromptNames: unlisted('admin'),
  GetUMProperties: unlisted('read'),
  GetUMSubscriberCallAnsweringData: unlisted('admin'),
  GetUnifiedGroupDetails: unlisted('read'),
  GetUnifiedGroupMembers: unlisted('read'),
  GetUnifiedGroupSenderRestrictions: unlisted('read'),
  GetUnifiedGroupsSettings: unlisted('read'),
  GetUnifiedGroupUnseenCount: unlisted('read'),
  GetUnifiedGroupUnseenData: unlisted('read'),
  // Address counts at any depth, because servers ignore which elements contain it.
  GetUserAvailability: readable('read', '', {
    requestElement: 'GetUserAvailabilityRequest',
    selectors: [permitted('Email', 'Address'), permitted('Address')],
    neutral: true,
    directoryLookup: true,
  }),
  GetUserConfiguration: readable('read', TARGET, { extraRead: true }),
  GetUserOofSettings: readable('read', 'Mailbox', {
    requestElement: 'GetUserOofSettingsRequest',
    selectors: OOF_MAILBOX,
  }),
  GetUserPhoto: readable('read', '', { selectors: [own('Email')], directoryLookup: true }),
  GetUserRetentionPolicyTags: readable('read'),
  GetUserUnifiedGroups: unlisted('read'),
  GetXrmActivityStream: unlisted('read'),
  GetXrmDeal: unlisted('read'),
  GetXrmOrganization: unlisted('read'),
  HideTag: listed('write'),
  InitUMMailbox: unlisted('admin'),
  InstallApp: listed('admin', 'Id ManifestUrl'),
  IsUMEnabled: unlisted('read'),
  JoinPrivateUnifiedGroup: unlisted('delegation'),
  LikeItem: unlisted('write'),
  MarkAllItemsAsRead: listed('write', FOLDER, { marksItems: true }),
  MarkAsJunk: listed('write', ITEM),
  MarkAsPhishing: unlisted('write'),
  MarkSocialActivityNotificationsAsSeen: unlisted('write'),
  MoveFolder: listed('write', `${TARGET} ToFolderId`),
  MoveItem: listed('write', `${TARGET} ${ITEM} ToFolderId`),
  NewBookingMailbox: unlisted('admin'),
  NotifyOneDriveSync: unlisted('write'),
  PerformInstantSearch: unlisted('session'),
  PerformReminderAction: unlisted('write', 'ItemId'),
  PlayOnPhone: listed('send', 'ItemId', { needs: 'sending' }),
  PlayOnPhoneGreeting: unlisted('send'),
  PostModernGroupItem: unlisted('send'),
  ProcessComplianceOperation: unlisted('admin'),
  RefreshSharingFolder: listed('write', 'SharingFolderId'),
  RegisterConsent: unlisted('admin'),
  RemoveContactFromImList: listed('write', 'ContactId'),
  RemoveDelegate: listed('delegation', DELEGATE, { selectors: MAILBOX }),
  RemoveDistributionGroupFromImList: listed('write', 'GroupId'),
  RemoveImContactFromGroup: listed('write', 'ContactId GroupId'),
  RemoveImGroup: listed('write', 'GroupId'),
  RemoveUnifiedGroup: unlisted('admin'),
  ReportMessage: listed('send', ITEM, { needs: 'sending' }),
  ResetPIN: unlisted('token'),
  ResetUMMailbox: unlisted('admin'),
  ResolveNames: readable('read', FOLDER, { neutral: true, directoryLookup: true }),
  RouteComplaint: unlisted('admin'),
  SaveUMPin: unlisted('admin'),
  SearchMailboxes: listed('admin', 'Mailbox', { selectors: [own('Mailbox')] }),
  SendItem: listed('send', `${TARGET} ${ITEM} SavedItemFolderId`, {
    sends: 'drafts',
    needs: 'sending',
  }),
  SetBusinessInformation: unlisted('write'),
  SetClientExtension: unlisted('admin'),
  SetEncryptionConfiguration: unlisted('admin'),
  SetHoldOnMailboxes: listed('admin', 'HoldId'),
  SetImGroup: listed('write', 'GroupId'),
  SetImListMigrationCompleted: listed('write'),
  SetMissedCallNotificationEnabled: unlisted('write'),
  SetOMEConfiguration: unlisted('admin'),
  SetOMEMessageStatus: unlisted('admin'),
  SetOofStatus: unlisted('write'),
  SetPeopleInsightsTokens: unlisted('token'),
  SetPlayOnPhoneDialString: unlisted('write'),
  SetTeamMailbox: listed('admin', 'EmailAddress ItemId SharePointSiteUrl', {
    selectors: [own('EmailAddress', 'EmailAddress')],
  }),
  SetTelephoneAccessFolderEmail: unlisted('write'),
  SetUnifiedGroupFavoriteState: unlisted('write'),
  SetUnifiedGroupLastVisitedTime: unlisted('write'),
  SetUnifiedGroupMembershipState: unlisted('delegation'),
  SetUnifiedGroupSenderRestrictions: unlisted('delegation'),
  SetUnifiedGroupUnseenData: unlisted('write'),
  SetUnifiedGroupUserSubscribeState: unlisted('delegation'),
  SetUserOofSettings: listed('write', 'Mailbox', {
    requestElement: 'SetUserOofSettingsRequest',
    selectors: OOF_MAILBOX,
    needs: 'sending',
  }),
  SetUserPhoto: listed('write', '', { selectors: [own('Email')] }),
  StartFindInGALSpeechRecognition: unlisted('session'),
  StartSearchSession: listed('session', SEARCH),
  Subscribe: readable('session', FOLDER, { subscription: 'begins', timeout: 'Timeout' }),
  SyncFolderHierarchy: readable('read', `${TARGET} SyncFolderId`),
  SyncFolderItems: readable('read', `${TARGET} SyncFolderId`, { returnsItems: true }),
  SyncUnifiedGroup: unlisted('admin'),
  UninstallApp: listed('admin', 'ID'),
  UnpinTeamMailbox: listed('write', 'EmailAddress ItemId', {
    selectors: [own('EmailAddress', 'EmailAddress')],
  }),
  Unsubscribe: readable('session', 'SubscriptionId', { subscription: 'ends' }),
  UpdateBookingService: unlisted('write'),
  UpdateBookingStaff: unlisted('write'),
  UpdateDelegate: listed('delegation', DELEGATE, { selectors: MAILBOX }),
  UpdateExtensionUsage: listed('write'),
  UpdateFolder: listed('write', CONTENT, { writesProperties: true }),
  UpdateGroupMailbox: unlisted('admin'),
  UpdateInboxRules: listed('write', `${TARGET} MailboxSmtpAddress RuleId ServerReplyWithMessage`, {
    selectors: [own('MailboxSmtpAddress')],
    needs: 'inboxRules',
  }),
  UpdateItem: listed('write', `${CONTENT} SavedItemFolderId`, {
    sends: 'changed',
    writesProperties: true,
  }),
  UpdateItemInRecoverableItems: listed('admin', CONTENT),
  UpdateMailboxAssociation: unlisted('admin'),
  UpdateMeetingInstance: listed('admin', 'ItemId JoinUrl', {
    requestElement: 'UpdateMeetingInstanceRequest',
  }),
  UpdateMeetingLocations: unlisted('write'),
  UpdateMeetingSpace: listed('admin', 'ItemId JoinUrl'),
  UpdateSharingInvitation: unlisted('delegation'),
  UpdateUnifiedGroup: unlisted('admin'),
  UpdateUserConfiguration: listed('write', TARGET),
  UpdateXrmActivityStream: unlisted('write'),
  UpdateXrmDeal: unlisted('write'),
  UpdateXrmOrganization: unlisted('write'),
  UploadItems: listed('write', 'ItemId ParentFolderId'),
  ValidateUMPin: unlisted('token'),
  ValidateUnifiedGroupAlias: unlisted('read'),
} as const satisfies Record<(typeof OPERATION_NAMES)[number], Operation>

export type OperationName = keyof typeof OPERATIONS

const NAMES = Object.keys(OPERATIONS) as OperationName[]

const rowNamed = (name: OperationName): Operation => OPERATIONS[name]

/** Returns the name of an operation's request element. {@link operationOf} is the reverse. */
export const requestElementOf = (operation: OperationName): string =>
  rowNamed(operation).requestElement ?? operation

const BY_REQUEST_ELEMENT: ReadonlyMap<string, OperationName> = new Map(
  NAMES.map(name => [requestElementOf(name), name]),
)

/**
 * Returns the operation of a request element, or undefined if it is unknown.
 *
 * @param element - local name of the only child of the SOAP body
 */
export const operationOf = (element: string): OperationName | undefined =>
  BY_REQUEST_ELEMENT.get(element)

/** Row for a request with an unknown operation. Its body can't name anything. */
const NO_OPERATION = unlisted('admin')

/** Returns the row for a request element. */
export function rowOf(element: string): Operation {
  const operation = operationOf(element)
  return operation === undefined ? NO_OPERATION : OPERATIONS[operation]
}

/**
 * Read operations that a READ_ONLY role allows only if they are in its `extraReads`, because they can create
 * something, or return more than mailbox content.
 */
export const EXTRA_READS: ReadonlySet<OperationName> = new Set(
  NAMES.filter(name => rowNamed(name).extraRead),
)
