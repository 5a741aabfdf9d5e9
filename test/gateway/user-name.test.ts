/**
 * The mailbox in a Basic user name, for clients that send no ExchangeImpersonation.
 */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import {
  type ConnectingSidInput,
  codeOf,
  createItem,
  envelope,
  GET_FOLDER,
  TIME_ZONES,
} from '../kit/corpus.ts'
import {
  type Answered,
  basic,
  FULL,
  type GatewayTestServer,
  type Key,
  mayAssume,
  NEUTRAL,
  READ_ONLY,
  SERVICE,
  startGatewayTestServer,
  USERS,
} from '../kit/gateway-test-server.ts'
import { Differences } from './differences.ts'

/** Returns the credentials of a client whose user name names a mailbox. */
const asking = (mailbox: string, { id, secret }: Key) => basic({ id: `${mailbox}|${id}`, secret })

const decisionOf = (server: GatewayTestServer, { headers }: Answered) =>
  server
    .audit()
    .find(({ type, decisionId }) => type === 'decision' && decisionId === headers['x-decision-id'])

/** All of an answer but what is another in each. */
const words = ({ status, headers, text }: Answered) => {
  const { date: _, 'x-decision-id': __, ...rest } = headers
  return { status, rest, text: text.replace(/(?<="DecisionId">)[^<]*/, '') }
}

const sid = (kind: string, value: string): ConnectingSidInput => ({ kind, value })
const [alice] = USERS
const boss = 'boss@example.com'

t.test('P1 a request acts as the mailbox in the user name, by the same rules', async t => {
  const server = await startGatewayTestServer(t, { keepSeen: 1 })
  for (const [mailbox, auth, header, verdict] of [
    ['alice@example.com', 'full', null, 'alice@example.com'],
    ['ALICE@Example.com', 'readOnly', null, 'alice@example.com'],
    ['alias@example.com', 'full', null, 'user@example.com'],
    ['alias@example.com', 'full', 'user@example.com', 'user@example.com'],
    ['alias@example.com', 'full', 'ALIAS@example.com', 'user@example.com'],
    ['alice@example.com', 'full', sid('SID', alice?.sid ?? ''), 'alice@example.com'],
    [
      'alice@example.com',
      'full',
      sid('PrincipalName', 'alice@corp.example.com'),
      'alice@example.com',
    ],
    ['alice@example.com', 'full', 'bob@example.com', 'impersonation-conflict'],
    ['alice@example.com', 'full', 'nobody@example.com', 'impersonation-conflict'],
    ['nobody@example.com', 'full', 'alice@example.com', 'impersonation-conflict'],
    ['', 'full', 'alice@example.com', 'impersonation-conflict'],
    ['alice@example.com', 'full', NEUTRAL, 'impersonation-conflict'],
    [SERVICE, 'full', 'alice@example.com', 'impersonation-conflict'],
    [boss, 'full', 'alice@example.com', 'impersonation-conflict'],
    [boss, 'full', 'ceo@example.com', 'rule-denies'],
    [boss, 'full', null, 'rule-denies'],
    ['carol@example.com', 'readOnly', null, 'no-rule-allows'],
    ['nobody@example.com', 'full', null, 'unknown-user'],
    ['alice', 'full', null, 'unknown-user'],
    ['alice@corp.example.com', 'full', null, 'unknown-user'],
    [alice?.sid ?? '', 'full', null, 'unknown-user'],
    [NEUTRAL, 'full', null, 'unknown-user'],
    [SERVICE, 'full', null, 'unknown-user'],
    ['', 'full', null, 'unknown-user'],
    [' alice@example.com', 'full', null, 'unknown-user'],
  ] as const) {
    server.sandbox.forget()
    const answer = await server.post(envelope(header, GET_FOLDER), {
      auth: asking(mailbox, server.keys[auth]),
    })
    const title = `${mailbox}, header ${JSON.stringify(header)}: ${verdict}`
    const allowed = verdict.includes('@')
    t.match(
      server.sandbox.seen.map(({ impersonated, impersonationHeaders }) => ({
        impersonated,
        impersonationHeaders,
      })),
      allowed ? [{ impersonated: verdict, impersonationHeaders: 1 }] : [],
      title,
    )
    t.equal(server.sandbox.seen.length, allowed ? 1 : 0)
    const named = header === null ? mailbox : typeof header === 'string' ? header : header.value
    t.match(
      decisionOf(server, answer),
      {
        verdict: allowed ? 'allow' : 'deny',
        reason: allowed ? undefined : verdict,
        userNameMailbox: mailbox,
        connectingSid: { value: named },
      },
      `P7 ${title}`,
    )
  }
})

