/**
 * Alerts and dashboards in a real Prometheus: a fault in a running gateway raises each alert.
 *
 * The times for which a condition must hold are left out here: see rules.test.yaml.
 */

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { requestOf, send } from '../gateway/failure-trials.ts'
import { FaultyUpstream } from '../gateway/faulty-upstream.ts'
import { FAULTY_OPTIONS, gatewayFaults } from '../gateway/gateway-faults.ts'
import { ROOT, textOf } from '../kit/checkout.ts'
import { codeOf, envelope, GET_FOLDER } from '../kit/corpus.ts'
import { testFolder } from '../kit/folder.ts'
import { FULL, ORGANIZATION, startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { collectLog } from '../kit/log-lines.ts'
import { negotiateOf, ntlm } from '../kit/ntlm-client.ts'
import { lend } from '../kit/services/lend.ts'
import { type Alert, type Labels, noPrometheus, Prometheus } from '../kit/services/prometheus.ts'
import { noRedis, RedisServer } from '../kit/services/redis.ts'
import { noSlapd } from '../kit/services/slapd.ts'
import { skippableTime } from '../kit/skip-time.ts'
import { leaveJournal, startSecond, startSurrounded } from './gateways.ts'
import { alertRules, panelQueries, RULES_FILE } from './rules.ts'

const SCRAPE_MS = 400
/** Longer than states, back-off, and limits last. */
const QUIET_MS = 61_000
const MAX_AGE_MS = 301_000
const NTLM_HOST = 'ntlm.example.com'

/** Alerts that a busy machine can raise, because scrapes and the upstream have little time here. */
const OF_BUSY_MACHINES = ['EwsGatewayDown', 'EwsGatewayEventLoopSlow', 'EwsGatewayUpstreamDegraded']

/** Only its unit test tries it. */
const NEEDS_A_FULL_DISK = 'EwsGatewayAuditDiskFull'

const skip = noPrometheus || noRedis || noSlapd

t.test('promtool accepts the rules, and their unit tests pass', { skip: noPrometheus }, async t => {
  const promtool = (...args: string[]) => execFileSync('promtool', args, { cwd: ROOT }).toString()
  t.match(promtool('check', 'config', 'deploy/prometheus/prometheus.yaml'), /SUCCESS/)
  t.match(promtool('test', 'rules', 'test/operations/rules.test.yaml'), /SUCCESS/)
})

t.test('each alert fires for its fault, and the dashboards have data', { skip }, async t => {
  const takeLog = collectLog(t)
  const skipTime = skippableTime(t)
  const folder = testFolder(t)
  const redis = await lend(t, RedisServer.start())
  const upstream = await FaultyUpstream.start(t)
  const shared = {
    store: `sqlite:${join(folder, 'gateway.db')}`,
    masterKey: { file: join(folder, 'master.key') },
    cache: `redis://127.0.0.1:${redis.port}`,
  }
  const server = await startGatewayTestServer(t, {
    ...FAULTY_OPTIONS,
    upstreamUrl: upstream.url,
    upstreamPassword: 'correct-horse-battery',
    lenient: true,
    opaqueIds: 'refuse',
    config: {
      ...FAULTY_OPTIONS.config,
      ...shared,
      timeouts: { upstreamSeconds: 5, drainSeconds: 1 },
      audit: { journal: join(folder, 'audit') },
      signIn: { hosts: [{ name: NTLM_HOST, schemes: ['NTLM', 'Basic'] }] },
    },
  })
  upstream.sandbox = server.sandbox
  const second = await startSecond(t, server, shared)
  const surrounded = await startSurrounded(t, server)
  const opsPorts = [server, second, surrounded.server].map(({ gateway }) => gateway.opsPort)
  const prometheus = await lend(t, startPrometheus(opsPorts))
  const fired = new Map<string, Alert>()

  /** Repeats a fault until an alert fires. */
  const fires = async (name: string, act: () => unknown = () => undefined, labels: Labels = {}) => {
    const alert = await prometheus.until(`${name} fires`, async () => {
      await act()
      const alerts = await prometheus.alerts()
      return alerts.find(
        ({ labels: its, state }) =>
          state === 'firing' &&
          Object.entries({ alertname: name, ...labels }).every(([key, it]) => its[key] === it),
      )
    })
    fired.set(name, alert)
  }
  const ask = (name: string, operation = GET_FOLDER) =>
    server.post(envelope(`${name}@example.com`, operation))
  const times = (count: number, act: () => Promise<unknown>) =>
    Promise.all(Array.from({ length: count }, act))
  const recover = async () => {
    await upstream.begin('answers')
    skipTime(QUIET_MS)
    t.equal(await send(server, requestOf('read')), 'NoError')
  }
  t.equal(await send(server, requestOf('read')), 'NoError')
  await prometheus.until('the first scrapes', async () =>
    (await prometheus.values('ews_gateway_build_info')).length === 3 ? true : undefined,
  )
  await fires('EwsGatewayCertificateExpires')
  await fires('EwsGatewayDirectorySkipped')
  const names = (await prometheus.alerts()).map(({ labels }) => labels['alertname'] ?? '')
  t.strictSame(
    [...new Set(names)].filter(name => !OF_BUSY_MACHINES.includes(name)).sort(),
    [...fired.keys()],
    'no other alert fires',
  )

  await t.test('around the gateway', async t => {
    t.strictSame(await surrounded.breakDirectory(), ['stopped', 'failed', 'failed', 'failed'])
    t.match(await surrounded.post('/console/sign-in', {}), { status: 503 })
    await fires('EwsGatewayIssuerUnavailable')
    const { id: accessKeyId, secret: secretAccessKey } = surrounded.key
    t.match(await surrounded.post('/console/session', { accessKeyId, secretAccessKey }), {
      status: 200,
    })
    await fires('EwsGatewayBreakGlass', undefined, { verdict: 'allow' })
  })

  await t.test('clients', async t => {
    t.equal(codeOf((await ask('ceo')).text), 'ErrorImpersonateUserDenied')
    await fires('EwsGatewayManyDenials', () => times(50, () => ask('ceo')), {
      reason: 'rule-denies',
      organization: ORGANIZATION,
    })
    const wrong = { ...server.keys.readOnly, secret: 'wrong' }
    await fires('EwsGatewayWrongCredentials', () =>
      times(20, () => server.post(requestOf('read'), { auth: wrong })),
    )
    const auth = ntlm(negotiateOf())
    // On connections of their own, because a handshake must not be interrupted.
    const headers = { Host: NTLM_HOST, Connection: 'close' }
    await fires('EwsGatewayNtlmHandshakes', () =>
      times(20, () => server.post('', { auth, headers })),
    )
    t.equal(await send(server, requestOf('read')), 'NoError')
    const limited = () =>
      fetch(`http://127.0.0.1:${second.gateway.dataPort}/EWS/Exchange.asmx`, {
        method: 'POST',
        headers: {
          'Content-Type': 'text/xml',
          Authorization: server.authorization('full') ?? '',
          Connection: 'close',
        },
        body: requestOf('read'),
      })
    await limited()
    await fires('EwsGatewayThrottled', limited, { kind: 'principal' })
    const { id: principal } = server.client(FULL.name).principal
    // In small numbers, because the system resets connections that a busy gateway accepts too late.
    const repeat = async () => {
      for (let n = 0; n < 20; n += 1) await times(50, () => ask('user'))
    }
    await fires('EwsGatewayRepeatedRequest', repeat, { principal })
  })

  await t.test('protected mailboxes', async () => {
    const roleId = server.client(FULL.name).role.id
    const exception = { roleId, notAfter: Date.now() + MAX_AGE_MS, reason: 'Investigation 7' }
    const protection = { users: [await server.userId('ceo@example.com')], groups: [] }
    await server.store.putProtection(ORGANIZATION, { ...protection, exceptions: [exception] })
    await fires('EwsGatewayProtectionException', undefined, { organization: ORGANIZATION })
    await server.store.putProtection(ORGANIZATION, { ...protection, exceptions: [] })
  })

  await t.test('the upstream', async () => {
    await upstream.begin('answers 503')
    await send(server, requestOf('read'))
    await fires('EwsGatewayUpstreamDegraded')
    await recover()
    await upstream.begin('accepts no connection')
    await fires('EwsGatewayUpstreamDown', () => send(server, requestOf('read')))
    await recover()
    await upstream.begin('answers 401')
    await fires('EwsGatewayUpstreamRejectsCredentials', () => {
      skipTime(5_000)
      return send(server, requestOf('read'))
    })
    await recover()
    const user = { id: await server.userId('user@example.com') }
    const primarySmtpAddress = 'user@example.com'
    await server.store.putUser(ORGANIZATION, { ...user, primarySmtpAddress, aliases: [] })
    await server.store.releaseName(ORGANIZATION, 'address', 'alias@example.com')
    const alias = { primarySmtpAddress: 'alias@example.com', aliases: [] }
    await server.store.putUser(ORGANIZATION, alias)
    const folderId = /FolderId Id="([^"]*)"/.exec((await ask('user')).text)?.[1]
    await ask('alias')
    const byId = GET_FOLDER.replace(
      /<t:DistinguishedFolderId .*?\/>/,
      `<t:FolderId Id="${folderId}"/>`,
    )
    await ask('user', byId)
    await ask('alias', byId)
    await fires('EwsGatewaySharedMailboxes')
  })

  await t.test('the gateway', async t => {
    const faults = gatewayFaults(t, server)
    const step = faults['a step throws']
    await step.begin?.()
    await send(server, requestOf('read'))
    await step.end?.()
    await fires('EwsGatewayUnhandledError')
    const memory = faults['other requests hold all memory']
    await memory.begin?.()
    await fires('EwsGatewayMemoryFull', () => send(server, requestOf('read')))
    await fires('EwsGatewayNotReady', undefined, { check: 'memory' })
    await memory.end?.()
    const disk = faults['the disk of the audit is full']
    await disk.begin?.()
    t.equal(await send(server, requestOf('read')), 'ErrorServerBusy')
    await fires('EwsGatewayAuditUnavailable')
    await disk.end?.()
    t.equal(await send(server, requestOf('read')), 'NoError')
    await fires('EwsGatewayEventLoopSlow', () => Atomics.wait(NEVER, 0, 0, 300))
  })

  await t.test('the history', async t => {
    await leaveJournal(t, server.auditFolder)
    await fires('EwsGatewayHistoryFlood')
    await fires('EwsGatewayHistoryRejected')
    const history = new DatabaseSync(join(folder, 'gateway-history.db'))
    history.exec('begin immediate')
    await send(server, requestOf('read'))
    skipTime(QUIET_MS)
    await fires('EwsGatewayAuditLag', undefined, { consumer: 'history' })
    history.close()
  })

  await t.test('Redis, the store, and a gateway', async () => {
    const client = new Redis(redis.port, '127.0.0.1')
    client.on('error', () => undefined)
    await fires('EwsGatewayCacheRefused', async () => {
      for (const key of await client.keys('ews:*')) await client.hset(key, 'd', 'forged')
      skipTime(MAX_AGE_MS)
      await send(server, requestOf('read'))
    })
    client.disconnect()
    await redis.kill()
    await fires('EwsGatewayCacheUnavailable')
    await fires('EwsGatewaySubscriptionDown')
    await second.store.close()
    await fires('EwsGatewayStoreUnavailable')
    await server.changeRole('other', { name: 'changed' })
    await fires('EwsGatewayPolicyVersionsDiffer')
    skipTime(QUIET_MS)
    await fires('EwsGatewayPolicyOld')
    await fires('EwsGatewayDirectoryStopped')
    await fires('EwsGatewayDirectoryUnprotected')
    await fires('EwsGatewayDirectoryUnreachable')
    await surrounded.server.close()
    await fires('EwsGatewayDown')
  })

  t.strictSame(
    [...fired.keys()].sort(),
    alertRules()
      .map(({ alert }) => alert)
      .filter(alert => alert !== NEEDS_A_FULL_DISK)
      .sort(),
  )
  for (const [name, { annotations }] of fired)
    t.notMatch(Object.values(annotations).join(), /<no value>|<error|\{\{| at ,| of ,/, name)
  await checkDashboards(t, prometheus)
  takeLog()
})

const NEVER = new Int32Array(new SharedArrayBuffer(4))

/** Starts Prometheus with the rules of the deployment, but without their delays. */
function startPrometheus(opsPorts: readonly number[]): Promise<Prometheus> {
  const rules = textOf(RULES_FILE)
    .replace(/^ *for: .*\n/gm, '')
    .replace('offset 1m)', 'offset 1s)')
  const config = textOf('deploy/prometheus/prometheus.yaml')
    .replaceAll(/_interval: .*/g, `_interval: ${SCRAPE_MS}ms`)
    .replace(/targets: .*/, `targets: [${opsPorts.map(port => `'127.0.0.1:${port}'`).join()}]`)
  return Prometheus.start(config, { 'rules.yaml': rules })
}

/** Checks that every query of a dashboard has had data in this run. */
async function checkDashboards(t: Test, prometheus: Prometheus): Promise<void> {
  for (const { dashboard, panel, expr } of panelQueries()) {
    const query = expr
      .replaceAll('$__rate_interval', '5s')
      .replaceAll('$__range', '1m')
      .replaceAll(/\$(instance|organization|role)\b/g, '.*')
    t.notMatch(query, /\$/, `${dashboard}: every variable of ${panel} is known`)
    const values = (await prometheus.values(query)).flatMap(it => it.values)
    t.ok(
      values.some(([, value]) => value !== 'NaN'),
      `${dashboard}: ${panel}: ${query}`,
    )
  }
}
