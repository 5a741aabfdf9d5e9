/**
 * Every EWS operation that is known, and what class of act it is.
 *
 * Derived from the published WSDLs (101, 122 and 123 operations), the schemas beyond them and
 * Microsoft's documentation. What is not listed here is refused.
 *
 * @module
 */

/**
 * read: changes nothing that outlives the request. session: server-side state of the caller.
 * write: changes the mailbox. send: sends mail or acts outside. delegation: gives others access.
 * token: hands out credentials. admin: rights of the organization or standing code in a mailbox.
 */
export type OperationClass =
  | 'read'
  | 'session'
  | 'write'
  | 'send'
  | 'delegation'
  | 'token'
  | 'admin'

export type Operation = Readonly<{
  class: OperationClass
  /** Whether documentation or schema show a pure read or the caller's own session state. */
  readOnlyAllowed: boolean
  /** Whether a published WSDL lists it. */
  wsdl: boolean
}>

const listed = (of: OperationClass): Operation => ({
  class: of,
  readOnlyAllowed: false,
  wsdl: true,
})
const readable = (of: OperationClass): Operation => ({
  class: of,
  readOnlyAllowed: true,
  wsdl: true,
})
const unlisted = (of: OperationClass): Operation => ({
  class: of,
  readOnlyAllowed: false,
  wsdl: false,
})

