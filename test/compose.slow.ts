/**
 * Starts the services of compose.yaml without Docker: with its secrets and configuration, PostgreSQL,
 * Redis, the sandbox, and two gateways that start at the same time.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join, resolve } from 'node:path'
import { text as textOfStream } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createKey } from '../src/cli/admin.ts'
import { importUsers } from '../src/cli/users.ts'
import { loadConfig } from '../src/config/load.ts'
import { signCall } from '../src/credentials/sign.ts'
import { Secret } from '../src/model/secret.ts'
import { start, textOf } from './kit/checkout.ts'
import { Command } from './kit/command.ts'
import { codeOf, createItem, envelope, GET_FOLDER } from './kit/corpus.ts'
import { COMPOSE, IMAGE_ENV, MAKE_SECRETS, SECRETS, withoutOpenssl } from './kit/deploy.ts'
import { basic, mayAssume, ORGANIZATION, XML } from './kit/gateway-test-server.ts'
import { recordsOf } from './kit/journal.ts'
import { lend } from './kit/services/lend.ts'
import { PostgresServer, withoutPostgres } from './kit/services/postgres.ts'
import { noRedis, RedisServer } from './kit/services/redis.ts'
import { readPorts } from './kit/serving.ts'
import { until } from './kit/until.ts'
import { readExposition } from './telemetry/exposition.ts'

/** Short, so that the policy data expires within a test. */
const MAX_AGE_SECONDS = 3
const PATIENCE_MS = 300_000

type Ports = Awaited<ReturnType<typeof readPorts>>
type Ready = Readonly<{
  code: number
  status: string
  checks: Readonly<Record<string, Readonly<{ status: string; message?: string }>>>
}>

/** Checks of `/readyz`. */
const CHECKS = [
  'audit',
  'cache',
  'certificate',
  'content',
  'delivery',
  'disk',
  'mailboxes',
  'master-key',
  'memory',
  'policy',
  'store',
  'upstream',
]

