/**
 * Real requests to start from: recorded requests of clients, the harmless envelopes, and one request for
 * every place in which an operation names a mailbox, a subscription, or a URL.
 *
 * @module
 */

import { readdirSync, readFileSync } from 'node:fs'
import { HARMLESS } from '../../fixtures/hostile/documents.ts'
import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import { tableRequests } from './table.ts'

const FIXTURES = new URL('../../fixtures/', import.meta.url)
const MAX_REQUEST_LENGTH = 3_000

/** Small enough to be changed a million times. */
export function realRequests(): string[] {
  const harmless = HARMLESS.map(({ bytes }) => bytes.toString())
  return [...captured(), ...harmless, ...naming()].filter(text => text.length < MAX_REQUEST_LENGTH)
}

/** One for every place of the published table. */
export const placeRequests = (): string[] =>
  tableRequests(USER).map(operation => requestOf(operation))

/** All that clients were recorded to send. */
function captured(): string[] {
  const folder = new URL('captures/', FIXTURES)
  const clients = readdirSync(folder, { withFileTypes: true }).filter(it => it.isDirectory())
  return clients
    .flatMap(({ name }) =>
      readdirSync(new URL(`${name}/`, folder)).map(file => new URL(`${name}/${file}`, folder)),
    )
    .map(file => {
      const raw = readFileSync(file, 'latin1')
      return Buffer.from(raw.slice(raw.indexOf('\r\n\r\n') + 4), 'latin1').toString()
    })
    .filter(body => body !== '')
}

export const USER = 'user@example.com'

export const IMPERSONATION =
  `<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>${USER}` +
  '</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>'

export type Frame = Readonly<{ declaration?: string; header?: string; tail?: string }>

/** A request in the usual frame, with some of it replaced. */
export function requestOf(
  operation: string,
  { declaration = '', header = IMPERSONATION, tail = '' }: Frame = {},
): string {
  return (
    `${declaration}<s:Envelope xmlns:s="${SOAP_NS}" xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}">` +
    `<s:Header><t:RequestServerVersion Version="Exchange2016"/>${header}</s:Header>` +
    `<s:Body>${operation}</s:Body></s:Envelope>${tail}`
  )
}

export const GET_FOLDER =
  '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>' +
  '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'

const owner = (address: string) =>
  `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress>` +
  '</t:Mailbox></t:DistinguishedFolderId>'

/** Operations that name a user who can be impersonated. */
function naming(): string[] {
  const found =
    '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ParentFolderIds>' +
    `${owner(USER)}${owner('alias@example.com')}</m:ParentFolderIds>`
  const mailbox = `<m:Mailbox><t:EmailAddress>${USER}</t:EmailAddress></m:Mailbox>`
  const freeBusy = (address: string) =>
    `<t:MailboxData><t:Email><t:Address>${address}</t:Address></t:Email>` +
    '<t:AttendeeType>Required</t:AttendeeType></t:MailboxData>'
  return [
    `<m:FindItem Traversal="Shallow">${found}</m:FindItem>`,
    `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>` +
      `<t:FolderId Id="AAMkA=" ChangeKey="AQ=="/>${owner(USER)}</m:FolderIds></m:GetFolder>`,
    `<m:GetDelegate IncludePermissions="true">${mailbox}</m:GetDelegate>`,
    `<m:GetInboxRules><m:MailboxSmtpAddress>${USER}</m:MailboxSmtpAddress></m:GetInboxRules>`,
    `<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>${USER}</t:Address></t:Mailbox>` +
      '</m:GetUserOofSettingsRequest>',
    `<m:GetUserAvailabilityRequest><m:MailboxDataArray>${freeBusy(USER)}` +
      `${freeBusy('alice@example.com')}</m:MailboxDataArray></m:GetUserAvailabilityRequest>`,
    `<m:GetMailTips><m:SendingAs><t:EmailAddress>${USER}</t:EmailAddress></m:SendingAs>` +
      '<m:Recipients><t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox>' +
      '</m:Recipients><m:MailTipsRequested>All</m:MailTipsRequested></m:GetMailTips>',
    `<m:GetUserPhoto><m:Email>${USER}</m:Email><m:SizeRequested>HR48x48</m:SizeRequested></m:GetUserPhoto>`,
    '<m:Unsubscribe><m:SubscriptionId>EwBtYWls</m:SubscriptionId></m:Unsubscribe>',
    '<m:GetEvents><m:SubscriptionId>EwBtYWls</m:SubscriptionId><m:Watermark>AQAAA==</m:Watermark></m:GetEvents>',
    '<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>EwBtYWls</t:SubscriptionId>' +
      '</m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>',
    `<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds>${owner(USER)}</t:FolderIds><t:EventTypes>` +
      '<t:EventType>NewMailEvent</t:EventType></t:EventTypes><t:Timeout>10</t:Timeout>' +
      '</m:PullSubscriptionRequest></m:Subscribe>',
    '<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>' +
      `${owner(USER)}</m:SyncFolderId><m:SyncState>H4sIAAA=</m:SyncState>` +
      '<m:MaxChangesReturned>9</m:MaxChangesReturned></m:SyncFolderItems>',
    '<m:MoveItem><m:ToFolderId><t:FolderId Id="AAMkB="/></m:ToFolderId><m:ItemIds>' +
      '<t:ItemId Id="AAMkC=" ChangeKey="CQ=="/><t:OccurrenceItemId RecurringMasterId="AAMkD=" InstanceIndex="1"/>' +
      '</m:ItemIds></m:MoveItem>',
    '<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:FolderId Id="AAMkE="/><t:Updates><t:SetFolderField>' +
      '<t:FieldURI FieldURI="folder:DisplayName"/><t:Folder><t:DisplayName>New</t:DisplayName></t:Folder>' +
      '</t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>',
    '<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:Items><t:Message><t:Subject>Hi</t:Subject>' +
      `<t:ToRecipients><t:Mailbox><t:EmailAddress>carol@example.com</t:EmailAddress></t:Mailbox>` +
      `</t:ToRecipients><t:From><t:Mailbox><t:EmailAddress>${USER}</t:EmailAddress></t:Mailbox></t:From>` +
      '</t:Message></m:Items></m:CreateItem>',
    '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds>' +
      `<t:AlternateId Format="EntryId" Id="AAA=" Mailbox="${USER}"/></m:SourceIds></m:ConvertId>`,
  ].map(operation => requestOf(operation))
}