export const OPERATIONS = {
  ActivateSharingInvitation: unlisted('delegation'),
  AddDelegate: listed('delegation'),
  AddDistributionGroupToImList: listed('write'),
  AddEntityFeedback: unlisted('write'),
  AddEventToMyCalander: unlisted('write'),
  AddImContactToGroup: listed('write'),
  AddImGroup: listed('write'),
  AddNewImContactToGroup: listed('write'),
  AddNewTelUriContactToGroup: listed('write'),
  AddTag: listed('write'),
  ApplyConversationAction: listed('write'),
  ArchiveItem: listed('write'),
  ChannelSubscribe: unlisted('session'),
  ChannelUnsubscribe: unlisted('session'),
  CompleteFindInGALSpeechRecognition: unlisted('session'),
  ContactPropertySuggestion: unlisted('read'),
  ConvertId: readable('read'),
  CopyFolder: listed('write'),
  CopyItem: listed('write'),
  CreateAttachment: listed('write'),
  CreateBookingService: unlisted('write'),
  CreateFolder: listed('write'),
  CreateFolderPath: listed('write'),
  CreateItem: listed('send'),
  CreateManagedFolder: listed('write'),
  CreateMeetingInstance: listed('admin'),
  CreateMeetingSpace: listed('admin'),
  CreateOrUpdateFocusedOtherOverride: unlisted('write'),
  CreateSharingInvitation: unlisted('delegation'),
  CreateUMCallDataRecord: unlisted('admin'),
  CreateUMPrompt: unlisted('admin'),
  CreateUnifiedGroup: unlisted('admin'),
  CreateUserConfiguration: listed('write'),
  CreateXrmActivityStream: unlisted('write'),
  CreateXrmDeal: unlisted('write'),
  CreateXrmGraphRelationship: unlisted('write'),
  CreateXrmOrganization: unlisted('write'),
  DeleteAttachment: listed('write'),
  DeleteBookingService: unlisted('write'),
  DeleteFocusedOtherOverride: unlisted('write'),
  DeleteFolder: listed('write'),
  DeleteItem: listed('write'),
  DeleteMeetingInstance: listed('admin'),
  DeleteMeetingSpace: listed('admin'),
  DeletePeopleInsightsTokens: unlisted('token'),
  DeleteSearchSuggestion: listed('write'),
  DeleteSharingInvitation: unlisted('delegation'),
  DeleteUMPrompts: unlisted('admin'),
  DeleteUserConfiguration: listed('write'),
  DeleteXrmDeal: unlisted('write'),
  DeleteXrmGraphRelationship: unlisted('write'),
  DeleteXrmOrganization: unlisted('write'),
  DisableApp: listed('admin'),
  Disconnect: unlisted('write'),
  DisconnectPhoneCall: listed('write'),
  EmptyFolder: listed('write'),
  EndInstantSearchSession: unlisted('session'),
  EndSearchSession: listed('session'),
  ExecuteDiagnosticMethod: unlisted('admin'),
  ExecuteSearch: listed('session'),
  ExpandDL: readable('read'),
  ExportItems: readable('read'),
  FindAvailableMeetingTimes: listed('read'),
  FindBookingCustomers: unlisted('read'),
  FindConversation: readable('read'),
  FindFolder: readable('read'),
  FindInsights: unlisted('read'),
  FindItem: readable('read'),
  FindMailboxStatisticsByKeywords: unlisted('admin'),
  FindMeetingSpaceByJoinUrl: listed('admin'),
  FindMeetingTimeCandidates: listed('read'),
  FindMessageTrackingReport: listed('admin'),
  FindPeople: readable('read'),
  FindTags: listed('read'),
  FindXrmActivityStream: unlisted('read'),
  FindXrmDeal: unlisted('read'),
  FindXrmGraphRelationship: unlisted('read'),
  FindXrmOrganization: unlisted('read'),
  GetAppManifests: readable('read'),
  GetAppMarketplaceUrl: readable('read'),
  GetAttachment: readable('read'),
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
  GetConversationItems: readable('read'),
  GetDelegate: readable('read'),
  GetDiscoverySearchConfiguration: listed('admin'),
  GetDlMembersForUnifiedGroup: unlisted('read'),
  GetEncryptionConfiguration: unlisted('admin'),
  GetEvents: readable('session'),
  GetFocusedOtherOverrides: unlisted('read'),
  GetFolder: readable('read'),
  GetHoldOnMailboxes: listed('admin'),
  GetImItemList: readable('read'),
  GetImItems: readable('read'),
  GetInboxRules: readable('read'),
  GetInsights: unlisted('read'),
  GetItem: readable('read'),
  GetLastPrivateCatalogUpdate: listed('read'),
  GetMailTips: readable('read'),
  GetMeetingInstance: listed('admin'),
  GetMeetingLocations: unlisted('read'),
  GetMeetingParticipantAvailability: unlisted('read'),
  GetMeetingSpace: listed('admin'),
  GetMessageTrackingReport: listed('admin'),
  GetNonIndexableItemDetails: listed('admin'),
  GetNonIndexableItemStatistics: listed('admin'),
  GetOMEConfiguration: unlisted('admin'),
  GetOMEMessageStatus: unlisted('admin'),
  GetPasswordExpirationDate: listed('read'),
  GetPeopleInsights: unlisted('read'),
  GetPeopleInsightsTokens: unlisted('token'),
  GetPersona: readable('read'),
  GetPhoneCallInformation: listed('read'),
  GetPrivateCatalogAddIns: listed('read'),
  GetReminders: { class: 'read', readOnlyAllowed: true, wsdl: false },
  GetRoomLists: readable('read'),
  GetRooms: readable('read'),
  GetSearchableMailboxes: listed('admin'),
  GetSearchSuggestions: listed('read'),
  GetServerTimeZones: readable('read'),
  GetServiceConfiguration: readable('read'),
  GetSharingFolder: listed('read'),
  GetSharingInvitations: unlisted('read'),
  GetSharingMetadata: listed('token'),
  GetSocialActivityNotifications: unlisted('read'),
  GetSpecificUserConfiguration: listed('read'),
  GetStaffAvailability: unlisted('read'),
  GetStreamingEvents: readable('session'),
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
  GetUserAvailability: readable('read'),
  GetUserConfiguration: readable('read'),
  GetUserOofSettings: readable('read'),
  GetUserPhoto: readable('read'),
  GetUserRetentionPolicyTags: readable('read'),
  GetUserUnifiedGroups: unlisted('read'),
  GetXrmActivityStream: unlisted('read'),
  GetXrmDeal: unlisted('read'),
  GetXrmOrganization: unlisted('read'),
  HideTag: listed('write'),
  InitUMMailbox: unlisted('admin'),
  InstallApp: listed('admin'),
  IsUMEnabled: unlisted('read'),
  JoinPrivateUnifiedGroup: unlisted('delegation'),
  LikeItem: unlisted('write'),
  MarkAllItemsAsRead: listed('write'),
  MarkAsJunk: listed('write'),
  MarkAsPhishing: unlisted('write'),
  MarkSocialActivityNotificationsAsSeen: unlisted('write'),
  MoveFolder: listed('write'),
  MoveItem: listed('write'),
  NewBookingMailbox: unlisted('admin'),
  NotifyOneDriveSync: unlisted('write'),
  PerformInstantSearch: unlisted('session'),
  PerformReminderAction: unlisted('write'),
  PlayOnPhone: listed('send'),
  PlayOnPhoneGreeting: unlisted('send'),
  PostModernGroupItem: unlisted('send'),
  ProcessComplianceOperation: unlisted('admin'),
  RefreshSharingFolder: listed('write'),
  RegisterConsent: unlisted('admin'),
  RemoveContactFromImList: listed('write'),
  RemoveDelegate: listed('delegation'),
  RemoveDistributionGroupFromImList: listed('write'),
  RemoveImContactFromGroup: listed('write'),
  RemoveImGroup: listed('write'),
  RemoveUnifiedGroup: unlisted('admin'),
  ReportMessage: listed('send'),
  ResetPIN: unlisted('token'),
  ResetUMMailbox: unlisted('admin'),
  ResolveNames: readable('read'),
  RouteComplaint: unlisted('admin'),
  SaveUMPin: unlisted('admin'),
  SearchMailboxes: listed('admin'),
  SendItem: listed('send'),
  SetBusinessInformation: unlisted('write'),
  SetClientExtension: unlisted('admin'),
  SetEncryptionConfiguration: unlisted('admin'),
  SetHoldOnMailboxes: listed('admin'),
  SetImGroup: listed('write'),
  SetImListMigrationCompleted: listed('write'),
  SetMissedCallNotificationEnabled: unlisted('write'),
  SetOMEConfiguration: unlisted('admin'),
  SetOMEMessageStatus: unlisted('admin'),
  SetOofStatus: unlisted('write'),
  SetPeopleInsightsTokens: unlisted('token'),
  SetPlayOnPhoneDialString: unlisted('write'),
  SetTeamMailbox: listed('admin'),
  SetTelephoneAccessFolderEmail: unlisted('write'),
  SetUnifiedGroupFavoriteState: unlisted('write'),
  SetUnifiedGroupLastVisitedTime: unlisted('write'),
  SetUnifiedGroupMembershipState: unlisted('delegation'),
  SetUnifiedGroupSenderRestrictions: unlisted('delegation'),
  SetUnifiedGroupUnseenData: unlisted('write'),
  SetUnifiedGroupUserSubscribeState: unlisted('delegation'),
  SetUserOofSettings: listed('write'),
  SetUserPhoto: listed('write'),
  StartFindInGALSpeechRecognition: unlisted('session'),
  StartSearchSession: listed('session'),
  Subscribe: readable('session'),
  SyncFolderHierarchy: readable('read'),
  SyncFolderItems: readable('read'),
  SyncUnifiedGroup: unlisted('admin'),
  UninstallApp: listed('admin'),
  UnpinTeamMailbox: listed('write'),
  Unsubscribe: readable('session'),
  UpdateBookingService: unlisted('write'),
  UpdateBookingStaff: unlisted('write'),
  UpdateDelegate: listed('delegation'),
  UpdateExtensionUsage: listed('write'),
  UpdateFolder: listed('write'),
  UpdateGroupMailbox: unlisted('admin'),
  UpdateInboxRules: listed('write'),
  UpdateItem: listed('write'),
  UpdateItemInRecoverableItems: listed('admin'),
  UpdateMailboxAssociation: unlisted('admin'),
  UpdateMeetingInstance: listed('admin'),
  UpdateMeetingLocations: unlisted('write'),
  UpdateMeetingSpace: listed('admin'),
  UpdateSharingInvitation: unlisted('delegation'),
  UpdateUnifiedGroup: unlisted('admin'),
  UpdateUserConfiguration: listed('write'),
  UpdateXrmActivityStream: unlisted('write'),
  UpdateXrmDeal: unlisted('write'),
  UpdateXrmOrganization: unlisted('write'),
  UploadItems: listed('write'),
  ValidateUMPin: unlisted('token'),
  ValidateUnifiedGroupAlias: unlisted('read'),
} as const satisfies Record<string, Operation>

