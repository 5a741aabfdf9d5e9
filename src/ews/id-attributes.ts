/**
 * Meanings of attributes whose names look like those of IDs.
 *
 * @module
 */

/**
 * Attributes whose names look like those of IDs, and the elements on which they don't identify a mailbox or its
 * content.
 */
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

/** Attributes that identify content of a mailbox, and the elements on which they do. */
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

/** All attribute and element names in both tables. */
export const ID_WORDS: readonly string[] = [...KINDS].flatMap(([attribute, kinds]) => [
  attribute,
  ...kinds.keys(),
])

/** Returns the meaning of such an attribute on an element; undefined if the tables don't contain it. */
export const attributeKind = (attribute: string, element: string): Kind | undefined =>
  KINDS.get(attribute)?.get(element)
