/**
 * Paths to properties: FieldURI, IndexedFieldURI, and ExtendedFieldURI, and their targets.
 *
 * @module
 */

import { t, type XmlElement } from './xml.ts'

/** The element names of ItemType and its subtypes, in the order of the schema. */
export const PROPERTY_ORDER: readonly string[] = [
  // ItemType
  ...'MimeContent ItemId ParentFolderId ItemClass Subject Sensitivity Body Attachments'.split(' '),
  ...'DateTimeReceived Size Categories Importance InReplyTo IsSubmitted IsDraft IsFromMe'.split(
    ' ',
  ),
  ...'IsResend IsUnmodified InternetMessageHeaders DateTimeSent DateTimeCreated'.split(' '),
  ...'ResponseObjects ReminderDueBy ReminderIsSet ReminderNextTime'.split(' '),
  ...'ReminderMinutesBeforeStart DisplayCc DisplayTo HasAttachments ExtendedProperty'.split(' '),
  ...'Culture EffectiveRights LastModifiedName LastModifiedTime IsAssociated'.split(' '),
  ...'WebClientReadFormQueryString WebClientEditFormQueryString ConversationId'.split(' '),
  ...'UniqueBody Flag StoreEntryId InstanceKey NormalizedBody PolicyTag ArchiveTag'.split(' '),
  ...'RetentionDate Preview TextBody IconIndex'.split(' '),
  // MessageType
  ...'Sender ToRecipients CcRecipients BccRecipients IsReadReceiptRequested'.split(' '),
  ...'IsDeliveryReceiptRequested ConversationIndex ConversationTopic From'.split(' '),
  ...'InternetMessageId IsRead IsResponseRequested References ReplyTo ReceivedBy'.split(' '),
  ...'ReceivedRepresenting'.split(' '),
  // MeetingMessageType
  ...'AssociatedCalendarItemId IsDelegated IsOutOfDate HasBeenProcessed ResponseType'.split(' '),
  // CalendarItemType
  ...'UID RecurrenceId DateTimeStamp Start End OriginalStart IsAllDayEvent'.split(' '),
  ...'LegacyFreeBusyStatus Location When IsMeeting IsCancelled IsRecurring'.split(' '),
  ...'MeetingRequestWasSent CalendarItemType MyResponseType Organizer'.split(' '),
  ...'RequiredAttendees OptionalAttendees Resources ConflictingMeetingCount'.split(' '),
  ...'AdjacentMeetingCount ConflictingMeetings AdjacentMeetings Duration TimeZone AppointmentReplyTime'.split(
    ' ',
  ),
  ...'AppointmentSequenceNumber AppointmentState Recurrence FirstOccurrence'.split(' '),
  ...'LastOccurrence ModifiedOccurrences DeletedOccurrences MeetingTimeZone'.split(' '),
  ...'StartTimeZone EndTimeZone ConferenceType AllowNewTimeProposal'.split(' '),
  ...'IsOnlineMeeting MeetingWorkspaceUrl NetShowUrl'.split(' '),
  // ContactItemType
  ...'FileAs FileAsMapping DisplayName GivenName Initials MiddleName Nickname'.split(' '),
  ...'CompleteName CompanyName EmailAddresses PhysicalAddresses PhoneNumbers'.split(' '),
  ...'AssistantName Birthday BusinessHomePage Children Companies ContactSource'.split(' '),
  ...'Department Generation ImAddresses JobTitle Manager Mileage OfficeLocation'.split(' '),
  ...'PostalAddressIndex Profession SpouseName Surname WeddingAnniversary Members'.split(' '),
  // TaskType
  ...'ActualWork AssignedTime BillingInformation ChangeCount CompleteDate Contacts'.split(' '),
  ...'DelegationState Delegator DueDate IsAssignmentEditable IsComplete'.split(' '),
  ...'IsTeamTask Owner PercentComplete StartDate Status StatusDescription'.split(' '),
  'TotalWork',
]

/** Target of a path: a property by name, an entry of an indexed property, or an extended property. */
export type Path =
  | Readonly<{ kind: 'property'; name: string }>
  | Readonly<{ kind: 'entry'; name: string; key: string; part: string | undefined }>
  | Readonly<{ kind: 'extended'; key: string; uri: XmlElement }>

const INDEXED: Readonly<Record<string, string>> = {
  EmailAddress: 'EmailAddresses',
  ImAddress: 'ImAddresses',
  InternetMessageHeader: 'InternetMessageHeaders',
  PhoneNumber: 'PhoneNumbers',
  PhysicalAddress: 'PhysicalAddresses',
}

/** Reads a path element. Returns undefined for any other element. */
export function readPath(element: XmlElement | undefined): Path | undefined {
  const uri = element?.attribute('FieldURI') ?? ''
  if (element?.name === 'FieldURI') return { kind: 'property', name: afterColon(uri) }
  if (element?.name === 'ExtendedFieldURI')
    return { kind: 'extended', key: extendedKey(element), uri: element }
  if (element?.name !== 'IndexedFieldURI') return undefined
  const [, name = '', part] = uri.split(':')
  return {
    kind: 'entry',
    name: INDEXED[name] ?? name,
    key: element.attribute('FieldIndex') ?? '',
    part,
  }
}

const afterColon = (uri: string) => uri.slice(uri.indexOf(':') + 1)

/** Returns the same text for all spellings of an ExtendedFieldURI. */
export function extendedKey(uri: XmlElement): string {
  const tag = uri.attribute('PropertyTag')
  const set = uri.attribute('DistinguishedPropertySetId') ?? uri.attribute('PropertySetId')
  const id = uri.attribute('PropertyId')
  return [
    tag === undefined ? '' : Number(tag),
    set?.toLowerCase() ?? '',
    uri.attribute('PropertyName') ?? '',
    id === undefined ? '' : Number(id),
    uri.attribute('PropertyType') ?? '',
  ].join('|')
}

/** Returns an ExtendedProperty with its key. */
export const extendedEntry = (property: XmlElement): readonly [string, XmlElement] => [
  extendedKey(property.child('ExtendedFieldURI') ?? t('ExtendedFieldURI')),
  property,
]

/** Returns the entry of a property that a path selects, alone in its parent. */
export function entryOf(
  property: XmlElement | undefined,
  path: Extract<Path, { kind: 'entry' }>,
): XmlElement | undefined {
  const entry = property?.children.find(child => entryKey(child) === path.key)
  if (property === undefined || entry === undefined) return undefined
  if (path.part === undefined) return t(property.name, entry)
  const part = entry.child(path.part)
  return part && t(property.name, t(entry.name, entry.attributes, part))
}

/** Returns the key of an entry of EmailAddresses, PhoneNumbers, InternetMessageHeaders, … */
export const entryKey = (entry: XmlElement) =>
  entry.attribute('Key') ?? entry.attribute('HeaderName') ?? ''

/** Returns the text of a property that restrictions compare and sort orders use. */
export function comparable(property: XmlElement | undefined): string | undefined {
  if (property === undefined) return undefined
  if (property.children.length === 0) return property.text
  const value = property.child('Value') ?? property.at('Mailbox', 'Name') ?? property.children[0]
  return comparable(value)
}
