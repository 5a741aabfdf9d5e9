/**
 * Large uploads through the running gateway: the server never has a whole operation before the
 * client's whole request was read and decided.
 */

import fc from 'fast-check'
import type { Test } from 'tap'
import t from 'tap'
import {
  type ConnectingSidInput,
  codeOf,
  createItem,
  decisionIn,
  END,
  GET_FOLDER,
  prologue,
} from '../kit/corpus.ts'
import { diskBelow } from '../kit/full-disk.ts'
import {
  FULL,
  type GatewayTestServer,
  type GatewayTestServerOptions,
  mayAssume,
  ORGANIZATION,
  startGatewayTestServer,
  USERS,
  XML,
} from '../kit/gateway-test-server.ts'
import { Upload } from '../kit/upload.ts'
import { rawUpstream, until, type Wire } from '../kit/wire.ts'

const KIB = 1_024
const WITHHELD = 4 * KIB
/** The most that a socket gives at once. */
const MAX_READ_BYTES = 64 * KIB
/** Text between `<t:Body>` and its end tag: longer than the reader examines at once. */
const FILLER = 'Grüße & all. '.replace('&', '&amp;').repeat(24_000)
const OPERATION = createItem('R8', FILLER)
const BODY = Buffer.from(`${prologue('alice@example.com')}${OPERATION}${END}`)

/** Bytes of a request's body that an upstream has received; -1 before its headers are there. */
const bodyOf = (wire: Wire | undefined) => {
  const end = wire?.text.indexOf('\r\n\r\n') ?? -1
  return end < 0 ? undefined : wire?.text.slice(end + 4)
}

/** Returns the request that the gateway forwards. */
function expectedOf(body: Buffer, start: number, received: string): string {
  const operation = body.toString('latin1', start)
  const head = received.slice(0, received.indexOf('Body>') + 'Body>'.length)
  return `${head}${operation}`
}

t.test('R8 the end of a large operation waits for the last byte of its request', async t => {
  const upstream = await rawUpstream(t)
  const server = await startGatewayTestServer(t, { upstreamUrl: upstream.url })
  const upload = new Upload(server, BODY)
  const start = prologue('alice@example.com').length
  const received = () => bodyOf(upstream.wires[0]) ?? ''
  const ours = () => received().indexOf('Body>') + 'Body>'.length

  for (const offset of [100 * KIB, 200 * KIB, 300 * KIB, BODY.length - 200, -END.length, -1]) {
    await upload.sendTo(offset)
    const sent = offset < 0 ? BODY.length + offset : offset
    const forwarded = () => received().length - ours()
    if (offset >= 0)
      await until(
        'all chunks except the last were forwarded',
        () => forwarded() >= sent - start - WITHHELD - MAX_READ_BYTES,
      )
    await server.post(`${prologue('bob@example.com')}${GET_FOLDER}${END}`)
    const operationSent = Math.min(sent - start, BODY.length - start - END.length)
    t.ok(forwarded() <= operationSent - WITHHELD, `4 KiB are withheld at ${sent}`)
    t.notMatch(received(), '</m:CreateItem>', `nor has it ended at ${sent}`)
  }
  t.equal(server.audit().filter(({ verdict }) => verdict === 'pending').length, 1)

  await upload.sendTo(0)
  t.equal((await upload.wire.answer()).status, 200)
  t.equal(received(), expectedOf(BODY, start, received()), 'then it is there, byte for byte')
  const request = upstream.requests().at(-1)
  t.equal(request?.body.length, received().length, 'R7 Content-Length is right')
})

