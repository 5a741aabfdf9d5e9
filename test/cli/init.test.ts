/**
 * `ews-gateway init`, with options in this process and at a terminal in another one.
 */

import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { connect, createServer } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { Sandbox } from '../../sandbox/sandbox.ts'
import { openStore } from '../../src/app/compose.ts'
import { writeAll } from '../../src/cli/init/first-files.ts'
import { urlOf } from '../../src/cli/init/questions.ts'
import { LOOPBACK, makeSelfSigned } from '../../src/cli/init/self-signed.ts'
import { type InitOptions, runInit } from '../../src/cli/init.ts'
import { type FirstConfig, writeFirstConfig } from '../../src/config/first-config.ts'
import { loadConfig } from '../../src/config/load.ts'
import { readYaml } from '../../src/config/yaml.ts'
import { organizationId } from '../../src/model/identity.ts'
import { NODE } from '../kit/checkout.ts'
import { CACHE, MAIN } from '../kit/command.ts'

const PASSWORD = 'correct horse, battery: staple'
const SERVICE = 'svc@example.com'
const NEUTRAL = 'neutral@example.com'
const FILES = ['gateway.yaml', 'tls.crt', 'tls.key', 'upstream.password']
const CSV =
  'id,primarySmtpAddress,aliases,principalName,sid,displayName\n,alice@example.com,,,,Alice\n'

const startSandbox = async (t: Test, gromox = false) => {
  const sandbox = await Sandbox.start({
    username: SERVICE,
    password: PASSWORD,
    serviceAddress: SERVICE,
    users: [
      { primarySmtpAddress: 'alice@example.com', aliases: [] },
      { primarySmtpAddress: NEUTRAL, aliases: [], empty: true },
    ],
    seed: false,
    gromox,
  })
  t.teardown(() => sandbox.close())
  return sandbox
}

/** Runs it without a terminal. */
async function init(options: InitOptions) {
  const [printed, warned]: [string[], string[]] = [[], []]
  const usage = (message: string): never => {
    throw new Error(message)
  }
  const output = {
    print: (text: string) => void printed.push(text),
    warn: (line: string) => void warned.push(`${line}\n`),
  }
  const code = await runInit(options, { env: {}, output }, usage)
  return { code, out: printed.join(''), err: warned.join('') }
}

const answersFor = (url: string, folder: string) => ({
  '--url': url,
  '--username': SERVICE,
  '--password-file': join(folder, 'password'),
  '--service-address': [SERVICE],
  '--neutral-mailbox': NEUTRAL,
})

async function principalsIn(folder: string) {
  const config = loadConfig({ file: 'gateway.yaml', env: {}, cwd: folder })
  const { store } = await openStore(config, () => undefined)
  try {
    return await store.principals(organizationId(config.organizations[0]?.id ?? ''))
  } finally {
    await store.close()
  }
}

