/**
 * A web server that receives what sinks send: it keeps each request, and answers as the test wants.
 *
 * @module
 */

import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import root, { type Test } from 'tap'
import { makeCertificates } from './certificates.ts'
import { testFolder } from './folder.ts'

const read = makeCertificates(testFolder(root), [
  { name: 'receiver', alternative: 'IP:127.0.0.1,DNS:localhost' },
])

export type Received = Readonly<{
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: string
}>

/** Starts a server with TLS. @param answer - returns the status of the response */
export async function startReceiver(t: Test, answer: (request: Received) => number) {
  const received: Received[] = []
  const server = createServer(
    { cert: read('receiver.crt'), key: read('receiver.key') },
    async (request, response) => {
      const { method = '', url = '', headers } = request
      const one = { method, url, headers, body: await text(request) }
      received.push(one)
      response.writeHead(answer(one), { location: '/elsewhere' }).end('ignored')
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { origin: `https://127.0.0.1:${port}`, ca: read('ca.crt'), received }
}
