/**
 * The requests of the bench, as clients write them.
 *
 * @module
 */

import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../src/model/envelope.ts'

export const EWS_PATH = '/EWS/Exchange.asmx'

const AUTODISCOVER_NS =
  'http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006'
const OUTLOOK_NS = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a'

/** In a request's text: replaced by a number of its own in each that is sent. */
export const NUMBER = '@N@'

type Envelope = Readonly<{ address?: string; blanks?: string }>

/** An operation element in an envelope such as the .NET clients send. */
export function envelope(
  operation: string,
  { address = ALICE, blanks = '' }: Envelope = {},
): string {
  return (
    '<?xml version="1.0" encoding="utf-8"?>\n' +
    `<soap:Envelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}" xmlns:soap="${SOAP_NS}">\n` +
    `  ${blanks}<soap:Header>\n    <t:RequestServerVersion Version="Exchange2016" />\n    <t:ExchangeImpersonation>\n` +
    `      <t:ConnectingSID>\n        <t:PrimarySmtpAddress>${address}</t:PrimarySmtpAddress>\n      </t:ConnectingSID>\n` +
    `    </t:ExchangeImpersonation>\n  </soap:Header>\n  <soap:Body>\n${operation}\n  </soap:Body>\n</soap:Envelope>`
  )
}

/** GUID of Alice's mailbox, which IDs contain. */
const MAILBOX = '9362c853-fa03-45d1-9d7c-ef09db45f783'
const ENTRY_BYTES = 70

/** Returns an ID as Exchange writes it: the mailbox, and an entry that differs by a number. */
export function idOf(number: number): string {
  const entry = Buffer.alloc(ENTRY_BYTES, 7)
  entry.writeUInt32LE(number)
  const head = Buffer.from([0, 3, MAILBOX.length, 0])
  const parts = [head, Buffer.from(MAILBOX), Buffer.from([0, ENTRY_BYTES, 0]), entry]
  return Buffer.concat(parts).toString('base64')
}

export const ALICE = 'alice@example.com'
export const CEO = 'ceo@example.com'

const findItem = (folder: string) =>
  '    <m:FindItem Traversal="Shallow">\n      <m:ItemShape>\n        <t:BaseShape>IdOnly</t:BaseShape>\n' +
  '        <t:AdditionalProperties>\n          <t:FieldURI FieldURI="item:Subject" />\n          <t:FieldURI FieldURI="item:Size" />\n' +
  '        </t:AdditionalProperties>\n      </m:ItemShape>\n' +
  '      <m:IndexedPageItemView MaxEntriesReturned="100" Offset="0" BasePoint="Beginning" />\n      <m:ParentFolderIds>\n' +
  `        ${folder}\n      </m:ParentFolderIds>\n    </m:FindItem>`

export const FIND_ITEM = findItem('<t:DistinguishedFolderId Id="inbox" />')

const itemId = (i: number) => `<t:ItemId Id="${idOf(i)}" ChangeKey="CQAAABYAAAD" />`

/** The same in a folder that is named by its ID. */
export const FIND_ITEM_BY_ID = findItem(`<t:FolderId Id="${idOf(0)}" />`)

export const THOUSAND_ITEMS =
  '<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape><m:ItemIds>' +
  `${Array.from({ length: 1_000 }, (_, i) => itemId(i)).join('')}</m:ItemIds></m:GetItem>`

export const DOWNLOAD = `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${idOf(1)}" /></m:AttachmentIds></m:GetAttachment>`

export const AUTODISCOVER_PATH = '/autodiscover/autodiscover.xml'

/** Asks where Alice's mailbox is, as plain XML. */
export const AUTODISCOVER =
  '<?xml version="1.0" encoding="utf-8"?>\n' +
  `<Autodiscover xmlns="${AUTODISCOVER_NS}"><Request><EMailAddress>${ALICE}</EMailAddress>` +
  `<AcceptableResponseSchema>${OUTLOOK_NS}</AcceptableResponseSchema></Request></Autodiscover>`

/** ID of every subscription at the upstream. */
export const SUBSCRIPTION = 'JwBkYjVwcjA1bWI1OTk4LmV1cnByZDA1LnByb2Qub3V0bG9vay5jb20QAAAA'

export const SUBSCRIBE =
  '<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id="inbox" /></t:FolderIds>' +
  '<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>'

export const STREAM =
  `<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>${SUBSCRIPTION}</t:SubscriptionId></m:SubscriptionIds>` +
  '<m:ConnectionTimeout>10</m:ConnectionTimeout></m:GetStreamingEvents>'

/** An upload of so many bytes that are base64 but for some hundred. */
export function attachment(bytes: number): Buffer {
  const [before, after] = envelope(
    `<m:CreateAttachment><m:ParentItemId Id="${idOf(1)}" /><m:Attachments><t:FileAttachment><t:Name>a.bin</t:Name>` +
      `<t:Content>${NUMBER}</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>`,
  ).split(NUMBER) as [string, string]
  const length = Math.floor((bytes - before.length - after.length) / 4) * 4
  const content = Buffer.alloc(length, 'JVBERi0xLjcKJeLjz9MK')
  return Buffer.concat([Buffer.from(before), content, Buffer.from(after)])
}

const UPLOADED =
  `<t:Item CreateAction="CreateNew"><t:ParentFolderId Id="${idOf(1)}" ChangeKey="AQAAAA" />` +
  '<t:Data>AQAAAAgAAAB4AAAAAQAAAAEAAAA=</t:Data></t:Item>'

/** An upload of about so many bytes in which every second byte is of a tag. */
export function markup(bytes: number): Buffer {
  const count = Math.ceil(bytes / UPLOADED.length)
  return Buffer.from(
    envelope(`<m:UploadItems><m:Items>${UPLOADED.repeat(count)}</m:Items></m:UploadItems>`),
  )
}