t.test('P2 R8 no large operation is complete too soon, wherever its chunks end', async t => {
  const upstream = await rawUpstream(t)
  const server = await startGatewayTestServer(t, { upstreamUrl: upstream.url })
  const start = prologue('alice@example.com').length
  const blanks = fc.constantFrom(0, 1, 3_000, 60_000)
  const cuts = fc.array(fc.nat(), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(fc.nat(140_000), blanks, cuts, fc.nat(70), async (more, tail, cuts, last) => {
      const operation = createItem('R8', FILLER + 'x'.repeat(more))
      const body = Buffer.from(
        `${prologue('alice@example.com')}${operation}${' '.repeat(tail)}${END}`,
      )
      const upload = new Upload(server, body)
      const known = upstream.requests().length
      const ends = [...cuts.map(cut => cut % (body.length - 1)), body.length - 1 - last]
      for (const end of ends.sort((one, other) => one - other)) {
        await upload.sendTo(end === 0 ? 1 : end)
        await new Promise(resolve => setImmediate(resolve))
        if (upstream.wires.some(({ text }) => text.endsWith('</m:CreateItem>'))) return false
        if (upstream.requests().length > known) return false
      }
      await upload.sendTo(0)
      const { status } = await upload.wire.answer()
      upload.wire.socket.destroy()
      const [request, ...others] = upstream.requests().slice(known)
      return (
        status === 200 &&
        others.length === 0 &&
        request !== undefined &&
        request.body.length === request.body.indexOf('<m:CreateItem') + body.length - start
      )
    }),
    { numRuns: 12 },
  )
})

type Change = (server: GatewayTestServer) => Promise<unknown>

/** Changes during an upload, and the response that the client gets. */
const CHANGES: readonly (readonly [
  what: string,
  change: Change,
  reason: string,
  responseCode: string,
])[] = [
  [
    'the role only reads now',
    server => server.changeRole(FULL.name, { type: 'READ_ONLY' }),
    'role-is-read-only',
    'ErrorAccessDenied',
  ],
  [
    'a rule denies the user',
    async server => {
      const alice = await server.userId('alice@example.com')
      const { rules } = server.client(FULL.name).role
      const deny = { id: 'not-alice', effect: 'DENY' as const, targetUsers: [alice] }
      return server.changeRole(FULL.name, { rules: [...rules, deny] })
    },
    'rule-denies',
    'ErrorImpersonateUserDenied',
  ],
  [
    'no rule allows anybody',
    server => server.changeRole(FULL.name, { rules: [] }),
    'no-rule-allows',
    'ErrorImpersonateUserDenied',
  ],
  [
    'the role is deleted',
    server => server.store.deleteRole(ORGANIZATION, server.client(FULL.name).role.id),
    'role-unknown',
    'ErrorImpersonateUserDenied',
  ],
  [
    'the user is gone',
    server =>
      server.store.importUsers(ORGANIZATION, USERS.slice(1), {
        dryRun: false,
        deleteMissing: true,
        acceptRemovals: true,
      }),
    'unknown-user',
    'ErrorImpersonateUserDenied',
  ],
  [
    'the user has another address',
    async server => {
      const id = await server.userId('alice@example.com')
      const moved = { id, primarySmtpAddress: 'al@example.com', aliases: ['alice@example.com'] }
      return server.store.importUsers(ORGANIZATION, [moved], {
        dryRun: false,
        deleteMissing: false,
      })
    },
    'policy-unavailable',
    'ErrorServerBusy',
  ],
  [
    'the key is disabled',
    server => server.store.putKey({ ...server.client(FULL.name).accessKey, enabled: false }),
    'role-not-permitted',
    'ErrorImpersonateUserDenied',
  ],
  [
    'the key is deleted',
    server => server.store.deleteKey(ORGANIZATION, server.client(FULL.name).accessKey.id),
    'role-not-permitted',
    'ErrorImpersonateUserDenied',
  ],
  [
    'the key has expired',
    server => server.store.putKey({ ...server.client(FULL.name).accessKey, expiresAt: Date.now() }),
    'role-not-permitted',
    'ErrorImpersonateUserDenied',
  ],
  [
    'the principal is disabled',
    server => server.store.putPrincipal({ ...server.client(FULL.name).principal, enabled: false }),
    'role-not-permitted',
    'ErrorImpersonateUserDenied',
  ],
  [
    'the principal may assume another role only',
    server =>
      server.store.putPrincipal({
        ...server.client(FULL.name).principal,
        policy: mayAssume('9f0b0f3e-7b0a-4a33-b8a5-2f6d0e5a7c11'),
      }),
    'role-unknown',
    'ErrorImpersonateUserDenied',
  ],
  [
    'the principal is gone',
    server => server.store.deletePrincipal(ORGANIZATION, server.client(FULL.name).principal.id),
    'role-not-permitted',
    'ErrorImpersonateUserDenied',
  ],
]

