/**
 * The lenient sandbox reads like grommunio, and runs what has ended before the request has.
 */

import { connect, type Socket } from 'node:net'
import t from 'tap'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { until } from '../kit/until.ts'
import {
  AUTHORIZATION,
  as,
  createItem,
  envelope,
  getFolder,
  MESSAGES,
  post,
  SOAP,
  startSandbox,
  TYPES,
} from './client.ts'

const sandbox = await startSandbox({ lenient: true })
t.teardown(() => sandbox.close())

const sid = (inside: string) =>
  `<t:ExchangeImpersonation><t:ConnectingSID>${inside}</t:ConnectingSID></t:ExchangeImpersonation>`
const primary = (text: string) => sid(`<t:PrimarySmtpAddress>${text}</t:PrimarySmtpAddress>`)
const frame = (inside: string) =>
  `<s:Envelope xmlns:s="${SOAP}" xmlns:m="${MESSAGES}" xmlns:t="${TYPES}">${inside}</s:Envelope>`
const body = `<s:Body>${getFolder()}</s:Body>`
const SVC = 'svc@example.com'
const ALICE = 'alice@example.com'
const BOB = 'bob@example.com'

for (const [name, sent, actor] of [
  ['an empty value: the login user', envelope(getFolder(), sid('<t:PrimarySmtpAddress/>')), SVC],
  [
    'an empty value before a filled one: the login user',
    envelope(
      getFolder(),
      sid(`<t:PrimarySmtpAddress/><t:PrimarySmtpAddress>${ALICE}</t:PrimarySmtpAddress>`),
    ),
    SVC,
  ],
  ['two headers: the first', envelope(getFolder(), as(BOB) + as(ALICE)), BOB],
  [
    'a foreign namespace: honoured',
    envelope(
      getFolder(),
      `<x:ExchangeImpersonation xmlns:x="urn:other"><x:ConnectingSID><x:SmtpAddress>${ALICE}</x:SmtpAddress></x:ConnectingSID></x:ExchangeImpersonation>`,
    ),
    ALICE,
  ],
  [
    'SOAP 1.2: honoured',
    envelope(getFolder(), as(ALICE)).replaceAll(SOAP, 'http://www.w3.org/2003/05/soap-envelope'),
    ALICE,
  ],
  [
    'an undeclared prefix: honoured',
    envelope(getFolder(), as(ALICE).replaceAll('t:', 'q:')),
    ALICE,
  ],
  [
    'another case of ExchangeImpersonation: the login user',
    envelope(getFolder(), as(ALICE).replaceAll('ExchangeImpersonation', 'exchangeimpersonation')),
    SVC,
  ],
  [
    'another case of PrimarySmtpAddress: honoured',
    envelope(getFolder(), as(ALICE, 'primarysmtpaddress')),
    ALICE,
  ],
  ['text up to a comment', envelope(getFolder(), primary(`${ALICE}<!-- x -->.evil`)), ALICE],
  ['CDATA', envelope(getFolder(), primary(`<![CDATA[${ALICE}]]>`)), ALICE],
  ['a character reference', envelope(getFolder(), primary('&#97;lice@example.com')), ALICE],
  ['a leading comment', envelope(getFolder(), primary(`<!-- x -->${ALICE}`)), ALICE],
  ['an upper-case address', envelope(getFolder(), primary('ALICE@EXAMPLE.COM')), ALICE],
  ['an alias', envelope(getFolder(), primary('boss@example.com')), 'ceo@example.com'],
  ['a Header after the Body: honoured', frame(`${body}<s:Header>${as(ALICE)}</s:Header>`), ALICE],
  ['a second Header: ignored', frame(`<s:Header/><s:Header>${as(ALICE)}</s:Header>${body}`), SVC],
  [
    'a second Body: ignored',
    frame(`<s:Header>${as(ALICE)}</s:Header>${body}<s:Body><m:DeleteItem/></s:Body>`),
    ALICE,
  ],
  [
    'a second operation: ignored',
    frame(`<s:Header>${as(ALICE)}</s:Header><s:Body>${getFolder()}<m:DeleteItem/></s:Body>`),
    ALICE,
  ],
  [
    'a second document: ignored',
    envelope(getFolder(), as(ALICE)) + envelope('<m:DeleteItem/>'),
    ALICE,
  ],
] as const) {
  t.test(`readLenientImpersonation() ${name}`, async t => {
    const before = sandbox.executed.length
    const { status, headers } = await post(sandbox, sent)
    t.equal(status, 200)
    t.equal(headers.get('content-type'), 'text/xml', 'without charset')
    t.strictSame(
      sandbox.executed.slice(before).map(({ operation, as }) => [operation, as]),
      [['GetFolder', actor]],
    )
  })
}

