/**
 * Effects of the elements and attributes of items, one entry for each that an item or a response in the published schemas can
 * have, at any depth.
 *
 * An element is known by its local name alone, because that is all that servers look at. If it occurs in several types, the
 * entry has the worst of its effects.
 *
 * @module
 */

/**
 * Effect that an element or attribute can have when a request writes it.
 *
 * `content`: it changes the item itself, parts of it such as occurrences and attachments included, or nothing.
 * `archiving`: servers move the item to the archive later.
 * `class`: it makes the item a rule, an app, or an item of another class of folders.
 * `deletion`: servers delete the item later.
 * `header`: it is a header of the message, which servers can write as it is.
 * `hidden`: it hides the item, as rules are hidden.
 * `id`: it names an item, a folder, or a mailbox, as in all requests.
 * `message`: it is a whole message, with its header.
 * `notice`: servers send a message later, whatever the dispositions say.
 * `property`: it sets any property, with any of these effects.
 * `receipt`: it marks a message as read, after which servers send a receipt.
 * `sender`: it names the sender of the message.
 * `state`: it says whether the message is a draft.
 */
export type ItemEffect =
  | 'content'
  | 'archiving'
  | 'class'
  | 'deletion'
  | 'header'
  | 'hidden'
  | 'id'
  | 'message'
  | 'notice'
  | 'property'
  | 'receipt'
  | 'sender'
  | 'state'