for (const [what, change, reason, responseCode] of CHANGES) {
  t.test(`R8 an upload held open is denied when ${what}`, async t => {
    const server = await startGatewayTestServer(t, { lenient: true })
    const upload = new Upload(server, BODY)
    await upload.sendTo(-1)
    await progress(server)
    t.strictSame(server.sandbox.executed, [])
    await change(server)
    await upload.sendTo(0)
    await checkRefused(t, server, upload, { reason, responseCode })
  })
}

for (const [what, change] of [
  ['an allowed upload', async () => undefined],
  [
    'a denied upload',
    async (server: GatewayTestServer) => server.changeRole(FULL.name, { type: 'READ_ONLY' }),
  ],
] as const) {
  t.test(`R31 ${what} is an error when its verdict can't be recorded`, async t => {
    const server = await startGatewayTestServer(t, { lenient: true })
    const upload = new Upload(server, BODY)
    await upload.sendTo(-1)
    await progress(server)
    diskBelow(t, server.auditFolder).fill()
    await change(server)
    await upload.sendTo(0)
    const { text } = await upload.wire.answer()
    t.equal(codeOf(text), 'ErrorServerBusy')
    t.strictSame(server.sandbox.executed, [], 'it never ran')
    t.match(server.audit(), [{ type: 'decision', verdict: 'pending' }])
    t.equal(server.audit().length, 1)
  })
}

/** Waits until the sandbox has got most of an upload. */
const progress = (server: GatewayTestServer) =>
  until('most of it was forwarded', () => (server.sandbox.seen[0]?.bytes ?? 0) > FILLER.length / 2)

type Refused = Readonly<{ reason: string; responseCode: string }>

/**
 * Checks that nothing ran, the connection is closed, the client got its fault, and the audit has the
 * reason.
 */
async function checkRefused(
  t: Test,
  server: GatewayTestServer,
  { wire }: Upload,
  { reason, responseCode }: Refused,
): Promise<void> {
  const { status, text, head } = await wire.answer()
  t.strictSame([status, codeOf(text)], [500, responseCode])
  t.match(head, `Content-Type: ${XML}\r\n`, 'P10')
  await until('the server has lost it', () => server.sandbox.seen.every(({ bytes }) => bytes > 0))
  t.strictSame(server.sandbox.executed, [], 'it never ran')
  t.notOk(server.sandbox.seen.some(({ complete }) => complete))
  t.notOk(server.sandbox.seen.some(({ body }) => body.includes('</m:CreateItem>')))

  const id = decisionIn(text)
  const records = server.audit().filter(({ decisionId }) => decisionId === id)
  const [first, second] = records
  t.match(
    [first, second, records.at(-1)],
    [
      { type: 'decision', verdict: 'pending' },
      { type: 'decision', verdict: /^(deny|error)$/, reason },
      { type: 'outcome', status: 500, responseCode, ended: 'fault' },
    ],
  )
  t.equal(records.length, 3, 'P7 nothing else is recorded')
}

const folders = (mailbox: string) =>
  `<m:SavedItemFolderId><t:DistinguishedFolderId Id="drafts"><t:Mailbox><t:EmailAddress>${mailbox}` +
  '</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:SavedItemFolderId>'
const late = (text: string) => OPERATION.replace('</m:CreateItem>', `${text}</m:CreateItem>`)
const large = (name: string, text: string) =>
  `<m:${name}><m:Large>${FILLER}</m:Large>${text}</m:${name}>`

