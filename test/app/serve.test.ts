import { once } from 'node:events'
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { Agent, request } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore, startGateway } from '../../src/app/compose.ts'
import { lockStore } from '../../src/app/policy.ts'
import { segmentFile, segmentsIn } from '../../src/audit/segments.ts'
import { listenOf } from '../../src/cli/options.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { HealthReport } from '../../src/telemetry/health.ts'
import { Command, LocalCommand, runCommand } from '../kit/command.ts'
import { codeOf, createItem, envelope, GET_FOLDER } from '../kit/corpus.ts'
import { type GatewayTestServer, ORGANIZATION, XML } from '../kit/gateway-test-server.ts'
import { addLaterMigrations, LATER } from '../kit/later-migrations.ts'
import { startReceiver } from '../kit/receiver.ts'
import { configOf, readPorts, startLocalServing, startServing } from '../kit/serving.ts'
import { until, Wire } from '../kit/wire.ts'

const URL_OF_NOBODY = 'https://mail.example.com/EWS/Exchange.asmx'
const CSV =
  'id,primarySmtpAddress,aliases,principalName,sid,displayName\n' +
  ',alice@example.com,,alice@corp.example.com,S-1-5-21-1-1,Alice\n'

/** The files of a gateway that was never started. */
const files = (sections = {}) => ({
  'gateway.yaml': JSON.stringify(configOf(URL_OF_NOBODY, sections)),
  'upstream.password': 'correct-horse-battery',
  'users.csv': CSV,
})
const SERVE = ['serve', '--config', 'gateway.yaml']

/** Gateways that the store lists. */
async function gatewaysOf(cwd: string) {
  const config = loadConfig({ file: 'gateway.yaml', env: {}, cwd })
  const { store } = await openStore(config, () => undefined)
  const gateways = await store.gateways()
  await store.close()
  return gateways
}

