/**
 * Attacks the running gateway. Only the request that it decided on may reach the upstream, under a header
 * that the gateway wrote.
 */

import type { Test } from 'tap'
import t from 'tap'
import { type Fixture, HARMLESS, HOSTILE } from '../../fixtures/hostile/documents.ts'
import { readEnvelope } from '../../src/ews/reader.ts'
import { codeOf, decisionIn, envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  type Answered,
  FULL,
  type GatewayTestServer,
  NEUTRAL,
  READ_ONLY,
  type RoleSeed,
  SERVICE,
  startGatewayTestServer,
  XML,
} from '../kit/gateway-test-server.ts'
import type { JournalRecord } from '../kit/journal.ts'
import { Wire } from '../kit/wire.ts'
import { Differences } from './differences.ts'
import { reasonFor } from './expected.ts'

/** The table of design and rulings, written out once more. */
const CODES: Readonly<Record<string, string>> = {
  'no-rule-allows': 'ErrorImpersonateUserDenied',
  'rule-denies': 'ErrorImpersonateUserDenied',
  'unknown-user': 'ErrorImpersonateUserDenied',
  'role-is-read-only': 'ErrorAccessDenied',
  'operation-refused': 'ErrorAccessDenied',
  'operation-unknown': 'ErrorAccessDenied',
  'push-subscription': 'ErrorAccessDenied',
  'foreign-mailbox': 'ErrorAccessDenied',
  'grant-refused': 'ErrorAccessDenied',
  'sender-refused': 'ErrorAccessDenied',
  'header-refused': 'ErrorAccessDenied',
  'impersonation-missing': 'ErrorInvalidExchangeImpersonationHeaderData',
  'impersonation-ambiguous': 'ErrorInvalidExchangeImpersonationHeaderData',
  'envelope-malformed': 'ErrorSchemaValidation',
  'encoding-refused': 'ErrorSchemaValidation',
}

/**
 * Returns the expected reason of a hostile request. Its type or user can be denied before its body is read.
 */
const hostileReason = (role: RoleSeed, { name, expected }: Fixture) =>
  (expected && reasonFor(role, expected)) ?? name.split('--')[0] ?? ''

const harmlessReason = (role: RoleSeed, { expected }: Fixture) =>
  expected && reasonFor(role, expected)

type Sent = Readonly<{ name: string; answered: Answered; expected: string | undefined }>

t.test('P2 P3 every hostile request is rejected before a strict server', async t => {
  const server = await startGatewayTestServer(t)
  const sent: Sent[] = []
  for (const role of [FULL, READ_ONLY]) {
    const auth = server.client(role.name).key
    for (const fixture of HOSTILE) {
      const answered = await server.post(fixture.bytes, { auth })
      const expected = hostileReason(role, fixture)
      sent.push({ name: `${role.name} ${fixture.name}`, answered, expected })
    }
  }
  t.ok(sent.length >= 1_224)
  checkAnswers(t, server, sent)
  t.strictSame(server.sandbox.seen, [], 'the server saw none of it')
  t.strictSame(server.sandbox.executed, [])
})

for (const lenient of [false, true]) {
  const kind = lenient ? 'lenient' : 'strict'

  t.test(`P1 P2 R7 a ${kind} server gets harmless requests in the gateway's own frame`, async t => {
    const server = await startGatewayTestServer(t, { lenient })
    const sent: Sent[] = []
    const differences = new Differences()
    for (const role of [FULL, READ_ONLY]) {
      const auth = server.client(role.name).key
      for (const fixture of HARMLESS) {
        const name = `${role.name} ${fixture.name}`
        const before = server.sandbox.seen.length
        await server.ownSubscriptionsIn(fixture.bytes, role.name, 'user@example.com')
        const answered = await server.post(fixture.bytes, { auth })
        const expected = harmlessReason(role, fixture)
        sent.push({ name, answered, expected })
        const seen = server.sandbox.seen.slice(before)
        differences.compare(`${name} reaches the server or not`, seen.length, expected ? 0 : 1)
        for (const request of seen) compareForwarded(differences, name, fixture, request)
      }
    }
    checkAnswers(t, server, sent)
    differences.assertNone(t, 'only the operation of a forwarded request is the client’s', 1_000)
    const allowed = sent.filter(({ expected }) => expected === undefined)
    t.ok(allowed.length > 150)
    t.equal(server.sandbox.seen.length, allowed.length)
    t.notOk(server.sandbox.executed.some(({ as }) => as === SERVICE || as === 'ceo@example.com'))
  })
}

