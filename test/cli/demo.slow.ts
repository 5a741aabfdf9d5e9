import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import type { Key } from '../../src/cli/demo-guide.ts'
import { copyInto, ROOT, temporaryFolder } from '../kit/checkout.ts'
import { Command } from '../kit/command.ts'
import { envelope, GET_FOLDER } from '../kit/corpus.ts'
import { XML } from '../kit/gateway-test-server.ts'
import { recordsOf } from '../kit/journal.ts'
import { until } from '../kit/wire.ts'

const run = promisify(execFile)
const ANY = '127.0.0.1:0'
const LISTEN = ['--listen-data', ANY, '--listen-control', ANY, '--listen-ops', ANY]

/** A demo in a folder of its own, which also contains its temporary folder. */
function demo(t: Test, listen: readonly string[] = LISTEN) {
  const folder = t.testdir({})
  const file = join(folder, 'credentials.json')
  const env = { TMPDIR: folder, PATH: process.env['PATH'] ?? '' }
  const args = ['demo', ...listen, '--credentials', file]
  return { command: new Command(t, args, { cwd: folder, env }), file, folder, env }
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const KEY = { accessKeyId: /^AKIA[A-Z2-7]{16}$/, secretAccessKey: /^[A-Za-z0-9]{43}$/ }
const SID = /^S-1-5-21-[\d-]+$/

/** All members of an object, at any depth. */
function membersOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap(one => membersOf(one, `${path}[]`)))]
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([name, member]) => membersOf(member, `${path}.${name}`))
}

t.test('ews-gateway demo', async t => {
  const { command, file, folder, env } = demo(t)
  await command.printed(/The gateway is ready.*\n4\. .*\n\ncurl .*\n/s)

  await t.test('--credentials writes the access keys and the URLs', async t => {
    t.equal(statSync(file).mode & 0o777, 0o600, 'for nobody else to read')
    const credentials = JSON.parse(readFileSync(file, 'utf8'))
    t.match(credentials, {
      ewsUrl: /^http:\/\/127\.0\.0\.1:\d+\/EWS\/Exchange\.asmx$/,
      controlUrl: /^http:\/\/127\.0\.0\.1:\d+$/,
      opsUrl: /^http:\/\/127\.0\.0\.1:\d+$/,
      organizationId: 'm-0123456789abcdef0123456789abcdef',
      users: ['alice', 'bob', 'carol', 'ceo'].map(name => ({
        id: ID,
        primarySmtpAddress: `${name}@example.com`,
        aliases: name === 'ceo' ? ['boss@example.com'] : [],
        principalName: `${name}@corp.example.com`,
        sid: SID,
      })),
      roles: [
        { id: ID, name: 'migration-full', type: 'FULL_ACCESS' },
        { id: ID, name: 'backup-readonly', type: 'READ_ONLY' },
      ],
      admin: KEY,
      clients: [
        { roleName: 'migration-full', ...KEY },
        { roleName: 'backup-readonly', ...KEY },
      ],
    })
    const { users, roles, clients } = credentials
    t.strictSame(
      [users, roles, clients].map(({ length }) => length),
      [4, 2, 2],
    )
    t.strictSame(
      membersOf(credentials).sort(),
      [
        ...['.ewsUrl', '.controlUrl', '.opsUrl', '.organizationId'],
        ...['id', 'primarySmtpAddress', 'aliases[]', 'principalName', 'sid'].map(
          name => `.users[].${name}`,
        ),
        ...['id', 'name', 'type'].map(name => `.roles[].${name}`),
        ...['roleName', 'accessKeyId', 'secretAccessKey'].map(name => `.clients[].${name}`),
        ...['accessKeyId', 'secretAccessKey'].map(name => `.admin.${name}`),
      ].sort(),
      'and nothing else',
    )
    for (const probe of ['livez', 'readyz', 'startupz'])
      t.equal((await fetch(`${credentials.opsUrl}/${probe}`)).status, 200, probe)
    t.equal((await fetch(credentials.ewsUrl)).status, 401)
    t.equal((await fetch(credentials.controlUrl, { method: 'POST' })).headers.has('date'), true)
  })

  await t.test('prints commands that show the effect of roles', async t => {
    const commands = command.out.split('\n').filter(line => line.startsWith('curl '))
    const answers = await Promise.all(
      commands.map(async line => (await run('bash', ['-c', line], { env })).stdout),
    )
    t.equal(answers.length, 4)
    t.match(answers[0], /\nSubject: [^\n]+\n/, 'mail')
    const lines = answers.flatMap(answer => answer.split('\n'))
    t.notOk(
      lines.some(({ length }) => length > 120),
      'each fits into a terminal',
    )
    for (const [index, code] of [
      'NoError',
      'ErrorAccessDenied',
      'ErrorImpersonateUserDenied',
      'ErrorImpersonateUserDenied',
    ].entries())
      t.match(answers[index], `ResponseCode: ${code}\n`, `command ${index + 1}`)
    const audit = /^ {2}audit +(.*)$/m.exec(command.out)?.[1] ?? ''
    const REQUEST = ['decision', 'outcome']
    const records = () => recordsOf(audit).filter(({ type }) => REQUEST.includes(type)).length
    // An answer is there before its second record is.
    await until('the audit of all answers', () => records() >= 8)
    t.equal(records(), 8, 'the audit has two records for each')
    t.notMatch(command.err, /./, 'and nothing goes wrong')
  })

  await t.test('removes all its data at the end', async t => {
    const temporary = () => readdirSync(folder).filter(name => name.startsWith('ews-gateway-demo-'))
    t.equal(temporary().length, 1)
    t.equal(await command.kill('SIGTERM'), 0)
    t.strictSame(temporary(), [])
    t.ok(existsSync(file), 'but the file that it was asked for')
  })
})

