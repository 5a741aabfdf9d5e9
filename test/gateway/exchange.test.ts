/**
 * Exchanges with the upstream: what happens before a byte is sent, while a response streams, and at its end.
 */

import { mock } from 'node:test'
import t from 'tap'
import { RESPONSE_BYTES } from '../../src/gateway/answer.ts'
import { exchange, requireVerdict } from '../../src/gateway/exchange.ts'
import { Failure } from '../../src/model/failure.ts'
import type { ConnectingSid } from '../../src/model/identity.ts'
import type { Lease, Upstream } from '../../src/upstream/upstream.ts'
import { AT, CREDENTIAL, ANN as PERSON, ROLE } from '../decision/data.ts'
import { createItem, END, envelope, GET_FOLDER, prologue } from '../kit/corpus.ts'
import { messagesTo } from '../kit/responses.ts'
import { DENYING, GONE } from './decision-world.ts'
import { ANN, ExchangeWorld, putSubscription } from './exchange-world.ts'

const STREAM =
  '<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>sub</t:SubscriptionId></m:SubscriptionIds>' +
  '<m:ConnectionTimeout>5</m:ConnectionTimeout></m:GetStreamingEvents>'
const SUBSCRIBE =
  '<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds><t:DistinguishedFolderId Id="inbox"/></t:FolderIds>' +
  '<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>'
const LARGE = createItem('x', 'x'.repeat(9_000))
const CLIENT_GONE = { name: 'Failure', reason: 'client-gone' }
const TIMEOUT = new Failure('upstream-timeout', 'No response', {
  kind: 'timeout',
  reach: 'sent-unknown',
})

/** A world in which Ann has a subscription of her own. */
function streamingWorld() {
  const world = new ExchangeWorld()
  putSubscription(world)
  return world
}

t.test('exchange() sends nothing before the decision is recorded', async t => {
  const world = new ExchangeWorld()
  const allowed = await world.allowed()
  const { ended } = await world.begin(allowed)
  t.strictSame(world.log.splice(0), [['decided', 'allow'], ['send']])
  t.match(await world.sent(), /<PrimarySmtpAddress>ann@example\.com<.*<m:GetFolder>/s)
  t.equal(world.request?.contentLength, (await world.sent()).length)
  t.equal(world.budget.held, RESPONSE_BYTES)
  t.strictSame([world.open, world.streams], [[], []], 'it is no stream')
  world.now += 70
  world.answer('<response/>')
  t.strictSame(await ended, {
    allowed,
    responseBytes: 11,
    leftOut: 0,
    responseCode: 'NoError',
    isFault: false,
    itemCount: 3,
    upstreamMs: 70,
    isCut: false,
    failure: undefined,
  })
  t.equal(world.response.text, '<response/>')
  t.strictSame(world.log, [['abort']])
})

t.test('R13 exchange() sends a request on the connection of its question', async t => {
  const world = new ExchangeWorld()
  const { send } = world.served.upstream as Upstream
  const lease: Lease = {
    send: (request, sink) => {
      world.log.push(['on the lease'])
      return send(request, sink)
    },
    release: () => void world.log.push(['released']),
  }
  const { ended } = await world.begin({ ...(await world.allowed()), lease })
  const sent = [['decided', 'allow'], ['on the lease'], ['send'], ['released']]
  t.strictSame(world.log, sent, 'the upstream frees it after the response')
  world.answer('')
  await ended
})

t.test('exchange() sends nothing for a client that has left, or without memory', async t => {
  const world = new ExchangeWorld()
  const allowed = await world.allowed()
  world.response.destroyed = true
  await t.rejects(exchange(world.recorder, allowed, 0), CLIENT_GONE as never)
  t.strictSame(world.log, [['decided', 'allow']])
  const full = new ExchangeWorld()
  const refused = await full.allowed({ bytes: 2 * RESPONSE_BYTES - 2 })
  await t.rejects(exchange(full.recorder, refused, 0), { reason: 'over-budget' } as never)
  t.strictSame(full.log, [['decided', 'allow']])
})

