/**
 * Sends a question of the naive model as an EWS request.
 */

import { randomUUID } from 'node:crypto'
import type { Body, Question } from '../../scripts/decisions/terms.ts'
import { codeOf, envelope } from '../kit/corpus.ts'
import type { Key, TestGateway } from './gateway.ts'
import { CHANGE_KEY, storedItemOf } from './upstream.ts'

/** Effects of a decision at the client and the upstream. */
export type Seen = Readonly<{
  decisionId: string
  /** ResponseCode of a fault. */
  code: string | undefined
  /** Text of a fault. */
  text: string | undefined
  /** The user that the upstream saw; undefined: it saw no request. */
  actAs: string | undefined
}>

export async function askDataPlane(
  { data, upstream }: TestGateway,
  question: Question,
  key: Key,
): Promise<Seen> {
  const requestId = randomUUID()
  const response = await data.request({
    path: '/EWS/Exchange.asmx',
    method: 'POST',
    headers: {
      'Content-Type': 'text/xml; charset=utf-8',
      Authorization: basic(userNameOf(question, key), key.secret),
      'X-Forwarded-For': question.from,
      'X-Forwarded-Proto': question.secure ? 'https' : 'http',
      'client-request-id': requestId,
    },
    body: requestBodyOf(question),
  })
  const body = await response.body.text()
  const isFault = response.statusCode !== 200
  return {
    decisionId: String(response.headers['x-decision-id']),
    code: isFault ? codeOf(body) : undefined,
    text: isFault ? /<faultstring[^>]*>([^<]*)</.exec(body)?.[1] : undefined,
    actAs: upstream.actedAs(requestId),
  }
}

/** Returns the request as XML. */
export const requestBodyOf = (question: Question): string =>
  envelope(question.target, operationOf(question))

function userNameOf({ mailbox, role }: Question, { id }: Key): string {
  const before = mailbox === undefined ? '' : `${mailbox}|`
  return role === undefined ? `${before}${id}` : `${before}${role}\\${id}`
}

export const basic = (name: string, secret: string): string =>
  `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`

function operationOf({ operation, body }: Question): string {
  if (body !== undefined) return bodyOf(body)
  // Without these, the request could send.
  if (operation === 'MarkAllItemsAsRead')
    return `<m:${operation}><m:SuppressReadReceipts>true</m:SuppressReadReceipts></m:${operation}>`
  const canSend = operation === 'CreateItem' || operation === 'UpdateItem'
  const saves = canSend ? ' MessageDisposition="SaveOnly"' : ''
  return `<m:${operation}${saves}/>`
}

/** Returns the smallest operation that expresses the model's body. */
function bodyOf(body: Body): string {
  const folder = (inner: string) =>
    `<t:DistinguishedFolderId Id="inbox">${inner}</t:DistinguishedFolderId>`
  if (body.kind === 'folder')
    return (
      '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>' +
      folder(`<t:Mailbox><t:EmailAddress>${body.mailbox}</t:EmailAddress></t:Mailbox>`) +
      '</m:FolderIds></m:GetFolder>'
    )
  if (body.kind === 'availability')
    return (
      '<m:GetUserAvailabilityRequest><m:MailboxDataArray><t:MailboxData><t:Email><t:Address>' +
      `${body.mailbox}</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType>` +
      '</t:MailboxData></m:MailboxDataArray></m:GetUserAvailabilityRequest>'
    )
  if (body.kind === 'grant')
    return (
      `<m:UpdateFolder><m:FolderChanges><t:FolderChange>${folder('')}<t:Updates>` +
      '<t:SetFolderField><t:FieldURI FieldURI="folder:PermissionSet"/><t:Folder>' +
      '<t:PermissionSet><t:Permissions/></t:PermissionSet></t:Folder></t:SetFolderField>' +
      '</t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>'
    )
  if (body.kind === 'push')
    return (
      `<m:Subscribe><m:PushSubscriptionRequest><t:FolderIds>${folder('')}</t:FolderIds>` +
      '<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes>' +
      '<t:StatusFrequency>1</t:StatusFrequency><t:URL>http://192.0.2.1/</t:URL>' +
      '</m:PushSubscriptionRequest></m:Subscribe>'
    )
  if (body.kind === 'stored')
    return (
      '<m:SendItem SaveItemToFolder="false"><m:ItemIds>' +
      `<t:ItemId Id="${storedItemOf(body.sender)}" ChangeKey="${CHANGE_KEY}"/></m:ItemIds></m:SendItem>`
    )
  const disposition = body.kind === 'send' ? 'SendOnly' : 'SaveOnly'
  return (
    `<m:CreateItem MessageDisposition="${disposition}"><m:Items><t:Message><t:From><t:Mailbox>` +
    `<t:EmailAddress>${body.sender}</t:EmailAddress></t:Mailbox></t:From></t:Message></m:Items>` +
    '</m:CreateItem>'
  )
}