t.test('R17 a mailbox, a role, and a key ID', async t => {
  const server = await startGatewayTestServer(t, { keepSeen: 1 })
  const { role } = server.client(READ_ONLY.name)
  const both = mayAssume(server.client(FULL.name).role.id, role.id)
  const { key } = await server.addPrincipal('both', both)
  const ask = async (userName: string, operation = GET_FOLDER) => {
    const auth = basic({ id: userName, secret: key.secret })
    return decisionOf(server, await server.post(envelope(null, operation), { auth }))
  }
  for (const name of [READ_ONLY.name, role.id])
    t.match(await ask(`alice@example.com|${name}\\${key.id}@tool.example`), {
      verdict: 'allow',
      roleName: READ_ONLY.name,
      userAddress: 'alice@example.com',
    })
  t.match(await ask(`carol@example.com|${FULL.name}\\${key.id}`), { verdict: 'allow' })
  t.match(await ask(`carol@example.com|${READ_ONLY.name}\\${key.id}`), { reason: 'no-rule-allows' })
  t.match(await ask(`alice@example.com|${READ_ONLY.name}\\${key.id}`, createItem('x')), {
    reason: 'role-is-read-only',
  })
  t.match(await ask(`alice@example.com|${key.id}`), { reason: 'role-ambiguous' })
  t.match(await ask(`alice@example.com|\\${key.id}`), { reason: 'role-ambiguous' })
  t.match(await ask(`alice@example.com|nights\\${key.id}`), { reason: 'role-unknown' })
})

t.test(
  'P1 R1 requests without a mailbox act as the mailbox in the user name, never as the neutral one',
  async t => {
    const server = await startGatewayTestServer(t)
    const ask = async (mailbox: string, header: ConnectingSidInput = null) => {
      server.sandbox.forget()
      const auth = asking(mailbox, server.keys.full)
      const answer = await server.post(envelope(header, TIME_ZONES), { auth })
      return {
        reason: decisionOf(server, answer)?.reason,
        as: server.sandbox.seen.map(({ impersonated }) => impersonated),
      }
    }
    t.strictSame(await ask('bob@example.com'), { reason: undefined, as: ['bob@example.com'] })
    t.strictSame(await ask('nobody@example.com'), { reason: 'unknown-user', as: [] })
    t.strictSame(await ask(''), { reason: 'unknown-user', as: [] })
    t.strictSame(await ask(boss), { reason: 'rule-denies', as: [] })
    t.strictSame(await ask('bob@example.com', 'alice@example.com'), {
      reason: 'impersonation-conflict',
      as: [],
    })
    const page = await server.post('', {
      method: 'GET',
      auth: asking('nobody@x', server.keys.full),
    })
    t.equal(page.status, 200, 'a page that is the same for everybody asks for the key alone')
  },
)

t.test('R10 one cached prologue serves every mailbox in a user name', async t => {
  const server = await startGatewayTestServer(t, { keepSeen: 1 })
  const people = ['alice@example.com', 'bob@example.com', boss, 'nobody@example.com', undefined]
  const bodies = [envelope(null, GET_FOLDER), envelope('alice@example.com', GET_FOLDER)]
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...people), fc.constantFrom(...bodies), async (who, body) => {
      server.sandbox.forget()
      const { full } = server.keys
      const auth = who === undefined ? basic(full) : asking(who, full)
      const decision = decisionOf(server, await server.post(body, { auth }))
      const header = body === bodies[1] ? 'alice@example.com' : undefined
      const [seen] = server.sandbox.seen
      return seen?.impersonated === actsAs(who, header) && decision?.['userNameMailbox'] === who
    }),
    { numRuns: 150 },
  )
})

/** Returns the user that a request reaches, from the two names. */
function actsAs(mailbox: string | undefined, header: string | undefined): string | undefined {
  const names = new Set([mailbox, header].filter(name => name !== undefined))
  const [name] = names
  return names.size === 1 && name !== boss && name?.startsWith('nobody') === false
    ? name
    : undefined
}

