import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { Sandbox } from '../../sandbox/sandbox.ts'
import { checkUpstreams, reportStatus, watchUpstreams } from '../../src/app/upstream-watch.ts'
import { rejectionsOf } from '../../src/app/upstreams.ts'
import type { AuditRecord } from '../../src/audit/audit.ts'
import { MasterKey } from '../../src/credentials/master-key.ts'
import { organizationId } from '../../src/model/identity.ts'
import { Secret } from '../../src/model/secret.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { Health } from '../../src/telemetry/health.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { basicAuthentication } from '../../src/upstream/basic.ts'
import { ask, upstreamOf } from '../upstream/recorder.ts'

const ID = organizationId('m-0123456789abcdef0123456789abcdef')
const SERVICE = 'svc@example.com'
const DEADLINE_MS = 60_000

const startSandbox = async (t: Test) => {
  const sandbox = await Sandbox.start({
    username: SERVICE,
    password: 'new',
    users: [{ primarySmtpAddress: 'alice@example.com', aliases: [] }],
    serviceAddress: SERVICE,
  })
  t.teardown(() => sandbox.close())
  return sandbox
}

/** The upstream of a gateway that is watched, and everything that it reports. */
function watch(t: Test, url: string, password = 'new') {
  const time = { now: 1_000 }
  const lines: string[] = []
  const alerts: AuditRecord[] = []
  const log = createLog('info', { write: line => lines.push(line) })
  const metrics = new Metrics({ version: '1', organizations: [ID] })
  const health = new Health(() => time.now)
  const organization = { id: ID, alias: 'example', serviceAddresses: [SERVICE] } as const
  const upstream = upstreamOf(t, url, {
    authentication: basicAuthentication(SERVICE, new Secret(password)),
    now: () => time.now,
    onStatus: reportStatus(
      { ...organization, opaqueIds: 'refuse', enforcesSendAs: false },
      { metrics, log, audit: { record: record => alerts.push(record) } },
    ),
  })
  const organizations = new Map([[ID, { organization, upstream }]]) as Parameters<
    typeof watchUpstreams
  >[0]
  checkUpstreams(health, organizations)
  return {
    time,
    upstream,
    organizations,
    alerts,
    logged: () => lines.splice(0).map(line => JSON.parse(line)),
    ready: async () => {
      time.now += 1_000
      return await health.report('ready')
    },
    state: async () =>
      /^ews_gateway_upstream_state\{organization="[^"]*",state="([^"]*)"\} 1$/m.exec(
        await metrics.render(),
      )?.[1],
  }
}

t.test('R38 an upstream that is down: a log line, a metric, and a warning', async t => {
  const sandbox = await startSandbox(t)
  const { upstream, alerts, logged, ready, state } = watch(t, sandbox.url.replace(/:\d+/, ':1'))
  t.equal(await state(), 'unknown')
  t.match(await ready(), { status: 'pass' })
  await upstream.checkConnection(DEADLINE_MS)
  t.match(logged(), [
    {
      level: 'error',
      organization: ID,
      before: 'unknown',
      cause: 'refused',
      message: /port 1 of 127.0.0.1 accepts no connection/,
      remedy: /start the server, or open the firewall/,
      msg: 'The upstream serves no requests',
    },
  ])
  t.equal(await state(), 'down')
  const { status, checks } = await ready()
  t.equal(status, 'warn', 'another gateway could not do better')
  t.match(checks['upstream']?.message, /down: port 1 .* accepts no connection.*start the server/)
  await ask(upstream)
  t.strictSame(logged(), [], 'one line at a transition')
  t.match(alerts, [
    {
      type: 'alert',
      alert: 'upstream-down',
      organizationId: ID,
      message: /^The upstream serves no requests: port 1 /,
    },
  ])
  t.equal(alerts.length, 1)
})

t.test('R38 the check at start reports nothing if the upstream can be reached', async t => {
  const sandbox = await startSandbox(t)
  const { upstream, logged, ready, state } = watch(t, sandbox.url)
  await upstream.checkConnection(DEADLINE_MS)
  t.strictSame(logged(), [])
  t.equal(await state(), 'unknown')
  t.match(await ready(), { status: 'pass' })
  t.strictSame(sandbox.seen, [], 'without a request that says anything')
})

t.test('R38 the check at start reports a path that the upstream does not have', async t => {
  const server = createServer((_, response) => response.writeHead(404).end())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close().closeAllConnections())
  const { port } = server.address() as AddressInfo
  const { upstream, logged, ready } = watch(t, `http://127.0.0.1:${port}/exchange.asmx`)
  await upstream.checkConnection(DEADLINE_MS)
  t.match(logged(), [
    {
      level: 'error',
      cause: 'not-ews',
      message: '/exchange.asmx answers with status 404',
      remedy: /Correct the path in upstream\.url/,
      msg: 'The upstream serves no requests',
    },
  ])
  const { status, checks } = await ready()
  t.equal(status, 'warn')
  t.match(checks['upstream']?.message, /status 404\. Correct the path in upstream\.url/)
})