for (const [name, sent, status] of [
  [
    'an entity of a DTD',
    `<!DOCTYPE x [<!ENTITY a "alice">]>${envelope(getFolder(), primary('&a;@example.com'))}`,
    200,
  ],
  ['blanks around the address', envelope(getFolder(), primary(` ${ALICE} `)), 200],
  ['a SID', envelope(getFolder(), as('S-1-5-21-1-2-3-1101', 'SID')), 200],
  ['a processing instruction inside', envelope(getFolder(), primary(`<?x y?>${ALICE}`)), 500],
  ['UTF-16', Buffer.from(`\ufeff${envelope(getFolder(), as(ALICE))}`, 'utf16le'), 500],
  ['an unknown operation', envelope('<m:FindEverything/>', as(ALICE)), 500],
] as const) {
  t.test(`readLenientImpersonation() rejects ${name}`, async t => {
    const before = sandbox.executed.length
    const { status: got, text } = await post(sandbox, sent)
    t.equal(got, status)
    t.match(text, /^<SOAP:Envelope/)
    t.notMatch(text, /ResponseCode/, 'the fault has no detail')
    t.equal(sandbox.executed.length, before)
  })
}

t.test('Sandbox (lenient) rejects what grommunio rejects', async t => {
  const sent = envelope(getFolder(), as(ALICE))
  const stream = new Blob([sent]).stream()
  const chunked = await fetch(sandbox.url, {
    method: 'POST',
    headers: { authorization: AUTHORIZATION, 'content-type': 'text/xml' },
    body: stream,
    duplex: 'half',
  } as RequestInit)
  t.equal(chunked.status, 400, 'a chunked request')
  t.equal(
    (await post(sandbox, sent, { 'content-encoding': 'gzip' })).status,
    400,
    'a compressed one',
  )
  const page = await fetch(sandbox.url, { headers: { authorization: AUTHORIZATION } })
  t.equal(page.status, 405, 'GET')
  const wsdl = new URL('/EWS/Services.wsdl', sandbox.url)
  t.equal((await fetch(wsdl, { headers: { authorization: AUTHORIZATION } })).status, 404, 'WSDL')
})

/** A request that is opened and not yet ended. */
async function open(sandbox: Sandbox, length: number): Promise<Socket> {
  const socket = connect(Number(new URL(sandbox.url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(
    `POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: x\r\nAuthorization: ${AUTHORIZATION}\r\n` +
      `Content-Type: text/xml; charset=utf-8\r\nContent-Length: ${length}\r\n\r\n`,
  )
  return socket
}

const whole = envelope(
  createItem('<t:Message><t:Subject>Early</t:Subject></t:Message>'),
  as('bob@example.com'),
)
const end = whole.indexOf('</m:CreateItem>') + '</m:CreateItem>'.length

t.test('R8 Sandbox (lenient) runs an operation as soon as its end tag is read', async t => {
  const sandbox = await startSandbox({ lenient: true })
  t.teardown(() => sandbox.close())
  const socket = await open(sandbox, whole.length)
  t.teardown(() => socket.destroy())
  socket.write(whole.slice(0, end - 1))
  await until('all but the end has come', () => sandbox.seen.at(-1)?.bytes === end - 1)
  t.strictSame(sandbox.executed, [], 'not before')
  socket.write('>')
  await until('it runs', () => sandbox.executed.length > 0)
  t.match(sandbox.executed, [{ operation: 'CreateItem', as: 'bob@example.com' }])
  t.ok(sandbox.mailbox('bob@example.com').subjects('drafts').includes('Early'))
  t.equal(sandbox.seen.at(-1)?.complete, false)
  socket.end(whole.slice(end))
  await until('the request is complete', () => sandbox.seen.at(-1)?.complete === true)
  t.equal(sandbox.executed.length, 1, 'and not again at the end')
})

t.test('R8 Sandbox never runs an operation without its end tag', async t => {
  for (const [lenient, length] of [
    [true, end - 1],
    [false, whole.length - 1],
  ] as const) {
    const sandbox = await startSandbox({ lenient })
    const socket = await open(sandbox, whole.length)
    socket.write(whole.slice(0, length))
    await until('all has come', () => sandbox.seen.at(-1)?.bytes === length)
    socket.destroy()
    await until('the header is read', () => sandbox.seen.at(-1)?.impersonationHeaders === 1)
    t.match(sandbox.seen.at(-1), { complete: false, impersonated: 'bob@example.com' })
    t.equal(sandbox.seen.at(-1)?.operation, 'CreateItem')
    t.strictSame(sandbox.executed, [])
    await sandbox.close()
  }
})
