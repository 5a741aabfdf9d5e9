import t, { type Test } from 'tap'
import { newWriter } from '../../src/audit/segments.ts'
import { Secret } from '../../src/model/secret.ts'
import { gatewayFormat } from '../../src/sinks/gateway-format.ts'
import type { Selection } from '../../src/sinks/record.ts'
import type { SinkOptions } from '../../src/sinks/sink.ts'
import { signatureOf, WebhookSender } from '../../src/sinks/webhook.ts'
import { type Received, startReceiver } from '../kit/receiver.ts'
import { startJournal, T, WRITER } from './journal.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const HOUR_MS = 3_600_000

const change = (name: string, verdict = 'allow') => ({ type: 'change', name, verdict })

/** A journal that a webhook follows. */
async function startWebhook(
  t: Test,
  answer: (request: Received) => number = () => 204,
  options: Partial<SinkOptions> = {},
) {
  const receiver = await startReceiver(t, answer)
  const journal = startJournal(t)
  const senderOf = (ca?: string) =>
    new WebhookSender({
      url: new Secret(`${receiver.origin}/hook?key=1`),
      secret: new Secret(SECRET),
      ...(ca !== undefined && { ca }),
      format: gatewayFormat,
      userAgent: 'ews-gateway/1',
      now: () => T,
    })
  const follower = journal.follow(senderOf(receiver.ca), options)
  const names = () => receiver.received.map(({ body }) => namesIn(body))
  return { ...receiver, ...journal, follower, names, senderOf }
}

const namesIn = (body: string): readonly string[] =>
  JSON.parse(body).map(({ name }: { name: string }) => name)

t.equal(
  signatureOf(
    Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64'),
    'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}',
  ),
  'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  'signatureOf() returns the signature of the example of Standard Webhooks',
)

t.test('R37 a webhook gets each record once and in order, signed', async t => {
  const { append, follower, received } = await startWebhook(t)
  append(change('a'), change('b'))
  await follower.drain()
  append(change('c'))
  await follower.drain()
  await follower.drain()
  t.match(received, [
    { method: 'POST', url: '/hook?key=1', headers: { 'content-type': 'application/json' } },
    { headers: { 'webhook-id': `${WRITER}/1/4-4`, 'webhook-timestamp': String(T / 1_000) } },
  ])
  t.strictSame(
    received.flatMap(({ body }) => JSON.parse(body)),
    [
      { id: `${WRITER}/1/2`, ...change('a') },
      { id: `${WRITER}/1/3`, ...change('b') },
      { id: `${WRITER}/1/4`, ...change('c') },
    ],
  )
  for (const { headers, body } of received) {
    const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64')
    t.equal(headers['webhook-signature'], signatureOf(key, text))
  }
})

t.test('P7 WebhookSender escapes what ends a line or controls a terminal', async t => {
  const { append, follower, received, names } = await startWebhook(t)
  append(change('a\u0085b\u009b2J'))
  await follower.drain()
  t.match(received[0]?.body, /^[ -~]+$/)
  t.strictSame(names(), [['a\u0085b\u009b2J']])
})

t.test('R37 a receiver that is away for an hour loses nothing', async t => {
  let status = 503
  const webhook = await startWebhook(t, () => status)
  const { append, follower, clock, names, logged, received, origin } = webhook
  append(change('0'))
  await follower.drain()
  for (let minute = 1; minute <= 60; minute++) {
    append(change(String(minute)))
    clock.now += HOUR_MS / 60
    await follower.drain()
    await follower.drain()
  }
  t.equal(follower.lagMs, HOUR_MS)
  const tries = received.length
  t.ok(tries > 30 && tries <= 61, `${tries} attempts`)
  status = 200
  clock.now += HOUR_MS / 60
  await follower.drain()
  t.equal(follower.lagMs, 0)
  t.strictSame(
    names().slice(tries).flat(),
    Array.from({ length: 61 }, (_, minute) => String(minute)),
  )
  t.strictSame(logged, [
    `siem: ${origin} answered with status 503. Only 2xx means received. Redirects are not followed`,
    'siem: recovered',
  ])
})

