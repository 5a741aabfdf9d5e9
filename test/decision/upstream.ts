/**
 * An upstream that answers every request alike and records the user that it acts as.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Upstream = Readonly<{
  url: string
  /** Returns the address in the impersonation header of the request with this client-request-id, once. */
  actedAs: (requestId: string) => string | undefined
  close: () => void
}>

const ANSWER = Buffer.from(
  '<?xml version="1.0" encoding="utf-8"?>' +
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>' +
    '<m:GetFolderResponse xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"' +
    ' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages>' +
    '<m:GetFolderResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>' +
    '<m:Folders><t:Folder><t:FolderId Id="AAAA"/></t:Folder></m:Folders>' +
    '</m:GetFolderResponseMessage></m:ResponseMessages></m:GetFolderResponse></s:Body></s:Envelope>',
)

const HEADERS = { 'Content-Type': 'text/xml; charset=utf-8', 'Content-Length': ANSWER.length }
const IMPERSONATED = /<ConnectingSID><PrimarySmtpAddress>([^<]*)</

export async function startUpstream(): Promise<Upstream> {
  const acted = new Map<string, string>()
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('latin1').on('data', piece => {
      text += piece
    })
    request.on('end', () => {
      const id = request.headers['client-request-id']
      const [, address] = IMPERSONATED.exec(text) ?? []
      if (typeof id === 'string') acted.set(id, address ?? 'no user')
      response.writeHead(200, HEADERS).end(ANSWER)
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
