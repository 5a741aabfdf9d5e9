/**
 * R34: what is before the body is decided before the body is gathered.
 */

import t from 'tap'
import { codeOf, createItem, END, envelope, GET_FOLDER, prologue } from '../kit/corpus.ts'
import {
  FULL,
  type GatewayTestServer,
  READ_ONLY,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { until, Wire } from '../kit/wire.ts'
import { headOf, tracesOf } from './traces.ts'

const ALICE = 'alice@example.com'
const READ = envelope(ALICE, GET_FOLDER)
const BODY_BYTES = 100_000

const chunkOf = (bytes: string) => `${bytes.length.toString(16)}\r\n${bytes}\r\n`

/** The two ways to announce a body: all before its rest, and the rest. */
const FRAMINGS = {
  'Content-Length': (start: string) => ({
    header: `Content-Length: ${BODY_BYTES}`,
    start,
    rest: 'x'.repeat(BODY_BYTES - start.length),
  }),
  'Transfer-Encoding': (start: string) => ({
    header: 'Transfer-Encoding: chunked',
    start: chunkOf(start),
    rest: `${chunkOf('x'.repeat(BODY_BYTES - start.length))}0\r\n\r\n`,
  }),
} as const

const DENIALS = [
  ['a user that a rule denies', 'full', 'ceo@example.com', '<m:GetFolder>', 'rule-denies'],
  [
    'a user that no rule allows',
    'readOnly',
    'carol@example.com',
    '<m:GetFolder>',
    'no-rule-allows',
  ],
  ['an unknown user', 'full', 'unknown@example.com', '<m:GetFolder>', 'unknown-user'],
  ['no user', 'full', null, '<m:GetFolder>', 'impersonation-missing'],
  ['an unknown operation', 'full', ALICE, '<m:GetNothing>', 'operation-unknown'],
  ['a write of a READ_ONLY role', 'readOnly', ALICE, '<m:CreateItem>', 'role-is-read-only'],
  ['an operation that a switch denies', 'full', ALICE, '<m:UpdateInboxRules>', 'operation-refused'],
] as const

t.test('R34 the gateway does not wait for a body that cannot change a denial', async t => {
  const server = await startGatewayTestServer(t)
  for (const [framing, frame] of Object.entries(FRAMINGS))
    for (const [what, auth, user, operation, reason] of DENIALS) {
      const { header, start, rest } = frame(prologue(user) + operation)
      const wire = new Wire(server.socket())
      const { result, decisions } = await tracesOf(server, async () => {
        await wire.send(headOf(server, [header], server.authorization(auth)) + start)
        return await wire.answer()
      })
      t.equal(result.status, 500, `${what}, ${framing}`)
      t.match(decisions, [{ verdict: 'deny', reason }])
      t.equal(decisions.length, 1)

      await wire.send(rest + headOf(server, [`Content-Length: ${READ.length}`]) + READ)
      const [, second] = await wire.answers(2)
      t.equal(codeOf(second?.text ?? ''), 'NoError', 'R29 the next request on it is served')
      wire.socket.destroy()
    }
  const locked = frameOf(GET_FOLDER.slice(0, 20))
  await server.changeRole(FULL.name, { lock: { message: 'Closed' } })
  const wire = new Wire(server.socket())
  const { decisions } = await tracesOf(server, async () => {
    await wire.send(headOf(server, [locked.header]) + locked.start)
    return await wire.answer()
  })
  t.match(decisions, [{ verdict: 'deny', reason: 'role-locked' }])
})

const frameOf = (operation: string) => FRAMINGS['Content-Length'](prologue(ALICE) + operation)

/** Lookups of an authentication, the key, and of a decision: key, role, access control, protection, and user. */
const [VERIFIED, DECIDED] = [1, 5]

/** Counts what was looked up in the process's own memory. */
async function lookups(server: GatewayTestServer): Promise<number> {
  let sum = 0
  for (const [, count] of (await server.metrics()).matchAll(
    /^ews_gateway_cache_requests_total\{layer="l1",result="\w+"\} (\d+)/gm,
  ))
    sum += Number(count)
  return sum
}

/** A request whose first half has been allowed. */
async function halfAllowed(server: GatewayTestServer, body: string) {
  await server.post(READ)
  const before = await lookups(server)
  const wire = new Wire(server.socket())
  const half = body.length / 2
  await wire.send(headOf(server, [`Content-Length: ${body.length}`]) + body.slice(0, half))
  let looked = before
  while (looked < before + VERIFIED + DECIDED) looked = await lookups(server)
  return { wire, rest: body.slice(half) }
}

t.test('R34 a request that was allowed before its body is decided again with it', async t => {
  const server = await startGatewayTestServer(t)
  const foreign = '<t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox>'
  const body = prologue(ALICE).concat(createItem('x', 'x'.repeat(9_000)))
  const named = GET_FOLDER.replace('/></m:F', `>${foreign}</t:DistinguishedFolderId></m:F`)
  t.match(named, foreign)
  const read = prologue(ALICE) + named.replace('<m:FolderIds>', `${' '.repeat(2_000)}<m:FolderIds>`)
  for (const [what, text, change, reason] of [
    ['a body that names a foreign mailbox', read, {}, 'foreign-mailbox'],
    ['a role that lost its rules', body, { rules: [] }, 'no-rule-allows'],
  ] as const) {
    const seen = server.sandbox.seen.length + 1
    const { wire, rest } = await halfAllowed(server, text + END)
    await server.changeRole(FULL.name, change)
    const { decisions } = await tracesOf(server, async () => {
      await wire.send(rest)
      return await wire.answer()
    })
    t.match(decisions, [{ verdict: 'deny', reason }], what)
    t.equal(decisions.length, 1)
    t.equal(server.sandbox.seen.length, seen, 'nothing of it reaches the upstream')
  }
})

t.test('R34 a body that has arrived is decided once', async t => {
  const server = await startGatewayTestServer(t)
  const send = async (header: string, body: string, role = FULL.name) => {
    const { key } = server.client(role)
    const wire = new Wire(server.socket())
    const authorization = server.authorization(key)
    await wire.send(headOf(server, [header], authorization) + body)
    await until('an answer', () => wire.text.includes('</s:Envelope>'))
    wire.socket.destroy()
  }
  for (const [header, body] of [
    [`Content-Length: ${READ.length}`, READ],
    ['Transfer-Encoding: chunked', `${chunkOf(READ)}0\r\n\r\n`],
  ] as const)
    for (const role of [FULL.name, READ_ONLY.name]) {
      await send(header, body, role)
      const before = await lookups(server)
      await send(header, body, role)
      t.equal((await lookups(server)) - before, VERIFIED + DECIDED, header)
    }
})

t.test(
  'R34 a large body is decided at its prologue and at its end, but not in between',
  async t => {
    const server = await startGatewayTestServer(t)
    const large = envelope(ALICE, createItem('x', 'x'.repeat(300_000)))
    await server.post(large)
    const before = await lookups(server)
    t.equal((await server.post(large)).status, 200)
    t.equal((await lookups(server)) - before, VERIFIED + 2 * DECIDED)
  },
)

t.test('R34 a body that ends within its operation is malformed, for any user', async t => {
  const server = await startGatewayTestServer(t)
  const cut = `${prologue('ceo@example.com')}<m:GetFolder>`
  const { decisions } = await tracesOf(server, () => server.post(cut))
  t.match(decisions, [{ verdict: 'error', reason: 'envelope-malformed' }])
})
