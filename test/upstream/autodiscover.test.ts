/**
 * The upstream's Autodiscover: the gateway's own question, the responses that say something, and what a failure there
 * doesn't touch.
 */

import t from 'tap'
import { groupingRequest } from '../../src/ews/autodiscover/grouping.ts'
import { AUTODISCOVER_NS, SOAP_NS } from '../../src/model/envelope.ts'
import type { UpstreamAutodiscover } from '../../src/upstream/autodiscover.ts'
import type { Upstream } from '../../src/upstream/upstream.ts'
import { type Answer, answerOf, ask, OK, record, upstreamOf } from './recorder.ts'

type Asking = UpstreamAutodiscover['groupingInformation']

const TYPE = ['Content-Type: text/xml; charset=utf-8']
const SITE = 'Default-First-Site-Name'
const setting = (value: string, name = 'GroupingInformation') =>
  `<UserSetting><Name>${name}</Name>${value}</UserSetting>`
const user = (content: string, code = 'NoError') =>
  `<UserResponse><ErrorCode>${code}</ErrorCode><UserSettings>${content}</UserSettings></UserResponse>`
const response = (users: string, code = 'NoError') =>
  `<s:Envelope xmlns:s="${SOAP_NS}"><s:Body><GetUserSettingsResponseMessage xmlns="${AUTODISCOVER_NS}"><Response>` +
  `<ErrorCode>${code}</ErrorCode><UserResponses>${users}</UserResponses></Response></GetUserSettingsResponseMessage>` +
  '</s:Body></s:Envelope>'
const VALUE = `<Value>${SITE}</Value>`
const FOUND = response(user(setting(VALUE)))
const UNREADABLE = { name: 'Failure', reason: 'upstream-unreachable' }

const groupingOf = async (upstream: Upstream, ...asked: Parameters<Asking>): Promise<unknown> =>
  (upstream.autodiscover as UpstreamAutodiscover).groupingInformation(...asked)

const start = async (t: Parameters<typeof record>[0], answer: Answer) => {
  const server = await record(t, answer)
  const url = new URL('/autodiscover/autodiscover.svc', server.url).href
  return { server, url, upstream: upstreamOf(t, server.url, { autodiscover: { url } }) }
}
const isDiscovery = ({ head }: { head: string }) => head.startsWith('POST /autodiscover/')