t.test('exchange() rejects if the upstream fails before its response', async t => {
  for (const [isStreamed, failure, reach, counted] of [
    [false, TIMEOUT, TIMEOUT.reach, true],
    [true, TIMEOUT, 'not-sent', true],
    [false, new Failure('over-budget', 'Busy'), 'not-sent', false],
  ] as const) {
    const world = new ExchangeWorld()
    world.isSent = counted
    const { ended } = await world.begin(await world.allowed({ operation: LARGE, isStreamed }))
    world.log.splice(0)
    world.sink?.fail(failure)
    const error = await ended.catch((error: Failure) => error)
    t.match(error, { reason: failure.reason, reach })
    t.strictSame(world.open, [], 'and decides no more')
    t.strictSame(world.log, counted ? [['upstream failed', failure.kind]] : [])
  }
  const world = new ExchangeWorld()
  const { ended } = await world.begin(await world.allowed())
  world.sink?.head({ status: 200, headers: [], gzip: false, cookies: [] })
  world.sink?.fail(TIMEOUT)
  t.match(await ended, { isCut: true, failure: TIMEOUT }, 'later, the response is cut')
})

t.test('R15 exchange() passes on a response to Subscribe when it is stored', async t => {
  const content = '<m:ResponseCode>NoError</m:ResponseCode><m:SubscriptionId>sub</m:SubscriptionId>'
  const response = messagesTo('Subscribe', [content])
  const world = new ExchangeWorld()
  const { ended } = await world.begin(await world.allowed({ operation: SUBSCRIBE }))
  world.log.splice(0)
  world.answer(response)
  t.equal(world.response.text, '')
  await ended
  t.equal(world.response.text, response)
  t.strictSame(world.log, [['stored'], ['abort']])
})

t.test('P5 exchange() decides again if the policy changed since the decision', async t => {
  for (const [operation, opened] of [
    [STREAM, [['stream opened']]],
    [GET_FOLDER, []],
  ] as const)
    for (const [changes, role, failure] of [
      [0, DENYING, undefined],
      [1, ROLE, undefined],
      [1, DENYING, 'rule-denies'],
    ] as const) {
      const world = streamingWorld()
      world.changes = changes
      const allowed = await world.allowed({ operation })
      world.data.put('role', ROLE.id, role)
      const { ended } = await world.begin(allowed, 0)
      if (failure === undefined) {
        t.strictSame(world.log, [['decided', 'allow'], ['send'], ...opened])
        world.answer('')
        await ended
      } else {
        await t.rejects(ended, { reason: failure } as never)
        t.strictSame(world.log, [
          ['decided', 'allow'],
          ['decided', failure],
        ])
      }
    }
})

t.test('P5 exchange() ends a stream when a period ends that began during the decision', async t => {
  const world = streamingWorld()
  world.changes = 1
  const allowed = await world.allowed({ operation: STREAM })
  world.data.put('role', ROLE.id, { ...ROLE, notAfter: AT + 5_000 })
  const { ended } = await world.begin(allowed, 0)
  t.match(world.open, [{ dueAt: AT + 5_000 }])
  world.answer('')
  await ended
})

