/** Requests to issuers. */

import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { fetchFromIssuer } from '../../src/credentials/issuer-fetch.ts'

const MIB = 1_048_576

async function serve(t: Test, listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`)
}

t.test('fetchFromIssuer() sends a request, and returns the whole response', async t => {
  const url = await serve(t, async (request, response) => {
    const body = (await request.toArray()).join('')
    const { method, headers } = request
    response.writeHead(302, { location: '/elsewhere', 'x-a': 'b' })
    response.end(JSON.stringify([method, request.url, headers['x-asked'], body]))
  })
  const response = await fetchFromIssuer(url, {
    method: 'POST',
    headers: { 'x-asked': 'c' },
    body: 'a=b',
  })
  t.equal(response.status, 302, 'it follows no redirect')
  t.equal(response.headers.get('x-a'), 'b')
  t.strictSame(await response.json(), ['POST', '/keys', 'c', 'a=b'])
})

t.test('fetchFromIssuer() sends GET by default, and returns short responses', async t => {
  const url = await serve(t, ({ method, url }, response) => {
    response.statusCode = url === '/none' ? 204 : 200
    response.end(url === '/none' ? '' : method?.[0])
  })
  t.equal(await (await fetchFromIssuer(url, {})).text(), 'G')
  const none = await fetchFromIssuer(new URL('/none', url), {})
  t.equal(none.status, 204)
  t.equal(await none.text(), '')
})

t.test('fetchFromIssuer() takes 1 MiB and no more', async t => {
  let bytes = MIB
  const url = await serve(t, (_, response) => response.end(Buffer.alloc(bytes)))
  t.equal((await (await fetchFromIssuer(url, {})).arrayBuffer()).byteLength, MIB)
  bytes += 1
  await t.rejects(fetchFromIssuer(url, {}), { message: 'The response is larger than 1 MiB' })
})

t.test('fetchFromIssuer() ends with its signal', async t => {
  const url = await serve(t, () => abort.abort())
  const abort = new AbortController()
  await t.rejects(fetchFromIssuer(url, { signal: abort.signal }), { name: 'AbortError' })
})
