import { request } from 'node:http'
import { XMLValidator } from 'fast-xml-parser'
import t from 'tap'
import type { Sandbox, Scheduler } from '../../sandbox/sandbox.ts'
import { until } from '../kit/until.ts'
import {
  AUTHORIZATION,
  as,
  attribute,
  call,
  envelope,
  post,
  startSandbox,
  texts,
} from './client.ts'

const ALICE = 'alice@example.com'

/** Time that passes only when it is told to. */
class Clock {
  #now = Date.parse('2026-11-25T00:00:00Z')
  readonly #timers = new Set<{ at: number; run: () => void }>()

  now = () => this.#now

  schedule: Scheduler = (run, ms) => {
    const timer = { at: this.#now + ms, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  get timers() {
    return this.#timers.size
  }

  pass(ms: number) {
    const end = this.#now + ms
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#now = next.at
      next.run()
    }
    this.#now = end
  }
}

const subscribe = (kind: 'Pull' | 'Streaming', inside: string) =>
  `<m:Subscribe><m:${kind}SubscriptionRequest>${inside}</m:${kind}SubscriptionRequest></m:Subscribe>`
const INBOX = '<t:FolderIds><t:DistinguishedFolderId Id="inbox"/></t:FolderIds>'
const EVENTS =
  '<t:EventTypes>' +
  ['Created', 'NewMail', 'Modified', 'Moved', 'Copied', 'Deleted']
    .map(name => `<t:EventType>${name}Event</t:EventType>`)
    .join('') +
  '</t:EventTypes>'

const streamingEvents = (ids: readonly string[], minutes: number) =>
  `<m:GetStreamingEvents><m:SubscriptionIds>${ids
    .map(id => `<t:SubscriptionId>${id}</t:SubscriptionId>`)
    .join(
      '',
    )}</m:SubscriptionIds><m:ConnectionTimeout>${minutes}</m:ConnectionTimeout></m:GetStreamingEvents>`

/** Opens a stream; its chunks are filled in as they come. */
async function open(sandbox: Sandbox, ids: readonly string[], minutes: number) {
  const chunks: string[] = []
  const stream = request(sandbox.url, {
    method: 'POST',
    headers: { authorization: AUTHORIZATION, 'content-type': 'text/xml; charset=utf-8' },
  })
  stream.end(envelope(streamingEvents(ids, minutes), as(ALICE)))
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const { promise: opened, resolve: start } = Promise.withResolvers<void>()
  let encoding: string | undefined
  stream.on('error', () => end())
  stream.on('response', response => {
    encoding = response.headers['transfer-encoding']
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk.toString())
      start()
    })
    response.on('error', () => end())
    response.on('end', () => end())
  })
  await opened
  return { chunks, ended, destroy: () => stream.destroy(), encoding }
}

const start = async () => {
  const clock = new Clock()
  const sandbox = await startSandbox({ now: clock.now, schedule: clock.schedule })
  t.teardown(() => sandbox.close())
  const reply = await call(sandbox, ALICE, subscribe('Streaming', INBOX + EVENTS))
  return { clock, sandbox, reply, id: texts(reply, 'SubscriptionId')[0] ?? '' }
}

t.test('GetStreamingEvents writes one whole envelope in each chunk', async t => {
  const { clock, sandbox, id, reply } = await start()
  t.notMatch(reply.text, 'Watermark', 'a streaming subscription has none')
  sandbox.mailbox(ALICE).deliver({ subject: 'Before' })
  const { chunks, ended, encoding } = await open(sandbox, [id], 1)
  t.equal(encoding, 'chunked')
  const envelopes = () => chunks.join('').split('</Envelope>').length - 1
  await until('3 envelopes', () => envelopes() === 3)
  sandbox.mailbox(ALICE).deliver({ subject: 'While' })
  await until('5 envelopes', () => envelopes() === 5)
  clock.pass(45_000)
  await until('6 envelopes', () => envelopes() === 6)
  clock.pass(15_000)
  await ended
  for (const chunk of chunks) {
    t.equal(XMLValidator.validate(chunk), true)
    t.match(
      chunk,
      /^<Envelope xmlns="http:\/\/schemas.xmlsoap.org\/soap\/envelope\/"><soap11:Header .*<\/Envelope>$/,
    )
  }
  t.strictSame(
    chunks.map(chunk => /<m:ConnectionStatus>(\w+)|<t:(\w+)Event>/.exec(chunk)?.slice(1).join('')),
    ['OK', 'Created', 'NewMail', 'Created', 'NewMail', 'OK', 'Closed'],
  )
  t.equal(clock.timers, 0, 'nothing ticks on')
})