export type OperationName = keyof typeof OPERATIONS

/** Where the request element is not named like its operation. */
const REQUEST_ELEMENTS: Partial<Record<OperationName, string>> = {
  CreateMeetingInstance: 'CreateMeetingInstanceRequest',
  DeleteMeetingInstance: 'DeleteMeetingInstanceRequest',
  GetMeetingInstance: 'GetMeetingInstanceRequest',
  GetUserAvailability: 'GetUserAvailabilityRequest',
  GetUserOofSettings: 'GetUserOofSettingsRequest',
  SetUserOofSettings: 'SetUserOofSettingsRequest',
  UpdateMeetingInstance: 'UpdateMeetingInstanceRequest',
}

const BY_REQUEST_ELEMENT: ReadonlyMap<string, OperationName> = new Map(
  (Object.keys(OPERATIONS) as OperationName[]).map(name => [REQUEST_ELEMENTS[name] ?? name, name]),
)

/**
 * The operation that a request element asks for, or undefined where none is known.
 *
 * @param element - local name of the only child of the SOAP body
 */
export const operationOf = (element: string): OperationName | undefined =>
  BY_REQUEST_ELEMENT.get(element)

/** The element that asks for an operation, as {@link operationOf} reads it. */
export const requestElementOf = (operation: OperationName): string =>
  REQUEST_ELEMENTS[operation] ?? operation

