/**
 * Requests to the token endpoint, up to the decision on the role.
 */

import t from 'tap'
import type { RequestContext } from '../../src/gateway/context.ts'
import { grantToken } from '../../src/gateway/oauth.ts'
import { Failure } from '../../src/model/failure.ts'

const FORM = 'application/x-www-form-urlencoded'
const GRANT = 'grant_type=client_credentials'
const MAX_BYTES = 16_384

type Parts = Readonly<{
  headers?: Readonly<Record<string, string | undefined>>
  body?: string
  announced?: number
  next?: () => Promise<Buffer | undefined>
  hasMemory?: boolean
  authentication?: object
  caller?: object
  take?: () => void
  written?: () => Promise<void>
  isTraced?: boolean
  expectsContinue?: boolean
}>

/** Asks for a token. There is no organization, so a request that is good so far fails with an internal error. */
async function ask(parts: Parts = {}) {
  const { headers = {}, body = GRANT, announced, hasMemory = true, isTraced = false } = parts
  const seen = {
    ...{
      presented: [] as unknown[],
      records: [] as Record<string, unknown>[],
      calls: [] as string[],
    },
    ...{ answers: [] as unknown[][], logged: [] as unknown[][] },
  }
  const bytes = Buffer.from(body)
  const chunks = [bytes]
  const caller = {
    principal: { id: 'p', organizationId: 'o' },
    credential: { kind: 'access-key', key: { id: 'AKIA' } },
    ...{ proof: { kind: 'key' }, signIn: { scheme: 'Basic' } },
    ...parts.caller,
  }
  const { authentication = { kind: 'authenticated', caller }, written = async () => {} } = parts
  const call = (name: string) => () => void seen.calls.push(name)
  const context = {
    request: { headers: { 'content-type': FORM, ...headers } },
    response: { destroy: call('destroy'), writeContinue: call('continue') },
    expectsContinue: parts.expectsContinue ?? false,
    source: { address: '192.0.2.1' },
    body: {
      ...{ announced, bytes: bytes.length, chunks: 1, received: bytes.length, failed: false },
      next: parts.next ?? (async () => chunks.pop()),
      expectWithin: () => undefined,
      release: () => undefined,
    },
    reservation: { reserve: () => hasMemory },
    reply: { json: (...answer: unknown[]) => seen.answers.push(answer) },
    trace: isTraced
      ? {
          step: (name: string, act: () => unknown) => {
            seen.calls.push(name)
            return act()
          },
        }
      : undefined,
    server: {
      rate: { take: parts.take ?? (() => undefined) },
      drain: { drain: call('drain'), refuse: call('refuse') },
      ports: {
        journalShares: { check: () => undefined, count: () => 1 },
        authenticator: {
          authenticateClient: (presented: unknown) => {
            seen.presented.push(presented)
            return authentication
          },
        },
        moment: () => ({ at: 1, latest: 2 }),
        audit: { record: (record: Record<string, unknown>) => seen.records.push(record), written },
        now: () => 1_000,
        metrics: { signIns: { unauthenticated: (kind: string) => seen.calls.push(kind) } },
        log: { error: (...entry: unknown[]) => seen.logged.push(entry) },
        organizations: new Map(),
      },
    },
  } as unknown as RequestContext
  await grantToken(context)
  const [[status, answer, retryAfterSeconds] = []] = seen.answers
  const { error, error_description: text } = (answer ?? {}) as Record<string, string>
  return { ...seen, status, error, text, retryAfterSeconds }
}

/** Error of a request that is good up to the decision. */
const GOOD = 'server_error'

t.test('grantToken() accepts only a form in UTF-8', async t => {
  for (const [type, isForm] of [
    [FORM, true],
    [FORM.toUpperCase(), true],
    [`${FORM};charset=utf-8`, true],
    [`${FORM} ; charset = "UTF-8" `, true],
    [`x${FORM}`, false],
    [`${FORM}x`, false],
    [`${FORM}; charset=utf-16`, false],
    [`${FORM}; charset="utf-8`, false],
    [`${FORM}; charset=utf-8; a=b`, false],
    [`${FORM}; a=b`, false],
    ['', false],
    [undefined, false],
  ] as const) {
    const parts = { headers: { 'content-type': type }, expectsContinue: true }
    const { error, calls, records, logged } = await ask(parts)
    t.equal(error, isForm ? GOOD : 'invalid_request', `${type}`)
    t.strictSame(calls, isForm ? ['continue', 'drain'] : ['drain'], `${type}`)
    const count = isForm ? 1 : 0
    t.strictSame([records.length, logged.length], [count, count], 'no client, no record')
  }
})

t.test('grantToken() reads at most 16 KiB', async t => {
  const gone = () => Promise.reject(new Failure('client-gone', ''))
  const bug = () => Promise.reject(new TypeError('secret'))
  const long = `${GRANT}&a=`.padEnd(MAX_BYTES, 'a')
  for (const [what, parts, error] of [
    ['announced', { headers: { 'content-length': `${MAX_BYTES}` } }, GOOD],
    [
      'too much announced',
      { headers: { 'content-length': `${MAX_BYTES + 1}` } },
      'invalid_request',
    ],
    ['the most', { body: long }, GOOD],
    ['too much', { body: `${long}a` }, 'invalid_request'],
    ['no memory', { announced: 10, hasMemory: false }, 'temporarily_unavailable'],
    ['an unhandled error', { next: bug }, 'server_error'],
    ['a client that left', { next: gone }, undefined],
  ] as const) {
    const { error: found, text, calls, answers } = await ask(parts)
    t.equal(found, error, what)
    if (error === 'invalid_request')
      t.equal(text, 'The request exceeds the limit of 16384 bytes.', what)
    t.strictSame(calls, error ? ['drain'] : ['destroy', 'drain'], what)
    t.equal(answers.length, error ? 1 : 0, what)
  }
  const early = await ask({
    headers: { 'content-length': `${MAX_BYTES + 1}` },
    expectsContinue: true,
    next: () => Promise.reject(new TypeError('read')),
  })
  t.strictSame([early.error, early.calls], ['invalid_request', ['drain']], 'without reading it')
})

