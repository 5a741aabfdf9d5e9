/**
 * Results of authentications: what the client gets, and what is counted, recorded, and traced.
 */

import t from 'tap'
import type { Authentication, AuthenticationRequest } from '../../src/credentials/credentials.ts'
import { authenticate, factsOf, noteRefused } from '../../src/gateway/authenticate.ts'
import type { RequestContext } from '../../src/gateway/context.ts'
import { CREDENTIAL } from '../decision/data.ts'

const caller = { signIn: { scheme: 'NTLM' } }
const AUTHENTICATED = { kind: 'authenticated', caller } as unknown as Authentication
const OWNER = { organizationId: CREDENTIAL.principal.organizationId, principalId: 'p' }
const WRONG = {
  kind: 'wrong',
  record: true,
  count: 3,
  accessKeyId: CREDENTIAL.key.id,
  identity: 'bob',
  owner: OWNER,
} as unknown as Extract<Authentication, { kind: 'wrong' }>
const TOKEN_OF_ISSUER = { kind: 'issuer-token', scheme: 'Bearer', issuer: 'https://id.example.com' }

type Given = Readonly<{
  authorization?: string
  isLate?: boolean
  isPipelined?: boolean
  isTraced?: boolean
}>

/** A request whose authentication has a result, and the steps that follow. */
function requestWith(
  authentication: Authentication,
  { authorization, isLate = false, isPipelined = false, isTraced = false }: Given = {},
) {
  const steps: unknown[] = []
  const presented: AuthenticationRequest[] = []
  const step =
    (...name: readonly unknown[]) =>
    (...args: readonly unknown[]) =>
      void steps.push([...name, ...args])
  const finished: (() => void)[] = []
  const ports = {
    authenticator: {
      authenticate: (request: AuthenticationRequest) => {
        presented.push(request)
        return isLate ? Promise.resolve(authentication) : authentication
      },
    },
    moment: () => ({ at: 5, latest: 6 }),
    now: () => 7,
    metrics: { signIns: { ofRequest: step('count'), unauthenticated: step('unauthenticated') } },
    audit: { record: step('record'), written: async () => step('written')() },
  }
  const trace = {
    step: (name: string, act: () => unknown, describe: unknown) => {
      steps.push(['span', name, describe === factsOf])
      return act()
    },
  }
  const context = {
    decisionId: 'd',
    request: {
      headers: { authorization, 'user-agent': 'Outlook' },
      socket: { destroy: step('destroyed') },
    },
    response: {
      socket: isPipelined ? null : {},
      once: (event: string, listener: () => void) => {
        steps.push(['once', event])
        finished.push(listener)
      },
    },
    source: { address: '192.0.2.7' },
    offer: 'offer',
    reply: { unauthorized: step('401'), continue: step('continue') },
    body: { release: step('released'), failed: false, received: 0 },
    server: {
      ports,
      connections: { of: () => 'connection' },
      drain: { drain: (...args: readonly unknown[]) => step('drained')(args[3]) },
    },
    trace: isTraced ? trace : undefined,
  } as unknown as RequestContext
  return { context, steps, presented, finish: () => finished.map(listener => listener()) }
}

const DISCARDED = [['released'], ['drained', '192.0.2.7']]

t.test('authenticate() returns the caller, and waits only if it must', async t => {
  for (const isLate of [false, true]) {
    const { context, steps, presented } = requestWith(AUTHENTICATED, { authorization: 'x', isLate })
    const authenticated = authenticate(context)
    t.equal(authenticated instanceof Promise, isLate)
    t.strictSame(await authenticated, { context, caller })
    t.strictSame(steps, [['count', 'NTLM', 'authenticated']], 'by the scheme of the sign-in')
    t.strictSame(presented, [
      {
        authorization: 'x',
        sourceAddress: '192.0.2.7',
        at: 5,
        latest: 6,
        offer: 'offer',
        connection: 'connection',
        isPipelined: false,
      },
    ])
  }
  const { context, presented } = requestWith(AUTHENTICATED, { isPipelined: true })
  await authenticate(context)
  t.match(presented, [{ isPipelined: true }])
})

