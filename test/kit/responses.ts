/**
 * Responses of an upstream, as the gateway reads them.
 *
 * @module
 */

import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'

/** A response with one message, whose content is XML. */
export const responseTo = (operation: string, content: string): string =>
  messagesTo(operation, [content])

/** A response with several messages, whose contents are XML. */
export const messagesTo = (operation: string, contents: readonly string[]): string =>
  `<s:Envelope xmlns:s="${SOAP_NS}" xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}"><s:Body>` +
  `<m:${operation}Response><m:ResponseMessages>${contents
    .map(content => `<m:${operation}ResponseMessage>${content}</m:${operation}ResponseMessage>`)
    .join('')}</m:ResponseMessages></m:${operation}Response></s:Body></s:Envelope>`

/** A fault, as grommunio writes it: with its code as `faultcode`. */
export const faultResponse = (code: string): string =>
  `<s:Envelope xmlns:s="${SOAP_NS}"><s:Body><s:Fault><faultcode>${code}</faultcode>` +
  '<faultstring>It failed.</faultstring></s:Fault></s:Body></s:Envelope>'

/** A response to GetFolder with one folder. */
export const folderResponse = (id: string): string =>
  responseTo(
    'GetFolder',
    `<m:ResponseCode>NoError</m:ResponseCode><m:Folders><t:Folder><t:FolderId Id="${id}"/></t:Folder></m:Folders>`,
  )