t.test('GetStreamingEvents stops when the client disconnects', async t => {
  const { clock, sandbox, id } = await start()
  const { destroy } = await open(sandbox, [id], 30)
  t.equal(clock.timers, 2)
  destroy()
  await until('no timer is left', () => clock.timers === 0)
  t.equal(sandbox.subscriptions, 1)
  clock.pass(31 * 60_000)
  t.strictSame((await call(sandbox, ALICE, streamingEvents([id], 1))).codes, [
    'ErrorSubscriptionNotFound',
  ])
  t.equal(sandbox.subscriptions, 0, 'a subscription without a stream ends')
})

t.test('GetStreamingEvents names unknown IDs', async t => {
  const { sandbox, id } = await start()
  const reply = await call(sandbox, ALICE, streamingEvents([id, 'unknown'], 1))
  t.equal(reply.status, 200)
  t.strictSame(reply.codes, ['ErrorSubscriptionNotFound'])
  t.match(
    reply.text,
    '<m:ErrorSubscriptionIds><m:SubscriptionId>unknown</m:SubscriptionId></m:Error',
  )
})

t.test('Sandbox.close() truncates open streams', async t => {
  const { sandbox, id, clock } = await start()
  const { ended } = await open(sandbox, [id], 30)
  await sandbox.close()
  await ended
  t.equal(clock.timers, 0)
})

t.test('GetEvents returns events after its watermark, and no others', async t => {
  const { sandbox } = await start()
  const reply = await call(
    sandbox,
    ALICE,
    subscribe('Pull', `${INBOX}${EVENTS}<t:Timeout>5</t:Timeout>`),
  )
  const [id = ''] = texts(reply, 'SubscriptionId')
  const [watermark = ''] = texts(reply, 'Watermark')
  const events = async (after: string) => {
    const request = `<m:GetEvents><m:SubscriptionId>${id}</m:SubscriptionId><m:Watermark>${after}</m:Watermark></m:GetEvents>`
    const got = await call(sandbox, ALICE, request)
    return { got, names: [...got.text.matchAll(/<t:(\w+)Event>/g)].map(([, name]) => name) }
  }
  t.strictSame((await events(watermark)).names, ['Status'])
  sandbox.mailbox(ALICE).deliver({ subject: 'New' })
  sandbox.mailbox('bob@example.com').deliver({ subject: 'Not for alice' })
  const first = await events(watermark)
  t.strictSame(first.names, ['Created', 'NewMail'])
  t.strictSame(
    (await events(watermark)).names,
    first.names,
    'again, for they were not acknowledged',
  )
  const last = texts(first.got, 'Watermark').at(-1) ?? ''
  const itemId = attribute(first.got, 'ItemId', 'Id')
  await call(
    sandbox,
    ALICE,
    `<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="drafts"/></m:ToFolderId><m:ItemIds><t:ItemId Id="${itemId}"/></m:ItemIds></m:MoveItem>`,
  )
  const second = await events(last)
  t.strictSame(second.names, ['Moved'])
  t.equal(attribute(second.got, 'OldItemId', 'Id'), itemId)
  t.strictSame((await events('rubbish')).got.codes, ['ErrorInvalidWatermark'])
})

t.test('Unsubscribe ends a subscription for any user: the service account owns it', async t => {
  const { sandbox, id } = await start()
  const request = `<m:Unsubscribe><m:SubscriptionId>${id}</m:SubscriptionId></m:Unsubscribe>`
  t.strictSame((await post(sandbox, envelope(request))).codes, ['NoError'])
  t.strictSame((await post(sandbox, envelope(request))).codes, ['ErrorSubscriptionNotFound'])
})

t.test('Subscribe rejects push subscriptions', async t => {
  const { sandbox } = await start()
  const request = `<m:Subscribe><m:PushSubscriptionRequest>${INBOX}${EVENTS}<t:StatusFrequency>1</t:StatusFrequency><t:URL>http://127.0.0.1:1/</t:URL></m:PushSubscriptionRequest></m:Subscribe>`
  t.strictSame((await call(sandbox, ALICE, request)).codes, ['ErrorInvalidPushSubscriptionUrl'])
})