t.test('ews-gateway serve', async t => {
  const cwd = t.testdir(files())
  const key = join(cwd, 'data/master.key')
  const options = ['--organization', 'example', '--config', 'gateway.yaml']
  const taken = await runCommand(t, ['users', 'import', ...options, 'users.csv'], { cwd })
  t.equal(taken.code, 0)
  const made = readFileSync(key, 'utf8')
  t.equal(statSync(key).mode & 0o777, 0o600)

  await t.test('is ready when it says so, finds its key again, and ends with 0', async t => {
    const command = new Command(t, SERVE, { cwd })
    const { dataPort, controlPort, opsPort } = await readPorts(command)
    const ready = await fetch(`http://127.0.0.1:${opsPort}/readyz`)
    t.equal(ready.status, 200)
    t.match(await ready.json(), { checks: { store: { status: 'pass' } } })
    t.equal((await fetch(`http://127.0.0.1:${dataPort}/EWS/Exchange.asmx`)).status, 401)
    t.ok((await fetch(`http://127.0.0.1:${controlPort}/`, { method: 'POST' })).status >= 400)
    t.equal(await command.kill('SIGTERM'), 0)
    t.strictSame(await gatewaysOf(cwd), [], 'a gateway that was stopped is not listed')
    t.equal(command.out, '')
    t.equal(statSync(join(cwd, 'data/audit')).mode & 0o777, 0o700)
    t.notMatch(command.err, /correct-horse/, 'P8 prints no secret')
    t.equal(readFileSync(key, 'utf8'), made, 'R21 finds its key again')
  })

  await t.test('R21 rejects another key and a missing key, and names the file', async t => {
    renameSync(key, `${key}.kept`)
    const command = await runCommand(t, SERVE, { cwd })
    t.equal(command.code, 1)
    t.match(command.err, key)
    t.notMatch(command.err, /Unexpected error:|\n {4}at /)

    writeFileSync(key, `${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 })
    const opened = openStore(loadConfig({ file: 'gateway.yaml', env: {}, cwd }), () => undefined)
    await t.rejects(opened, { name: 'MasterKeyError', message: key })
    renameSync(`${key}.kept`, key)
  })
})

t.test('ews-gateway serve logs which migrations ran', async t => {
  const cwd = t.testdir(files())
  const serve = async () => {
    const command = new LocalCommand(t, SERVE, { cwd })
    await readPorts(command)
    return command
  }
  t.equal(await (await serve()).kill('SIGTERM'), 0)
  addLaterMigrations(t)
  const command = await serve()
  for (const database of ['store', 'history'])
    t.ok(
      await command.printed(
        new RegExp(
          `"info",.*"database":"${database}","migrations":\\["${LATER}"\\],"tookMs":\\d+,"msg":"Database migrated"`,
        ),
      ),
    )
  t.equal(await command.kill('SIGTERM'), 0)
})

t.test('ews-gateway serve refuses a SQLite file from which another gateway serves', async t => {
  const cwd = t.testdir({
    ...files(),
    'shared.yaml': JSON.stringify(
      configOf(URL_OF_NOBODY, { listen: { ...configOf(URL_OF_NOBODY).listen, shareData: true } }),
    ),
  })
  const locked = (file: string) => lockStore(loadConfig({ file, env: {}, cwd }))
  const message =
    /another gateway uses it\. Stop that gateway, or set listen\.shareData to true for both/
  const first = new Command(t, SERVE, { cwd })
  await readPorts(first)
  const second = await runCommand(t, SERVE, { cwd })
  t.equal(second.code, 1)
  t.match(second.err, message)
  await t.rejects(locked('shared.yaml'), { message })
  await until('its first heartbeat is recorded', async () => (await gatewaysOf(cwd)).length === 1)
  await first.kill('SIGKILL')
  t.equal((await gatewaysOf(cwd)).length, 1, 'a gateway that crashed stays listed')

  const sharing = new LocalCommand(t, ['serve', '--config', 'shared.yaml'], { cwd })
  await readPorts(sharing)
  const unlock = await locked('shared.yaml')
  await t.rejects(locked('gateway.yaml'), { message })
  await sharing.kill('SIGTERM')
  await t.rejects(locked('gateway.yaml'), { message }, 'the other one still serves')
  unlock()
})

t.test('ews-gateway serve with few open files: ops and control answer during a flood', async t => {
  const command = new Command(t, SERVE, { cwd: t.testdir(files()), openFiles: 64 })
  const { dataPort, controlPort, opsPort } = await readPorts(command)
  t.match(command.err, /"configured":4096,"openFiles":64,"msg":"The process can open too few files/)
  const flood = Array.from({ length: 200 }, () => new Wire(connect(dataPort, '127.0.0.1')))
  t.teardown(() => {
    for (const { socket } of flood) socket.destroy()
  })
  await until('most of the flood is closed', () => flood.filter(wire => wire.closed).length > 180)

  const ready = await fetch(`http://127.0.0.1:${opsPort}/readyz`)
  t.equal(ready.status, 200)
  t.match(await ready.json(), { checks: { policy: { status: 'pass' } } })
  t.equal((await fetch(`http://127.0.0.1:${controlPort}/`, { method: 'POST' })).status, 403)
  for (const { socket } of flood) socket.destroy()
  await until('the data listener answers again', async () => {
    const answer = fetch(`http://127.0.0.1:${dataPort}/EWS/Exchange.asmx`)
    return await answer.then(({ status }) => status === 401).catch(() => false)
  })
})

t.test('ews-gateway serve ends if a port is in use, and says which option to change', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const taken = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const messageOf = (name: string) =>
    `Cannot listen on ${taken}: the port is taken. ` +
    `Choose another address with listen.${name} or --listen-${name}`
  const cwd = t.testdir(files())
  const command = new Command(t, [...SERVE, '--listen-data', taken], { cwd })
  t.equal(await command.ended, 1)
  t.equal(command.err, `${messageOf('data')}\n`)
  for (const [name, listen] of [
    ['control', listenOf({ listenControl: taken })],
    ['ops', listenOf({ listenOps: taken })],
  ] as const) {
    const config = loadConfig({ file: 'gateway.yaml', env: {}, cwd, overrides: { listen } })
    const opened = await openStore(config, () => undefined)
    await t.rejects(startGateway(config, opened), { message: messageOf(name) }, name)
  }
})

t.test('R22 ews-gateway serve does not listen without TLS on public addresses', async t => {
  const listen = { data: '0.0.0.0:0' }
  const command = await runCommand(t, SERVE, { cwd: t.testdir(files({ listen })) })
  t.equal(command.code, 1)
  t.match(command.err, /^listen\.data: .*tlsTerminatedBy/)
})

/** Requests without end, until the gateway is gone. @returns the answers */
async function load(testServer: GatewayTestServer, bodies: readonly string[]): Promise<string[]> {
  const agent = new Agent({ keepAlive: true })
  const answers: string[] = []
  const post = (body: string) =>
    new Promise<void>((resolve, reject) => {
      const headers = { 'Content-Type': XML, Authorization: testServer.authorization('full') ?? '' }
      const { dataPort: port } = testServer.gateway
      const path = '/EWS/Exchange.asmx'
      const sent = request({ port, host: '127.0.0.1', agent, method: 'POST', path, headers })
      sent.on('error', reject).on('response', async response => {
        response.on('error', reject)
        const chunks = await response.toArray()
        answers.push(Buffer.concat(chunks).toString())
        resolve()
      })
      sent.end(body)
    })
  const endless = async (first: number) => {
    for (let turn = first; ; turn++) await post(bodies[turn % bodies.length] ?? '')
  }
  await Promise.allSettled(Array.from({ length: 16 }, (_, first) => endless(first)))
  agent.destroy()
  return answers
}

/** IDs of the records in a copy; a last line that is not whole yet is ignored. */
const idsIn = (copy: string) =>
  copy
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line))
    .map(({ id, decisionId, type }) => `${id} ${decisionId} ${type}`)