t.test('R37 waits between attempts double up to a minute', async t => {
  const { append, follower, clock, received } = await startWebhook(t, () => 500)
  append(change('a'))
  const waits: number[] = []
  for (let since = 0; waits.length < 9; clock.now += 500, since += 500) {
    const before = received.length
    await follower.drain()
    if (received.length === before) continue
    waits.push(since)
    since = 0
  }
  t.strictSame(waits, [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
})

t.test('R37 a webhook resumes after the records that were received', async t => {
  let status = 200
  const { append, follow, follower, names, senderOf, ca } = await startWebhook(t, () => status)
  append(change('a'))
  await follower.close()
  append(change('b'))
  status = 503
  await follow(senderOf(ca)).close()
  status = 200
  await follow(senderOf(ca)).close()
  t.strictSame(names(), [['a'], ['b'], ['b']])
})

t.test('WebhookSender halves a batch that is too large, and does not skip a record', async t => {
  const answer = ({ body }: Received) => (namesIn(body).length > 1 ? 413 : 200)
  const { append, follower, names } = await startWebhook(t, answer)
  append(change('a'), change('b'), change('c'))
  await follower.drain()
  t.strictSame(names(), [['a', 'b', 'c'], ['a', 'b'], ['a'], ['b'], ['c']])
})

for (const [status, advice] of [
  [301, 'Redirects are not followed'],
  [410, 'remove the sink'],
  [413, 'Only 2xx means received'],
] as const)
  t.test(`WebhookSender says what to do about status ${status}`, async t => {
    const { append, follower, logged, received } = await startWebhook(t, () => status)
    append(change('a'))
    await follower.drain()
    t.match(logged, [new RegExp(`answered with status ${status}[.] .*${advice}`)])
    t.notMatch(logged, [/key=1/])
    t.equal(received.length, 1)
  })

t.test('WebhookSender verifies the certificate', async t => {
  const { append, follow, senderOf, received, logged } = await startWebhook(t)
  append(change('a'))
  await follow(senderOf()).drain()
  t.match(logged, [/self-signed|unable to verify/])
  t.equal(received.length, 0)
})

for (const [what, selection, expected] of [
  ['a type', { types: ['checkpoint'] }, ['f']],
  ['denials', { types: ['decision', 'change', 'outcome'], outcomes: ['DENIED'] }, ['b', 'd']],
  ['failures', { types: ['outcome', 'change'], outcomes: ['FAILED', 'ABORTED'] }, ['c', 'e']],
  ['allowed', { types: ['decision', 'checkpoint'], outcomes: ['ANSWERED'] }, ['a', 'f']],
] as const satisfies readonly (readonly [string, Selection, readonly string[]])[])
  t.test(`a sink selects ${what}`, async t => {
    const { append, follower, names } = await startWebhook(t, undefined, { selection })
    append(
      { type: 'decision', verdict: 'pending', name: 'a' },
      { type: 'decision', verdict: 'deny', name: 'b' },
      { type: 'change', verdict: 'error', name: 'c' },
      { type: 'outcome', outcome: 'DENIED', name: 'd' },
      { type: 'outcome', outcome: 'ABORTED', name: 'e' },
      { type: 'checkpoint', name: 'f' },
    )
    await follower.drain()
    t.strictSame(names(), [expected])
  })

const AT = '2026-11-28T12:00:00.000Z'
const failed = (second: number) => ({
  type: 'outcome',
  outcome: 'FAILED',
  at: new Date(Date.parse(AT) + second * 1_000).toISOString(),
  name: `failure ${second}`,
})

t.test('a sink selects alerts', async t => {
  const selection: Selection = { types: ['alert'], outcomes: ['DENIED'] }
  const { append, follower, received } = await startWebhook(t, undefined, { selection })
  const protect = (before: object[], after: object[], verdict = 'allow') => ({
    type: 'change',
    action: 'ewsgateway:PutProtectedMailboxes',
    verdict,
    before: { exceptions: before },
    after: { exceptions: after },
  })
  const [one, other] = [{ roleId: '1' }, { roleId: '2' }]
  append(
    { type: 'change', action: 'ewsgateway:LockImpersonationRole', verdict: 'allow' },
    { type: 'change', action: 'ewsgateway:LockImpersonationRole', verdict: 'deny' },
    { type: 'change', action: 'ewsgateway:UnlockImpersonationRole', verdict: 'allow' },
    protect([], [one]),
    protect([one], [one]),
    protect([one], [one, other]),
    protect([one], []),
    protect([], [one], 'deny'),
    { type: 'assume', verdict: 'deny', breakGlass: true },
    { type: 'assume', verdict: 'deny' },
    { type: 'alert', alert: 'tamper', message: 'x' },
    { type: 'decision', verdict: 'deny' },
    { type: 'checkpoint' },
  )
  await follower.drain()
  t.strictSame(
    received.flatMap(({ body }) => JSON.parse(body)).map(({ id, alert }) => [id, alert]),
    [
      [2, 'role-locked'],
      [5, 'break-glass'],
      [7, 'break-glass'],
      [10, 'break-glass'],
      [12, 'tamper'],
    ].map(([sequence, alert]) => [`${WRITER}/1/${sequence}`, alert]),
  )
})

t.test('R37 100 failures in a minute are an alert, also after it could not be sent', async t => {
  let status = 500
  const selection: Selection = { types: ['alert'] }
  const webhook = await startWebhook(t, () => status, { selection })
  const { append, follower, received, clock } = webhook
  const drain = async () => {
    clock.now += 60_000
    await follower.drain()
    return received.splice(0).flatMap(({ body }) => namesIn(body))
  }
  append(...Array.from({ length: 99 }, (_, n) => failed(n % 60)))
  append({ ...failed(59), outcome: 'ABORTED' }, failed(60))
  t.strictSame(await drain(), [], 'the first ones are too old')
  append(failed(60), failed(60))
  t.strictSame(await drain(), ['failure 60'])
  status = 200
  t.strictSame(await drain(), ['failure 60'])
  append(...Array.from({ length: 200 }, () => failed(659)))
  t.strictSame(await drain(), [], 'not within ten minutes')
  append(failed(660))
  t.strictSame(await drain(), ['failure 660'])
})

t.test('a new sink gets no records of processes that ended before it existed', async t => {
  const { begin, follower, names } = await startWebhook(t)
  const [before, after] = [newWriter(T - HOUR_MS), newWriter(T + HOUR_MS)]
  begin(before, change('before'))
  begin(after, change('after'))
  for (const writer of [before, after]) follower.follow(writer)
  await follower.drain()
  t.strictSame(names(), [['after']])
  t.ok(follower.hasAll(before))
  t.ok(follower.has({ writer: before, segment: 1 }, 1), 'its segments can be deleted')
})

t.test('a sink gathers records, but not the last ones', async t => {
  const { append, follower, clock, names } = await startWebhook(t, undefined, { gatherMs: 30_000 })
  append(change('a'))
  await follower.drain()
  clock.now += 29_999
  append(change('b'))
  await follower.drain()
  t.strictSame(names(), [])
  t.equal(follower.lagMs, 29_999)
  clock.now += 1
  await follower.drain()
  t.strictSame(names(), [['a', 'b']])
  t.equal(follower.lagMs, 0)
  append(change('c'))
  await follower.close()
  t.strictSame(names(), [['a', 'b'], ['c']])
})