/** Checks the fault and the records of each rejected request. */
function checkAnswers(t: Test, server: GatewayTestServer, sent: readonly Sent[]): void {
  const records = new Map<string, JournalRecord[]>()
  for (const record of server.audit())
    records.set(record.decisionId, [...(records.get(record.decisionId) ?? []), record])

  const differences = new Differences()
  for (const { name, answered, expected } of sent) {
    const { status, headers } = answered
    const id = String(headers['x-decision-id'])
    const [decision, outcome, ...more] = records.get(id) ?? []
    differences.compare(
      `${name}: its records`,
      [decision?.type, decision?.verdict === 'allow', decision?.reason, outcome?.['status'], more],
      ['decision', expected === undefined, expected, status, []],
    )
    if (expected === undefined) continue
    differences.compare(
      `${name}: its fault`,
      [outcome?.['responseCode'], outcome?.['ended'], ...faultOf(answered)],
      [CODES[expected], 'fault', CODES[expected], id, 500, XML, true],
    )
  }
  differences.assertNone(t, 'P7 P10 each has the fault of its own reason', sent.length)
}

/** Parts of a fault that clients read. */
const faultOf = ({ status, headers, text }: Answered) => [
  codeOf(text),
  decisionIn(text),
  status,
  headers['content-type'],
  text.startsWith('<?xml version="1.0" encoding="utf-8"?><'),
]

/** Once each in what the gateway writes before an operation. */
const ONCE = /<(?:[^\s<>/:]+:)?(Envelope|Header|ExchangeImpersonation|ConnectingSID|Body)\b/g
const HEAD = /^<\?xml version="1.0" encoding="utf-8"\?><[^<>]*Envelope\b/
const TAIL = /^<\/[^<>\s]+> *<\/[^<>\s]+>$/

/** The bytes that a server gets of a request that was allowed. */
function compareForwarded(
  differences: Differences,
  name: string,
  { bytes, expected }: Fixture,
  seen: GatewayTestServer['sandbox']['seen'][number],
): void {
  const as = expected?.connectingSid === undefined ? NEUTRAL : 'user@example.com'
  const { operationStart, operationEnd } = readEnvelope(bytes)
  const operation = bytes.toString('latin1', operationStart, operationEnd)
  const [head = '', tail = '', ...more] = splitAround(seen.body, operation)
  const identifier = `<ConnectingSID><PrimarySmtpAddress>${as}</PrimarySmtpAddress></ConnectingSID>`
  differences.compare(
    `P1 ${name} has one impersonation header, which is the gateway's`,
    [seen.impersonationHeaders, head.split(identifier).length - 1, seen.impersonated],
    [1, 1, as],
  )
  differences.compare(
    `P2 ${name} has a frame of the gateway's own`,
    [[...head.matchAll(ONCE)].map(([, local]) => local), HEAD.test(head), TAIL.test(tail)],
    [['Envelope', 'Header', 'ExchangeImpersonation', 'ConnectingSID', 'Body'], true, true],
  )
  differences.compare(
    `P2 ${name} has nothing of the client's in its frame`,
    [/<!|<\?(?!xml )/.test(head), more],
    [false, []],
  )
  differences.compare(
    `R7 ${name} is padded and as long as it says`,
    [tail.length, seen.headers['content-length'], seen.headers['transfer-encoding']],
    [bytes.length - operationEnd, String(seen.bytes), undefined],
  )
}

/** Returns the text before and after the only occurrence. A second occurrence would add a third part. */
function splitAround(text: string, part: string): string[] {
  const at = text.indexOf(part)
  const again = text.indexOf(part, at + 1)
  const parts = [text.slice(0, at), text.slice(at + part.length)]
  return at >= 0 && again < 0 ? parts : [...parts, `at ${at} and ${again}`]
}