t.test('compose.yaml', { skip: withoutPostgres || noRedis || withoutOpenssl }, async t => {
  const folder = t.testdir({ data: {}, secrets: {} })
  const secrets = join(folder, 'secrets')
  execFileSync('sh', [MAKE_SECRETS, secrets], { stdio: 'pipe' })
  const secret = (name: string) => readFileSync(join(secrets, name), 'utf8').trim()
  const certificate = secret('tls.crt')

  const [postgres, redis, sandboxUrl] = await Promise.all([
    lend(t, PostgresServer.start({ password: secret('store.password') })),
    lend(t, startRedis(secret('redis.conf'))),
    startSandbox(t, secrets),
  ])
  const database = await postgres.createDatabase()
  const file = join(folder, 'gateway.yaml')
  writeFileSync(file, textOf('deploy/compose/gateway.yaml').replaceAll(SECRETS, secrets))
  const env = {
    ...Object.fromEntries(
      Object.entries(IMAGE_ENV).map(([name, value]) => [
        name,
        value.replace(/^\/data/, `${folder}/data`),
      ]),
    ),
    ...Object.fromEntries(
      ['DATA', 'CONTROL', 'OPS'].map(name => [`EWS_GATEWAY_LISTEN__${name}`, '127.0.0.1:0']),
    ),
    EWS_GATEWAY_STORE__URL: `${postgres.url(database)}?sslmode=disable`,
    EWS_GATEWAY_CACHE__URL: `redis://127.0.0.1:${redis.port}`,
    EWS_GATEWAY_ORGANIZATIONS__0__UPSTREAM__URL: sandboxUrl,
    EWS_GATEWAY_PROPAGATION__MAX_AGE_SECONDS: `${MAX_AGE_SECONDS}`,
  }
  const commands = [1, 2].map(
    () => new Command(t, ['serve', '--config', file], { cwd: folder, env }),
  )
  const [one, two] = (await Promise.all(commands.map(readPorts))) as [Ports, Ports]
  const both = [one, two]
  const config = loadConfig({ file, env, cwd: folder })
  const key = await begin(config, 'deploy/compose/users.csv')

  /** Calls the control API of a gateway. */
  const api = async ({ controlPort }: Ports, target: string, input: object) => {
    const url = new URL(`https://localhost:${controlPort}`)
    const body = JSON.stringify({ OrganizationId: ORGANIZATION, ...input })
    const headers = await signCall({ url, target, body, ...key, at: Date.now() })
    const { status, text } = await post(url, headers, body)
    t.equal(status, 200, `${target}: ${text}`)
    return JSON.parse(text)
  }
  const post = (url: URL, headers: object, body: string) => send(url, headers, body, certificate)
  /** Sends an EWS request to a gateway. @returns the ResponseCode */
  const ews = async (
    { dataPort }: Ports,
    authorization: string,
    operation = GET_FOLDER,
    whom = 'alice@example.com',
  ) => {
    const url = new URL(`https://localhost:${dataPort}/EWS/Exchange.asmx`)
    const headers = { Authorization: authorization, 'Content-Type': XML }
    return codeOf((await post(url, headers, envelope(whom, operation))).text)
  }

  await t.test(
    'two gateways start at the same time on an empty store, and use one master key',
    async t => {
      t.strictSame(
        readdirSync(join(folder, 'data')).sort(),
        ['audit', 'master.key'],
        'they write nothing else',
      )
      for (const ports of both) {
        const { code, status, checks } = await readiness(ports)
        t.match([code, status], [200, 'pass'])
        t.strictSame(Object.keys(checks).sort(), CHECKS)
      }
      await until('the heartbeat of each is recorded', async () => {
        const { Gateways } = await api(one, 'EwsGateway.ListGateways', {})
        return Gateways.length === 2
      })
    },
  )

  const { ImpersonationRoleId } = await api(one, 'WorkMailService.CreateImpersonationRole', {
    Name: 'backup',
    Type: 'READ_ONLY',
    Rules: [{ ImpersonationRuleId: 'everyone', Effect: 'ALLOW' }],
  })
  const role = { ImpersonationRoleId }
  const { PrincipalId } = await api(two, 'EwsGateway.CreatePrincipal', {
    Name: 'backup-tool',
    Policy: mayAssume(ImpersonationRoleId),
  })
  const { AccessKeyId, SecretAccessKey } = await api(one, 'EwsGateway.CreateAccessKey', {
    PrincipalId,
  })
  const tool = basic({ id: AccessKeyId, secret: SecretAccessKey })

  await t.test('roles, keys, and tokens of one gateway work at the other', async t => {
    const { Token } = await api(one, 'WorkMailService.AssumeImpersonationRole', role)
    for (const ports of both)
      for (const authorization of [tool, `Bearer ${Token}`]) {
        t.equal(await ews(ports, authorization), 'NoError')
        t.equal(await ews(ports, authorization, createItem('x')), 'ErrorAccessDenied')
      }
  })

  await t.test('each counts cache hits and misses by layer', async t => {
    const [version] = await postgres.query<{ version: string }>(
      database,
      `select policy_version as version from organizations where id = '${ORGANIZATION}'`,
    )
    for (const ports of both) {
      await counts(t, ports, 'subscription_up', value => value === 1)
      await counts(t, ports, 'policy_version', value => value === Number(version?.version))
      await counts(t, ports, 'policy_age_seconds', value => value >= 0 && value < MAX_AGE_SECONDS)
      await counts(t, ports, 'invalidation_delay_seconds_count', value => value > 0)
      await counts(t, ports, 'cache_requests_total l1 hit', value => value > 0)
    }
    await counts(t, one, 'cache_requests_total store hit', value => value > 0)
    await counts(t, two, 'cache_requests_total l2 hit', value => value > 0)
  })

  await t.test('without Redis they are ready, report it, and apply changes', async t => {
    t.equal(checkRedis(redis.port), 0, 'its health check passes while it runs')
    await redis.kill()
    t.not(checkRedis(redis.port), 0)
    for (const ports of both) {
      const found = await eventually(ports, ({ status }) => status === 'warn')
      t.match(found, {
        code: 200,
        checks: { cache: { status: 'warn' }, policy: { status: 'pass' } },
      })
      t.match(found.checks['cache']?.message, 'Redis at')
      t.equal(await ews(ports, tool), 'NoError')
      await counts(t, ports, 'subscription_up', value => value === 0)
    }
    const lock = { ...role, Message: 'Closed' }
    await api(two, 'EwsGateway.LockImpersonationRole', lock)
    t.equal(await ews(two, tool), 'ErrorImpersonateUserDenied', 'at once where it was made')
    // The other polls once a second.
    while ((await ews(one, tool)) === 'NoError') await setTimeout(50)
    await api(one, 'EwsGateway.UnlockImpersonationRole', role)
    t.equal(await ews(one, tool), 'NoError')
    for (const ports of both)
      await counts(t, ports, 'cache_requests_total l2 failed', value => value > 0)
  })

  await t.test('without PostgreSQL they are ready while their policy data is fresh', async t => {
    await postgres.kill()
    const lostAt = performance.now()
    const known = await eventually(one, ({ checks }) => checks['store']?.status === 'warn')
    t.match(known, { code: 200, status: 'warn', checks: { policy: { status: 'pass' } } })
    t.equal(await ews(one, tool), 'NoError', 'it decides on what it knows')
    const unknown = await ews(one, tool, GET_FOLDER, 'nobody.has.asked@example.com')
    t.equal(unknown, 'ErrorServerBusy', 'and puts off what it does not')
    await counts(t, one, 'cache_requests_total store failed', value => value > 0)
    for (const ports of both) {
      const blind = await eventually(ports, ({ code }) => code === 503)
      t.match(blind, { status: 'fail', checks: { policy: { status: 'fail' } } })
      t.equal(await ews(ports, tool), 'ErrorServerBusy')
      await counts(t, ports, 'fail_closed_total', value => value > 0)
      await counts(t, ports, 'policy_age_seconds', value => value > MAX_AGE_SECONDS)
    }
    t.ok(performance.now() - lostAt < (MAX_AGE_SECONDS + 3) * 1_000, 'and not for longer')

    await Promise.all([postgres.restart(), redis.restart()])
    for (const ports of both) {
      t.match(await eventually(ports, ({ status }) => status === 'pass'), { code: 200 })
      t.equal(await ews(ports, tool), 'NoError', 'back again')
      await counts(t, ports, 'subscription_up', value => value === 1)
    }
  })

  await t.test('both end with code 0, and logged no secret', async t => {
    for (const command of commands) {
      t.equal(await command.kill('SIGTERM'), 0)
      for (const name of ['store', 'cache', 'upstream'])
        t.notMatch(command.out + command.err, secret(`${name}.password`))
      t.notMatch(command.err, key.secret.reveal())
    }
    t.ok(recordsOf(join(folder, 'data/audit')).length > 0, 'one audit, of whole lines')
  })
})