/** Operations that touch no mailbox, so that clients leave out ExchangeImpersonation. */
export const NEUTRAL_OPERATIONS: ReadonlySet<OperationName> = new Set([
  'ConvertId',
  'ExpandDL',
  'GetRoomLists',
  'GetRooms',
  'GetServerTimeZones',
  'ResolveNames',
  'GetMailTips',
  'GetUserAvailability',
])

/** Operations that ask the upstream's address book. */
export const DIRECTORY_LOOKUPS: ReadonlySet<OperationName> = new Set([
  'ResolveNames',
  'ExpandDL',
  'FindPeople',
  'GetPersona',
  'GetUserPhoto',
  'GetRoomLists',
  'GetRooms',
  'GetMailTips',
  'GetUserAvailability',
])

/**
 * Reads that a READ_ONLY role makes only where its `extraReads` names them: they may create or
 * show things that are no mailbox content.
 */
export const EXTRA_READS: ReadonlySet<OperationName> = new Set([
  'GetImItemList',
  'GetImItems',
  'GetAppManifests',
  'GetAppMarketplaceUrl',
  'GetUserConfiguration',
])

/**
 * Operations that send whatever their body says, now or, as automatic replies, later. What CreateItem
 * and its like do is said in their bodies.
 */
export const SENDING: ReadonlySet<OperationName> = new Set([
  'SendItem',
  'PlayOnPhone',
  'ReportMessage',
  'SetUserOofSettings',
])