t.test('authenticate() continues an exchange with its next message', async t => {
  const exchange = { kind: 'continue', scheme: 'NTLM', token: 'TlRMTQ==' } as const
  const { context, steps } = requestWith(exchange, { authorization: 'NTLM x' })
  t.equal(await authenticate(context), undefined)
  t.strictSame(steps, [
    ['count', 'NTLM', 'continue'],
    ['continue', 'NTLM', 'TlRMTQ=='],
    ...DISCARDED,
  ])
})

t.test('authenticate() answers with 401, and counts the scheme of the header', async t => {
  const missing: Authentication = { kind: 'missing' }
  for (const [authorization, scheme, token] of [
    [undefined, undefined, 'none'],
    ['', undefined, 'none'],
    ['Basic x', 'Basic', 'none'],
    ['bAsIc x', 'Basic', 'none'],
    ['Basic', 'Basic', 'none'],
    ['Bearer x y', 'Bearer', 'invalid'],
    ['bearer x', 'Bearer', 'invalid'],
    ['Bearer', 'Bearer', 'none'],
    ['xBearer x', undefined, 'none'],
    ['NTLM x', 'NTLM', 'none'],
    ['Digest x', undefined, 'none'],
  ] as const) {
    const given = authorization === undefined ? {} : { authorization }
    const { context, steps } = requestWith(missing, given)
    t.equal(await authenticate(context), undefined)
    t.strictSame(
      steps,
      [['count', scheme, 'missing'], ['unauthenticated', 'missing'], ['401', token], ...DISCARDED],
      String(authorization),
    )
  }
})

t.test('authenticate() closes the connection of an interleaved request after its 401', async t => {
  const { context, steps, finish } = requestWith({ kind: 'interleaved' })
  await authenticate(context)
  t.strictSame(steps.splice(0), [
    ['count', undefined, 'interleaved'],
    ['unauthenticated', 'interleaved'],
    ['401', 'none'],
    ['once', 'finish'],
    ...DISCARDED,
  ])
  finish()
  t.strictSame(steps, [['destroyed']])
})

t.test('R31 authenticate() records wrong credentials before the client gets its 401', async t => {
  const record = {
    type: 'decision',
    at: 7,
    decisionId: 'd',
    ...OWNER,
    sourceAddress: '192.0.2.7',
    verdict: 'deny',
    reason: 'credentials-refused',
    count: 3,
    userAgent: 'Outlook',
    accessKeyId: CREDENTIAL.key.id,
    identity: 'bob',
  }
  for (const [wrong, authorization, counted, recorded] of [
    [WRONG, 'Basic x', 'Basic', { ...record, scheme: 'Basic' }],
    [{ ...WRONG, signIn: TOKEN_OF_ISSUER }, 'x', 'Bearer', { ...record, ...TOKEN_OF_ISSUER }],
    [{ ...WRONG, record: false }, 'Basic x', 'Basic', undefined],
  ] as const) {
    const { context, steps } = requestWith(wrong as Authentication, { authorization })
    await authenticate(context)
    const audit = recorded === undefined ? [] : [['record', recorded], ['written']]
    t.strictSame(steps, [
      ['count', counted, 'wrong'],
      ['unauthenticated', 'wrong'],
      ...audit,
      ['401', 'none'],
      ...DISCARDED,
    ])
  }
  const { owner: _, ...unknown } = WRONG
  const { context, steps } = requestWith(unknown as Authentication)
  await noteRefused(context, unknown as typeof WRONG)
  const nobody = { ...record, organizationId: undefined, principalId: undefined, scheme: undefined }
  t.strictSame(steps, [['unauthenticated', 'wrong'], ['record', nobody], ['written']])
})

t.test('authenticate() adds a span, if the request is traced', async t => {
  const { context, steps } = requestWith(AUTHENTICATED, { isTraced: true })
  await authenticate(context)
  t.strictSame(steps[0], ['span', 'authenticate', true])
  t.strictSame(factsOf(AUTHENTICATED), {
    'ews.authentication': 'authenticated',
    'ews.scheme': 'NTLM',
  })
  t.strictSame(factsOf({ kind: 'missing' }), {
    'ews.authentication': 'missing',
    'ews.scheme': undefined,
  })
})
