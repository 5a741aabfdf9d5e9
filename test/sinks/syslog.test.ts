import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import t, { type Test } from 'tap'
import { Secret } from '../../src/model/secret.ts'
import { gatewayFormat } from '../../src/sinks/gateway-format.ts'
import { SyslogSender } from '../../src/sinks/syslog.ts'
import { frameOf } from '../../src/sinks/syslog-message.ts'
import { makeCertificates } from '../kit/certificates.ts'
import { testFolder } from '../kit/folder.ts'
import { startJournal, WRITER } from './journal.ts'

const read = makeCertificates(testFolder(t), [
  { name: 'logs', alternative: 'IP:127.0.0.1,DNS:localhost' },
  { name: 'gateway', alternative: 'DNS:gateway' },
])
const CA = { ca: read('ca.crt') }

const AT = '2026-11-28T00:00:00.000Z'
const SOURCE = { host: 'gateway1.example.com', version: '1.0', format: gatewayFormat }

const record = (members: object) => ({
  id: `${WRITER}/1/2`,
  sequence: 2,
  members: { type: 'decision', at: AT, ...members },
})

/** Splits a stream into messages, as RFC 5425 frames them. */
function messagesIn(stream: Buffer): string[] {
  const messages: string[] = []
  for (let rest = stream; rest.length > 0; ) {
    const space = rest.indexOf(' ')
    const length = Number(rest.toString('utf8', 0, space))
    messages.push(rest.toString('utf8', space + 1, space + 1 + length))
    rest = rest.subarray(space + 1 + length)
  }
  return messages
}

const messageOf = (members: object, source = SOURCE) =>
  messagesIn(Buffer.from(frameOf(record(members), source)))[0] ?? ''

const jsonIn = (message: string) => JSON.parse(message.slice(message.indexOf('{')))

t.test('frameOf() writes a message of RFC 5424', async t => {
  const json = `{"id":"${WRITER}/1/2","type":"decision","at":"${AT}","verdict":"deny","name":"J\u00fcrgen \u2603"}`
  t.equal(
    messageOf({ verdict: 'deny', name: 'J\u00fcrgen \u2603' }),
    `<108>1 ${AT} gateway1.example.com ews-gateway ${WRITER} decision [origin software="ews-gateway" swVersion="1.0"] ${json}`,
  )
})

t.test('P7 frameOf() escapes what ends a line or controls a terminal', async t => {
  const userAgent = 'a\u0085b\u009b2Jc\u2028d\u202ee\u2066'
  const message = messageOf({ userAgent })
  t.match(message, /^[ -~]+$/)
  t.equal(jsonIn(message).userAgent, userAgent)
  const long = messageOf({ userAgent: '\u009b'.repeat(2_000) })
  t.ok(Buffer.byteLength(long) <= 8_192, 'the escapes count')
  t.strictSame(jsonIn(long).omitted, ['userAgent'])
})

t.test('frameOf() writes the severity, and only printable text in the header', async t => {
  for (const [members, priority] of [
    [{ verdict: 'allow' }, 110],
    [{ verdict: 'error' }, 107],
    [{ outcome: 'ABORTED' }, 108],
    [{ outcome: 'invented' }, 110],
    [{}, 110],
  ] as const)
    t.match(messageOf(members), new RegExp(`^<${priority}>1 `))
  t.match(frameOf({ ...record({ verdict: 'deny' }), alert: 'tamper' }, SOURCE), /^\d+ <105>1 /)
  const source = { ...SOURCE, host: '', version: 'a"b]c\\d' }
  const hostile = messageOf({ type: `a b\n${'x'.repeat(40)}`, at: '1 2' }, source)
  t.ok(
    hostile.startsWith(
      `<110>1 12 - ews-gateway ${WRITER} ab${'x'.repeat(30)} [origin software="ews-gateway" swVersion="a\\"b\\]c\\\\d"] {`,
    ),
    hostile,
  )
})

t.test('frameOf() leaves out the longest members of a long record', async t => {
  const items = Array.from({ length: 100 }, (_, n) => `${n}-\u2603`.padEnd(100, 'x'))
  const whole = { folders: ['f'], items, verdict: 'deny', decisionId: 'd' }
  const { items: _, ...rest } = whole
  const message = messageOf(whole)
  t.strictSame(jsonIn(message), {
    id: `${WRITER}/1/2`,
    type: 'decision',
    at: AT,
    ...rest,
    omitted: ['items'],
  })
  for (const length of [10, 50, 79, 80, 81, 90])
    t.ok(Buffer.byteLength(messageOf({ ...whole, items: items.slice(0, length) })) <= 8_192)
  const two = messageOf({ before: 'x'.repeat(9_000), after: 'y'.repeat(10_000) })
  t.strictSame(jsonIn(two).omitted, ['after', 'before'])
})

