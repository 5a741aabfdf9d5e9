import { execFile } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { runSandbox, type SandboxSettings } from '../../src/cli/sandbox.ts'
import { parseUsers } from '../../src/directory/csv.ts'
import { Command, MAIN } from '../kit/command.ts'
import { isInstalled } from '../kit/services/process.ts'

const run = promisify(execFile)
const SERVICE = 'svc-gateway@example.com'
const SETTINGS: SandboxSettings = {
  listen: '127.0.0.1:0',
  user: SERVICE,
  like: 'exchange',
}

/** Runs a sandbox in this process. @returns what it printed, and what stops it */
async function start(t: Test, settings: Partial<SandboxSettings> = {}) {
  const source = new EventEmitter()
  const printed = Promise.withResolvers<string>()
  const warnings: string[] = []
  const output = { print: printed.resolve, warn: (line: string) => warnings.push(line) }
  const ended = runSandbox({ ...SETTINGS, ...settings }, output, source)
  const stop = async () => {
    source.emit('SIGINT')
    return await ended
  }
  t.teardown(() => stop().catch(() => undefined))
  const text = await Promise.race([printed.promise, ended.then(String)])
  return { text, stop, warnings }
}

/** The sandbox prints commands that use it. */
const skip = isInstalled('curl') ? false : 'curl is not installed'

const curlIn = (text: string) => /^curl .*$/m.exec(text)?.[0] ?? ''
const sh = async (command: string, cwd: string) =>
  (await run('sh', ['-c', command], { cwd })).stdout

t.test('ews-gateway sandbox', { skip }, async t => {
  const cwd = t.testdir({})
  const command = new Command(t, ['sandbox', '--listen', '127.0.0.1:0'], { cwd })
  await command.printed(/3\. Start the gateway:/)
  const { out } = command
  const shown = await sh(curlIn(out), cwd)
  t.match(
    shown,
    /^ResponseCode: NoError\nSubject: [^\n]+\nSubject: /,
    'its first command finds mail',
  )
  t.notOk(
    shown.split('\n').some(line => line.length > 80),
    'and prints short lines',
  )
  const [, setUp = ''] = /another terminal:\n(.*)\n3\. Start/s.exec(out) ?? []
  const made = await sh(
    setUp.replace('ews-gateway init', `'${process.execPath}' '${MAIN}' init`),
    cwd,
  )
  t.match(made, /Imported 4 users: .*AWS_ACCESS_KEY_ID=AKIA/s, 'and its next ones set up a gateway')
  t.equal(await command.kill('SIGTERM'), 0)
  t.equal(command.err, '')
})

t.test('runSandbox() prints users in the format of an import, and the options of init', async t => {
  const { text } = await start(t)
  const [, csv = ''] = /<<'END'\n(.*?)^END$/ms.exec(text) ?? []
  const { drafts, errors } = parseUsers(csv)
  t.strictSame(errors, [])
  t.strictSame(
    drafts.map(({ primarySmtpAddress }) => primarySmtpAddress),
    ['alice', 'bob', 'carol', 'ceo'].map(name => `${name}@example.com`),
  )
  const [, password = ''] = /password {4}(\w{43})\n/.exec(text) ?? []
  const [url] = /http:\/\/127\.0\.0\.1:\d+\/EWS\/Exchange\.asmx/.exec(text) ?? []
  t.match(text, `printf '%s' ${password} > upstream.password`)
  const [, init = ''] = /^ews-gateway init (.*?)\n\n/ms.exec(text) ?? []
  t.strictSame(
    init.split(/ ?\\\n {2}/).filter(flag => flag !== ''),
    [
      `--url ${url}`,
      '--kind exchange',
      `--username ${SERVICE}`,
      '--password-file upstream.password',
      `--service-address ${SERVICE}`,
      '--neutral-mailbox neutral@example.com',
      '--organization example',
      '--as alice@example.com',
      '--users users.csv',
    ],
  )
})

t.test('P8 runSandbox() never prints a password from a file', async t => {
  const folder = t.testdir({ "sand's password": "it's $HOME secret\n" })
  const passwordFile = join(folder, "sand's password")
  const { text } = await start(t, { passwordFile, user: "CORP\\o'neil" })
  t.notMatch(text, 'secret')
  await t.test('but takes it', { skip }, async t => {
    t.match(await sh(curlIn(text), folder), /^ResponseCode: NoError\n/)
  })
  t.match(text, `--service-address ${SERVICE}`)
})

for (const [like, kind, failure] of [
  ['exchange', 'exchange', 'ErrorNonExistentMailbox\n'],
  ['grommunio', 'grommunio', 'Cannot find user nobody@example.com.\n'],
  ['fixtures/servers/permissive.json', 'other', 'ErrorImpersonateUserDenied\n'],
] as const)
  t.test(`runSandbox() behaves as ${like}`, async t => {
    const { text, stop } = await start(t, { like })
    t.match(text, `--kind ${kind} `)
    const unknown = curlIn(text).replace('>alice@', '>nobody@')
    await t.test('to a command', { skip }, async t => {
      t.match(await sh(unknown, '.'), `: ${failure}`)
    })
    t.equal(await stop(), 0)
  })

t.test('runSandbox() warns that other machines can connect', async t => {
  const { warnings } = await start(t, { listen: '0.0.0.0:0' })
  t.strictSame(warnings, ['Other machines can reach the sandbox at 0.0.0.0:0, without TLS'])
})

t.test('runSandbox() says which option to change', async t => {
  const folder = t.testdir({ empty: '', 'not-json': '{', 'old.json': '{"format":0}' })
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const taken = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const cut = join(folder, 'cut.json')
  writeFileSync(cut, JSON.stringify({ format: 1, kind: 'other', ids: 'opaque' }))
  for (const [settings, message] of [
    [
      { listen: taken },
      `Cannot listen on ${taken}: the port is taken. Choose another address with --listen`,
    ],
    [{ listen: '8090' }, /^--listen must be HOST:PORT/],
    [{ user: '' }, /^--user must be a name/],
    [{ user: 'a:b' }, /^--user must be a name/],
    [{ user: 'a\nb' }, /^--user must be a name/],
    [{ user: 'BOSS@example.com' }, /^--user cannot be BOSS@example\.com/],
    [{ user: 'neutral@example.com' }, /^--user cannot be neutral@example\.com/],
    [{ passwordFile: join(folder, 'none') }, /^--password-file: the file .*none does not exist$/],
    [{ passwordFile: join(folder, 'empty') }, /^--password-file: the file .*empty is empty$/],
    [{ like: 'kopano' }, /^--like must be exchange, grommunio, or .* kopano does not exist$/],
    [{ like: join(folder, 'not-json') }, /^--like: the file .* is not a report/],
    [{ like: join(folder, 'old.json') }, /^--like: the file .* is not a report/],
    [{ like: cut }, /^--like: the file .* is not a report/],
  ] as const)
    await t.rejects(start(t, settings), { message }, JSON.stringify(settings))
})
