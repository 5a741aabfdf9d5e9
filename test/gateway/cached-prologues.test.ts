/**
 * Prologues that the running gateway remembers: they change no answer.
 */

import fc from 'fast-check'
import t from 'tap'
import { HARMLESS } from '../../fixtures/hostile/documents.ts'
import { EnvelopeReader, readEnvelope } from '../../src/ews/reader.ts'
import { PrologueMemory } from '../../src/gateway/remember.ts'
import { MESSAGES_NS } from '../../src/model/envelope.ts'
import { Failure } from '../../src/model/failure.ts'
import { createItem, END, envelope, GET_FOLDER, prologue, TIME_ZONES } from '../kit/corpus.ts'
import {
  type Answered,
  FULL,
  type GatewayTestServer,
  SERVICE,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { until, Wire } from '../kit/wire.ts'
import { reasonFor } from './expected.ts'

/** Behind a prologue that is known, and what each of it deserves. */
const CONTINUATIONS: readonly (readonly [what: string, text: string, reason: string])[] = [
  ['the operation', `${GET_FOLDER}${END}`, 'allowed'],
  ['another operation', `${TIME_ZONES}${END}`, 'allowed'],
  ['an end tag of another name', `${GET_FOLDER}</t:Body></s:Envelope>`, 'envelope-malformed'],
  ['end tags the wrong way round', `${GET_FOLDER}</s:Envelope></s:Body>`, 'envelope-malformed'],
  ['no end', GET_FOLDER, 'envelope-malformed'],
  ['no operation', END, 'envelope-malformed'],
  ['nothing', '', 'envelope-malformed'],
  ['two operations', `${GET_FOLDER}${GET_FOLDER}${END}`, 'envelope-malformed'],
  ['text before it', `x${GET_FOLDER}${END}`, 'envelope-malformed'],
  ['CDATA before it', `<![CDATA[ ]]>${GET_FOLDER}${END}`, 'envelope-malformed'],
  ['text behind it', `${GET_FOLDER}x${END}`, 'envelope-malformed'],
  ['a comment in it', `${GET_FOLDER.replace('><', '><!----><')}${END}`, 'envelope-malformed'],
  ['an instruction', `<?x?>${GET_FOLDER}${END}`, 'envelope-malformed'],
  ['a DTD', `<!DOCTYPE x>${GET_FOLDER}${END}`, 'envelope-malformed'],
  ['a second Body', `${GET_FOLDER}</s:Body><s:Body>${GET_FOLDER}${END}`, 'envelope-malformed'],
  ['a Header behind it', `${GET_FOLDER}</s:Body><s:Header/></s:Envelope>`, 'envelope-malformed'],
  ['a second document', `${GET_FOLDER}${END}<a/>`, 'envelope-malformed'],
  ['an undeclared prefix', `<q:GetFolder/>${END}`, 'envelope-malformed'],
  ['the prefix bent', `<m:GetFolder xmlns:m="urn:x"/>${END}`, 'operation-unknown'],
  ['a header as operation', `<t:ExchangeImpersonation/>${END}`, 'operation-unknown'],
  ['bytes that are no UTF-8', `<m:GetFolder>\xff</m:GetFolder>${END}`, 'encoding-refused'],
  ['an unknown operation', `<m:LaunchMissiles/>${END}`, 'operation-unknown'],
  [
    'a foreign mailbox',
    `${GET_FOLDER.replace('/></m:FolderIds', '><t:Mailbox><t:EmailAddress>ceo@example.com</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:FolderIds')}${END}`,
    'foreign-mailbox',
  ],
]

t.test('R10 the rest after a cached prologue is read as without the cache', async t => {
  const server = await startGatewayTestServer(t)
  const known = prologue('user@example.com')
  const ask = async (text: string) => {
    const answered = await server.post(Buffer.from(text, 'latin1'))
    return reasonOf(server, answered)
  }
  for (const [number, [what, text, reason]] of CONTINUATIONS.entries()) {
    const fresh = known.replace('<s:Header>', `<s:Header>${' '.repeat(number + 1)}`)
    t.equal(await ask(`${fresh}${text}`), reason, `cold: ${what}`)
    t.equal(await ask(`${known}${GET_FOLDER}${END}`), 'allowed')
    t.equal(await ask(`${known}${text}`), reason, `warm: ${what}`)
  }
})

t.test('R10 namespaces of an operation are not cached with its prologue', async t => {
  const server = await startGatewayTestServer(t)
  const ask = async (operation: string) =>
    reasonOf(server, await server.post(envelope('user@example.com', operation)))
  const declared = GET_FOLDER.replaceAll('m:', 'q:')
  const declaration = `<q:GetFolder xmlns:q="${MESSAGES_NS}">`
  t.equal(await ask(declared.replace('<q:GetFolder>', declaration)), 'allowed')
  t.equal(await ask(declared), 'envelope-malformed')
  t.equal(await ask(GET_FOLDER.replace('FolderIds>', 'FolderIds xmlns:q="urn:x">')), 'allowed')
  t.equal(await ask(declared.replace('<q:GetFolder>', declaration)), 'allowed')
})

t.test('R10 cached prologues are not shared between principals', async t => {
  const server = await startGatewayTestServer(t)
  const carol = prologue('carol@example.com')
  const ask = async (auth: 'full' | 'readOnly', operation: string) =>
    reasonOf(server, await server.post(`${carol}${operation}${END}`, { auth }))
  t.equal(await ask('full', GET_FOLDER), 'allowed')
  t.equal(await ask('readOnly', GET_FOLDER), 'no-rule-allows')
  t.equal(await ask('readOnly', createItem('x')), 'role-is-read-only')
  t.equal(await ask('full', createItem('x')), 'allowed')
  t.equal(await ask('readOnly', GET_FOLDER), 'no-rule-allows', 'nor does a warm one of its own')

  const memory = new PrologueMemory()
  const bytes = Buffer.from(`${carol}${GET_FOLDER}${END}`)
  const reader = new EnvelopeReader()
  reader.write(bytes)
  t.ok(reader.remembered)
  if (reader.remembered) memory.add('one', bytes, reader.remembered)
  t.ok(memory.find('one', bytes))
  t.equal(memory.find('another', bytes), undefined)
})

t.test('R10 a cached prologue holds no user and no role', async t => {
  const server = await startGatewayTestServer(t)
  const ask = async () =>
    reasonOf(server, await server.post(envelope('bob@example.com', createItem('x'))))
  t.equal(await ask(), 'allowed')
  await server.changeRole(FULL.name, { type: 'READ_ONLY' })
  t.equal(await ask(), 'role-is-read-only')
  await server.changeRole(FULL.name, { rules: [] })
  t.equal(await ask(), 'no-rule-allows')
  await server.changeRole(FULL.name, {})
  t.equal(await ask(), 'allowed')
})

t.test('P2 R10 a prologue that differs in one place is another one', async t => {
  const server = await startGatewayTestServer(t, { keepSeen: 1 })
  const starts = HARMLESS.filter(({ bytes }) => bytes.length < 3_000).map(({ bytes }) => ({
    bytes,
    start: readEnvelope(bytes).operationStart,
  }))
  for (const { bytes } of starts) await server.post(bytes)
  const bytes = fc.constantFrom(...Buffer.from('<>/"\'=:& \n!?xtsmA0-\u00e9', 'latin1'))
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), fc.nat(), bytes, async (one, other, at, byte) => {
      const first = nth(starts, one)
      const second = nth(starts, other)
      const changed = Buffer.concat([
        first.bytes.subarray(0, first.start),
        second.bytes.subarray(second.start),
      ])
      changed[at % first.start] = byte
      const answered = await server.post(changed)
      if (reasonOf(server, answered) !== coldReason(changed)) return false
      const [seen] = server.sandbox.seen
      // A server that doesn't know the version reads no user.
      const impersonated = seen?.impersonated ?? OWN_HEADER.exec(seen?.body ?? '')?.[1] ?? ''
      return seen?.impersonationHeaders === 1 && /^(user|neutral)@/.test(impersonated)
    }),
    { numRuns: 400 },
  )
  t.notOk(server.sandbox.executed.some(({ as }) => as === SERVICE))
})

