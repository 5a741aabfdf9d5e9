/**
 * Operation elements of the conformance check, and the IDs in the responses to them.
 *
 * @module
 */

import { escapeXml } from '../../src/xml/text.ts'

const FOLDERS = ['inbox', 'drafts', 'outbox', 'sentitems', 'deleteditems', 'calendar'] as const

/** Folders in which a test message can be. */
export type FolderName = (typeof FOLDERS)[number]
export const FOLDER_NAMES: readonly FolderName[] = FOLDERS

/** @param owner - address of the mailbox; by default, that of the impersonated user */
function folder(name: FolderName, owner?: string): string {
  const mailbox =
    owner === undefined
      ? ''
      : `<t:Mailbox><t:EmailAddress>${escapeXml(owner)}</t:EmailAddress></t:Mailbox>`
  return `<t:DistinguishedFolderId Id="${name}">${mailbox}</t:DistinguishedFolderId>`
}

const getFolderBy = (id: string) =>
  '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>' +
  `<m:FolderIds>${id}</m:FolderIds></m:GetFolder>`

export const getFolder = (owner?: string, name: FolderName = 'inbox') =>
  getFolderBy(folder(name, owner))

export const getFolderById = (id: string) => getFolderBy(`<t:FolderId Id="${id}"/>`)

/** Finds at most 50 messages with a subject. */
export const findBySubject = (name: FolderName, subject: string) =>
  '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>' +
  '<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>' +
  '<m:IndexedPageItemView MaxEntriesReturned="50" Offset="0" BasePoint="Beginning"/>' +
  '<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="item:Subject"/><t:FieldURIOrConstant>' +
  `<t:Constant Value="${escapeXml(subject)}"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>` +
  `<m:ParentFolderIds>${folder(name)}</m:ParentFolderIds></m:FindItem>`

export const GET_TIME_ZONES = '<m:GetServerTimeZones ReturnFullTimeZoneData="false"/>'

/** Addresses of a test message. */
export type Addresses = Readonly<{ from: string; to: string }>

const createMessage = (
  attributes: string,
  folderId: string,
  subject: string,
  addresses?: Addresses,
) =>
  `<m:CreateItem${attributes}>${folderId}<m:Items><t:Message><t:Subject>${escapeXml(subject)}</t:Subject>` +
  (addresses === undefined
    ? ''
    : `<t:ToRecipients>${mailbox(addresses.to)}</t:ToRecipients><t:From>${mailbox(addresses.from)}</t:From>`) +
  '</t:Message></m:Items></m:CreateItem>'

const savedIn = (name: FolderName, owner?: string) =>
  `<m:SavedItemFolderId>${folder(name, owner)}</m:SavedItemFolderId>`

const SAVE_ONLY = ' MessageDisposition="SaveOnly"'

/** Saves a test message. @param owner - address of another user, to save the message in their mailbox */
export const saveMessage = (subject: string, owner?: string, addresses?: Addresses) =>
  createMessage(SAVE_ONLY, savedIn('drafts', owner), subject, addresses)

/** Saves a test message without recipients in the folder that the server chooses. */
export const saveWithoutFolder = (subject: string) => createMessage(SAVE_ONLY, '', subject)

/** Creates a test message without recipients, which no server can send, and doesn't say whether to send it. */
export const createWithoutDisposition = (subject: string) =>
  createMessage('', savedIn('drafts'), subject)

/** Saves an event without attendees. */
export const saveEvent = (subject: string) =>
  `<m:CreateItem SendMeetingInvitations="SendToNone">${savedIn('calendar')}<m:Items><t:CalendarItem>` +
  `<t:Subject>${escapeXml(subject)}</t:Subject><t:ReminderIsSet>false</t:ReminderIsSet>` +
  '<t:Start>2001-01-01T10:00:00Z</t:Start><t:End>2001-01-01T10:30:00Z</t:End>' +
  '</t:CalendarItem></m:Items></m:CreateItem>'

/** Attaches an empty file. */
export const attach = ({ id }: ItemId) =>
  `<m:CreateAttachment><m:ParentItemId Id="${id}"/><m:Attachments><t:FileAttachment>` +
  '<t:Name>check.txt</t:Name><t:Content></t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>'

const mailbox = (address: string) =>
  `<t:Mailbox><t:EmailAddress>${escapeXml(address)}</t:EmailAddress></t:Mailbox>`

/** ID of an item as the attributes in the response. */
export type ItemId = Readonly<{ id: string; changeKey: string }>

