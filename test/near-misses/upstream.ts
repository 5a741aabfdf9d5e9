/**
 * Near misses in responses of the upstream, in the directory, and in the store.
 *
 * @module
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseError } from 'pg'
import { parseUsers } from '../../src/directory/csv.ts'
import { entryOf } from '../../src/directory/ldap-entry.ts'
import { groupsOf, membersOf } from '../../src/directory/ldap-groups.ts'
import { Failure } from '../../src/model/failure.ts'
import { Secret } from '../../src/model/secret.ts'
import { isAnswer } from '../../src/store/postgres-connections.ts'
import { wordsOf } from '../../src/store/terms.ts'
import { readHead } from '../../src/upstream/answer.ts'
import { ConnectionQueue } from '../../src/upstream/connection-queue.ts'
import { affinityCookies } from '../../src/upstream/cookies.ts'
import { CredentialBackoff } from '../../src/upstream/credential-backoff.ts'
import { failureOf } from '../../src/upstream/failures.ts'
import { fetchFile } from '../../src/upstream/file.ts'
import { TokenSource } from '../../src/upstream/token.ts'
import type { UpstreamContext } from '../../src/upstream/transfer.ts'
import { around, before, rowsOf } from './row.ts'

const head = (headers: Readonly<Record<string, string>>) =>
  readHead(
    200,
    { 'content-type': 'text/xml', ...headers },
    { compress: false, bodyBytes: 0, now: 0 },
  )
const passesOn = (name: string) => (value: string) => {
  const read = head({ [name]: value })
  return !(read instanceof Failure) && read.headers.includes(value)
}

const attribute = (name: string) => (value: string) =>
  affinityCookies(`X-BackEndCookie=x; ${name}=${value}`)[0]?.attributes.includes(name)

const failure = (code: string) => failureOf(Object.assign(new Error('x'), { code }))

/** Fetches a schema file, and returns the path that it is fetched from. */
async function pathBeside(path: string): Promise<string> {
  let asked = ''
  const body = { on: () => ({ destroy: () => undefined }) }
  const request = async (options: Readonly<{ path: string }>) => {
    asked = options.path
    return { statusCode: 404, headers: {}, body }
  }
  const line = {
    connections: { request },
    path,
    userAgent: 'x',
    queue: new ConnectionQueue(1, 60_000),
    backoff: new CredentialBackoff({ now: () => 0 }),
  } as unknown as UpstreamContext
  await fetchFile(line, 'types.xsd')
  return asked
}

/** Asks a token endpoint, and returns the token or the error. */
async function askEndpoint(status: number, response: object): Promise<string> {
  const server = createServer((_, answer) => answer.writeHead(status).end(JSON.stringify(response)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const source = new TokenSource({ ...CLIENT, tokenUrl: `http://127.0.0.1:${port}/` }, Date.now)
  try {
    return (await source.next()).value.reveal()
  } catch (error) {
    if (error instanceof Failure) return error.message
    throw error
  } finally {
    await source.close()
    server.close()
  }
}
const CLIENT = { clientId: 'x', clientSecret: new Secret('x'), scope: 'x' }

const OBJECT_GUID = Buffer.alloc(16, 1)
const entry = (attributes: Readonly<Record<string, string>>) =>
  entryOf({ objectGUID: OBJECT_GUID, mail: 'ann@example.com', ...attributes })
const problemOf = (name: string) => {
  const found = entry({ [name]: 'smtp:ann@example.com' })
  return 'problem' in found ? found.problem : undefined
}
const displayName = (name: string) => {
  const found = entry({ displayName: name })
  return 'displayName' in found && found.displayName === name
}
const none = async () => undefined
const members = async (attribute: string) =>
  (await membersOf({ dn: 'CN=x', [attribute]: 'CN=ann' }, none)).length > 0
const isGroupName = async (name: string) => {
  const group = { dn: 'CN=x', objectGUID: OBJECT_GUID, sAMAccountName: name }
  return (await groupsOf([group], new Map(), none)).groups.length === 1
}

const databaseError = (code: string) => Object.assign(new DatabaseError('x', 1, 'error'), { code })

const CSV = 'id,primarySmtpAddress,aliases,principalName,sid,displayName'

export const UPSTREAM_ROWS = [
  ...rowsOf(
    'upstream/answer.ts',
    ['5', around('x'), passesOn('content-length')],
    ['id-1', around(' '), passesOn('request-id')],
    [
      'charset=utf-8',
      ['charsetcharset=utf-8', 'charset=utf-8x', 'charset=x\ncharset=utf-8', 'charset=utf-8\nx'],
      charset => !(head({ 'content-type': `text/xml; ${charset}` }) instanceof Failure),
    ],
    [
      'text/html',
      around(' '),
      type => String(head({ 'content-type': type })).includes('text/html'),
    ],
  ),
  ...rowsOf(
    'upstream/cookies.ts',
    ['x', around('"'), value => affinityCookies(`X-BackEndCookie=${value}`).length > 0],
    ['Tue, 24 Nov 2026 12:00:00 GMT', around('"'), attribute('Expires')],
    ['60', around('x'), attribute('Max-Age')],
    ['Lax', around('x'), attribute('SameSite')],
    ['', ['x'], attribute('HttpOnly')],
    ['', ['x'], attribute('Secure')],
  ),
  ...rowsOf(
    'upstream/failures.ts',
    ['CERT_HAS_EXPIRED', before('X'), code => failure(code).message.includes('TLS')],
    ['EOTHER', around('X', '_1'), code => failure(code).reason === 'upstream-unreachable'],
  ),
  ...rowsOf('upstream/file.ts', [
    '/EWS/x.asmx',
    [],
    async path => (await pathBeside(path)) === '/EWS/types.xsd',
  ]),
  ...rowsOf(
    'upstream/token.ts',
    ['later', around(' '), async error => (await askEndpoint(400, { error })).includes(error)],
    [
      'token',
      around(' '),
      async access_token =>
        (await askEndpoint(200, { access_token, token_type: 'Bearer' })) === access_token,
    ],
  ),
  ...rowsOf('directory/csv.ts', [
    `\uFEFF${CSV}`,
    [CSV.replace(',', ',\uFEFF')],
    text => parseUsers(text).errors.length === 0,
  ]),
  ...rowsOf(
    'directory/ldap-entry.ts',
    ['proxyAddresses;range=0-1', before('x'), problemOf],
    ['Ann', around('\u0007'), displayName],
  ),
  ...rowsOf(
    'directory/ldap-groups.ts',
    ['member;range=0-*', around('x'), members],
    ['admins', around('\u0007'), isGroupName],
  ),
  ...rowsOf('store/postgres-connections.ts', [
    '08006',
    before('1'),
    code => !isAnswer(databaseError(code)),
  ]),
  ...rowsOf('store/terms.ts', [
    'ann,',
    ['ann,bob'],
    text => !wordsOf(text).join(' ').includes(','),
  ]),
]
