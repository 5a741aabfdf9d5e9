/**
 * Operation elements of the conformance check, and the IDs in the responses to them.
 *
 * @module
 */

import { escapeXml } from '../../xml/text.ts'

const FOLDERS = ['inbox', 'drafts', 'sentitems', 'deleteditems'] as const

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

export const getFolder = (owner?: string) =>
  '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>' +
  `<m:FolderIds>${folder('inbox', owner)}</m:FolderIds></m:GetFolder>`

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

/** Saves a test message. @param owner - address of another user, to save the message in their mailbox */
export const saveMessage = (subject: string, owner?: string, addresses?: Addresses) =>
  '<m:CreateItem MessageDisposition="SaveOnly">' +
  `<m:SavedItemFolderId>${folder('drafts', owner)}</m:SavedItemFolderId><m:Items><t:Message>` +
  `<t:Subject>${escapeXml(subject)}</t:Subject>` +
  (addresses === undefined
    ? ''
    : `<t:ToRecipients>${mailbox(addresses.to)}</t:ToRecipients><t:From>${mailbox(addresses.from)}</t:From>`) +
  '</t:Message></m:Items></m:CreateItem>'

const mailbox = (address: string) =>
  `<t:Mailbox><t:EmailAddress>${escapeXml(address)}</t:EmailAddress></t:Mailbox>`

/** ID of an item as the attributes in the response. */
export type ItemId = Readonly<{ id: string; changeKey: string }>

const itemId = ({ id, changeKey }: ItemId) =>
  `<t:ItemId Id="${id}"${changeKey === '' ? '' : ` ChangeKey="${changeKey}"`}/>`

export const getItem = (item: ItemId) =>
  '<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
  `<m:ItemIds>${itemId(item)}</m:ItemIds></m:GetItem>`

export const updateSubject = (item: ItemId, subject: string) =>
  '<m:UpdateItem ConflictResolution="NeverOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges>' +
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