t.test('exchange() reevaluates a stream, and ends it if it is denied', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const world = streamingWorld()
  const expiresAt = AT + 9_000
  world.data.put('credential', CREDENTIAL.key.id, {
    ...CREDENTIAL,
    key: { ...CREDENTIAL.key, expiresAt },
  })
  const allowed = await world.allowed({ operation: STREAM })
  const { ended } = await world.begin(allowed)
  world.log.splice(0)
  t.strictSame(world.streams, [6 * 60_000])
  const [open] = world.open
  const again = async (isOpen: boolean) => void (await open?.reevaluate(() => isOpen))
  t.match(open, { organization: CREDENTIAL.principal.organizationId, dueAt: expiresAt })
  t.equal(await open?.reevaluate(() => true), expiresAt)
  world.confirm = caller => ({ ...(caller as object), proof: { kind: 'none' } })
  await t.rejects(again(false), 'with another proof')
  world.confirm = caller => caller
  world.data.put('role', ROLE.id, DENYING)
  const denied = { reason: 'rule-denies' } as never
  t.strictSame(world.log.splice(0), [], 'nothing is recorded of a request that has ended')
  await t.rejects(again(false), denied)
  t.strictSame(world.log, [])
  await t.rejects(again(true), denied)
  t.strictSame(world.log.splice(0), [['decided', 'rule-denies']])
  world.data.put('role', ROLE.id, ROLE)
  const renamed = { ...PERSON, primarySmtpAddress: 'new@example.com' }
  const { connectingSid } = allowed.read.prologue
  world.data.put('name', connectingSid as ConnectingSid, renamed)
  const moved = { reason: 'policy-unavailable', message: /address changed/ } as never
  await t.rejects(again(true), moved)
  world.data.put('name', connectingSid as ConnectingSid, PERSON)
  world.lose(GONE)
  await t.rejects(again(true), GONE)

  world.sink?.head({ status: 200, headers: [], gzip: false, cookies: [] })
  world.sink?.chunk(Buffer.from('<unfinished>'))
  open?.end(new Failure('rule-denies', ''))
  t.strictSame(world.log.splice(0), [['failed', 'rule-denies', 'not-sent', undefined]])
  t.notOk(world.response.writableEnded, 'its envelope has not ended')
  mock.timers.tick(999)
  t.notOk(world.response.destroyed)
  mock.timers.tick(1)
  t.ok(world.response.destroyed, 'it is cut after a second')
  t.match(await ended, { isCut: true })
  t.strictSame([world.open, world.streams], [[], []])
  t.strictSame(world.log, [['abort'], ['stream closed']])
})

t.test('P10 exchange() fails a stream that is denied before its response', async t => {
  const world = streamingWorld()
  const { ended } = await world.begin(await world.allowed({ operation: STREAM }))
  world.log.splice(0)
  const denied = new Failure('rule-denies', '')
  world.open[0]?.end(denied)
  await t.rejects(ended, denied)
  t.strictSame(world.log, [['abort'], ['stream closed']])
  t.notOk(world.response.destroyed, 'its client gets a fault')
  t.strictSame([world.open, world.streams], [[], []])
})

t.test('P5 exchange() decides again on a request that waits for a connection', async t => {
  const world = new ExchangeWorld()
  world.isSent = false
  world.data.put('role', ROLE.id, { ...ROLE, notAfter: AT + 5_000 })
  const { ended } = await world.begin(await world.allowed())
  world.log.splice(0)
  const [open] = world.open
  t.match(open, { organization: CREDENTIAL.principal.organizationId, dueAt: AT + 5_000 })
  world.data.put('role', ROLE.id, ROLE)
  t.equal(await open?.reevaluate(() => true), undefined)
  world.data.put('role', ROLE.id, DENYING)
  const denied = { reason: 'rule-denies' } as never
  await t.rejects(open?.reevaluate(() => false) as never, denied)
  t.strictSame(world.log.splice(0), [], 'nothing happens to a request that has ended')
  await t.rejects(open?.reevaluate(() => true) as never, denied)
  t.strictSame(world.log.splice(0, 2), [['abort'], ['decided', 'rule-denies']])
  open?.end(new Failure('rule-denies', ''))
  await t.rejects(ended, denied)
})

/** Does something right after a request was handed to the upstream. */
function afterSend(world: ExchangeWorld, act: () => void) {
  const { send } = world.served.upstream as Upstream
  Object.assign(world.served.upstream, {
    send: (...args: Parameters<typeof send>) => {
      queueMicrotask(act)
      return send(...args)
    },
  })
}

t.test('exchange() does not reevaluate a request that is sent at once', async t => {
  const world = new ExchangeWorld()
  world.isSent = false
  afterSend(world, () => {
    world.isSent = true
  })
  const { ended } = await world.begin(await world.allowed())
  t.strictSame(world.open, [])
  world.answer('')
  await ended
})

t.test('exchange() does not reevaluate a request whose client leaves at once', async t => {
  const world = new ExchangeWorld()
  world.isSent = false
  afterSend(world, () => world.response.destroy())
  const { ended } = await world.begin(await world.allowed())
  await ended
  await new Promise(setImmediate)
  t.strictSame(world.open, [])
})

