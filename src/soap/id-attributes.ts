/**
 * Attributes that are named like ids, and what they are.
 *
 * @module
 */

/** Attributes that are named like ids, and the elements on which they are none of a mailbox. */
const PLAIN_ATTRIBUTES: Readonly<Record<string, ReadonlySet<string>>> = {
  PropertySetId: new Set(['ExtendedFieldURI']),
  DistinguishedPropertySetId: new Set(['ExtendedFieldURI']),
  PropertyId: new Set(['ExtendedFieldURI']),
  Id: new Set([
    'AlternateId',
    'EndTimeZone',
    'MeetingTimeZone',
    'Period',
    'StartTimeZone',
    'TimeZoneDefinition',
    'TransitionsGroup',
  ]),
  FolderId: new Set(['AlternatePublicFolderId', 'AlternatePublicFolderItemId']),
  ItemId: new Set(['AlternatePublicFolderItemId']),
}

/** Attributes that are ids, and their elements. */
const ID_ATTRIBUTES: Readonly<Record<string, ReadonlySet<string>>> = {
  Id: new Set([
    'AddressListId',
    'AssociatedCalendarItemId',
    'AttachmentId',
    'ContactId',
    'ConversationId',
    'DistinguishedFolderId',
    'FolderId',
    'GroupId',
    'IdOfFolderToShare',
    'ItemId',
    'ParentFolderId',
    'ParentItemId',
    'PersonaId',
    'PhoneCallId',
    'RecurringMasterItemIdRanges',
    'ReferenceItemId',
    'ServerReplyWithMessage',
    'SharingFolderId',
  ]),
  RecurringMasterId: new Set(['OccurrenceItemId']),
  OccurrenceId: new Set(['RecurringMasterItemId']),
  RootItemId: new Set(['AttachmentId']),
}

/** What an attribute is that is named like an id, on that element; undefined: nobody knows. */
export function attributeKind(attribute: string, element: string): 'id' | 'plain' | undefined {
  if (ID_ATTRIBUTES[attribute]?.has(element)) return 'id'
  return PLAIN_ATTRIBUTES[attribute]?.has(element) ? 'plain' : undefined
}
