/**
 * Consecutive requests on one connection: no other request gets between them, and the connection is always freed.
 */

import { PassThrough } from 'node:stream'
import t from 'tap'
import { ConnectionQueue, type QueueEntry } from '../../src/upstream/connection-queue.ts'
import type { ExchangeUpstream } from '../../src/upstream/exchange.ts'
import { ConnectionLease } from '../../src/upstream/lease.ts'
import type { Lease } from '../../src/upstream/upstream.ts'
import { until } from '../kit/until.ts'
import { ask, collect, OK, record, requestOf, upstreamOf } from './recorder.ts'

const tick = () => new Promise(resolve => setImmediate(resolve))

const bodyOf = (text: string) => ({ body: Buffer.from(text), contentLength: text.length })

/** Sends a request on a lease, and waits for the end of its response. */
async function askOn(lease: Lease, text: string) {
  const collected = collect()
  lease.send(requestOf(bodyOf(text)), collected.sink)
  await collected.over
  return collected
}

/** Entries that record their calls. */
function entries() {
  const calls: string[] = []
  const entry = (name: string, owner?: string): QueueEntry => ({
    owner,
    granted: () => calls.push(`${name} granted`),
    timedOut: () => calls.push(`${name} timed out`),
  })
  return { calls, entry }
}

t.test('R13 no request gets between two requests of a lease', async t => {
  const server = await record(t)
  const upstream = upstreamOf(t, server.url, { connections: 1 })
  const lease = upstream.lease('p')
  const first = askOn(lease, '<a/>')
  const other = ask(upstream, bodyOf('<other/>'))
  await first
  await tick()
  t.equal(server.requests.length, 1, 'the other request waits')
  const second = askOn(lease, '<b/>')
  lease.release()
  t.strictSame((await second).calls, ['head', 'piece', 'end'])
  await other
  t.strictSame(
    server.requests.map(({ body }) => body),
    ['<a/>', '<b/>', '<other/>'],
  )
})

t.test('a lease waits for its first request only', async t => {
  const { calls, entry } = entries()
  const queue = new ConnectionQueue(1, 60_000)
  const [before, after] = [entry('before'), entry('after')]
  queue.acquire(before)
  const lease = new ConnectionLease(queue, 'p')
  const [a, b] = [entry('a'), entry('b')]
  lease.acquire(a)
  queue.acquire(after)
  t.strictSame(calls.splice(0), ['before granted'])
  queue.release(before)
  await tick()
  t.strictSame(calls.splice(0), ['a granted'])
  lease.release(b)
  lease.release(a)
  lease.acquire(b)
  t.strictSame(calls.splice(0), ['b granted'])
  lease.end()
  await tick()
  t.strictSame(calls.splice(0), [], 'its request is in flight')
  lease.release(a)
  await tick()
  t.strictSame(calls.splice(0), [], 'another one ended before')
  lease.release(b)
  lease.end()
  await tick()
  t.strictSame(calls.splice(0), ['after granted'])
  queue.release(after)
  await queue.idle()
})

t.test('a lease uses the share of its owner', async t => {
  const { calls, entry } = entries()
  const queue = new ConnectionQueue(4, 60_000)
  const leases = ['a', 'b', 'c'].map(name => {
    const lease = new ConnectionLease(queue, 'greedy')
    const request = entry(name)
    lease.acquire(request)
    return { lease, request }
  })
  const [own, other] = [entry('own', 'greedy'), entry('other', 'other')]
  queue.acquire(own)
  queue.acquire(other)
  t.strictSame(calls.splice(0), ['a granted', 'b granted', 'c granted', 'other granted'])
  queue.release(other)
  for (const { lease } of leases) lease.end()
  await tick()
  t.strictSame(calls.splice(0), [], 'their requests are still there')
  for (const { lease, request } of leases) lease.release(request)
  await tick()
  t.strictSame(calls.splice(0), ['own granted'])
  queue.release(own)
  await queue.idle()
})