t.test('R2 two names do not reveal who exists or whose names they are', async t => {
  const server = await startGatewayTestServer(t)
  const differences = new Differences()
  const names = [
    'ceo@example.com',
    boss,
    'nobody@example.com',
    NEUTRAL,
    SERVICE,
    'carol@example.com',
  ]
  const headers: ConnectingSidInput[] = [
    ...names,
    sid('PrincipalName', 'ceo@corp.example.com'),
    null,
  ]
  for (const operation of [
    GET_FOLDER,
    TIME_ZONES,
    createItem('x'),
    createItem('x'.repeat(300_000)),
  ]) {
    const ask = async (mailbox: string, header: ConnectingSidInput) => {
      const auth = asking(mailbox, server.keys.readOnly)
      return words(await server.post(envelope(header, operation), { auth }))
    }
    const unknown = await ask('who@example.com', 'who@example.com')
    for (const mailbox of names)
      for (const header of headers)
        differences.compare(
          `${mailbox} and ${JSON.stringify(header)}`,
          await ask(mailbox, header),
          unknown,
        )
  }
  differences.assertNone(t, 'every denied pair gets the denial of an unknown user', 150)
})

t.test('P4 R8 a large request is evaluated again for the mailbox in its user name', async t => {
  const server = await startGatewayTestServer(t)
  const ask = async (mailbox: string) => {
    server.sandbox.forget()
    const body = envelope(null, createItem('x', 'x'.repeat(400_000)))
    const answer = await server.post(body, { auth: asking(mailbox, server.keys.full) })
    return [answer.status, server.sandbox.executed.map(({ as }) => as)]
  }
  t.strictSame(await ask('alice@example.com'), [200, ['alice@example.com']])
  t.strictSame(await ask(boss), [500, []])
  const verdicts = server.audit().filter(({ type }) => type === 'decision')
  t.strictSame(
    verdicts.map(({ verdict }) => verdict),
    ['pending', 'allow', 'deny'],
  )
  for (const record of verdicts) t.ok(record['userNameMailbox'])
})

t.test('Autodiscover returns settings only for the mailbox in the user name', async t => {
  const server = await startGatewayTestServer(t)
  const ask = (mailbox: string, address: string) =>
    server.post('', {
      method: 'GET',
      path: `/autodiscover/autodiscover.json?Email=${address}&Protocol=Ews`,
      auth: asking(mailbox, server.keys.full),
    })
  for (const [mailbox, address, reason] of [
    ['alice@example.com', 'ALICE@example.com', undefined],
    ['alias@example.com', 'user@example.com', undefined],
    ['alice@example.com', 'bob@example.com', 'impersonation-conflict'],
    ['nobody@example.com', 'bob@example.com', 'impersonation-conflict'],
    [boss, 'ceo@example.com', 'rule-denies'],
    ['', 'nobody@example.com', 'unknown-user'],
  ] as const) {
    const answer = await ask(mailbox, address)
    t.equal(answer.status, reason === undefined ? 200 : 404, `${mailbox} about ${address}`)
    t.match(decisionOf(server, answer), { userNameMailbox: mailbox, operation: 'AutoDiscover' })
    t.equal(decisionOf(server, answer)?.reason, reason)
  }
  t.strictSame(
    words(await ask('alice@example.com', 'bob@example.com')),
    words(await ask('nobody@example.com', 'who@example.com')),
    'R2 in the same words',
  )
})

const CURL = '/usr/bin/curl'
const noCurl = existsSync(CURL) ? false : `there is no ${CURL}`
const run = promisify(execFile)

t.test('P1 curl acts as the mailbox in its user name', { skip: noCurl }, async t => {
  const server = await startGatewayTestServer(t)
  const { id, secret } = server.keys.readOnly
  const ask = async (user: string) => {
    const body = envelope(null, GET_FOLDER)
    const type = 'Content-Type: text/xml'
    const credentials = ['--user', `${user}:${secret}`]
    const { stdout } = await run(CURL, [
      ...['--silent', ...credentials, '--header', type, '--data', body, server.url],
    ])
    return codeOf(stdout)
  }
  t.equal(await ask(`alice@example.com|${id}`), 'NoError')
  t.equal(await ask(`bob@example.com;${READ_ONLY.name}\\${id}@tool.example`), 'NoError')
  t.equal(await ask(`carol@example.com|${id}`), 'ErrorImpersonateUserDenied')
  t.equal(await ask(id), 'ErrorInvalidExchangeImpersonationHeaderData')
  t.strictSame(
    server.sandbox.seen.map(({ impersonated }) => impersonated),
    ['alice@example.com', 'bob@example.com'],
  )
})