const itemId = ({ id, changeKey }: ItemId) =>
  `<t:ItemId Id="${id}"${changeKey === '' ? '' : ` ChangeKey="${changeKey}"`}/>`

export const getItem = (item: ItemId) =>
  '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
  `<m:ItemIds>${itemId(item)}</m:ItemIds></m:GetItem>`

const PROPERTIES = {
  '0x0C19': 'Binary',
  '0x0C1F': 'String',
  '0x5D01': 'String',
} as const

/** Returns the place, the mark of a draft, and the names of the sender of an item. */
export const getShown = (item: ItemId) =>
  '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>' +
  ['item:ParentFolderId', 'item:IsDraft', 'message:Sender', 'calendar:Organizer']
    .map(name => `<t:FieldURI FieldURI="${name}"/>`)
    .join('') +
  Object.entries(PROPERTIES)
    .map(([tag, type]) => `<t:ExtendedFieldURI PropertyTag="${tag}" PropertyType="${type}"/>`)
    .join('') +
  '</t:AdditionalProperties></m:ItemShape>' +
  `<m:ItemIds>${itemId(item)}</m:ItemIds></m:GetItem>`

export const updateSubject = (item: ItemId, subject: string, attributes = SAVE_ONLY) =>
  `<m:UpdateItem ConflictResolution="NeverOverwrite"${attributes}><m:ItemChanges>` +
  `<t:ItemChange>${itemId(item)}<t:Updates><t:SetItemField><t:FieldURI FieldURI="item:Subject"/>` +
  `<t:Message><t:Subject>${escapeXml(subject)}</t:Subject></t:Message></t:SetItemField></t:Updates>` +
  '</t:ItemChange></m:ItemChanges></m:UpdateItem>'

export const sendItem = (item: ItemId) =>
  `<m:SendItem SaveItemToFolder="false"><m:ItemIds>${itemId(item)}</m:ItemIds></m:SendItem>`

export const deleteItem = (item: ItemId) =>
  `<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>${itemId(item)}</m:ItemIds></m:DeleteItem>`

export const SUBSCRIBE =
  '<m:Subscribe><m:StreamingSubscriptionRequest>' +
  `<t:FolderIds>${folder('inbox')}</t:FolderIds>` +
  '<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes>' +
  '</m:StreamingSubscriptionRequest></m:Subscribe>'

export const unsubscribe = (id: string) =>
  `<m:Unsubscribe><m:SubscriptionId>${id}</m:SubscriptionId></m:Unsubscribe>`

/** Returns which names of the sender a response to {@link getShown} has. */
export function namesIn(text: string): readonly string[] {
  const elements = ['Organizer', 'Sender'].filter(name =>
    new RegExp(`<(\\w+:)?${name}>`).test(text),
  )
  const tags = Array.from(text.matchAll(/PropertyTag="(0x[0-9a-f]+)"/gi), ([, tag]) => Number(tag))
  return [...elements, ...Object.keys(PROPERTIES).filter(tag => tags.includes(Number(tag)))]
}

export const isDraftIn = (text: string): boolean => /IsDraft>true</.test(text)

export const parentIdIn = (text: string) => /ParentFolderId\s[^>]*\bId="([^"<]+)"/.exec(text)?.[1]

export const hasRootItem = (text: string): boolean => /\bRootItemChangeKey="[^"]/.test(text)

export const folderIdIn = (text: string) => /FolderId\s[^>]*\bId="([^"<]+)"/.exec(text)?.[1]

export const subscriptionIdIn = (text: string) => /SubscriptionId>([^<]+)</.exec(text)?.[1]

export const itemIdIn = (text: string): ItemId | undefined => itemIdsIn(text)[0]

/** Returns the IDs of the items that have a subject. A server that ignores the restriction returns others too. */
export const itemIdsWith = (text: string, subject: string): readonly ItemId[] =>
  text
    .split(/(?=<(?:\w+:)?ItemId\s)/)
    .filter(part => part.includes(`Subject>${escapeXml(subject)}<`))
    .flatMap(itemIdsIn)

const itemIdsIn = (text: string): readonly ItemId[] =>
  Array.from(text.matchAll(/<(?:\w+:)?ItemId\s([^>]*)>/g), ([, attributes = '']) => ({
    id: /\bId="([^"]*)"/.exec(attributes)?.[1] ?? '',
    changeKey: /\bChangeKey="([^"]*)"/.exec(attributes)?.[1] ?? '',
  }))