t.test('ews-gateway demo runs twice at once, each with keys of its own', async t => {
  const folders = t.testdir({ one: {}, another: {} })
  const demos = ['one', 'another'].map(name => {
    const cwd = join(folders, name)
    const args = ['demo', ...LISTEN, '--credentials', 'credentials.json']
    return { cwd, command: new Command(t, args, { cwd, env: { TMPDIR: cwd } }) }
  })
  await Promise.all(demos.map(({ command }) => command.printed(/The gateway is ready/)))
  const [one, another] = demos.map(({ cwd }) =>
    JSON.parse(readFileSync(join(cwd, 'credentials.json'), 'utf8')),
  )
  t.not(one.ewsUrl, another.ewsUrl)
  for (const secret of ['admin.secretAccessKey', 'clients.0.secretAccessKey']) {
    const [first, second] = [one, another].map(demo =>
      secret.split('.').reduce((value, name) => value[name], demo),
    )
    t.not(first, second, secret)
  }
  const ends = await Promise.all(demos.map(({ command }) => command.kill('SIGINT')))
  t.strictSame(ends, [0, 0], 'SIGINT ends it like SIGTERM')
})

t.test('ews-gateway demo ends if a port is in use, and says which option to change', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const taken = `127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const name of ['data', 'control', 'ops'])
    await t.test(name, async t => {
      const listen = LISTEN.map((value, i) =>
        LISTEN[i - 1] === `--listen-${name}` ? taken : value,
      )
      const { command, file, folder } = demo(t, listen)
      t.equal(await command.ended, 1)
      t.equal(command.out, '')
      t.equal(
        command.err,
        `Cannot listen on ${taken}: the port is taken. ` +
          `Choose another address with listen.${name} or --listen-${name}\n`,
      )
      t.notOk(existsSync(file))
      t.strictSame(readdirSync(folder), [], 'nothing is left')
    })
})

t.test('ews-gateway demo ends if it cannot write the credentials file', async t => {
  const cwd = t.testdir({})
  const args = ['demo', ...LISTEN, '--credentials', 'nowhere/credentials.json']
  const command = new Command(t, args, { cwd, env: { TMPDIR: cwd } })
  t.equal(await command.ended, 1)
  t.match(command.err, /^ENOENT: .*nowhere\/credentials\.json/)
  t.strictSame(readdirSync(cwd), [])
})

/** Returns the demo's temporary folders. */
const temporaryIn = (folder: string) =>
  readdirSync(folder).filter(name => name.startsWith('ews-gateway-demo-'))

t.test('ews-gateway demo cleans up, however many signals it receives', async t => {
  const { command, file, folder } = demo(t)
  await command.printed(/The gateway is ready/)
  const { ewsUrl, opsUrl, clients } = JSON.parse(readFileSync(file, 'utf8'))
  const answer = await holdRequest(t, ewsUrl, clients[0])
  const statusOf = async (probe: string) => (await fetch(`${opsUrl}/${probe}`)).status
  command.child.kill('SIGTERM')
  while ((await statusOf('readyz')) !== 503);
  for (const again of ['SIGTERM', 'SIGINT', 'SIGTERM'] as const) {
    command.child.kill(again)
    t.equal(await statusOf('livez'), 200, `it continues after ${again}`)
  }
  t.equal(temporaryIn(folder).length, 1, 'it still waits for a request')
  t.equal(await answer(), 200, 'which is answered')
  t.equal(await command.ended, 0)
  t.strictSame(temporaryIn(folder), [])
  t.equal(command.err, '')
})

t.test('ews-gateway demo cleans up when it is stopped while it starts', async t => {
  const { command, folder } = demo(t)
  await until('there is something to remove', () => temporaryIn(folder).length === 1)
  command.child.kill('SIGTERM')
  t.equal(await command.ended, 0)
  t.strictSame(temporaryIn(folder), [])
})

/** Sends all of a request but its end. @returns what sends that, and gives the status */
async function holdRequest(t: Test, ewsUrl: string, { accessKeyId, secretAccessKey }: Key) {
  const body = envelope('alice@example.com', GET_FOLDER)
  const sent = request(ewsUrl, {
    method: 'POST',
    auth: `${accessKeyId}:${secretAccessKey}`,
    headers: { 'Content-Type': XML, 'Content-Length': body.length, Expect: '100-continue' },
  })
  t.teardown(() => sent.destroy())
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>
  sent.flushHeaders()
  // By then the gateway has begun with it.
  await once(sent, 'continue')
  return async () => {
    sent.end(body)
    const [response] = await answered
    response.resume()
    return response.statusCode
  }
}

t.test('npm run demo reports the build of the console, which can be stopped', async t => {
  const folder = temporaryFolder(t)
  copyInto(folder, ['package.json', 'tsconfig.json', 'src', 'sandbox', 'scripts'])
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  mkdirSync(join(folder, 'tmp'))
  const { NODE_OPTIONS: _, ...env } = process.env
  const program = join(folder, 'scripts/run.ts')
  const demo = spawn(process.execPath, [program, 'demo', ...LISTEN], {
    env: { ...env, TMPDIR: join(folder, 'tmp') },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  t.teardown(() => demo.kill('SIGKILL'))
  const ended = once(demo, 'close')
  let printed = ''
  demo.stderr.setEncoding('utf8').on('data', text => {
    printed += text
  })
  const dist = join(folder, 'dist')
  await until('it writes the console', () => existsSync(dist) && readdirSync(dist).length > 0)
  demo.kill('SIGTERM')
  t.strictSame(await ended, [0, null])
  t.equal(printed, 'Building the web console, which takes up to a minute\n')
  t.strictSame([...readdirSync(dist), ...readdirSync(join(folder, 'tmp'))], [], 'nothing is left')
})

t.test('npm run demo cleans up after a signal to all of its processes', async t => {
  const folder = t.testdir({})
  const { NODE_OPTIONS: _, ...env } = process.env
  const npm = spawn('npm', ['run', 'demo', '--', ...LISTEN], {
    env: { ...env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  const signalAll = (signal: NodeJS.Signals) => npm.pid && process.kill(-npm.pid, signal)
  const closed = once(npm, 'close')
  t.teardown(() => npm.exitCode === null && npm.signalCode === null && signalAll('SIGKILL'))
  let printed = ''
  npm.stdout.setEncoding('utf8').on('data', text => {
    printed += text
  })
  await until('it is ready', () => printed.includes('The gateway is ready'))
  // As a terminal does at Ctrl-C: the demo gets it, and gets it again from npm.
  signalAll('SIGINT')
  await closed
  t.strictSame(temporaryIn(folder), [])
})

t.test('npm run demo ends with the signal that npm gets, and leaves nothing', async t => {
  const folder = t.testdir({})
  const file = join(folder, 'credentials.json')
  const { NODE_OPTIONS: _, ...env } = process.env
  const args = ['run', 'demo', '--', ...LISTEN, '--credentials', file]
  const npm = spawn('npm', args, {
    env: { ...env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.teardown(() => npm.kill('SIGKILL'))
  const ended = once(npm, 'exit')
  let printed = ''
  for await (const chunk of npm.stdout) {
    printed += chunk
    if (printed.includes('The gateway is ready')) break
  }
  const { opsUrl } = JSON.parse(readFileSync(file, 'utf8'))
  npm.kill('SIGTERM')
  t.strictSame(await ended, [0, null])
  await t.rejects(fetch(`${opsUrl}/livez`), 'nothing listens any more')
  const left = readdirSync(folder).filter(name => name.startsWith('ews-gateway'))
  t.strictSame(left, [], 'its temporary folder is removed')
})
