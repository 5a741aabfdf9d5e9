/**
 * Attributes that are named like ids, and what they are.
 *
 * @module
 */

/** Attributes that are named like ids, and the elements on which they are none of a mailbox. */
const PLAIN_ATTRIBUTES = tableOf({
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
})

/** Attributes that are ids, and their elements. */
const ID_ATTRIBUTES = tableOf({
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
})

function tableOf(rows: Readonly<Record<string, readonly string[]>>) {
  return new Map(
    Object.entries(rows).map(([attribute, elements]) => [attribute, new Set(elements)]),
  )
}

/** Names in both tables. */
export const ID_WORDS: readonly string[] = [ID_ATTRIBUTES, PLAIN_ATTRIBUTES].flatMap(table =>
  [...table].flatMap(([attribute, elements]) => [attribute, ...elements]),
)

/** What an attribute is that is named like an id, on that element; undefined: nobody knows. */
export function attributeKind(attribute: string, element: string): 'id' | 'plain' | undefined {
  if (ID_ATTRIBUTES.get(attribute)?.has(element)) return 'id'
  return PLAIN_ATTRIBUTES.get(attribute)?.has(element) ? 'plain' : undefined
}