/** Requests other than `POST /EWS/Exchange.asmx`, and their status with valid credentials. */
const ELSEWHERE: readonly (readonly [line: string, status: number])[] = [
  ['POST /', 404],
  ['POST /EWS', 404],
  ['POST /EWS/', 404],
  ['POST /EWS/Exchange.asmx/', 404],
  ['POST /EWS/Exchange.asmx/x', 404],
  ['POST /EWS/Exchange.asmx?x', 404],
  ['POST /EWS/Exchange.asmx?wsdl', 404],
  ['POST /EWS/Exchange.asmx#x', 404],
  ['POST /EWS/Exchange.asmx;x', 404],
  ['POST /EWS//Exchange.asmx', 404],
  ['POST //EWS/Exchange.asmx', 404],
  ['POST /./EWS/Exchange.asmx', 404],
  ['POST /x/../EWS/Exchange.asmx', 404],
  ['POST /EWS/%45xchange.asmx', 404],
  ['POST /EWS%2FExchange.asmx', 404],
  ['POST /EWS\\Exchange.asmx', 404],
  ['POST /EWS/Exchange.asmx.cs', 404],
  ['POST /ecp/default.aspx', 404],
  ['POST /owa/service.svc', 404],
  ['POST /EWS/Services.wsdl', 404],
  ['POST http://mail.example.com/EWS/Exchange.asmx', 404],
  ['POST EWS/Exchange.asmx', 400],
  ['PUT /EWS/Exchange.asmx', 404],
  ['PATCH /EWS/Exchange.asmx', 404],
  ['DELETE /EWS/Exchange.asmx', 404],
  ['OPTIONS /EWS/Exchange.asmx', 404],
  ['OPTIONS *', 404],
  ['TRACE /EWS/Exchange.asmx', 404],
  ['PROPFIND /EWS/Exchange.asmx', 404],
  ['post /EWS/Exchange.asmx', 400],
  ['GET /EWS/Exchange.asmx', 200],
]

t.test('P3 no other path or method is served, or reaches the server', async t => {
  const server = await startGatewayTestServer(t)
  const body = envelope('user@example.com', GET_FOLDER)
  for (const [line, status] of ELSEWHERE) {
    const wire = new Wire(server.socket())
    await wire.send(
      `${line} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nAuthorization: ` +
        `${server.authorization('full')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    t.equal((await wire.answer()).status, status, line)
  }
  t.strictSame(server.sandbox.seen, [])
  t.equal(
    (await server.post(body, { path: '/ews/EXCHANGE.ASMX' })).status,
    200,
    'case is no matter',
  )
})

t.test('P3 no other version of HTTP is served, or reaches the server', async t => {
  const server = await startGatewayTestServer(t)
  const body = envelope('user@example.com', GET_FOLDER)
  for (const [version, status] of [
    ['', 505],
    [' HTTP/0.9', 505],
    [' HTTP/2.0', 505],
    [' HTTP/1.2', 400],
    [' HTTP/3.0', 400],
    [' HTTP/1.0', 200],
  ] as const) {
    const wire = new Wire(server.socket())
    await wire.send(
      `POST /EWS/Exchange.asmx${version}\r\nHost: x\r\nContent-Type: text/xml\r\nAuthorization: ` +
        `${server.authorization('full')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    t.equal((await wire.answer()).status, status, `version${version}`)
  }
  t.equal(server.sandbox.seen.length, 1)
})

t.test('P3 no other Content-Type or Content-Encoding is accepted', async t => {
  const server = await startGatewayTestServer(t)
  const body = envelope('user@example.com', GET_FOLDER)
  const refused: Record<string, string>[] = [
    'application/soap+xml; charset=utf-8',
    'application/xml',
    'multipart/related; type="application/xop+xml"',
    'text/xml; charset=utf-16',
    'text/xml; charset=iso-8859-1',
    'text/xml; charset=utf-8; charset=utf-7',
    'text/xml; boundary=x; charset=utf-8',
    'text/xml, text/xml',
    'text/xmlx',
    'text/html',
    '',
  ].map(type => ({ 'Content-Type': type }))
  refused.push(
    ...['gzip', 'deflate', 'br', 'identity, gzip', 'x'].map(encoding => ({
      'Content-Encoding': encoding,
    })),
  )
  for (const headers of refused) {
    const answered = await server.post(body, { headers })
    t.strictSame(
      [answered.status, codeOf(answered.text), answered.headers['content-type']],
      [500, 'ErrorSchemaValidation', XML],
      JSON.stringify(headers),
    )
  }
  const reasons = server.audit().flatMap(({ reason = [] }) => reason)
  t.strictSame([...new Set(reasons)], ['encoding-refused'])
  t.equal(reasons.length, refused.length)
  t.strictSame(server.sandbox.seen, [])
  for (const type of ['text/xml', 'TEXT/XML;charset="UTF-8"', 'text/xml ; charset=utf-8 '])
    t.equal((await server.post(body, { headers: { 'Content-Type': type } })).status, 200, type)
})
