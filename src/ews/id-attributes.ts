/**
 * Attributes that are named like ids, and what they are.
 *
 * @module
 */

/** Attributes that are named like ids, and the elements on which they are none of a mailbox. */
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

/** Attributes that are ids, and their elements. */
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

/** By attribute and element. */
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

/** What an attribute is that is named like an id, on that element; undefined: nobody knows. */
export const attributeKind = (attribute: string, element: string): Kind | undefined =>
  KINDS.get(attribute)?.get(element)