/** As its container does, but for the file, which says what `--requirepass` says. */
function startRedis(file: string) {
  const [, password = ''] = /^requirepass (\S+)$/.exec(file) ?? []
  const [, , ...settings] = COMPOSE.services['redis']?.command ?? []
  return RedisServer.start([...settings, '--requirepass', password])
}

/** @returns the exit code of its container's health check */
function checkRedis(port: number): number | null {
  const [, check = ''] = COMPOSE.services['redis']?.healthcheck?.test ?? []
  return spawnSync('sh', ['-c', check.replace('redis-cli', `redis-cli -p ${port}`)]).status
}

/** @returns the URL of its EWS endpoint */
async function startSandbox(t: Test, secrets: string): Promise<string> {
  const script = ['node', 'deploy/compose/sandbox.mjs', resolve('sandbox/sandbox.ts')]
  const ready = '/EWS/Exchange.asmx\n'
  const { written } = await start(t, [...script, secrets, '127.0.0.1', '0'], {
    cwd: '.',
    until: ready,
  })
  return written().trim()
}

/** Brings in the users and makes an administrator, as the command line does. */
async function begin(config: ReturnType<typeof loadConfig>, file: string) {
  let out = ''
  const output = { print: (text: string) => (out += text), warn: () => undefined }
  const settings = { organization: 'example', file, dryRun: false, deleteMissing: false }
  await importUsers(config, settings, output)
  await createKey(config, { organization: 'example', name: 'admin', mayImpersonate: true }, output)
  const [, accessKeyId = '', secret = ''] = /_ID=(.*)\n.*_KEY=(.*)\n/.exec(out) ?? []
  return { accessKeyId, secret: new Secret(secret) }
}

async function send(url: URL, headers: object, body: string, ca: string) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const sent = request(url, { method: 'POST', headers: { ...headers }, ca }, response => {
    textOfStream(response).then(text => resolve({ status: response.statusCode ?? 0, text }), reject)
  })
  sent.on('error', reject).end(body)
  return promise
}

async function readiness({ opsPort }: Ports): Promise<Ready> {
  const response = await fetch(`http://127.0.0.1:${opsPort}/readyz`)
  return { code: response.status, ...((await response.json()) as Omit<Ready, 'code'>) }
}

async function eventually(ports: Ports, holds: (ready: Ready) => boolean): Promise<Ready> {
  const late = performance.now() + PATIENCE_MS
  for (;;) {
    const found = await readiness(ports)
    if (holds(found) || performance.now() > late) return found
    await setTimeout(50)
  }
}

/** Waits for a metric to show something; `name layer result` where it has these labels. */
async function counts(
  t: Test,
  { opsPort }: Ports,
  metric: string,
  holds: (value: number) => boolean,
): Promise<void> {
  const [name, ...labels] = metric.split(' ')
  const late = performance.now() + PATIENCE_MS
  for (;;) {
    const exposition = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text()
    const found = readExposition(exposition).find(
      sample =>
        sample.name === `ews_gateway_${name}` &&
        labels.every(label => Object.values(sample.labels).includes(label)),
    )
    const isShown = found !== undefined && holds(found.value)
    if (isShown || performance.now() > late) {
      t.ok(isShown, `${metric}: ${found?.value}`)
      return
    }
    await setTimeout(50)
  }
}