/** Names by effect, separated by spaces. Names of attributes begin with `@`. */
const NAMES: Readonly<Record<ItemEffect, string>> = {
  archiving: 'ArchiveTag',
  class: 'ItemClass',
  deletion: 'PolicyTag RetentionDate',
  header: 'InReplyTo InternetMessageHeader InternetMessageId References @HeaderName',
  hidden: 'IsAssociated',
  id:
    'AbchContactId AssociatedCalendarItemId AttachmentId AttachmentOriginalUrl ' +
    'AttachmentPreviewUrl AttachmentThumbnailUrl CasRequestId ClientId ContactShortId ContentId ' +
    'ConversationGuid ConversationId DirectoryId DomainId EmailAddress EndTimeZoneId ' +
    'ExchangePersonIdGuid ExtensionId ExternalObjectId Id ItemId ' +
    'JoinOnlineMeetingUrl Mailbox MailboxGuid ManagerMailbox MeetingWorkspaceUrl MemberId ' +
    'NetShowUrl ObjectId ParentFolderId PartnerNetworkProfilePhotoUrl ' +
    'PartnerNetworkThumbnailPhotoUrl PassportId PersonId PrimaryEmailAddress ProductUrl ' +
    'ProfileUrl ProviderEndpointUrl RecurrenceId ReferenceItemId ReservationId RmsTemplateId ' +
    'SkypeId SourceId StartTimeZoneId StoreEntryId TrackingUrl Url UserId UserTileUrl ' +
    '@ChangeKey @Id @RootItemChangeKey @RootItemId',
  // Newer schemas have MimeContentUTF8 as a field only, but servers could read an element, too.
  message: 'MimeContent MimeContentUTF8 @CharacterSet',
  notice: 'ArrayOfInboxReminder InboxReminder InboxReminders',
  property:
    'ExtendedFieldURI ExtendedProperty Value Values @DistinguishedPropertySetId @PropertyId ' +
    '@PropertyName @PropertySetId @PropertyTag @PropertyType',
  receipt: 'IsRead',
  sender: 'From Organizer Sender SenderSMTPAddress',
  state: 'IsDraft IsSubmitted',
  content:
    '@Bias @BodyType @IsExplicit @IsTruncated @Key @Kind @MailboxType @Name @ObjectName ' +
    '@RoutingType @TimeZoneName AbchEmailAddresses AbsoluteDate AbsoluteDateTransition ' +
    'AbsoluteMonthlyRecurrence AbsoluteYearlyRecurrence AccessLevel AccountName Accuracy ' +
    'ActivityAction ActualWork Address AddressCountry AddressEntity AddressLocality AddressName ' +
    'AddressRegion Addresses AdjacentMeetingCount AdjacentMeetings AirlineIataCode Alias ' +
    'AllowNewTimeProposal Altitude AltitudeAccuracy Annotation AntiLinkInfo Application ' +
    'AppliedHashtag AppliedHashtags AppliedHashtagsPreview AppointmentReplyTime ' +
    'AppointmentSequenceNumber AppointmentState ApprovalDecision ApprovalDecisionMaker ' +
    'ApprovalDecisionTime ApprovalRequestData ArrivalAirportIataCode AssignedTime ' +
    'Assignees AssistantName AtAllMention AttachLongPathName AttachmentIsFolder Attachments ' +
    'Attendee Attendees AutoLinkError AutoLinkSuccess Base64Binary BaseOffset BccRecipients ' +
    'BillingInformation Birthday BlockStatus Body BrokerName BrokerPhone BusinessHomePage ' +
    'BusinessName CalendarActivityData CalendarItemType CanDelete Capabilities Carrier ' +
    'Categories CcRecipients ChangeCount ChangeHighlights Children Cid City ClientPublishSecret ' +
    'ClientReference ClientToken ClientToken2 Comment Companies CompanyName CompleteDate ' +
    'CompleteName ConferenceType ConflictingMeetingCount ConflictingMeetings ContactCategories ' +
    'ContactHandle ContactHandles ContactSource ContactString ContactSyncError ' +
    'ContactSyncSuccess ContactType Contacts Content ContentExpiryDate ContentLocation ' +
    'ContentOwner ContentType ConversationIndex ConversationTopic Country CountryOrRegion ' +
    'CreateAssociated CreateContents CreateHierarchy CreatedBy CreatedDateTime Culture ' +
    'DailyRecurrence DailyRegeneration DateTime DateTimeCreated DateTimeReceived DateTimeSent ' +
    'DateTimeStamp Day DayOfMonth DayOfWeek DayOfWeekIndex Daylight DaysOfWeek DeepLink ' +
    'DelegationState Delegator Delete DeletedOccurrence DeletedOccurrences Department ' +
    'DepartureAirportIataCode DepartureTime DirectReports DisplayBcc DisplayCc DisplayName ' +
    'DisplayTo DomainTag DueDate Duration EditAllowed EffectiveRights Email EmailAddressEntity ' +
    'EmailAddresses EmailUser End EndDate EndDateRecurrence EndTime EndTimeZone EndWallClock ' +
    'EnhancedLocation EntityExtractionResult Entry ErrorOffers ExpectedArrivalFrom ' +
    'ExpectedArrivalUntil ExportAllowed ExtractAllowed FavoriteOrder FileAs FileAsMapping ' +
    'FileAttachment FirstAuthErrorDates FirstDayOfWeek FirstName FirstOccurrence Flag ' +
    'FlagStatus Flight FlightNumber FlightReservation FlightReservations Flights ' +
    'FormattedAddress ForwardAllowed FullName Gender Generation GivenName HasAttachments ' +
    'HasBeenProcessed HasBlockedImages HasEndTimeChanged HasLocationChanged HasPicture ' +
    'HasStartTimeChanged Hashtags HidePresenceAndProfile IconIndex ImAddresses ImMri Importance ' +
    'IndexSelected InferenceClassification Initials InstanceKey IntendedFreeBusyStatus ' +
    'InternetMessageHeaders Interval InviteFree IsAllDayEvent IsAssignmentEditable IsAutoTagged ' +
    'IsAutoUpdateDisabled IsCancelled IsClutter IsComplete IsContactPhoto IsDefault IsDelegated ' +
    'IsDeliveryReceiptRequested IsFromMe IsHidden IsInline IsInlined IsMeeting IsMentioned ' +
    'IsMessengerEnabled IsOnlineMeeting IsOrganizer IsOrganizerReminder IsOutOfDate IsOwner ' +
    'IsPendingOutbound IsPrivate IsReadReceiptRequested IsRecurring IsResend ' +
    'IsResponseRequested IsSpecificMessageReply IsTeamTask IsUndecidedApprovalRequest ' +
    'IsUnmodified ItemAttachment JobTitle LastModifiedName LastModifiedTime LastName ' +
    'LastOccurrence LastResponseTime LastSync LastVersionSaved LastWelcomeContact Latitude ' +
    'LegacyFreeBusyStatus Like LikeCount Likes LikesPreview LobbyBypass Location LocationSource ' +
    'LocationUri Longitude MSExchangeCertificate MailboxGuids MailboxType Manager ' +
    'MeetingRequestType MeetingRequestWasSent MeetingString MeetingSuggestion ' +
    'MeetingSuggestions MeetingTimeZone Member Members MentionAction MentionText Mentioned ' +
    'MentionedMe Mentions MentionsEx MentionsPreview Microsoft.OutlookServices.SenderApp ' +
    'MiddleName Mileage MobileIMEnabled ModifiedOccurrences Modify ModifyRecipientsAllowed ' +
    'Month MonthlyRegeneration Mris MyResponseType Name NewBodyContent Nickname NoEndRecurrence ' +
    'NormalizedBody NotInBirthdayCalendar Notes NumberOfOccurrences NumberedRecurrence ' +
    'Occurrence OccurrenceChange Offers OfficeLocation Offset OnlineMeetingSettings ' +
    'OptionalAttendees OrderNumber OrderStatus OriginalDisplayName OriginalPermissionType ' +
    'OriginalPhoneString OriginalStart OtherMri Owner ParcelDeliveries ParcelDelivery ' +
    'PendingSocialActivityTagIds PercentComplete Period Periods PermissionType PersonName Phone ' +
    'PhoneNumbers PhoneString PhoneticFirstName PhoneticFullName PhoneticLastName Photo ' +
    'PhysicalAddresses Position PostOfficeBox PostalAddress PostalAddressIndex PostalCode ' +
    'PostedTime PredictedActionReason PredictedActionReasons PresenceTrustLevel Presenters ' +
    'Preview PrintAllowed Product ProductBrand ProductColor ProductDescription ProductImage ' +
    'ProductSku Profession ProfileLastChanged ProgrammaticAccessAllowed ProposedEnd ' +
    'ProposedStart ProviderType PsaLastChanged PsaState Read ReceivedBy ReceivedRepresenting ' +
    'Recurrence RecurringDateTransition RecurringDayTransition ReferenceAttachment ' +
    'RefreshToken2 RefreshTokenExpiry2 RejectedOffers RelativeMonthlyRecurrence ' +
    'RelativeYearlyRecurrence RelevanceOrder1 RelevanceOrder2 ReminderDueBy ReminderIsSet ' +
    'ReminderMessageData ReminderMinutesBeforeStart ReminderNextTime ReminderOffset ' +
    'ReminderText ReplyAllAllowed ReplyAllowed ReplyTo RequiredAttendees ReservationStatus ' +
    'Resources ResponseObjects ResponseType RightsManagedMessageDecryptionStatus ' +
    'RightsManagementLicenseData RoutingType SearchKey Seller SendOption SendPrompt ' +
    'SenderAddIns Sensitivity ServerCreatedDateTime SessionHandle Settings ShellContactType ' +
    'Size SkypeAuthCertificate SkypeContext SkypeRelationship SortKey SourceEntryID SpouseName ' +
    'Standard Start StartDate StartTime StartTimeZone StartWallClock State Status ' +
    'StatusDescription Street StreetAddress String Subject Suffix SupportGroupFeeds Surname ' +
    'SyncEnabled Tag TaskString TaskSuggestion TaskSuggestions TemplateDescription TemplateName ' +
    'TextBody Time TimeOffset TimeZone Title To ToRecipients TokenRefreshLastAttempted ' +
    'TokenRefreshLastCompleted TotalWork TrackingNumber Transition Transitions TransitionsGroup ' +
    'TransitionsGroups TrustLevel Type UID UnderName UnifiedInbox UniqueBody UrlEntity Urls ' +
    'UserEmail UserOptions UserSMIMECertificate UserTileHash ViewPrivateItems VotingInformation ' +
    'VotingOptionData VotingResponse WebClientEditFormQueryString WebClientReadFormQueryString ' +
    'WeddingAnniversary WeeklyRecurrence WeeklyRegeneration When WindowsTimeZoneName Wlid ' +
    'XboxLiveTag YearlyRegeneration YomiFirstName YomiLastName YomiNickname',
}

const EFFECTS: ReadonlyMap<string, ItemEffect> = new Map(
  (Object.entries(NAMES) as [ItemEffect, string][]).flatMap(([effect, names]) =>
    names.split(' ').map(name => [name, effect] as const),
  ),
)

/** Returns the names of elements with an effect. */
export const namesWithEffect = (effect: ItemEffect): readonly string[] =>
  NAMES[effect].split(' ').filter(name => !name.startsWith('@'))

/** Returns the effect of an element or, for a name that begins with `@`, of an attribute; undefined for an unknown one. */
export const effectOf = (name: string): ItemEffect | undefined => EFFECTS.get(name)