t.test('close() ends the check at start', async t => {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close().closeAllConnections())
  const { port } = server.address() as AddressInfo
  const { upstream, logged } = watch(t, `http://127.0.0.1:${port}/EWS/Exchange.asmx`)
  const checked = upstream.checkConnection(DEADLINE_MS)
  await once(server, 'request')
  await upstream.close()
  await checked
  t.strictSame(logged(), [])
})

t.test('R38 a request shows that the upstream serves', async t => {
  const sandbox = await startSandbox(t)
  const { upstream, logged, state } = watch(t, sandbox.url)
  await ask(upstream)
  t.match(logged(), [{ level: 'info', before: 'unknown', msg: 'The upstream serves requests' }])
  t.equal(await state(), 'up')
})

t.test('R38 an upstream that serves again after it was down is an alert', async t => {
  const alerts: AuditRecord[] = []
  const report = reportStatus(
    {
      id: ID,
      alias: 'example',
      serviceAddresses: [SERVICE],
      opaqueIds: 'refuse',
      enforcesSendAs: false,
    },
    {
      metrics: new Metrics({ version: '1', organizations: [ID] }),
      log: createLog('error', { write: () => undefined }),
      audit: { record: record => alerts.push(record) },
    },
  )
  report({ state: 'degraded', since: 0 }, 'down')
  report({ state: 'up', since: 0 }, 'degraded')
  t.match(alerts, [{ alert: 'upstream-up' }])
  t.equal(alerts.length, 1)
})

t.test('R38 another cause of a failure is a log line, and no alert', async t => {
  const server = createServer((_, response) => response.writeHead(404).end())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const { upstream, time, alerts, logged } = watch(t, `http://127.0.0.1:${port}/EWS/Exchange.asmx`)
  await upstream.checkConnection(DEADLINE_MS)
  t.match(logged(), [{ before: 'unknown', cause: 'not-ews' }])
  server.close().closeAllConnections()
  await once(server, 'close')
  time.now += 30_000
  await ask(upstream)
  t.match(logged(), [
    { level: 'error', before: 'down', cause: 'refused', msg: 'The upstream serves no requests' },
  ])
  t.equal(alerts.length, 1)
})

t.test('R38 the check at start does not repeat a failure that a request has shown', async t => {
  const sandbox = await startSandbox(t)
  const { upstream, state } = watch(t, sandbox.url, 'old')
  await ask(upstream)
  await upstream.checkConnection(DEADLINE_MS)
  t.equal(await state(), 'degraded')
})