/** A large operation with something at its very end, and whose it is. */
const LATE: readonly (readonly [
  what: string,
  rest: string,
  reason: string,
  whom?: ConnectingSidInput,
])[] = [
  ['text behind the envelope', `${OPERATION}${END}x`, 'envelope-malformed'],
  ['a NUL behind the envelope', `${OPERATION}${END}\0`, 'envelope-malformed'],
  ['a second envelope', `${OPERATION}${END}<a/>`, 'envelope-malformed'],
  ['a comment behind the operation', `${OPERATION}<!-- -->${END}`, 'envelope-malformed'],
  ['a comment behind the envelope', `${OPERATION}${END}<!-- -->`, 'envelope-malformed'],
  ['an instruction', `${OPERATION}<?x?>${END}`, 'envelope-malformed'],
  ['text behind the operation', `${OPERATION}x${END}`, 'envelope-malformed'],
  ['a reference behind the operation', `${OPERATION}&#32;${END}`, 'envelope-malformed'],
  ['CDATA behind the operation', `${OPERATION}<![CDATA[ ]]>${END}`, 'envelope-malformed'],
  ['a second operation', `${OPERATION}<m:DeleteItem/>${END}`, 'envelope-malformed'],
  ['the operation twice', `${OPERATION}${OPERATION}${END}`, 'envelope-malformed'],
  ['a second Body', `${OPERATION}</s:Body><s:Body>${GET_FOLDER}${END}`, 'envelope-malformed'],
  ['a late Header', `${OPERATION}</s:Body><s:Header/></s:Envelope>`, 'envelope-malformed'],
  ['no end of the envelope', `${OPERATION}</s:Body>`, 'envelope-malformed'],
  ['half an end tag', `${OPERATION}</s:Body></s:Envelope`, 'envelope-malformed'],
  ['no end at all', OPERATION, 'envelope-malformed'],
  ['no end of the operation', OPERATION.slice(0, -1), 'envelope-malformed'],
  ['end tags in the wrong order', `${OPERATION}</s:Envelope></s:Body>`, 'envelope-malformed'],
  ['an end tag of another prefix', `${OPERATION}</m:Body></s:Envelope>`, 'envelope-malformed'],
  ['too many blanks', `${OPERATION}${' '.repeat(65 * KIB)}${END}`, 'envelope-malformed'],
  ['bytes that are no UTF-8', `${late('<m:X>\xff</m:X>')}${END}`, 'encoding-refused'],
  ['a comment in the operation', `${late('<!-- -->')}${END}`, 'envelope-malformed'],
  ['an entity', `${late('<m:X>&x;</m:X>')}${END}`, 'envelope-malformed'],
  ['an element of no namespace', `${late('<X xmlns=""/>')}${END}`, 'envelope-malformed'],
  ['a foreign folder', `${late(folders('ceo@example.com'))}${END}`, 'foreign-mailbox'],
  ['a folder of another user', `${late(folders('bob@example.com'))}${END}`, 'foreign-mailbox'],
  ['a folder of nobody', `${late(folders('x@example.com'))}${END}`, 'foreign-mailbox'],
  ['a mailbox by its GUID', `${late('<t:MailboxGuid>0</t:MailboxGuid>')}${END}`, 'foreign-mailbox'],
  ['a grant', `${large('CreateFolder', '<t:PermissionSet/>')}${END}`, 'grant-refused'],
  [
    'a grant in another update',
    `${large('UpdateFolder', '<t:FieldURI FieldURI="folder:PermissionSet"/>')}${END}`,
    'grant-refused',
  ],
  [
    'a push subscription',
    `${large('Subscribe', '<m:PushSubscriptionRequest/>')}${END}`,
    'push-subscription',
  ],
  [
    'an id in a request of nobody',
    `${large('ResolveNames', '<m:ParentFolderIds><t:FolderId Id="x"/></m:ParentFolderIds>')}${END}`,
    'foreign-mailbox',
    null,
  ],
]

t.test('P2 P3 R8 a large operation with a mistake at its very end never runs', async t => {
  const server = await startGatewayTestServer(t, { lenient: true })
  for (const [what, rest, reason, whom = 'alice@example.com'] of LATE) {
    const body = Buffer.concat([Buffer.from(prologue(whom)), bytesOf(rest)])
    t.ok(body.length > 256 * KIB)
    const upload = new Upload(server, body)
    server.sandbox.forget()
    await upload.sendTo(-40)
    await progress(server)
    await upload.sendTo(0)
    const { status, text } = await upload.wire.answer()
    const id = decisionIn(text)
    const records = server.audit().filter(({ decisionId }) => decisionId === id)
    t.strictSame(
      [status, records.map(({ verdict }) => verdict).slice(0, 1), records[1]?.reason],
      [500, ['pending'], reason],
      what,
    )
    t.strictSame(server.sandbox.executed, [], `${what}: nothing ran`)
    t.notOk(server.sandbox.seen.some(({ complete }) => complete))
    upload.wire.socket.destroy()
  }

  server.sandbox.forget()
  for (const [what, rest, reason, whom = 'alice@example.com'] of LATE) {
    const body = Buffer.concat([Buffer.from(prologue(whom)), bytesOf(rest)])
    const { headers } = await server.post(body)
    const records = server.audit().filter(it => it.decisionId === headers['x-decision-id'])
    t.equal(records[1]?.reason, reason, `at once: ${what}`)
  }
  t.strictSame(server.sandbox.executed, [])
})