/** The same of the journal. */
function idsOf(folder: string): string[] {
  return segmentsIn(readdirSync(folder)).flatMap(({ writer, segment }) => {
    const text = readFileSync(segmentFile(folder, { writer, segment }), 'utf8')
    const lines = text.split('\n').slice(1, -1)
    return lines.map((line, n) => {
      const { decisionId, type } = JSON.parse(line)
      return `${writer}/${segment}/${n + 2} ${decisionId} ${type}`
    })
  })
}

t.test('ews-gateway serve that is killed under load', async t => {
  const {
    server: testServer,
    command,
    folder,
  } = await startServing(t, {
    keepSeen: 100_000,
    config: { sinks: [{ kind: 'file', name: 'copy', path: 'copies/audit.jsonl' }] },
  })
  const { sandbox } = testServer
  sandbox.forget()
  const copy = join(folder, 'copies/audit.jsonl')
  const copied = () => idsIn(existsSync(copy) ? readFileSync(copy, 'utf8') : '')
  const bodies = [
    envelope('alice@example.com', GET_FOLDER),
    envelope('bob@example.com', createItem('Small')),
    envelope('carol@example.com', createItem('Large', 'x'.repeat(300_000))),
    envelope('ceo@example.com', createItem('Refused')),
  ]
  const loaded = load(testServer, bodies)
  await until('some were copied', () => copied().length >= 50)
  const { length } = sandbox.executed
  await until('there is load', () => sandbox.executed.length >= Math.max(150, length + 1))
  await command.kill('SIGKILL')
  const answers = await loaded

  await t.test(
    'R31 a killed gateway has a record of every operation that its upstream ran',
    async t => {
      t.equal(await command.ended, 'SIGKILL')
      const ran = Map.groupBy(sandbox.executed, ({ operation, as }) => `${operation} ${as}`)
      const records = testServer.audit().filter(({ type }) => type === 'decision')
      const allowed = Map.groupBy(
        records.filter(({ verdict }) => verdict === 'allow'),
        ({ operation, userAddress }) => `${operation} ${userAddress}`,
      )
      t.strictSame([...ran.keys()].sort(), [...allowed.keys()].sort())
      t.equal(ran.size, 3)
      for (const [what, list] of ran) {
        const recorded = allowed.get(what)?.length ?? 0
        t.ok(recorded >= list.length, `${what}: ${list.length} were run, ${recorded} recorded`)
        t.ok(recorded <= list.length + 16, 'and at most the requests in flight in addition')
      }
      const recordedAt = records
        .filter(({ verdict }) => verdict === 'allow')
        .map(({ at }) => Date.parse(String(at)))
      t.ok(
        sandbox.executed.every(({ at }, index) => (recordedAt[index] ?? Infinity) <= at),
        'each before it was run',
      )
      t.ok(answers.filter(text => codeOf(text) === 'NoError').length <= sandbox.executed.length)

      const config = loadConfig({
        file: join(testServer.auditFolder, '../../gateway.yaml'),
        env: {},
        cwd: '/',
      })
      const again = await openStore(config, () => undefined)
      t.ok(await again.store.policyVersion(ORGANIZATION), 'the store is whole')
      await again.store.close()
    },
  )

  await t.test('R37 the file of a sink has the records of gateways that were killed', async t => {
    t.equal(await command.ended, 'SIGKILL')
    const journal = idsOf(testServer.auditFolder)
    const next = new LocalCommand(t, SERVE, { cwd: folder })
    await next.printed(/The gateway is ready/)
    await until('all were copied', () => new Set(copied()).size >= journal.length)
    t.equal(await next.kill('SIGTERM'), 0)
    t.strictSame([...new Set(copied())].sort(), idsOf(testServer.auditFolder).sort())
  })
})