/** A server that does with each connection what the test wants, and a sink that sends to it. */
async function startSyslog(
  t: Test,
  serve: (socket: TLSSocket) => unknown,
  options: TlsOptions = {},
) {
  const server = createServer({
    cert: read('logs.crt'),
    key: read('logs.key'),
    ca: read('ca.crt'),
    requestCert: true,
    rejectUnauthorized: false,
    allowHalfOpen: true,
    ...options,
  })
  server.on('secureConnection', socket => {
    socket.on('error', () => undefined)
    void serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const journal = startJournal(t)
  const senderTo = (tls: ConstructorParameters<typeof SyslogSender>[0]['tls']) =>
    new SyslogSender({ ...SOURCE, address: { host: '127.0.0.1', port }, tls })
  return { ...journal, senderTo }
}

/** Reads what a client sends until it ends the connection, whose other half stays open. */
async function readToEnd(socket: TLSSocket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  await once(socket, 'end')
  return Buffer.concat(chunks)
}

const namesIn = (stream: Buffer) => messagesIn(stream).map(message => jsonIn(message).name)

t.test(
  'R37 a syslog receiver gets each record in order, and its end acknowledges them',
  async t => {
    const got: string[][] = []
    const { senderTo, follow, append, logged } = await startSyslog(t, async socket => {
      got.push(namesIn(await readToEnd(socket)))
      t.equal(socket.getPeerX509Certificate()?.subject, 'CN=gateway')
      socket.end()
    })
    const clientCertificate = {
      certificate: read('gateway.crt'),
      privateKey: new Secret(read('gateway.key')),
    }
    const follower = follow(senderTo({ ...CA, clientCertificate }))
    append({ type: 'change', name: 'a' }, { type: 'change', name: 'b' })
    await follower.drain()
    append({ type: 'change', name: 'c' })
    await follower.drain()
    t.strictSame(got, [['a', 'b'], ['c']])
    t.strictSame(logged, [])
  },
)

for (const [what, serve, message] of [
  [
    'closes without reading',
    (socket: TLSSocket) => socket.destroy(),
    /closed|ECONNRESET|EPIPE|ended/,
  ],
  [
    'ends before the end of the records',
    (socket: TLSSocket) => socket.end(),
    /ended|closed|ECONNRESET/,
  ],
] as const)
  t.test(`R37 records are sent again if a syslog receiver ${what}`, async t => {
    const got: string[][] = []
    let isBroken = true
    const answer = async (socket: TLSSocket) => {
      if (isBroken) return serve(socket)
      got.push(namesIn(await readToEnd(socket)))
      return socket.end()
    }
    // With TLS 1.2, the server's end comes right after its handshake.
    const syslog = await startSyslog(t, answer, { maxVersion: 'TLSv1.2' })
    const { senderTo, follow, append, logged, clock } = syslog
    const follower = follow(senderTo(CA))
    const long = 'x'.repeat(5_000)
    append(...Array.from({ length: 100 }, (_, n) => ({ type: 'change', name: `${n}`, long })))
    await follower.drain()
    t.match(logged, [message])
    isBroken = false
    clock.now += 60_000
    await follower.drain()
    t.strictSame(
      got.flat(),
      Array.from({ length: 100 }, (_, n) => `${n}`),
    )
  })

t.test('R37 a syslog receiver that never ends the connection has acknowledged nothing', async t => {
  const { senderTo, follow, append, logged } = await startSyslog(t, socket => socket.resume())
  const follower = follow(senderTo(CA), { deadlineMs: 50 })
  append({ type: 'change', name: 'a' })
  await follower.drain()
  t.match(logged, [/timeout/])
})

t.test('SyslogSender verifies the certificate', async t => {
  const { senderTo, follow, append, logged } = await startSyslog(t, socket => socket.resume())
  append({ type: 'change', name: 'a' })
  await follow(senderTo({})).drain()
  t.match(logged, [/self-signed|unable to verify/])
})
