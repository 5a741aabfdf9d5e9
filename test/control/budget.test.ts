/**
 * R33: the memory that clients of the control listener make the gateway hold.
 */

import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import {
  basic,
  type ControlTestServer,
  type ControlTestServerOptions,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'

const MIB = 1_024 * 1_024
/** A key ID that no gateway with this master key made. */
const UNKNOWN = { id: 'AKIAAAAAAAAAAAAAAAAA', secret: 'x'.repeat(43) }
const PAGE = '<!doctype html>'.repeat(10_000)

async function start(t: Test, bytes: number, options: ControlTestServerOptions = {}) {
  const budget = new ByteBudget(bytes)
  const consoleFolder = join(t.testdirName, 'console')
  const control = await startControlTestServer(t, { budget, consoleFolder, ...options })
  mkdirSync(consoleFolder, { recursive: true })
  writeFileSync(join(consoleFolder, 'index.html'), PAGE)
  return { control, budget }
}

/** A connection that sends data on command, and reads only on request. */
function dial(t: Test, control: ControlTestServer) {
  const socket = connect(Number(new URL(control.url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  t.teardown(() => socket.destroy())
  return socket
}

const call = (authorization: string, ...headers: readonly string[]) =>
  [
    'POST / HTTP/1.1',
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    'X-Amz-Target: WorkMailService.ListOrganizations',
    ...(authorization === '' ? [] : [`Authorization: ${authorization}`]),
    ...headers,
    '\r\n',
  ].join('\r\n')

/** The status and the headers of a socket's first response. */
async function headOf(socket: ReturnType<typeof dial>): Promise<string> {
  let text = ''
  while (!text.includes('\r\n\r\n')) text += String((await once(socket, 'data'))[0])
  return text
}

t.test('R33 a body is read only if its headers name a key or session of this gateway', async t => {
  const { control, budget } = await start(t, 8 * MIB)
  for (const [what, authorization, ...more] of [
    ['no credentials', ''],
    ['an invented key', basic(UNKNOWN)],
    ['an invented session', '', 'Cookie: ews-gateway=x.y', 'Origin: http://127.0.0.1'],
  ]) {
    const socket = dial(t, control)
    socket.write(call(authorization ?? '', 'Content-Length: 1000000', ...more))
    t.match(await headOf(socket), /^HTTP\/1.1 40[13]/, `${what} is answered before its body comes`)
    t.equal(budget.held, 0)
    socket.destroy()
  }
  const expecting = dial(t, control)
  expecting.write(call(basic(UNKNOWN), 'Content-Length: 1000000', 'Expect: 100-continue'))
  t.match(await headOf(expecting), /^HTTP\/1.1 403/, 'R29 no body is asked for')
  const known = dial(t, control)
  known.write(call(basic(control.admin), 'Content-Length: 2', 'Expect: 100-continue'))
  t.match(await headOf(known), /^HTTP\/1.1 100/)
})

t.test('R33 unfinished bodies are reserved, and the next one gets 503', async t => {
  const { control, budget } = await start(t, 16 * MIB)
  const sockets = [1, 2].map(() => dial(t, control))
  for (const socket of sockets)
    socket.write(`${call(basic(control.admin), 'Content-Length: 1000000')}{`)
  while (budget.held < 8_000_000) await nextTurn()
  const { status, headers, type } = await control.call('ListOrganizations', {
    x: 'x'.repeat(200_000),
  })
  t.equal(status, 503)
  t.equal(type, 'ServiceUnavailableException')
  t.equal(headers.get('retry-after'), '10')
  t.equal(control.log(), '', 'a full budget is no error of the gateway')
  t.equal(
    (await control.call('ListOrganizations')).status,
    200,
    'a request that fits is served concurrently',
  )

  for (const socket of sockets) socket.destroy()
  while (budget.held > 0) await nextTurn()
  t.equal((await control.call('ListOrganizations')).status, 200)
})

t.test('R33 over budget, a caller that is not authenticated loses its connection', async t => {
  const { control, budget } = await start(t, 2 * MIB)
  const hog = budget.open('127.0.0.1')
  hog.reserve(MIB - 4_000)
  const socket = dial(t, control)
  socket.write(
    'POST /console/session HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\nContent-Length: 4000\r\n\r\n',
  )
  await once(socket, 'close')
  hog.close()
})

t.test('R33 a response whose client has disconnected holds no memory', async t => {
  const checked = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const { control, budget } = await start(t, 8 * MIB, {
    checkUpstream: async () => {
      asked.resolve()
      await checked.promise
      return [{ name: 'name', result: 'ok', detail: 'x'.repeat(200_000) }]
    },
  })
  const socket = dial(t, control)
  const body = JSON.stringify({ OrganizationId: ORGANIZATION })
  const target = 'X-Amz-Target: EwsGateway.CheckUpstream'
  const length = `Content-Length: ${body.length}`
  const head = call(basic(control.admin), length).replace(/X-Amz-Target: .*(?=\r)/, target)
  socket.write(head + body)
  await asked.promise
  socket.destroy()
  // Later data on another connection is read later.
  for (const _ of [1, 2, 3]) await control.call('ListOrganizations')
  t.ok(budget.held > 0)
  checked.resolve()
  while (budget.held > 0) await nextTurn()
  t.equal(budget.held, 0)
})

t.test('R33 files are in memory once, and are sent no faster than they are read', async t => {
  const { control, budget } = await start(t, 8 * MIB)
  const page = 'GET /console/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'
  const sockets = Array.from({ length: 8 }, () => dial(t, control).pause())
  for (const socket of sockets) socket.write(page.repeat(8))
  await once(sockets[7] as (typeof sockets)[0], 'connect')
  t.equal((await control.call('ListOrganizations')).status, 200)
  // The file may still be being read.
  while (budget.held < PAGE.length) await nextTurn()
  t.ok(budget.held <= budget.share + PAGE.length)
  for (const socket of sockets) socket.destroy()
  while (budget.held > PAGE.length) await nextTurn()
  t.equal(budget.held, PAGE.length, 'the file stays')
})

t.test('R33 connections are limited per address, and requests per connection', async t => {
  const { control } = await start(t, 8 * MIB)
  const pipelining = dial(t, control)
  pipelining.write('GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(100))
  pipelining.resume()
  await once(pipelining, 'close')
  t.strictSame(control.closed, ['pipelined'])

  const sockets = Array.from({ length: 65 }, () => dial(t, control))
  await Promise.race(sockets.map(socket => once(socket, 'close')))
  t.strictSame(control.closed, ['pipelined', 'too-many-of-address'])
})
