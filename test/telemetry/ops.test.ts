import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import { Health } from '../../src/telemetry/health.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { opsListener } from '../../src/telemetry/ops.ts'
import { probe } from '../../src/telemetry/probe.ts'
import { readExposition } from './exposition.ts'

const loopback = { host: '127.0.0.1', port: 0 }

async function open(t: Test) {
  const metrics = new Metrics({ version: '1', organizations: [] })
  const health = new Health()
  const budget = new ByteBudget(8 * 1_024 * 1_024)
  const ops = await opsListener({ metrics, health, budget }).listen(loopback)
  t.teardown(() => ops.close(0))
  return { metrics, health, budget, ops }
}

type Answer = { status: number | undefined; headers: IncomingHttpHeaders; body: string }

async function ask(port: number, path: string, method = 'GET'): Promise<Answer> {
  const sent = request({ ...loopback, port, path, method, agent: false }).end()
  const [response] = await once(sent, 'response')
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}

t.test('opsListener serves the metrics', async t => {
  const { metrics, ops } = await open(t)
  metrics.policy.failedClosed()
  const { status, headers, body } = await ask(ops.port, '/metrics')
  t.equal(status, 200)
  t.match(headers, {
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    'cache-control': 'no-store',
  })
  const samples = readExposition(body)
  t.equal(samples.find(({ name }) => name === 'ews_gateway_fail_closed_total')?.value, 1)
})

t.test('opsListener answers the probes by their checks', async t => {
  const { health, ops } = await open(t)
  let broken = ''
  const check = () => {
    if (broken) throw new Error(broken)
  }
  health.add('store', { kinds: ['startup'], check })
  health.add('listener', {
    kinds: ['ready'],
    check: () => Promise.reject(new Error('not listening yet')),
  })
  const live = await ask(ops.port, '/livez')
  t.strictSame([live.status, JSON.parse(live.body)], [200, { status: 'pass', checks: {} }])
  t.equal(live.headers['content-type'], 'application/json')

  const ready = await ask(ops.port, '/readyz?verbose')
  t.equal(ready.status, 503)
  t.match(JSON.parse(ready.body), {
    status: 'fail',
    checks: { listener: { status: 'fail', message: 'not listening yet', ms: Number } },
  })
  t.equal((await ask(ops.port, '/startupz')).status, 200)
  broken = 'gone'
  t.equal((await ask(ops.port, '/startupz')).status, 200, 'within a second it is not asked again')
})

t.test('opsListener is alive, but not ready, while it drains', async t => {
  const { health, ops } = await open(t)
  t.equal((await ask(ops.port, '/readyz')).status, 200)
  health.draining()
  const ready = await ask(ops.port, '/readyz')
  t.equal(ready.status, 503)
  t.match(JSON.parse(ready.body), { checks: { draining: { message: 'draining' } } })
  t.equal((await ask(ops.port, '/livez')).status, 200)
})

for (const [method, path, status] of [
  ['GET', '/', 404],
  ['GET', '/metrics/', 404],
  ['GET', '/Metrics', 404],
  ['GET', '/toString', 404],
  ['GET', '//metrics', 404],
  ['POST', '/nowhere', 404],
  ['POST', '/metrics', 405],
  ['DELETE', '/livez', 405],
  ['OPTIONS', '/readyz', 405],
  ['HEAD', '/metrics', 200],
  ['HEAD', '/livez', 200],
  ['HEAD', '/nowhere', 404],
] as const) {
  t.test(`opsListener answers ${method} ${path} with ${status}`, async t => {
    const { ops } = await open(t)
    const answer = await ask(ops.port, path, method)
    t.equal(answer.status, status)
    t.equal(answer.headers.allow, status === 405 ? 'GET, HEAD' : undefined)
    if (method === 'HEAD') {
      t.equal(answer.body, '')
      t.ok(Number(answer.headers['content-length']) > 0)
    } else {
      t.equal(answer.body.length > 0, true)
    }
  })
}

t.test('probe() gives up on a silent listener', async t => {
  const mute = createServer(socket => socket.on('error', () => undefined)).listen(0, loopback.host)
  await once(mute, 'listening')
  t.teardown(() => mute.close())
  t.equal(await probe(`http://127.0.0.1:${(mute.address() as AddressInfo).port}/livez`), 1)
})

t.test('probe() returns an exit code', async t => {
  const { health, ops } = await open(t)
  const url = `http://127.0.0.1:${ops.port}`
  t.equal(await probe(`${url}/readyz`), 0)
  health.draining()
  t.equal(await probe(`${url}/readyz`), 1)
  t.equal(await probe(`${url}/livez`), 0)
  t.equal(await probe('not a url'), 1)
  await ops.close(0)
  t.equal(await probe(`${url}/livez`), 1, 'nobody listens')
})

t.test('R33 probes are answered without free memory, and scrapes get 503', async t => {
  const { ops, budget } = await open(t)
  const hog = budget.open('127.0.0.1')
  hog.reserve(budget.share)
  t.equal((await ask(ops.port, '/livez')).status, 200)
  const { status, headers, body } = await ask(ops.port, '/metrics')
  t.equal(status, 503)
  t.equal(headers['retry-after'], '10')
  t.match(body, /memory/)
  hog.close()
  t.equal((await ask(ops.port, '/metrics')).status, 200)
  t.equal(budget.held, 0)
})