/** Encodes text as UTF-8, except for 0xFF, which is not UTF-8. */
const bytesOf = (text: string) =>
  Buffer.concat(
    text
      .split('\xff')
      .flatMap((part, at) =>
        at === 0 ? [Buffer.from(part)] : [Buffer.of(255), Buffer.from(part)],
      ),
  )

t.test('R8 an allowed large operation runs once, when it is complete', async t => {
  for (const options of [
    { lenient: true },
    { lenient: false },
  ] satisfies GatewayTestServerOptions[]) {
    const server = await startGatewayTestServer(t, options)
    const trap = `<![CDATA[</t:Body></t:Message></m:Items></m:CreateItem>${END}]]>`
    const operation = createItem('R8', `${FILLER}${trap}`)
    const upload = new Upload(
      server,
      Buffer.from(`${prologue('alice@example.com')}${operation}${END}`),
    )
    await upload.sendTo(-1)
    await progress(server)
    t.strictSame(server.sandbox.executed, [])
    await upload.sendTo(0)
    t.equal((await upload.wire.answer()).status, 200)
    t.match(server.sandbox.executed, [{ operation: 'CreateItem', as: 'alice@example.com' }])
    t.equal(server.sandbox.executed.length, 1)
    const verdicts = server.audit().map(({ verdict, type }) => verdict ?? type)
    t.strictSame(verdicts, ['pending', 'allow', 'outcome'])
  }
})

t.test('R8 an upload whose client disconnects before its last byte never runs', async t => {
  const server = await startGatewayTestServer(t, { lenient: true })
  const upload = new Upload(server, BODY)
  await upload.sendTo(-1)
  await progress(server)
  upload.wire.socket.destroy()
  await until('it is recorded', () => server.audit().some(({ type }) => type === 'outcome'))
  t.match(server.audit().at(-1), { type: 'outcome', ended: 'client-gone' })
  t.strictSame(server.sandbox.executed, [])
  t.notOk(server.sandbox.seen[0]?.complete)
})

t.test('R8 an upload that is denied at its beginning never reaches the server', async t => {
  const server = await startGatewayTestServer(t, { lenient: true })
  const of = (whom: ConnectingSidInput) => Buffer.from(`${prologue(whom)}${OPERATION}${END}`)
  const readOnly = server.authorization('readOnly')
  for (const [upload, reason] of [
    [new Upload(server, of('ceo@example.com')), 'rule-denies'],
    [new Upload(server, of('nobody@example.com')), 'unknown-user'],
    [new Upload(server, of(null)), 'impersonation-missing'],
    [new Upload(server, of('alice@example.com'), readOnly), 'role-is-read-only'],
  ] as const) {
    await upload.sendTo(4 * KIB)
    const { status, text } = await upload.wire.answer()
    t.equal(status, 500, 'the answer waits for no more of it')
    t.match(
      server.audit().find(({ decisionId }) => decisionId === decisionIn(text)),
      { reason },
    )
  }
  t.strictSame(server.sandbox.seen, [])
})

t.test('R8 an early response of the upstream releases nothing', async t => {
  const upstream = await rawUpstream(t)
  const server = await startGatewayTestServer(t, { upstreamUrl: upstream.url })
  const upload = new Upload(server, BODY)
  await upload.sendTo(-1)
  await until(
    'most of it was forwarded',
    () => (bodyOf(upstream.wires[0]) ?? '').length > 200 * KIB,
  )
  const answer = 'HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>'
  await upstream.wires[0]?.send(answer)
  t.equal((await upload.wire.answer()).status, 200)
  await server.changeRole(FULL.name, { type: 'READ_ONLY' })
  await upload.sendTo(0)
  await upstream.wires[0]?.gone()
  t.notMatch(upstream.all(), '</m:CreateItem>')
  const verdict = () => server.audit().find(record => record.verdict === 'error')
  await until('a final verdict is recorded', () => verdict() !== undefined)
  t.match(verdict(), { reason: 'upstream-unreachable' }, 'P7 the record says that it never ran')
})