t.test('R38 credentials that are rejected, and accepted again', async t => {
  const sandbox = await startSandbox(t)
  const { time, upstream, alerts, logged, state, ready } = watch(t, sandbox.url, 'old')
  await ask(upstream)
  t.strictSame(alerts, [], 'not while only some requests fail')
  t.match(logged(), [
    { level: 'warn', cause: 'unauthorized', msg: 'Some requests to the upstream fail' },
  ])
  time.now += 2_000
  await ask(upstream)
  t.match(logged(), [
    {
      level: 'error',
      before: 'degraded',
      cause: 'unauthorized',
      remedy: /^Correct user name or password, or unlock the account\. Then restart the gateways\./,
      msg: "The upstream rejects the gateway's own account",
    },
  ])
  t.equal(await state(), 'credentials-rejected')
  t.match(await ready(), { status: 'warn' })
  t.match(alerts, [{ alert: 'upstream-down' }])
})

t.test('watchUpstreams() checks at once, then every second', async t => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const calls: string[] = []
  const upstream = {
    checkConnection: async (deadlineMs: number) => calls.push(`check ${deadlineMs}`),
    look: async () => calls.push('look'),
  }
  const organizations = new Map([[ID, { upstream }]]) as unknown as Parameters<
    typeof watchUpstreams
  >[0]
  const end = watchUpstreams(organizations, 5)
  mock.timers.tick(2_000)
  end()
  mock.timers.tick(2_000)
  t.strictSame(calls, ['check 5', 'look', 'look'])
})

t.test('R30 three gateways with a wrong password: 401s in an hour', async t => {
  const sandbox = await startSandbox(t)
  const store = await openSqlite(':memory:')
  t.teardown(() => store.close())
  const masterKey = new MasterKey(randomBytes(32))
  const time = { now: 0 }
  const gatewayWith = (password: string) => {
    const account = { kind: 'basic', username: SERVICE, password: new Secret(password) } as const
    const config = { url: sandbox.url, authentication: account } as Parameters<
      typeof rejectionsOf
    >[2]
    return upstreamOf(t, sandbox.url, {
      authentication: basicAuthentication(SERVICE, account.password),
      now: () => time.now,
      rejections: rejectionsOf(store, masterKey, config),
    })
  }
  const gateways = ['old', 'old', 'old'].map(gatewayWith)
  const times: number[] = []
  for (; time.now < 3_600_000; time.now += 1_000) {
    for (const gateway of gateways) await gateway.look()
    const before = sandbox.seen.length
    await Promise.all(gateways.map(gateway => ask(gateway)))
    for (let n = before; n < sandbox.seen.length; n += 1) times.push(time.now / 1_000)
  }
  // Each gateway gets a first 401 before it can know of the others. Then one of them tries.
  t.strictSame(times, [0, 0, 0, 2, 62, 182, 422, 902, 1_502, 2_102, 2_702, 3_302])

  const { failure } = await ask(gatewayWith('new'))
  t.equal(failure, undefined, 'another password is tried immediately')
})

t.test('R30 three gateways and one stray 401', async t => {
  const sandbox = await startSandbox(t)
  const store = await openSqlite(':memory:')
  t.teardown(() => store.close())
  const masterKey = new MasterKey(randomBytes(32))
  const time = { now: 0 }
  const account = { kind: 'basic', username: SERVICE, password: new Secret('new') } as const
  const config = { url: sandbox.url, authentication: account } as Parameters<typeof rejectionsOf>[2]
  // The sandbox rejects what has another password: a request with the account's own is accepted.
  const rejections = rejectionsOf(store, masterKey, config)
  const open = (password: string) =>
    upstreamOf(t, sandbox.url, {
      authentication: basicAuthentication(SERVICE, new Secret(password)),
      now: () => time.now,
      rejections,
    })
  const [stray, ...others] = [open('old'), open('new'), open('new')] as const
  await ask(stray)
  await stray.look()
  await Promise.all(others.map(gateway => gateway.look()))
  const failures = async () =>
    (await Promise.all(others.map(gateway => ask(gateway)))).filter(({ failure }) => failure).length
  t.equal(await failures(), 2, 'all gateways rest')
  time.now += 2_000
  t.equal(await failures(), 1, 'one of them tries')
  for (const gateway of [...others, ...others]) await gateway.look()
  t.equal(await failures(), 0, 'an outage of 2 seconds')
})
