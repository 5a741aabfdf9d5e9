/**
 * Responses of the upstream: as large as real ones, and made in advance.
 *
 * @module
 */

import { NAMED_FOLDERS } from '../src/gateway/content-questions.ts'
import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../src/model/envelope.ts'
import { idOf, SUBSCRIPTION } from './requests.ts'

export const DOWNLOAD_BYTES = 60_000_000

const PIECE_BYTES = 262_144

const item = (number: number) =>
  `<t:Message><t:ItemId Id="AAMkADU${String(number).padStart(120, 'x')}" ChangeKey="CQAAABYA"/>` +
  `<t:Subject>Minutes of the meeting ${number}</t:Subject><t:Size>48213</t:Size></t:Message>`

const FIND_ITEM =
  `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_NS}"><s:Header>` +
  `<h:ServerVersionInfo MajorVersion="15" MinorVersion="2" MajorBuildNumber="1544" MinorBuildNumber="11" Version="V2017_07_11" xmlns:h="${TYPES_NS}"/>` +
  `</s:Header><s:Body><m:FindItemResponse xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}"><m:ResponseMessages>` +
  `<m:FindItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>` +
  `<m:RootFolder IndexedPagingOffset="8" TotalItemsInView="8" IncludesLastItemInRange="true"><t:Items>` +
  Array.from({ length: 7 }, (_, i) => item(i)).join('') +
  '</t:Items></m:RootFolder></m:FindItemResponseMessage></m:ResponseMessages></m:FindItemResponse></s:Body></s:Envelope>'

const folder = (number: number, place = '') =>
  '<m:GetFolderResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Folders><t:Folder>' +
  `<t:FolderId Id="${idOf(number)}" ChangeKey="AQAAAA"/>${place}</t:Folder></m:Folders></m:GetFolderResponseMessage>`

const foldersOf = (...folders: readonly string[]) =>
  `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_NS}"><s:Body>` +
  `<m:GetFolderResponse xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}"><m:ResponseMessages>` +
  `${folders.join('')}</m:ResponseMessages></m:GetFolderResponse></s:Body></s:Envelope>`

/** Root folders, by which the gateway learns whose mailbox these IDs belong to. */
const FOLDERS = foldersOf(folder(0))

/** A folder with mails below the first visible root, and all these roots, from which the gateway learns its class. */
const CLASSES = foldersOf(
  folder(
    0,
    `<t:ParentFolderId Id="${idOf(1)}" ChangeKey="AQAAAA"/><t:FolderClass>IPF.Note</t:FolderClass>` +
      '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x3601" PropertyType="Integer"/><t:Value>1</t:Value>' +
      '</t:ExtendedProperty>',
  ),
  ...NAMED_FOLDERS.map((_, i) => folder(i + 1)),
)

const SUBSCRIBED =
  `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_NS}"><s:Body>` +
  `<m:SubscribeResponse xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}"><m:ResponseMessages>` +
  '<m:SubscribeResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>' +
  `<m:SubscriptionId>${SUBSCRIPTION}</m:SubscriptionId></m:SubscribeResponseMessage>` +
  '</m:ResponseMessages></m:SubscribeResponse></s:Body></s:Envelope>'

const head = (length: string) =>
  `HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n${length}\r\nServer: bench\r\n\r\n`

const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

/** Ready to be sent. */
export const ANSWERS = {
  small: Buffer.from(head(`Content-Length: ${Buffer.byteLength(FIND_ITEM)}`) + FIND_ITEM),
  folders: Buffer.from(head(`Content-Length: ${FOLDERS.length}`) + FOLDERS),
  subscribed: Buffer.from(head(`Content-Length: ${SUBSCRIBED.length}`) + SUBSCRIBED),
  downloadHead: Buffer.from(head(`Content-Length: ${DOWNLOAD_BYTES}`)),
  classes: Buffer.from(head(`Content-Length: ${CLASSES.length}`) + CLASSES),
  piece: Buffer.alloc(PIECE_BYTES, 'QUJD'),
  streamHead: Buffer.from(head('Transfer-Encoding: chunked') + chunk(FIND_ITEM)),
  notification: Buffer.from(chunk(FIND_ITEM)),
}