t.test('P5 exchange() decides again at once if the policy changed before', async t => {
  const world = new ExchangeWorld()
  world.isSent = false
  afterSend(world, () => {
    world.changes = 1
  })
  const allowed = await world.allowed()
  const { ended } = await world.begin(allowed)
  t.match(world.open, [{ dueAt: allowed.decidedAt }])
  world.answer('')
  await ended
})

t.test('P5 exchange() sends no request again after a change', async t => {
  const world = new ExchangeWorld()
  const { ended } = await world.begin(await world.allowed())
  t.equal(world.request?.isCurrent?.(), true)
  world.changes += 1
  t.equal(world.request?.isCurrent?.(), false)
  world.answer('')
  await ended
})

t.test('exchange() decides no more on a request that was sent', async t => {
  const world = new ExchangeWorld()
  world.isSent = false
  const { ended } = await world.begin(await world.allowed())
  world.log.splice(0)
  const [open] = world.open
  world.data.put('role', ROLE.id, DENYING)
  const late = open?.reevaluate(() => true)
  world.isSent = true
  await t.rejects(late as never, { reason: 'rule-denies' } as never, 'sent during the decision')
  open?.end(new Failure('rule-denies', ''))
  t.equal(await open?.reevaluate(() => true), undefined)
  t.strictSame(world.log.splice(0), [])
  world.answer('')
  await ended
  t.strictSame([world.open, world.log], [[], [['abort']]])
})

t.test('R13 exchange() keeps the connection of the latest question', async t => {
  const world = new ExchangeWorld()
  world.changes = 1
  const released: string[] = []
  const lease = { send: () => t.fail('it is over'), release: () => void released.push('first') }
  const allowed = { ...(await world.allowed()), lease: lease as never }
  const { ended } = await world.begin(allowed, 0)
  t.strictSame(released, ['first'], 'before the next question')
  t.strictSame(world.log, [['decided', 'allow'], ['send']])
  world.answer('')
  await ended
})

for (const [what, isMoved, reason] of [
  ['the address changes', true, 'policy-unavailable'],
  ['the client leaves', false, 'client-gone'],
] as const)
  t.test(`R13 exchange() frees the connection of a question during which ${what}`, async t => {
    const world = new ExchangeWorld()
    world.changes = 1
    const allowed = await world.allowed()
    const calls: string[] = []
    const lease = {
      send: (_: unknown, sink: Parameters<Upstream['send']>[1]) => {
        calls.push('question')
        queueMicrotask(() => sink.fail(TIMEOUT))
        return { abort: () => undefined }
      },
      release: () => void calls.push('release'),
    }
    Object.assign(world.served.upstream, { lease: () => lease })
    world.data.hide('role', ROLE.id)
    const load = world.data.load.bind(world.data)
    world.data.load = async missing => {
      const stored = { kind: 'stored-items', id: { items: [{ id: 'i' }], user: PERSON } as never }
      const asking = world.held.at(-1)?.load([stored as never])
      await t.rejects(asking as never, { reason: 'upstream-timeout' } as never)
      if (isMoved) {
        const renamed = { ...PERSON, primarySmtpAddress: 'new@example.com' }
        world.data.put('name', allowed.read.prologue.connectingSid as ConnectingSid, renamed)
      } else world.response.destroyed = true
      await load(missing)
    }
    await t.rejects(exchange(world.recorder, allowed, 0), { reason } as never)
    t.strictSame(calls, ['question', 'release'])
  })

t.test('exchange() reevaluates an upload that waits only once', async t => {
  const world = new ExchangeWorld()
  world.isSent = false
  const { ended } = await world.begin(await world.allowed({ operation: LARGE, isStreamed: true }))
  await new Promise(setImmediate)
  t.equal(world.open.length, 1)
  world.sink?.fail(TIMEOUT)
  await t.rejects(ended)
})

t.test('exchange() cuts no stream that has ended before', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const world = streamingWorld()
  const { ended } = await world.begin(await world.allowed({ operation: STREAM }))
  world.sink?.head({ status: 200, headers: [], gzip: false, cookies: [] })
  world.open[0]?.end(new Failure('rule-denies', ''))
  t.match(world.response.text, /Closed<\/m:ConnectionStatus>/)
  t.match(await ended, { isCut: false })
  mock.timers.tick(5_000)
  t.notOk(world.response.destroyed)
})

