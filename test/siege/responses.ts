/**
 * Responses that the gateway reads, as the siege's upstream gives them.
 *
 * @module
 */

import { MESSAGES_NS, SOAP_NS } from '../../src/model/envelope.ts'

/** A Subscribe that names this folder is given this subscription, whose stream never ends. */
export const SUBSCRIBES = 'siege-subscribes'
export const STREAM_ID = 'siege-stream'

/** Folder that the gateway asks for to learn which mailboxes a user has. */
const ROOT_FOLDER = 'Id="archivemsgfolderroot"'

const SUBSCRIBED = responseTo(
  'Subscribe',
  `<m:ResponseCode>NoError</m:ResponseCode><m:SubscriptionId>${STREAM_ID}</m:SubscriptionId>`,
)
const NO_MAILBOX = responseTo(
  'GetFolder',
  '<m:ResponseCode>ErrorNonExistentMailbox</m:ResponseCode>',
)

/** The response to all other requests. */
export const ANSWER = responseTo('GetItem', '<m:ResponseCode>NoError</m:ResponseCode>')

/** Returns the response to a request whose response the gateway reads, or undefined. */
export function responseFor(body: Buffer): Buffer | undefined {
  if (body.includes(SUBSCRIBES)) return SUBSCRIBED
  return body.includes(ROOT_FOLDER) ? NO_MAILBOX : undefined
}

function responseTo(operation: string, message: string): Buffer {
  return Buffer.from(
    `<s:Envelope xmlns:s="${SOAP_NS}" xmlns:m="${MESSAGES_NS}"><s:Body>` +
      `<m:${operation}Response><m:ResponseMessages><m:${operation}ResponseMessage>${message}` +
      `</m:${operation}ResponseMessage></m:ResponseMessages></m:${operation}Response></s:Body></s:Envelope>`,
  )
}
