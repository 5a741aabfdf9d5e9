/**
 * Attributes with names like IDs, and their meaning.
 *
 * @module
 */

/** Attributes with names like IDs, and the elements on which they are not IDs of a mailbox. */
const PLAIN_ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  PropertySetId: ['ExtendedFieldURI'],
  DistinguishedPropertySetId: ['ExtendedFieldURI'],
  PropertyId: ['ExtendedFieldURI'],
  Id: [
    'AlternateId',
    'EndTimeZone',
    'MeetingTimeZone',
    'Period',
    'StartTimeZone',
    'TimeZoneDefinition',
    'TransitionsGroup',
  ],
  FolderId: ['AlternatePublicFolderId', 'AlternatePublicFolderItemId'],
  ItemId: ['AlternatePublicFolderItemId'],
}

/** Attributes that are IDs, and their elements. */
const ID_ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  Id: [
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
  ],
  RecurringMasterId: ['OccurrenceItemId'],
  OccurrenceId: ['RecurringMasterItemId'],
  RootItemId: ['AttachmentId'],
}

type Kind = 'id' | 'plain'

/** Meanings by attribute and element. */
const KINDS = new Map<string, Map<string, Kind>>()
function note(rows: Readonly<Record<string, readonly string[]>>, kind: Kind): void {
  for (const [attribute, elements] of Object.entries(rows)) {
    const kinds = KINDS.get(attribute) ?? new Map<string, Kind>()
    KINDS.set(attribute, kinds)
    for (const element of elements) kinds.set(element, kind)
  }
}
note(PLAIN_ATTRIBUTES, 'plain')
note(ID_ATTRIBUTES, 'id')

/** Names in both tables. */
export const ID_WORDS: readonly string[] = [...KINDS].flatMap(([attribute, kinds]) => [
  attribute,
  ...kinds.keys(),
])

/** Returns the meaning of an attribute with a name like an ID on an element; undefined if it is unknown. */
export const attributeKind = (attribute: string, element: string): Kind | undefined =>
  KINDS.get(attribute)?.get(element)