t.test('grantToken() accepts one grant type, and each parameter once', async t => {
  for (const [body, error] of [
    [GRANT, GOOD],
    [`${GRANT}&scope=a`, GOOD],
    [`${GRANT}&scope=a&scope=a`, 'invalid_request'],
    [`${GRANT}&x=1&x=2`, 'invalid_request'],
    ['', 'invalid_request'],
    ['grant_type=', 'unsupported_grant_type'],
    ['grant_type=password', 'unsupported_grant_type'],
    ['grant_type=client_credentialsx', 'unsupported_grant_type'],
  ] as const)
    t.equal((await ask({ body })).error, error, body)
})

t.test('grantToken() authenticates the client that the request presents', async t => {
  const inBody = (id: string, secret: string) =>
    `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
  for (const [authorization, body, presented] of [
    [undefined, GRANT, undefined],
    ['Basic YTpi', GRANT, 'Basic YTpi'],
    ['Basic YTpi', `${GRANT}&client_id=a`, 'Basic YTpi'],
    ['Bearer x', GRANT, undefined],
    ['bearer x', GRANT, undefined],
    ['Bearerx y', GRANT, 'Bearerx y'],
    ['x Bearer y', GRANT, 'x Bearer y'],
    [undefined, `${GRANT}&client_id=a&client_secret=b`, inBody('a', 'b')],
    [undefined, `${GRANT}&client_id=&client_secret=`, inBody('', '')],
    [undefined, `${GRANT}&client_id=a`, undefined],
    [undefined, `${GRANT}&client_secret=b`, undefined],
  ] as const) {
    for (const isTraced of [false, true]) {
      const seen = await ask({ headers: { authorization }, body, isTraced })
      const known = { sourceAddress: '192.0.2.1', at: 1, latest: 2 }
      t.strictSame(seen.presented, [{ authorization: presented, ...known }], body)
      t.strictSame(seen.calls, isTraced ? ['authenticate', 'drain'] : ['drain'])
    }
  }
  for (const secret of ['b', '']) {
    const body = `${GRANT}&client_id=a&client_secret=${secret}`
    const both = await ask({ headers: { authorization: 'Basic YTpi' }, body })
    t.strictSame([both.error, both.presented], ['invalid_request', []], 'two credentials')
  }
})

t.test('grantToken() tells a client that is not authenticated when to continue', async t => {
  for (const [authentication, seconds] of [
    [{ kind: 'missing' }, undefined],
    [{ kind: 'wrong', record: false, retryAfterMs: 5 }, undefined],
    [{ kind: 'braked', retryAfterMs: 1_000 }, 1],
    [{ kind: 'braked', retryAfterMs: 1_001 }, 2],
  ] as const) {
    const seen = await ask({ authentication })
    t.strictSame([seen.status, seen.error], [401, 'invalid_client'])
    t.equal(seen.retryAfterSeconds, seconds)
    t.strictSame(seen.calls, [authentication.kind, 'drain'], 'it is counted')
    t.strictSame(seen.records, [])
  }
})

t.test('grantToken() records and counts the requests of a client', async t => {
  const throwing = (error: Error) => () => {
    throw error
  }
  const named = { proof: { kind: 'key', roleReference: 'named' } }
  const busy = new Failure('over-budget', '', { backOffMs: 2_500 })
  for (const [what, parts, status, error, record] of [
    ['too many', { take: throwing(busy) }, 429, 'temporarily_unavailable', { verdict: 'error' }],
    ['a bug', { take: throwing(new TypeError('x')) }, 500, GOOD, { verdict: 'error' }],
    ['a mailbox', { caller: { mailbox: '' } }, 400, 'invalid_request', { verdict: 'deny' }],
    ['a token', { caller: { proof: { kind: 'token' } } }, 401, 'invalid_client', {}],
    ['no scope', {}, 500, GOOD, { roleId: undefined }],
    ['a role in the user name', { caller: named }, 500, GOOD, { roleId: 'named' }],
    ['an empty scope', { caller: named, body: `${GRANT}&scope=` }, 500, GOOD, { roleId: 'named' }],
    ['a scope', { caller: named, body: `${GRANT}&scope=b` }, 500, GOOD, { roleId: 'b' }],
  ] as const) {
    const seen = await ask(parts)
    t.strictSame([seen.status, seen.error], [status, error], what)
    t.match(seen.records, [{ reason: error, principalId: 'p', ...record }], what)
    t.equal(seen.records.length, 1, what)
    const logged = seen.logged.map(([, message]) => message)
    t.strictSame(logged, error === GOOD ? ['Unhandled error'] : [], what)
    t.equal(seen.retryAfterSeconds, status === 429 ? 3 : undefined)
  }
})

t.test('grantToken() answers a rejected request even if it cannot be recorded', async t => {
  const unavailable = new Failure('audit-unavailable', '')
  const parts = { caller: { mailbox: 'a' }, written: () => Promise.reject(unavailable) }
  const { error, logged } = await ask(parts)
  t.equal(error, 'invalid_request')
  t.strictSame(logged, [[{ err: unavailable }, 'Cannot record a rejected token request']])
})
