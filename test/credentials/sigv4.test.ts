import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { ListImpersonationRolesCommand, WorkMailClient } from '@aws-sdk/client-workmail'
import t, { type Test } from 'tap'
import { makeAccessKey } from '../../src/credentials/access-key.ts'
import type { SignedRequest } from '../../src/credentials/credentials.ts'
import { SignatureVerifier } from '../../src/credentials/sigv4.ts'
import { Failure } from '../../src/model/failure.ts'
import { principalId } from '../../src/model/principal.ts'
import { Secret } from '../../src/model/secret.ts'
import { ADDRESS, type CredentialFixture, ORGANIZATION, openFixture, T } from './fixture.ts'
import {
  BODY,
  basicOf,
  CLI,
  editAuthorization,
  headerOf,
  INVALID,
  JSON_1_1,
  open,
  SDK,
  sign,
  summary,
  TARGET,
  UNKNOWN,
  withHeaders,
} from './sigv4-fixture.ts'

const MINUTE = 60_000
const AWS = '/usr/bin/aws'

t.test('verify() accepts both header sets, from any region', async t => {
  const { fixture, verifier } = await open()
  const expected = { kind: 'verified', principal: fixture.principal, key: { id: fixture.key.id } }
  for (const headers of [CLI, SDK])
    for (const region of ['us-east-1', 'eu-west-1', 'gw', 'local_1'])
      t.match(await verifier.verify(await sign(fixture, { headers, region })), expected)
})

t.test('verify() accepts any spelling of header names and line', async t => {
  const { fixture, verifier } = await open()
  const request = await sign(fixture, { headers: SDK })
  const spelt = {
    ...request,
    headers: request.headers.map(([name, value]): [string, string] => [name.toUpperCase(), value]),
  }
  t.equal(summary(await verifier.verify(spelt)), 'backup-tool')
  t.equal(summary(await verifier.verify(editAuthorization(request, /, /g, ','))), 'backup-tool')
})

const INCOMPLETE = 'IncompleteSignatureException'

const otherBody = (request: SignedRequest): SignedRequest => ({
  ...request,
  body: Buffer.from(BODY.replace('0', '1')),
})