t.test('groupingInformation() sends only one mailbox', async t => {
  const { server, url, upstream } = await start(t, socket =>
    socket.write(answerOf('200 OK', TYPE, FOUND)),
  )
  const address = "a&b'<c>@example.com"
  t.equal(await groupingOf(upstream, address), SITE)
  const body = groupingRequest(address, url).toString()
  t.match(body, /<a:Mailbox>a&amp;b(?:'|&#39;|&apos;)&lt;c(?:>|&gt;)@example.com<\/a:Mailbox>/)
  t.match(body, new RegExp(`<w:To>${url}</w:To>`))
  t.strictSame(server.requests, [
    {
      head:
        `POST /autodiscover/autodiscover.svc HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n` +
        'connection: keep-alive\r\nContent-Type: text/xml; charset=utf-8\r\nAccept: text/xml\r\n' +
        'Accept-Encoding: identity\r\nUser-Agent: ews-gateway/0\r\n' +
        `X-AnchorMailbox: ${address}\r\n` +
        `Authorization: Basic ${Buffer.from('svc:pä:ss').toString('base64')}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n`,
      body,
    },
  ])
  t.equal(upstreamOf(t, server.url).autodiscover, undefined, 'none without a URL')
})

t.test('groupingInformation() reads the response, or returns undefined', async t => {
  let text = ''
  let status = '200 OK'
  const { upstream } = await start(t, socket => socket.write(answerOf(status, TYPE, text)))
  for (const [what, answered, expected] of [
    ['a value', FOUND, SITE],
    ['references', response(user(setting('<Value>A&amp;B</Value>'))), 'A&B'],
    [
      'other settings',
      response(user(setting('<Value>x</Value>', 'EwsUrl') + setting(VALUE))),
      SITE,
    ],
    ['no setting', response(user('')), undefined],
    ['no value', response(user(setting(''))), undefined],
    ['elements in the value', response(user(setting('<Value><b/>x</Value>'))), undefined],
    ['a long value', response(user(setting(`<Value>${'x'.repeat(1_025)}</Value>`))), undefined],
    [
      'a value in another namespace',
      response(user(setting(`<Value xmlns="urn:x">${SITE}</Value>`))),
      undefined,
    ],
    ['a mailbox that there is not', response(user('', 'InvalidUser')), undefined],
    ['a mailbox elsewhere', response(user(setting(VALUE), 'RedirectUrl')), undefined],
  ] as const) {
    text = answered
    t.equal(await groupingOf(upstream, 'a@example.com'), expected, what)
  }
  for (const [what, answered, answeredStatus = '200 OK'] of [
    ['two settings', response(user(setting(VALUE) + setting(VALUE)))],
    ['two users', response(user(setting(VALUE)) + user(setting(VALUE)))],
    ['no user', response('', 'InvalidRequest')],
    ['a server that is busy', response(user('', 'ServerBusy'))],
    ['a server that fails', response(user('', 'InternalServerError'))],
    ['no envelope', '<a/>'],
    ['half of it', FOUND.slice(0, -20)],
    ['a DTD', `<!DOCTYPE s>${FOUND}`],
    ['more than 1 MiB', FOUND.replace('<s:Body>', `<s:Body>${' '.repeat(1_048_576)}`)],
    [
      'a fault',
      `<s:Envelope xmlns:s="${SOAP_NS}"><s:Body><s:Fault><faultcode>s:Client</faultcode></s:Fault></s:Body></s:Envelope>`,
      '500 Internal Server Error',
    ],
    ['another page', FOUND, '302 Found'],
    ['no such page', '', '404 Not Found'],
  ] as const) {
    text = answered
    status = answeredStatus
    const failing = groupingOf(upstream, 'a@example.com')
    await t.rejects(failing, UNREADABLE, what)
  }
})

t.test('groupingInformation() waits until its deadline, also for a slow response', async t => {
  const answers: readonly Answer[] = [
    () => undefined,
    socket => socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<'),
  ]
  for (const answer of answers) {
    const { server, upstream } = await start(t, answer)
    const late = groupingOf(upstream, 'a@example.com', 50)
    await t.rejects(late, { name: 'Failure', reason: 'upstream-timeout' })
    await server.quiet()
  }
})

t.test(
  'A rejection by Autodiscover leaves EWS alone, and one by EWS stops Autodiscover',
  async t => {
    const time = { now: 1_000 }
    const statuses = { ews: '200 OK', discovery: '401 Unauthorized' }
    const server = await record(t, (socket, number) => {
      const isOne = isDiscovery(server.requests[number] ?? { head: '' })
      const status = isOne ? statuses.discovery : statuses.ews
      socket.write(status === '200 OK' && !isOne ? OK : answerOf(status, TYPE, FOUND))
    })
    const url = new URL('/autodiscover/autodiscover.svc', server.url).href
    const upstream = upstreamOf(t, server.url, { autodiscover: { url }, now: () => time.now })
    const discover = () => groupingOf(upstream, 'a@example.com')
    const questions = () => server.requests.filter(isDiscovery).length
    const REJECTED = { name: 'Failure', reason: 'upstream-refused-credentials' }

    await t.rejects(discover(), REJECTED)
    await t.rejects(discover(), REJECTED, 'it rests')
    t.equal(questions(), 1)
    t.equal((await ask(upstream)).failure, undefined, 'requests of EWS continue')
    t.equal(upstream.status().state, 'up')

    time.now += 60_000
    statuses.discovery = '200 OK'
    t.equal(await discover(), SITE)
    statuses.ews = '401 Unauthorized'
    t.match((await ask(upstream)).failure, REJECTED)
    await t.rejects(discover(), REJECTED, 'the account is not tried there')
    t.equal(questions(), 2)
  },
)

t.test('close() waits for a request in flight, and accepts no more', async t => {
  const { server, upstream } = await start(t, socket =>
    setImmediate(() => socket.write(answerOf('200 OK', TYPE, FOUND))),
  )
  const asked = groupingOf(upstream, 'a@example.com')
  const closing = upstream.close()
  t.equal(await asked, SITE)
  await closing
  await t.rejects(groupingOf(upstream, 'a@example.com'), UNREADABLE)
  t.equal(server.requests.length, 1)
})