t.test('a lease leaves the queue with its request', async t => {
  const { calls, entry } = entries()
  const queue = new ConnectionQueue(1, 60_000)
  const first = entry('first')
  queue.acquire(first)
  const lease = new ConnectionLease(queue, 'p')
  const [a, b] = [entry('a'), entry('b')]
  lease.acquire(a)
  lease.release(a)
  queue.release(first)
  await queue.idle()
  t.strictSame(calls.splice(0), ['first granted'])

  lease.acquire(b)
  t.strictSame(calls.splice(0), ['b granted'], 'it can wait again')
  queue.acquire(first)
  lease.release(b)
  await tick()
  t.strictSame(calls.splice(0), [], 'and keeps the connection')
  lease.end()
  await tick()
  t.strictSame(calls.splice(0), ['first granted'])
})

t.test('a lease that is granted when its request has gone keeps the connection', async t => {
  const { calls, entry } = entries()
  const queue = new ConnectionQueue(1, 60_000)
  const [first, a, last] = [entry('first'), entry('a'), entry('last')]
  queue.acquire(first)
  const lease = new ConnectionLease(queue, 'p')
  lease.acquire(a)
  queue.acquire(last)
  queue.release(first)
  lease.release(a)
  await tick()
  t.strictSame(calls.splice(0), ['first granted'])
  lease.end()
  await tick()
  t.strictSame(calls.splice(0), ['last granted'])
})

t.test('a request of a lease waits until the deadline', async t => {
  const server = await record(t, () => undefined)
  const upstream = upstreamOf(t, server.url, { connections: 1, queueDeadlineMs: 30 })
  const first = upstream.send(requestOf(), collect().sink)
  const lease = upstream.lease('p')
  const late = await askOn(lease, '<a/>')
  t.match(late.failure, { reason: 'over-budget', backOffMs: 10_000 })
  lease.release()
  first.abort()
  await upstream.close()
})

t.test('a connection is freed after requests that are aborted or fail', async t => {
  const server = await record(t, (socket, number) => {
    if (number === 1) socket.destroy()
    if (number > 1) socket.write(OK)
  })
  const upstream = upstreamOf(t, server.url, { connections: 1 })
  const begin = (of: ExchangeUpstream) => {
    const lease = of.lease('p')
    const collected = collect()
    const exchange = lease.send(requestOf(), collected.sink)
    return { lease, exchange, collected }
  }
  const aborted = begin(upstream)
  await until('it has come', () => server.requests.length === 1)
  aborted.lease.release()
  aborted.exchange.abort()
  const failing = begin(upstream)
  await failing.collected.over
  t.match(failing.collected.failure, { reason: 'upstream-unreachable' })
  failing.lease.release()
  const unused = upstream.lease('p')
  unused.release()
  unused.release()
  const stuck = new PassThrough()
  const waiting = upstream.lease('p')
  const last = upstream.send(requestOf(), collect().sink)
  const behind = waiting.send(requestOf({ body: stuck, contentLength: 9 }), collect().sink)
  behind.abort()
  waiting.release()
  t.ok(stuck.destroyed)
  last.abort()
  t.strictSame((await ask(upstream)).calls, ['head', 'piece', 'end'])
  await upstream.close()
})

t.test('R30 a lease sends nothing while the credentials back off', async t => {
  const server = await record(t, socket =>
    socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'),
  )
  const upstream = upstreamOf(t, server.url, { connections: 1 })
  const lease = upstream.lease('p')
  for (let time = 0; time < 2; time += 1)
    t.match((await askOn(lease, '<a/>')).failure, { reason: 'upstream-refused-credentials' })
  t.equal(server.requests.length, 1)
  lease.release()
  await upstream.close()
})

t.test('close() waits for a lease, which sends no more', async t => {
  const server = await record(t)
  const upstream = upstreamOf(t, server.url)
  const lease = upstream.lease('p')
  await askOn(lease, '<a/>')
  let isClosed = false
  const closing = upstream.close().then(() => {
    isClosed = true
  })
  t.match((await askOn(lease, '<b/>')).failure, { message: 'The gateway is shutting down' })
  await tick()
  t.notOk(isClosed)
  lease.release()
  await closing
  t.equal(server.requests.length, 1)
})
