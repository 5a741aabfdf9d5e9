/**
 * Denials as response messages: HTTP 200 and `ResponseClass="Error"` for each entry of the request.
 *
 * By default, a denial is a SOAP fault, because many clients treat HTTP 200 as success. For example, node-ews and
 * DavMail would report a denied message as sent. Only clients that were tested to show denials better get this
 * form, and only for the tested operations.
 *
 * @module
 */

import { MESSAGES_NS, SOAP_NS } from '../model/envelope.ts'
import { escapeXml } from '../xml/text.ts'
import { type FaultFacts, header, messageOf } from './fault.ts'
import type { OperationName } from './operations.ts'

/** Maximum number of entries that each get a message. Evolution names at most 500 items in a request. */
export const MAX_MESSAGES = 500

/** Response of an operation, as the published schemas define it. */
export type MessageShape = Readonly<{
  operation: OperationName
  /** Element of the request whose children each get a message. If absent, the response has one message. */
  list?: string
  /** Element that each message has to have, even empty. Without it, Evolution crashes. */
  required?: string
}>

/** Messages that answer one request. */
export type Messages = Readonly<{ shape: MessageShape; count: number }>

const row = (operation: OperationName, list?: string, required?: string): MessageShape => ({
  operation,
  ...(list !== undefined && { list }),
  ...(required !== undefined && { required }),
})

/**
 * Clients, with their operations. Not included for Evolution: UpdateItem, because Evolution would show changes that
 * weren't saved, and GetFolder, because it would open a denied calendar as an empty one.
 */
const CLIENTS: readonly Readonly<{ product: string; shapes: readonly MessageShape[] }>[] = [
  {
    product: 'Evolution/',
    shapes: [
      row('CopyItem', 'ItemIds', 'Items'),
      row('CreateFolder', 'Folders', 'Folders'),
      row('CreateItem', 'Items', 'Items'),
      row('DeleteFolder', 'FolderIds'),
      row('DeleteItem', 'ItemIds'),
      row('GetItem', 'ItemIds', 'Items'),
      row('MoveItem', 'ItemIds', 'Items'),
      row('SyncFolderHierarchy'),
      row('SyncFolderItems'),
      row('UpdateFolder', 'FolderChanges', 'Folders'),
    ],
  },
]

const LISTS = new Map(
  CLIENTS.flatMap(({ shapes }) => shapes).map(({ operation, list }) => [operation as string, list]),
)

/**
 * Returns the name of the element whose children each get a message; undefined if the operation has no such
 * element.
 */
export const listIn = (requestElement: string): string | undefined => LISTS.get(requestElement)

/**
 * Returns the form of the response message in which a client gets the denial of an operation; undefined if it gets
 * a fault.
 */
export function messageShape(
  userAgent: string | undefined,
  requestElement: string,
): MessageShape | undefined {
  const client = CLIENTS.find(({ product }) => userAgent?.startsWith(product))
  return client?.shapes.find(({ operation }) => operation === requestElement)
}

/**
 * Writes a denial as a response, as text that begins with its XML declaration. The text is that of the fault, and
 * also contains the decision ID, because clients show only the text.
 */
export function writeResponseError(
  facts: FaultFacts,
  { shape: { operation, required }, count }: Messages,
): string {
  const { answer, decisionId } = facts
  const name = `m:${operation}ResponseMessage`
  const message =
    `<${name} ResponseClass="Error">` +
    `<m:MessageText>${escapeXml(`${messageOf(facts)} (decision ID ${decisionId})`)}</m:MessageText>` +
    `<m:ResponseCode>${answer.code}</m:ResponseCode>` +
    '<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>' +
    `${required === undefined ? '' : `<m:${required}/>`}</${name}>`
  return (
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_NS}">` +
    header(facts.serverVersion) +
    `<s:Body><m:${operation}Response xmlns:m="${MESSAGES_NS}">` +
    `<m:ResponseMessages>${message.repeat(count)}</m:ResponseMessages>` +
    `</m:${operation}Response></s:Body></s:Envelope>`
  )
}