const OWN_HEADER = /<ConnectingSID><PrimarySmtpAddress>([^<]*)</

/** Returns the result of a reader without a cache, and of an independent decision. */
function coldReason(bytes: Uint8Array): string {
  try {
    const { prologue, facts } = readEnvelope(bytes)
    const { requestElement, connectingSid } = prologue
    const asked = { requestElement, ...(connectingSid && { connectingSid }), facts }
    const refused = reasonFor(FULL, asked)
    if (refused !== undefined) return refused
    // No client has a subscription in this test.
    if (facts.subscriptions.length > 0) return 'foreign-subscription'
    return facts.unknownMailbox ? 'foreign-mailbox' : 'allowed'
  } catch (error) {
    if (error instanceof Failure) return error.reason
    throw error
  }
}

function nth<T>(list: readonly T[], number: number): T {
  const found = list[number % list.length]
  if (found === undefined) throw new RangeError('The list is empty')
  return found
}

t.test('R10 a prologue may arrive in any two chunks', async t => {
  const server = await startGatewayTestServer(t)
  const body = envelope('user@example.com', GET_FOLDER)
  const start = prologue('user@example.com').length
  await server.post(body)
  const head =
    `POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n` +
    `Authorization: ${server.authorization('full')}\r\nContent-Length: ${body.length}\r\n\r\n`
  for (const at of [0, 1, 40, start - 6, start - 1, start, start + 1, start + 5, body.length - 1]) {
    const wire = new Wire(server.socket())
    const before = server.sandbox.seen.length
    await wire.send(`${head}${body.slice(0, at)}`)
    await until('the gateway has read it', () => wire.socket.bytesWritten === head.length + at)
    await wire.send(body.slice(at))
    const { status } = await wire.answer()
    t.equal(status, 200, `at ${at}`)
    t.equal(server.sandbox.seen[before]?.impersonated, 'user@example.com')
  }
})

/** The recorded reason, or `allowed`. */
function reasonOf(server: GatewayTestServer, { headers }: Answered): string {
  const id = headers['x-decision-id']
  const records = server.audit().filter(({ decisionId }) => decisionId === id)
  const decision = records.find(({ type }) => type === 'decision')
  return decision?.reason ?? (decision?.verdict === 'allow' ? 'allowed' : 'unrecorded')
}
