/**
 * An upstream that answers every request alike, except those that the gateway reads the response to,
 * and records the user that it acts as.
 */

import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Upstream = Readonly<{
  url: string
  /** Returns the address in the impersonation header of the request with this client-request-id, once. */
  actedAs: (requestId: string) => string | undefined
  close: () => void
}>

/** ChangeKey of every stored item. */
export const CHANGE_KEY = 'c'

/** Returns the ID of a stored item with a sender, as which it contains the sender. */
export const storedItemOf = (sender: string): string =>
  `stored-${Buffer.from(sender).toString('hex')}`

const responseTo = (operation: string, content: string): Buffer =>
  Buffer.from(
    '<?xml version="1.0" encoding="utf-8"?>' +
      '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>' +
      `<m:${operation}Response xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"` +
      ' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages>' +
      `<m:${operation}ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>` +
      `${content}</m:${operation}ResponseMessage></m:ResponseMessages></m:${operation}Response>` +
      '</s:Body></s:Envelope>',
  )

const FOLDER = responseTo(
  'GetFolder',
  '<m:Folders><t:Folder><t:FolderId Id="AAAA"/></t:Folder></m:Folders>',
)
/** No two subscriptions have the same ID. */
const subscribed = (): Buffer =>
  responseTo('Subscribe', `<m:SubscriptionId>${randomUUID()}</m:SubscriptionId>`)

const itemFrom = (sender: string): Buffer =>
  responseTo(
    'GetItem',
    `<m:Items><t:Message><t:ItemId Id="stored" ChangeKey="${CHANGE_KEY}"/><t:From><t:Mailbox>` +
      `<t:EmailAddress>${sender}</t:EmailAddress></t:Mailbox></t:From></t:Message></m:Items>`,
  )

const IMPERSONATED = /<ConnectingSID><PrimarySmtpAddress>([^<]*)</
const STORED = /<m:GetItem>.*"stored-(\w+)"/

function answerTo(request: string): Buffer {
  const [, sender] = STORED.exec(request) ?? []
  if (sender !== undefined) return itemFrom(Buffer.from(sender, 'hex').toString())
  return request.includes('<m:Subscribe') ? subscribed() : FOLDER
}

export async function startUpstream(): Promise<Upstream> {
  const acted = new Map<string, string>()
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('latin1').on('data', chunk => {
      text += chunk
    })
    request.on('end', () => {
      const id = request.headers['client-request-id']
      const [, address] = IMPERSONATED.exec(text) ?? []
      if (typeof id === 'string') acted.set(id, address ?? 'no user')
      const answer = answerTo(text)
      response
        .writeHead(200, {
          'Content-Type': 'text/xml; charset=utf-8',
          'Content-Length': answer.length,
        })
        .end(answer)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/EWS/Exchange.asmx`,
    actedAs: id => {
      const address = acted.get(id)
      acted.delete(id)
      return address
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