t.test('runInit() sets up a gateway from options, and only once', async t => {
  const { url } = await startSandbox(t)
  const files = t.testdir({ password: `${PASSWORD}\n`, 'users.csv': CSV })
  const folder = join(files, 'new/gateway')
  const { host } = new URL(url)
  const options = { folder, answers: answersFor(`http://${host}`, files) }
  const { code, out, err } = await init({ ...options, users: join(files, 'users.csv') })
  t.equal(code, 0)
  t.match(
    err,
    /^This key ends on \d{4}-\d\d-\d\dT\S+Z, after 366 days[.] .* --organization example --name NAME --config FILE`[.]\n$/,
  )
  t.match(out, `The EWS server is ${url}.`)
  t.match(out, /^neutral mailbox +ok/m)
  t.match(out, /^example: 1 created/m)
  t.match(
    out,
    /\nAWS_ACCESS_KEY_ID=AKIA.*\nAWS_SECRET_ACCESS_KEY=.*\n\nNext:\n1\. Start .*\n {3}ews-gateway serve --config \S+gateway\.yaml\n2\. .*\n {3}https:\/\/127\.0\.0\.1:8081\/console\/\n/,
  )
  t.notMatch(out, PASSWORD, 'P8')

  t.strictSame(
    readdirSync(folder)
      .filter(name => name !== 'data')
      .sort(),
    FILES,
  )
  for (const name of ['upstream.password', 'tls.key'])
    t.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name)
  t.equal(readFileSync(join(folder, 'upstream.password'), 'utf8'), PASSWORD)
  const config = loadConfig({ file: 'gateway.yaml', env: {}, cwd: folder })
  t.match(config.organizations, [
    {
      id: /^m-[0-9a-f]{32}$/,
      alias: 'example',
      upstream: { url, kind: 'exchange', serviceAddresses: [SERVICE] },
      neutralMailbox: NEUTRAL,
      opaqueIds: 'refuse',
    },
  ])
  t.match(await principalsIn(folder), [{ name: 'admin' }])

  const before = FILES.map(name => readFileSync(join(folder, name), 'utf8'))
  await t.rejects(init({ folder, answers: {} }), {
    name: 'InitError',
    message:
      /^The organization example is set up and has an administrator\. For another one, run\n {2}\S.* admin create-key --organization example --name NAME --config \S*gateway\.yaml$/,
  })
  await t.rejects(init({ folder, answers: {}, users: 'more.csv' }), {
    message:
      /gateway\.yaml\nNo users were imported\. To import them, run\n {2}\S.* users import --organization example more\.csv --config \S*gateway\.yaml$/,
  })
  await t.rejects(init(options), {
    name: 'InitError',
    message: /These files exist, .*gateway\.yaml.* Nothing was written\. To continue/,
  })
  t.strictSame(
    FILES.map(name => readFileSync(join(folder, name), 'utf8')),
    before,
  )
  t.equal((await principalsIn(folder)).length, 1)
})

t.test('runInit() writes nothing if the users cannot be imported', async t => {
  const { url } = await startSandbox(t)
  const files = t.testdir({ password: PASSWORD, 'invalid.csv': CSV.replace('alice@', 'alice') })
  const folder = join(files, 'gateway')
  for (const [name, message] of [
    ['missing.csv', /missing\.csv does not exist$/],
    ['invalid.csv', /invalid\.csv:2: .*\nNothing was written/],
  ] as const) {
    const users = join(files, name)
    const failed = init({ folder, answers: answersFor(url, files), users })
    await t.rejects(failed, { name: 'UsersError', message })
    t.notOk(existsSync(folder), name)
  }
})

t.test('runInit() keeps the files if the server cannot be used, and continues', async t => {
  const { url } = await startSandbox(t, true)
  const folder = t.testdir({ password: PASSWORD })
  const own = join(folder, 'upstream.password')
  writeFileSync(own, 'wrong', { mode: 0o600 })
  const answers = { ...answersFor(url, folder), '--password-file': own }
  const failed = (name: string, { code, out, err }: Awaited<ReturnType<typeof init>>) => {
    t.equal(code, 1)
    t.match(out, new RegExp(`^${name} +FAILED`, 'm'))
    t.notMatch(out, /AWS_/)
    t.match(
      err,
      /no administrator was created\. The files are kept\. Correct .*\n {2}ews-gateway init --folder /,
    )
    t.notOk(existsSync(join(folder, 'data')), 'no store was made')
  }
  failed('credentials', await init({ folder, answers }))
  writeFileSync(own, PASSWORD)
  const more = { as: 'alice@example.com', users: 'users.csv' }
  const again = await init({ folder, answers: {}, ...more })
  failed('kind', again)
  t.match(again.err, /--folder \S+ --as alice@example\.com --users users\.csv\n$/)
  const file = join(folder, 'gateway.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace('kind: exchange', 'kind: grommunio'))
  const { code, out } = await init({ folder, answers: {}, as: 'alice@example.com' })
  t.equal(code, 0)
  t.match(out, /^impersonation +ok +may impersonate alice@example\.com/m)
  t.match(out, /AWS_SECRET_ACCESS_KEY/)
})

t.test('runInit() writes all files or none', async t => {
  const files = t.testdir({ password: PASSWORD, file: '', taken: { 'tls.key': 'mine' } })
  const answers = answersFor('http://127.0.0.1:1', files)
  for (const [folder, message] of [
    ['taken', /These files exist, .*: \S*tls\.key\. Nothing was written\. Move them away/],
    [
      'file',
      /Cannot write .*file.*: (something else is in its place|a part of the path is not a folder)\. Nothing was written\. Choose a folder/,
    ],
    [
      'file/below',
      /Cannot write .*file.*: (something else is in its place|a part of the path is not a folder)\. Nothing was written\. Choose a folder/,
    ],
  ] as const)
    await t.rejects(init({ folder: join(files, folder), answers }), { name: 'InitError', message })
  const half = ['whole/first', 'whole/none/second'].map(name => join(files, name))
  const write = () =>
    writeAll(
      join(files, 'whole'),
      half.map(path => ({ path, content: 'x', mode: 0o600 })),
    )
  t.throws(write, { name: 'InitError', message: half[1] }, 'a file in the middle')
  t.strictSame(readdirSync(join(files, 'taken')), ['tls.key'])
  t.strictSame(readdirSync(files).sort(), ['file', 'password', 'taken'])
})

t.test('runInit() reports all mistakes in its options at once', async t => {
  const folder = t.testdir({ password: 'two\nlines\n' })
  for (const [what, answers, lines] of [
    [
      'none',
      {},
      [
        'missing --url, --username, --password-file, --service-address: without a terminal, init cannot ask',
      ],
    ],
    [
      'wrong ones',
      {
        '--url': 'ftp://mail.example.com',
        '--kind': 'domino',
        '--username': 'a:b',
        '--password-file': join(folder, 'password'),
        '--service-address': [SERVICE, 'svc'],
        '--neutral-mailbox': 'neutral',
        '--organization': 'a b',
      },
      [
        /^--url must be an http/,
        /^--kind must be one of/,
        /^--username must be/,
        /^--password-file must/,
        /^--service-address must be an SMTP/,
        /^--neutral-mailbox must be an SMTP/,
        /^--organization must be 1 to 62/,
      ],
    ],
    [
      'the service account as neutral mailbox',
      { ...answersFor('mail.example.com', folder), '--neutral-mailbox': SERVICE.toUpperCase() },
      [/^--neutral-mailbox is one of upstream\.serviceAddresses/, /^--password-file must/],
    ],
    [
      'a missing file',
      { ...answersFor('mail.example.com', folder), '--password-file': join(folder, 'no') },
      [/^--password-file: the file .*no does not exist/],
    ],
    [
      'a server in clear',
      answersFor('http://mail.example.com', folder),
      [/^--url is http to another machine, so passwords/, /^--password-file must/],
    ],
  ] as const) {
    const error = await init({ folder, answers }).then(
      () => 'none',
      error => String(error.message),
    )
    const found = error.split('\n').map(line => line.replace(/^error: /, ''))
    t.equal(found.length, lines.length, what)
    for (const line of lines)
      t.ok(
        found.some(each => (typeof line === 'string' ? each === line : line.test(each))),
        `${line}`,
      )
    t.strictSame(readdirSync(folder), ['password'])
  }
})

/** Runs it at a terminal, and types each text once its prompt is there. */
async function atTerminal(t: Test, cwd: string, steps: readonly (readonly [string, string])[]) {
  const command = `exec '${NODE}' '${MAIN}' init --folder new`
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { ...CACHE, PATH: process.env['PATH'], TERM: 'xterm' },
  })
  t.teardown(() => child.kill('SIGKILL'))
  let [text, from, step] = ['', 0, 0]
  child.stdout.setEncoding('utf8').on('data', chunk => {
    text += chunk
    const [prompt, typed] = steps[step] ?? []
    if (prompt === undefined || typed === undefined) return
    const at = text.indexOf(prompt, from)
    if (at === -1) return
    from = at + prompt.length
    step += 1
    child.stdin.write(typed)
  })
  const [code] = await once(child, 'close')
  t.equal(step, steps.length, 'every question was asked')
  return { code, text }
}

t.test('ews-gateway init asks questions at a terminal', async t => {
  const { url } = await startSandbox(t)
  const cwd = t.testdir()
  const { host } = new URL(url)
  const { code, text } = await atTerminal(t, cwd, [
    ['EWS server: ', 'ftp://mail.example.com\r'],
    ['EWS server: ', `http://${host}\r`],
    ['[exchange]: ', 'exchnge\r'],
    ['[exchange]: ', '\r'],
    ['service account: ', 'a:b\r'],
    ['service account: ', `${SERVICE}\r`],
    ['(hidden): ', '\r'],
    ['(hidden): ', `${PASSWORD}\r`],
    [`[${SERVICE}]: `, '\r'],
    ['(optional): ', `${SERVICE}\r`],
    ['(optional): ', '\r'],
    // No history shows an earlier answer.
    ['[example]: ', '\x1b[A\r'],
  ])
  t.equal(code, 0)
  for (const line of [
    `Using ${url}`,
    'The answer must be an http',
    'The answer must be one of',
    'The answer must be the user name',
    'The answer is required',
    'The answer is one of upstream.serviceAddresses',
    'AWS_SECRET_ACCESS_KEY=',
  ])
    t.match(text, line)
  t.notMatch(text, PASSWORD, 'P8')
  t.equal(readFileSync(join(cwd, 'new/upstream.password'), 'utf8'), PASSWORD)
  t.match(await principalsIn(join(cwd, 'new')), [{ name: 'admin' }])
})

