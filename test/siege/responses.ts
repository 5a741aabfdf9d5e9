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

const SUBSCRIBE = /<(?:[^\s<>:]+:)?Subscribe[\s>]/
const SUBSCRIBED = subscribed(STREAM_ID)
let subscriptions = 0
const NO_MAILBOX = responseTo(
  'GetFolder',
  '<m:ResponseCode>ErrorNonExistentMailbox</m:ResponseCode>',
)

const ANSWER = responseTo('GetItem', '<m:ResponseCode>NoError</m:ResponseCode>')

/** Returns the response to a request without special wishes: a new subscription for each Subscribe. */
export function smallResponse(body: Buffer): Buffer {
  if (!SUBSCRIBE.test(body.toString('latin1', 0, 65_536))) return ANSWER
  subscriptions += 1
  return subscribed(`siege-${subscriptions}`)
}

/** Returns the response for one of the folders above, or undefined. */
export function responseFor(body: Buffer): Buffer | undefined {
  if (body.includes(SUBSCRIBES)) return SUBSCRIBED
  return body.includes(ROOT_FOLDER) ? NO_MAILBOX : undefined
}

function subscribed(id: string): Buffer {
  return responseTo(
    'Subscribe',
    `<m:ResponseCode>NoError</m:ResponseCode><m:SubscriptionId>${id}</m:SubscriptionId>`,
  )
}

function responseTo(operation: string, message: string): Buffer {
  return Buffer.from(
    `<s:Envelope xmlns:s="${SOAP_NS}" xmlns:m="${MESSAGES_NS}"><s:Body>` +
      `<m:${operation}Response><m:ResponseMessages><m:${operation}ResponseMessage>${message}` +
      `</m:${operation}ResponseMessage></m:ResponseMessages></m:${operation}Response></s:Body></s:Envelope>`,
  )
}