for (const [name, headers, change, problem] of [
  ['another body', CLI, otherBody, INVALID],
  ['another body, the hash signed', SDK, otherBody, INVALID],
  ['no body', CLI, (r: SignedRequest) => ({ ...r, body: Buffer.alloc(0) }), INVALID],
  ['another path', CLI, (r: SignedRequest) => ({ ...r, url: '/console' }), INVALID],
  ['another method', CLI, (r: SignedRequest) => ({ ...r, method: 'PUT' }), INVALID],
  [
    'another target',
    CLI,
    (r: SignedRequest) => withHeaders(r, { 'x-amz-target': 'WorkMailService.DeleteUser' }),
    INVALID,
  ],
  ['another host', CLI, (r: SignedRequest) => withHeaders(r, { host: 'evil' }), INVALID],
  [
    'another content type',
    CLI,
    (r: SignedRequest) => withHeaders(r, { 'content-type': 'text/plain' }),
    INVALID,
  ],
  [
    'another signed header',
    SDK,
    (r: SignedRequest) => withHeaders(r, { 'amz-sdk-request': 'attempt=2' }),
    INVALID,
  ],
  [
    'another date',
    CLI,
    (r: SignedRequest) => withHeaders(r, { 'x-amz-date': '20261124T120001Z' }),
    INVALID,
  ],
  [
    'another day in its scope',
    CLI,
    (r: SignedRequest) => editAuthorization(r, '/20261124/', '/20261123/'),
    INVALID,
  ],
  [
    'another region in its scope',
    CLI,
    (r: SignedRequest) => editAuthorization(r, 'eu-west-1', 'us-east-1'),
    INVALID,
  ],
  [
    'another signature',
    CLI,
    (r: SignedRequest) => editAuthorization(r, /Signature=.*/, `Signature=${'0'.repeat(64)}`),
    INVALID,
  ],
  [
    'a signature in capitals',
    CLI,
    (r: SignedRequest) => editAuthorization(r, /Signature=.*/, `Signature=${'A'.repeat(64)}`),
    INCOMPLETE,
  ],
  ['a short signature', CLI, (r: SignedRequest) => editAuthorization(r, /.$/, ''), INCOMPLETE],
  [
    'a hash that is not the body’s',
    CLI,
    (r: SignedRequest) => withHeaders(r, { 'x-amz-content-sha256': '0'.repeat(64) }),
    INVALID,
  ],
  [
    'UNSIGNED-PAYLOAD unsigned',
    CLI,
    (r: SignedRequest) => withHeaders(r, { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }),
    INVALID,
  ],
  [
    'a content type that is not signed',
    { host: CLI['host'] ?? '', 'x-amz-target': TARGET },
    (r: SignedRequest) => withHeaders(r, { 'content-type': JSON_1_1 }),
    INCOMPLETE,
  ],
  [
    'a date that is not signed',
    CLI,
    (r: SignedRequest) => editAuthorization(r, ';x-amz-date', ''),
    INCOMPLETE,
  ],
  [
    'a header that it names but does not have',
    SDK,
    (r: SignedRequest) => withHeaders(r, { 'amz-sdk-request': undefined }),
    INCOMPLETE,
  ],
  [
    'a header named that nobody signed',
    CLI,
    (r: SignedRequest) =>
      editAuthorization(withHeaders(r, { 'x-a': 'b' }), ';x-amz-date', ';x-a;x-amz-date'),
    INVALID,
  ],
  [
    'a header named twice',
    CLI,
    (r: SignedRequest) => editAuthorization(r, ';host', ';host;host'),
    INVALID,
  ],
  ['no date', CLI, (r: SignedRequest) => withHeaders(r, { 'x-amz-date': undefined }), INCOMPLETE],
  [
    'a date of another form',
    CLI,
    (r: SignedRequest) => withHeaders(r, { 'x-amz-date': '2026-11-24T12:00:00Z' }),
    INCOMPLETE,
  ],
  [
    'a date that is none',
    CLI,
    (r: SignedRequest) => withHeaders(r, { 'x-amz-date': '20261399T120000Z' }),
    INCOMPLETE,
  ],
  [
    'a presigned query',
    CLI,
    (r: SignedRequest) => ({ ...r, url: '/?X-Amz-Signature=00' }),
    INCOMPLETE,
  ],
  ['any query', CLI, (r: SignedRequest) => ({ ...r, url: '/?' }), INCOMPLETE],
  [
    'a repeated header',
    CLI,
    (r: SignedRequest) => ({ ...r, headers: [...r.headers, ['X-AMZ-Target', TARGET] as const] }),
    INCOMPLETE,
  ],
  [
    'a repeated header that is not signed',
    CLI,
    (r: SignedRequest) => ({
      ...r,
      headers: [...r.headers, ['x-a', '1'] as const, ['x-a', '1'] as const],
    }),
    INCOMPLETE,
  ],
  [
    'temporary credentials',
    CLI,
    (r: SignedRequest) => withHeaders(r, { 'x-amz-security-token': 'x' }),
    'InvalidClientTokenIdException',
  ],
  [
    'no Authorization',
    CLI,
    (r: SignedRequest) => withHeaders(r, { authorization: undefined }),
    'MissingAuthenticationTokenException',
  ],
  [
    'SigV4A',
    CLI,
    (r: SignedRequest) => editAuthorization(r, 'AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256'),
    INCOMPLETE,
  ],
  [
    'Bearer',
    CLI,
    (r: SignedRequest) => withHeaders(r, { authorization: 'Bearer a.b.c' }),
    INCOMPLETE,
  ],
  [
    'two Authorizations in one',
    CLI,
    (r: SignedRequest) => editAuthorization(r, /^/, 'Basic QTpi, '),
    UNKNOWN,
  ],
] as const)
  t.test(`R20 verify() rejects ${name}`, async t => {
    const { fixture, verifier } = await open()
    const request = await sign(fixture, { headers })
    t.equal(summary(await verifier.verify(request)), 'backup-tool', 'as it was')
    t.equal(summary(await verifier.verify(change(request))), problem)
  })

