/**
 * The form of a denial follows from User-Agent, which a client chooses. So it changes nothing else.
 */

import t from 'tap'
import { startGatewayTestServer } from '../kit/gateway-test-server.ts'
import type { JournalRecord } from '../kit/journal.ts'
import { until } from '../kit/until.ts'

const EVOLUTION = 'Evolution/3.56.1'
const OTHER = 'Other/1.0'

const envelope = (operation: string, who = 'alice@example.com') =>
  '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"' +
  ' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"' +
  ' xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><s:Header>' +
  `<t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>${who}</t:SmtpAddress>` +
  `</t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body>${operation}</s:Body></s:Envelope>`

const deleting = (count: number) =>
  `<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>${'<t:ItemId Id="a"/>'.repeat(count)}` +
  '</m:ItemIds></m:DeleteItem>'
const creating = (subject: string) =>
  '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>' +
  '<t:DistinguishedFolderId Id="drafts"/></m:SavedItemFolderId><m:Items><t:Message>' +
  `<t:Subject>${subject}</t:Subject><t:ToRecipients><t:Mailbox>` +
  '<t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message>' +
  '</m:Items></m:CreateItem>'
const UPDATE =
  '<m:UpdateItem ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>' +
  '<t:ItemId Id="a"/><t:Updates/></t:ItemChange></m:ItemChanges></m:UpdateItem>'
const HIERARCHY =
  '<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>' +
  '</m:SyncFolderHierarchy>'

const MESSAGE = /<m:\w+ResponseMessage ResponseClass="Error">/g
const server = await startGatewayTestServer(t)

/** Fields of records that differ from request to request, and those in which the form appears. */
const VARYING = ['at', 'decisionId', 'durationMs', 'knowledgeAgeMs', 'userAgent', 'requestBytes']
const FORM = ['status', 'responseBytes']

const without = (record: JournalRecord, fields: readonly string[]) =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !fields.includes(name)))

/** Counters of requests, without time. */
const counted = async () =>
  (await server.metrics())
    .split('\n')
    .filter(line => line.startsWith('ews_gateway_') && /requests?_total|denials/.test(line))

/** Posts a request; returns its response and its records. */
async function post(body: string, userAgent: string, auth: 'full' | 'readOnly') {
  const before = server.audit().length
  const answered = await server.post(body, { auth, headers: { 'User-Agent': userAgent } })
  await until('both records are written', () => server.audit().length === before + 2)
  return { ...answered, records: server.audit().slice(before) }
}

for (const [title, body, auth, messages] of [
  ['one item', envelope(deleting(1)), 'readOnly', 1],
  ['three items', envelope(deleting(3)), 'readOnly', 3],
  ['as many items as Evolution names', envelope(deleting(500)), 'readOnly', 500],
  ['more', envelope(deleting(501)), 'readOnly', 0],
  ['no item', envelope(deleting(0)), 'readOnly', 0],
  ['an item with children', envelope(creating('Hello')), 'readOnly', 1],
  ['no list', envelope(HIERARCHY, 'ceo@example.com'), 'full', 1],
  ['an operation that is not in the table', envelope(UPDATE), 'readOnly', 0],
  ['an unknown operation', envelope('<m:NoSuchOperation/>'), 'full', 0],
  ['a streamed request', envelope(creating('x'.repeat(300_000))), 'readOnly', 0],
] as const)
  t.test(`a denial of ${title} differs only in its form`, async t => {
    const other = await post(body, OTHER, auth)
    const evolution = await post(body, EVOLUTION, auth)
    t.equal(other.status, 500)
    t.equal(evolution.status, messages === 0 ? 500 : 200)
    t.equal(evolution.text.match(MESSAGE)?.length ?? 0, messages)
    t.equal(evolution.headers['content-type'], 'text/xml; charset=utf-8', 'DavMail compares it')
    const id = evolution.records[0]?.decisionId ?? 'none'
    t.equal(evolution.headers['x-decision-id'], id)
    t.match(evolution.text, id)
    const ignored = messages === 0 ? VARYING : [...VARYING, ...FORM]
    t.strictSame(
      evolution.records.map(record => without(record, ignored)),
      other.records.map(record => without(record, ignored)),
    )
    t.strictSame(
      evolution.records.map(({ verdict = 'deny' }) => verdict),
      ['deny', 'deny'],
    )
    t.strictSame(server.sandbox.seen, [], 'P1 nothing reaches the server')
  })

t.test('R2 messages about users who are unknown and not permitted are the same', async t => {
  const texts = []
  for (const who of ['ceo@example.com', 'nobody@example.com']) {
    const { text, records } = await post(envelope(HIERARCHY, who), EVOLUTION, 'full')
    texts.push(text.replaceAll(records[0]?.decisionId ?? '', ''))
  }
  t.equal(texts[0], texts[1])
})

t.test('a request that is denied before it is complete', async t => {
  for (const [title, rest, status, count] of [
    ['is read to its end', '</m:ItemIds></m:DeleteItem></s:Body></s:Envelope>', 200, 1],
    ['gets the fault of its denial if the rest is malformed', '</m:ItemIds></m:x>', 500, 0],
  ] as const) {
    const before = server.audit().length
    const whole = envelope(deleting(1))
    const begun = whole.slice(0, whole.indexOf('</m:ItemIds>'))
    const socket = server.socket().setEncoding('utf8')
    socket.write(
      `POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: x\r\nUser-Agent: ${EVOLUTION}\r\n` +
        `Authorization: ${server.authorization('readOnly')}\r\nContent-Type: text/xml\r\n` +
        `Content-Length: ${begun.length + rest.length}\r\nConnection: close\r\n\r\n${begun}`,
    )
    await until('the denial is recorded', () => server.audit().length === before + 1)
    socket.write(rest)
    let text = ''
    for await (const chunk of socket) text += chunk
    t.ok(text.startsWith(`HTTP/1.1 ${status} `), title)
    t.equal(text.match(MESSAGE)?.length ?? 0, count, title)
    t.match(text, 'ErrorAccessDenied')
    await until('the outcome is recorded', () => server.audit().length === before + 2)
    t.equal(server.audit().at(-2)?.reason, 'role-is-read-only')
  }
})

t.test('metrics count a denial in either form alike', async t => {
  const start = await counted()
  await post(envelope(deleting(1)), OTHER, 'readOnly')
  const faults = await counted()
  await post(envelope(deleting(1)), EVOLUTION, 'readOnly')
  const messages = await counted()
  const grown = (from: readonly string[], to: readonly string[]) =>
    to.filter(line => !from.includes(line)).map(line => line.slice(0, line.lastIndexOf(' ')))
  t.ok(grown(start, faults).length > 0)
  t.strictSame(grown(faults, messages), grown(start, faults))
})