/** Starts a receiver for a sink `siem`. @param answer - returns the status of its responses */
async function startSink(t: Test, answer: () => number) {
  const { origin, ca, received } = await startReceiver(t, answer)
  const secret = `whsec_${Buffer.alloc(32).toString('base64')}`
  const files = { 'siem.secret': secret, 'siem.crt': ca }
  const sink = {
    kind: 'webhook',
    name: 'siem',
    url: origin,
    secret: { file: 'siem.secret' },
    ca: { file: 'siem.crt' },
  } as const
  return { sinks: [sink], files, received }
}

t.test(
  'R37 standard output and a sink have every record, and a segment begins at SIGHUP',
  async t => {
    const { sinks, files, received } = await startSink(t, () => 200)
    const { server: testServer, command } = await startServing(t, {
      config: { sinks: [...sinks, { kind: 'file', name: 'stdout', path: '-' }] },
      files,
    })
    const post = () => testServer.post(envelope('alice@example.com', GET_FOLDER))
    await post()
    command.child.kill('SIGHUP')
    await command.printed(/A new audit segment begins/)
    await post()
    t.equal(await command.kill('SIGTERM'), 0)
    t.strictSame(idsIn(command.out), idsOf(testServer.auditFolder))
    const sent = received.flatMap(({ body }) => JSON.parse(body))
    t.strictSame(
      sent,
      command.out
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line)),
    )
    const requests = command.out
      .split('\n')
      .filter(line => /"type":"(decision|outcome)"/.test(line))
    t.equal(requests.length, 4)
    t.strictSame(
      segmentsIn(readdirSync(testServer.auditFolder)).map(({ segment }) => segment),
      [1, 2],
    )
  },
)

t.test('R38 /readyz warns of a sink that is down, and requests are served', async t => {
  const receiver = { status: 503 }
  const { sinks, files, received } = await startSink(t, () => receiver.status)
  const { server: testServer, command } = await startLocalServing(t, { config: { sinks }, files })
  const { opsPort } = await readPorts(command)
  const ready = async () => {
    const { status, ...response } = await fetch(`http://127.0.0.1:${opsPort}/readyz`).then(
      async it => ({ status: it.status, report: (await it.json()) as HealthReport }),
    )
    t.equal(status, 200)
    return response.report
  }
  const post = () => testServer.post(envelope('alice@example.com', GET_FOLDER))
  t.match(await post(), { status: 200 })
  await until('the sink was tried', () => received.length > 0)
  await until('it is a warning', async () => (await ready()).status === 'warn')
  t.match((await ready()).checks['delivery'], {
    status: 'warn',
    message: /^Cannot deliver audit records: siem[.] The log says why/,
  })
  t.match(await post(), { status: 200 })
  receiver.status = 200
  await until('the sink has them', async () => (await ready()).status === 'pass')
})

t.test('R37 SIGHUP reports that no new segment can be started', async t => {
  const { server: testServer, command } = await startLocalServing(t)
  rmSync(testServer.auditFolder, { recursive: true })
  writeFileSync(testServer.auditFolder, 'in its place')
  command.signal('SIGHUP')
  await command.printed(/Cannot begin a new audit segment/)
  t.match(command.err, /Another program changed or deleted an audit segment; starting a new one/)
  t.notMatch(command.err, /A new audit segment begins/)
  t.match(
    (await testServer.post(envelope('alice@example.com', GET_FOLDER))).text,
    /ErrorServerBusy/,
  )
  t.equal(await command.kill('SIGINT'), 0)
})