for (const [what, steps, expected] of [
  ['Ctrl-C', [['EWS server: ', 'mail\x03']], 130],
  [
    'Ctrl-C in the password',
    [
      ['EWS server: ', 'mail\r'],
      ['[exchange]: ', '\r'],
      ['account: ', 'svc\r'],
      ['(hidden): ', 'abc\x03'],
    ],
    130,
  ],
  ['Ctrl-D', [['EWS server: ', '\x04']], 1],
] as const)
  t.test(`ews-gateway init leaves nothing behind at ${what}`, async t => {
    const cwd = t.testdir()
    t.equal((await atTerminal(t, cwd, steps)).code, expected)
    t.strictSame(readdirSync(cwd), [])
  })

t.test(
  'makeSelfSigned() creates a certificate that clients accept, and that cannot sign others',
  async t => {
    const now = Date.now()
    const wanted = { dnsNames: ['localhost', hostname()], addresses: LOOPBACK }
    const life = { from: new Date(now), until: new Date(now + 86_400_000) }
    const { certificate, privateKey } = makeSelfSigned({ ...wanted, ...life })
    const x509 = new X509Certificate(certificate)
    t.equal(x509.ca, false)
    t.ok(x509.checkHost(hostname()))
    t.ok(x509.checkIP('::1'))
    t.equal(x509.validToDate.getTime(), Math.floor((now + 86_400_000) / 1_000) * 1_000)
    t.not(
      x509.serialNumber,
      new X509Certificate(makeSelfSigned({ ...wanted, ...life }).certificate).serialNumber,
    )
    const server = createServer({ cert: certificate, key: privateKey }, socket =>
      socket.end('hello'),
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    t.teardown(() => server.close())
    const { port } = server.address() as AddressInfo
    for (const [servername, code] of [
      ['localhost', undefined],
      ['mail.example.com', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ] as const) {
      const socket = connect({ host: '127.0.0.1', port, ca: certificate, servername })
      const failure = await once(socket, 'secureConnect').then(
        () => undefined,
        error => error.code,
      )
      t.equal(failure, code, servername)
      socket.destroy()
    }
  },
)

t.test('urlOf() completes a host name to a URL', t => {
  const whole = 'https://mail.example.com/EWS/Exchange.asmx'
  for (const [text, expected] of [
    ['mail.example.com', whole],
    ['mail.example.com/', whole],
    ['mail.example.com/ews', whole],
    ['https://mail.example.com', whole],
    ['https://mail.example.com/EWS/', whole],
    [whole, whole],
    ['mail.example.com:8443', 'https://mail.example.com:8443/EWS/Exchange.asmx'],
    ['http://127.0.0.1:80', 'http://127.0.0.1:80/EWS/Exchange.asmx'],
    ['https://[::1]:1', 'https://[::1]:1/EWS/Exchange.asmx'],
    ['https://mail.example.com/other.asmx', 'https://mail.example.com/other.asmx'],
  ] as const)
    t.equal(urlOf(text), expected, text)
  t.end()
})

t.test('writeFirstConfig() writes any values so that they are read unchanged', t => {
  const text = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom('1', 'null', 'a: b', '# x', '- y', 'EXAMPLE\\svc', '{', "'", '"'),
  )
  const any = fc.record({
    organizationId: fc.constant('m-0'),
    alias: text,
    kind: text,
    url: text,
    username: text,
    serviceAddresses: fc.array(text, { minLength: 1, maxLength: 3 }),
    neutralMailbox: fc.option(text, { nil: undefined }),
  })
  const isRead = (first: FirstConfig) => {
    const { organizationId: id, alias, kind, url, username, serviceAddresses } = first
    const reading = readYaml(writeFirstConfig(first))
    if (reading.mistakes) return false
    const { organizations } = reading.value as { organizations: unknown }
    const password = { file: 'upstream.password' }
    const authentication = { kind: 'basic', username, password }
    const { neutralMailbox } = first
    const written = {
      id,
      alias,
      upstream: { kind, url, authentication, serviceAddresses },
      ...(neutralMailbox !== undefined && { neutralMailbox }),
    }
    return isDeepStrictEqual(organizations, [written])
  }
  t.doesNotThrow(() => fc.assert(fc.property(any, isRead), { numRuns: 200 }))
  t.end()
})
