/**
 * Attributes whose names look like those of IDs: which of them identify content of a mailbox, by the published schemas.
 */

import t from 'tap'
import { attributeKind, ID_WORDS } from '../../src/ews/id-attributes.ts'

const PLAIN: Readonly<Record<string, string>> = {
  PropertySetId: 'ExtendedFieldURI',
  DistinguishedPropertySetId: 'ExtendedFieldURI',
  PropertyId: 'ExtendedFieldURI',
  Id: 'AlternateId EndTimeZone MeetingTimeZone Period StartTimeZone TimeZoneDefinition TransitionsGroup',
  FolderId: 'AlternatePublicFolderId AlternatePublicFolderItemId',
  ItemId: 'AlternatePublicFolderItemId',
}
const IDS: Readonly<Record<string, string>> = {
  Id:
    'AddressListId AssociatedCalendarItemId AttachmentId ContactId ConversationId DistinguishedFolderId FolderId ' +
    'GroupId IdOfFolderToShare ItemId ParentFolderId ParentItemId PersonaId PhoneCallId RecurringMasterItemIdRanges ' +
    'ReferenceItemId ServerReplyWithMessage SharingFolderId',
  RecurringMasterId: 'OccurrenceItemId',
  OccurrenceId: 'RecurringMasterItemId',
  RootItemId: 'AttachmentId',
}

const attributes = [...new Set([...Object.keys(PLAIN), ...Object.keys(IDS)])]
const elements = [...Object.values(PLAIN), ...Object.values(IDS)].flatMap(names => names.split(' '))
const others = ['', 'Subject', 'id', 'toString', '__proto__']
const isIn = (table: typeof IDS, attribute: string, element: string) =>
  Object.hasOwn(table, attribute) && table[attribute]?.split(' ').includes(element) === true

for (const attribute of [...attributes, ...others])
  for (const element of new Set([...elements, ...others])) {
    const isPlain = isIn(PLAIN, attribute, element)
    const kind = isPlain ? 'plain' : isIn(IDS, attribute, element) ? 'id' : undefined
    const found = attributeKind(attribute, element)
    if (found !== kind) t.equal(found, kind, `attributeKind() of ${attribute} on ${element}`)
  }
t.strictSame(
  new Set(ID_WORDS),
  new Set([...attributes, ...elements]),
  'ID_WORDS has all names of attributes and elements',
)