t.test('R8 exchange() decides on a large body before its end is sent', async t => {
  const rest = Buffer.from(envelope(ANN, LARGE)).subarray(prologue(ANN).length + 60)
  for (const [role, error] of [
    [ROLE, undefined],
    [DENYING, 'rule-denies'],
  ] as const) {
    const world = new ExchangeWorld()
    const allowed = await world.allowed({ operation: LARGE, isStreamed: true })
    const { ended } = await world.begin(allowed)
    t.strictSame(world.log.splice(0), [['pending'], ['send']])
    const [open] = world.open
    t.match(open, { organization: CREDENTIAL.principal.organizationId, dueAt: undefined })
    t.equal(await open?.reevaluate(() => true), undefined)
    await world.sent()
    world.data.put('role', ROLE.id, role)
    world.rest?.chunk(rest)
    world.rest?.end()
    const body = await world.sent()
    if (error === undefined) {
      t.strictSame(world.open, [], 'nothing changes after the last decision')
      t.strictSame(world.log, [['decided', 'allow']])
      t.ok(world.hasVerdict)
      world.answer('')
      t.match(await ended, { allowed, isCut: false })
      t.equal((await world.sent()).length, world.request?.contentLength)
    } else {
      t.strictSame(world.log, [['decided', error]])
      t.notMatch(body, '</m:CreateItem>')
      world.sink?.fail(new Failure(error, ''))
      await t.rejects(ended)
    }
    t.strictSame(world.open, [])
    const head = world.request?.contentLength ?? 0
    const operation = LARGE.length + END.length
    t.ok(head > operation && head < operation + 1_000, 'the length of the head and the rest')
  }
})

t.test('P5 exchange() fails an upload that is denied', async t => {
  const denied = new Failure('rule-denies', '')
  const world = new ExchangeWorld()
  const { ended } = await world.begin(await world.allowed({ operation: LARGE, isStreamed: true }))
  world.open[0]?.end(denied)
  t.strictSame(world.bodyFailures, [denied])
  t.match(world.request?.body, { errored: denied })
  world.sink?.fail(denied)
  await t.rejects(ended, denied)
  const early = new ExchangeWorld()
  early.recorder.pending = async () => early.open[0]?.end(denied)
  const { ended: never } = await early.begin(
    await early.allowed({ operation: LARGE, isStreamed: true }),
  )
  await t.rejects(never, denied, 'while its record is written')
  t.strictSame([early.log, early.open], [[], []], 'nothing is sent')
})

t.test('requireVerdict() fails a request that was not forwarded completely', async t => {
  for (const [isCut, writableFinished, expected] of [
    [false, false, 'client-gone'],
    [false, true, undefined],
    [true, false, undefined],
  ] as const) {
    const world = new ExchangeWorld()
    const allowed = await world.allowed()
    world.response.writableFinished = writableFinished
    const required = requireVerdict(world.recorder, { allowed, isCut } as never)
    if (expected === undefined) {
      await required
      t.strictSame(world.log, [['failed', 'upstream-unreachable', 'not-sent', 'not-ews']])
      t.match(world.failures, [{ message: /before it had received the whole request$/ }])
    } else await t.rejects(required, CLIENT_GONE as never)
  }
})

t.test('exchange() adds a span of the request to the upstream', async t => {
  const { organizationId } = CREDENTIAL.principal
  for (const [fails, isFault, status, upstreamMs, error] of [
    [false, false, 200, 0, undefined],
    [false, true, 200, 0, 'upstream-fault'],
    [true, false, undefined, undefined, TIMEOUT.kind],
  ] as const) {
    const world = new ExchangeWorld()
    world.isTraced = true
    world.isFault = isFault
    const { ended } = await world.begin(await world.allowed())
    t.strictSame(world.steps.splice(0).at(-1), ['forward', organizationId])
    if (fails) world.sink?.fail(TIMEOUT)
    else world.answer('')
    await ended.catch(() => undefined)
    await new Promise(setImmediate)
    const facts = {
      'http.response.status_code': status,
      'ews.response_code': 'NoError',
      'ews.upstream_ms': upstreamMs,
    }
    t.strictSame(world.steps, [[facts, error]])
  }
})