const host = { host: '127.0.0.1:8081' }
const target = { 'x-amz-target': TARGET }
for (const [name, signing, problem, message] of [
  [
    'another secret',
    { secret: 'x'.repeat(43) },
    INVALID,
    /^The request signature we calculated .* Check the secret access key/,
  ],
  ['no header signed', { headers: {}, unsigned: CLI }, INCOMPLETE, /include host, x-amz-target, /],
  ['another service', { service: 's3' }, INVALID, /workmail/],
  ['an unsigned target', { headers: host, unsigned: target }, INCOMPLETE, /x-amz-target/],
  ['no target', { headers: host }, INCOMPLETE, /x-amz-target/],
  ['an unsigned host', { headers: target, unsigned: host }, INCOMPLETE, /host/],
  [
    'UNSIGNED-PAYLOAD',
    { headers: { ...CLI, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
    INVALID,
    /Unsigned and streaming/,
  ],
  [
    'a streaming payload',
    { headers: { ...CLI, 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' } },
    INVALID,
    /Unsigned and streaming/,
  ],
  [
    'a date too old',
    { at: T - 5 * MINUTE - 1_000 },
    INVALID,
    /^Signature expired: 20261124T115459Z is now .* 20261124T115500Z \(20261124T120000Z - 5 min\.\)$/,
  ],
  [
    'a date too new',
    { at: T + 5 * MINUTE + 1_000 },
    INVALID,
    /^Signature not yet current: .* 20261124T120500Z \(20261124T120000Z \+ 5 min\.\)$/,
  ],
  ['a key of no form', { keyId: 'admin' }, UNKNOWN, /unknown/],
  ['R18 an invented key', { keyId: `AKIA${'A'.repeat(16)}` }, UNKNOWN, /unknown/],
] as const)
  t.test(`R20 verify() rejects ${name}`, async t => {
    const { fixture, verifier } = await open()
    const verification = await verifier.verify(await sign(fixture, signing))
    t.match(verification, { kind: 'refused', problem, message })
  })

t.test('R20 verify() reports what is wrong with a request', async t => {
  const { fixture, verifier } = await open()
  for (const [headers, change, message] of [
    [
      CLI,
      { authorization: 'Bearer x' },
      /of the form AWS4-HMAC-SHA256 Credential=key\/.*Signature=….$/,
    ],
    [
      CLI,
      { 'x-amz-content-sha256': '0'.repeat(64) },
      /^X-Amz-Content-Sha256 is not the hash of the/,
    ],
  ] as const) {
    const request = withHeaders(await sign(fixture, { headers }), change)
    t.match(await verifier.verify(request), { kind: 'refused', message })
  }
})

t.test('R20 verify() accepts a signature for five minutes, and no longer', async t => {
  const { fixture, verifier } = await open()
  const request = await sign(fixture)
  for (const [at, expected] of [
    [T - 5 * MINUTE, 'backup-tool'],
    [T + 5 * MINUTE, 'backup-tool'],
    [T + 5 * MINUTE + 1, INVALID],
    [T - 5 * MINUTE - 1, INVALID],
  ] as const)
    t.equal(summary(await verifier.verify({ ...request, at })), expected, `${at - T} ms`)
})

t.test('verify() rejects a key that is not active, always with the same message', async t => {
  for (const [name, change] of [
    ['unknown', async ({ store, key }: CredentialFixture) => store.deleteKey(ORGANIZATION, key.id)],
    [
      'disabled',
      async ({ store, key }: CredentialFixture) => store.putKey({ ...key, enabled: false }),
    ],
    [
      'expired',
      async ({ store, key }: CredentialFixture) => store.putKey({ ...key, expiresAt: T }),
    ],
    [
      'of a disabled principal',
      async ({ store, principal }: CredentialFixture) =>
        store.putPrincipal({ ...principal, enabled: false }),
    ],
    [
      'of a principal that is gone',
      async ({ store, principal }: CredentialFixture) =>
        store.deletePrincipal(ORGANIZATION, principal.id),
    ],
  ] as const) {
    const { fixture, verifier } = await open()
    const request = await sign(fixture)
    await change(fixture)
    const refused = await verifier.verify(request)
    t.match(refused, { problem: UNKNOWN, message: /unknown, disabled, or expired/ }, name)
    const guess = await sign(fixture, { secret: 'x' })
    t.equal(summary(await verifier.verify(guess)), UNKNOWN, `${name}, and another secret`)
  }
})

t.test('R18 verify() reads nothing for an invented key', async t => {
  const fixture = await openFixture()
  let reads = 0
  const credentials = {
    async credential() {
      reads++
      return undefined
    },
  }
  const verifier = new SignatureVerifier({ ...fixture, credentials })
  await verifier.verify(await sign(fixture, { keyId: `AKIA${'A'.repeat(16)}` }))
  t.equal(reads, 0)
  const { key } = makeAccessKey(fixture.masterKey, principalId('nobody'), { now: () => T })
  t.equal(summary(await verifier.verify(await sign(fixture, { keyId: key.id }))), UNKNOWN)
  t.equal(reads, 1)
})

t.test('R18 verify() limits guesses at a key from an address', async t => {
  const { fixture, verifier } = await open()
  const guess = await sign(fixture, { secret: 'x' })
  const records = []
  for (let i = 0; i < 10; i++) {
    const verification = await verifier.verify(guess)
    t.match(verification, { kind: 'refused', problem: INVALID })
    if (verification.kind === 'refused' && verification.record) records.push(verification.record)
  }
  const { organizationId, id: principalId } = fixture.principal
  const owner = { organizationId, principalId }
  t.strictSame(records, [{ accessKeyId: fixture.key.id, owner, count: 1 }], 'one is to be recorded')
  const good = await sign(fixture)
  for (const [at, seconds] of [
    [T, 60],
    [T + 999, 60],
    [T + 1_000, 59],
    [T + 59_999, 1],
  ] as const) {
    t.strictSame(await verifier.verify({ ...good, at }), {
      kind: 'refused',
      problem: UNKNOWN,
      message: `Too many requests with this key failed from this address. Try again in ${seconds} s.`,
    })
  }
  const elsewhere = await verifier.verify({ ...good, sourceAddress: '192.0.2.8' })
  t.equal(summary(elsewhere), 'backup-tool')
})

t.test('verify() records the use of a key at most once a minute', async t => {
  const { fixture, verifier } = await open()
  const lastUsed = async () => (await fixture.store.credential(fixture.key.id))?.key.lastUsedAt
  t.equal(summary(await verifier.verify(await sign(fixture, { secret: 'x' }))), INVALID)
  t.equal(await lastUsed(), undefined)
  t.equal(summary(await verifier.verify(await sign(fixture))), 'backup-tool')
  const first = await lastUsed()
  t.ok(first !== undefined && first <= T && first > T - MINUTE)
  t.strictSame(fixture.unnoted, [])
})

t.test('R20 verify() accepts Basic over TLS or from this machine', async t => {
  const { fixture, verifier } = await open()
  const request = withHeaders(await sign(fixture), {
    authorization: basicOf(`${fixture.key.id}:${fixture.secret}`),
  })
  t.equal(summary(await verifier.verify(request)), 'backup-tool')
  t.match(await verifier.verify({ ...request, secure: false }), {
    problem: INCOMPLETE,
    message: /TLS/,
  })
  const may = { ...fixture.principal.policy.Statement[0], Action: ['*'] } as const
  await fixture.store.putPrincipal({
    ...fixture.principal,
    policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Resource: ['*'], ...may }] },
  })
  t.equal(summary(await verifier.verify(request)), 'backup-tool', 'an administrator')
  for (const [name, authorization] of [
    ['another secret', basicOf(`${fixture.key.id}:x`)],
    ['an invented key', basicOf(`AKIA${'A'.repeat(16)}:x`)],
    ['no pair', 'Basic !'],
  ] as const) {
    const refused = await verifier.verify(withHeaders(request, { authorization }))
    t.match(refused, { kind: 'refused', problem: UNKNOWN, message: /unknown/ }, name)
  }
  const authorization = basicOf(`alice@example.com|${fixture.key.id}:${fixture.secret}`)
  const somebody = await verifier.verify(withHeaders(request, { authorization }))
  const message = /only the access key ID/
  t.match(somebody, { kind: 'refused', problem: UNKNOWN, message }, 'a mailbox in the user name')
})

t.test('R31 verify() requests a record of the first failure by Basic in a minute', async t => {
  const { fixture, verifier } = await open()
  const request = await sign(fixture)
  const recordOf = async (authorization: string) => {
    const verification = await verifier.verify(withHeaders(request, { authorization }))
    return verification.kind === 'refused' ? verification.record : verification
  }
  const accessKeyId = fixture.key.id
  const { organizationId, id: principalId } = fixture.principal
  const owner = { organizationId, principalId }
  t.strictSame(await recordOf(basicOf(`${accessKeyId}:x`)), { count: 1, accessKeyId, owner })
  t.strictSame(await recordOf(basicOf(`${accessKeyId}:x`)), undefined)
  t.strictSame(await recordOf('Basic !'), { count: 1 })
  t.strictSame(await recordOf('Basic !'), undefined)
  for (let i = 2; i < 10; i++) await recordOf(basicOf(`${accessKeyId}:x`))
  const authorization = basicOf(`${accessKeyId}:${fixture.secret}`)
  t.match(await verifier.verify(withHeaders(request, { authorization })), {
    kind: 'refused',
    message: /again in 60 s/,
  })
})

t.test('verifySecret() accepts the secret of a key, and records its use', async t => {
  const { fixture, verifier } = await open()
  const verify = (secret: string) =>
    verifier.verifySecret({
      accessKeyId: fixture.key.id,
      secretAccessKey: new Secret(secret),
      sourceAddress: ADDRESS,
      at: T,
    })
  const lastUsed = async () => (await fixture.store.credential(fixture.key.id))?.key.lastUsedAt
  t.match(await verify('x'), { kind: 'refused', problem: UNKNOWN })
  t.equal(await lastUsed(), undefined)
  t.match(await verify(fixture.secret), { kind: 'verified', principal: fixture.principal })
  t.equal(await lastUsed(), T)
})

t.test('recognizes() a request with an issued key ID', async t => {
  const { fixture, verifier } = await open()
  const request = await sign(fixture, { secret: 'x' })
  const invented = `AKIA${'A'.repeat(16)}`
  for (const [what, head, isKnown] of [
    ['signed', request, true],
    ['signed with an invented key', await sign(fixture, { keyId: invented }), false],
    ['malformed', withHeaders(request, { authorization: undefined }), false],
    ['Basic', withHeaders(request, { authorization: basicOf(`${fixture.key.id}:x`) }), true],
    ['Basic, invented', withHeaders(request, { authorization: basicOf(`${invented}:x`) }), false],
  ] as const)
    t.equal(verifier.recognizes(head), isKnown, what)
})

t.test('P6 verify() passes on a failure of the store', async t => {
  const fixture = await openFixture()
  const failure = new Failure('policy-unavailable', 'The store is gone')
  const credentials = {
    async credential() {
      throw failure
    },
  }
  const verifier = new SignatureVerifier({ ...fixture, credentials })
  await t.rejects(verifier.verify(await sign(fixture)), failure)
})

t.test('verify() accepts requests of the AWS SDK for JavaScript', async t => {
  const { fixture, verifier } = await open()
  const { url, requests } = await recorder(t)
  const client = new WorkMailClient({
    endpoint: url,
    region: 'eu-west-1',
    credentials: { accessKeyId: fixture.key.id, secretAccessKey: fixture.secret },
  })
  t.teardown(() => client.destroy())
  await client.send(new ListImpersonationRolesCommand({ OrganizationId: ORGANIZATION }))
  await verifyAll(t, verifier, requests)
  t.match(requests[0] && headerOf(requests[0], 'authorization'), /x-amz-content-sha256/)
})

const noAws = existsSync(AWS) ? {} : { skip: `${AWS} is missing` }
t.test('verify() accepts requests of the AWS CLI', noAws, async t => {
  const { fixture, verifier } = await open()
  const { url, requests } = await recorder(t)
  const list = ['list-impersonation-roles', '--organization-id', ORGANIZATION]
  await promisify(execFile)(AWS, ['workmail', ...list, '--endpoint-url', url], {
    env: {
      HOME: t.testdir({}),
      PATH: '/usr/bin:/bin',
      AWS_ACCESS_KEY_ID: fixture.key.id,
      AWS_SECRET_ACCESS_KEY: fixture.secret,
      AWS_REGION: 'us-west-2',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  })
  await verifyAll(t, verifier, requests)
  t.notMatch(requests[0] && headerOf(requests[0], 'authorization'), /x-amz-content-sha256/)
})

/** As it was sent it is verified, and with a byte of its body changed it is not. */
async function verifyAll(t: Test, verifier: SignatureVerifier, requests: readonly SignedRequest[]) {
  t.equal(requests.length, 1)
  for (const request of requests) {
    t.equal(summary(await verifier.verify(request)), 'backup-tool')
    const body = Buffer.concat([request.body, Buffer.from(' ')])
    t.equal(summary(await verifier.verify({ ...request, body })), INVALID)
  }
}

/** Keeps what it gets, names in small letters, and answers nothing. */
async function recorder(t: Test) {
  const requests: SignedRequest[] = []
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const { method = '', url = '', rawHeaders } = request
    const headers = rawHeaders.flatMap((name, i): [string, string][] =>
      i % 2 === 0 ? [[name.toLowerCase(), rawHeaders[i + 1] ?? '']] : [],
    )
    requests.push({
      method,
      url,
      headers,
      body,
      sourceAddress: ADDRESS,
      secure: true,
      at: Date.now(),
    })
    response.writeHead(200, { 'Content-Type': JSON_1_1 }).end('{}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}
