/**
 * Clients that sign in by NTLM, through the gateway: how many requests a sign-in takes, and whether a client keeps its
 * connection.
 */

import { execFile, spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { XhrApi } from '@ewsjs/xhr'
import { NtlmClient } from 'axios-ntlm'
import t, { type Test } from 'tap'
import type { ConfigInput } from '../../src/config/schema.ts'
import { makeCertificates, tlsConfigOf } from '../kit/certificates.ts'
import { envelope, GET_FOLDER } from '../kit/corpus.ts'
import { type GatewayTestServer, XML } from '../kit/gateway-test-server.ts'
import { startFurnished } from './client-test-server.ts'
import { PYTHON, runPython, withoutExchangelib } from './python.ts'
import { arrivals } from './waiting.ts'

const BODY = envelope('alice@example.com', GET_FOLDER)
const run = promisify(execFile)

/** Reason to skip a client, unless a command succeeds. */
const without = (what: string, command: string, ...args: string[]): string | false =>
  spawnSync(command, args).status === 0 ? false : `${what} is not installed`
const python = (module: string) => [PYTHON, '-c', `import ${module}`] as const

const withoutCurl = without('curl', 'curl', '--version')
const withoutJava = without('A JDK (Debian: openjdk-21-jdk-headless)', 'javac', '--version')
const JARS = ['httpclient', 'httpcore', 'commons-logging', 'commons-codec'].map(
  name => `/usr/share/java/${name}.jar`,
)

const start = async (t: Test, tls?: ConfigInput['tls']) => {
  const schemes: ['NTLM', 'Basic', 'Bearer'] = ['NTLM', 'Basic', 'Bearer']
  const signIn = { hosts: [{ name: '127.0.0.1', schemes }] }
  return await startFurnished(t, { config: { signIn, ...(tls && { tls }) } })
}

type Client = Readonly<{
  name: string
  skip: string | false
  /** Sends two requests or more, and returns their status codes or results. */
  send: (server: GatewayTestServer, folder: string) => Promise<readonly unknown[]>
  /** Scheme and connection of each request: `-` if it has no Authorization header. */
  expected: readonly (readonly [scheme: string, connection: number])[]
}>

const fileOf = (folder: string) => {
  const file = join(folder, 'envelope.xml')
  writeFileSync(file, BODY)
  return file
}

const runClient = async (server: GatewayTestServer, client: string) => {
  const settings = { client, envelope: BODY }
  const { answers } = await runPython(server, { script: 'ntlm', key: server.keys.full, settings })
  return answers as unknown[]
}

async function runJava(server: GatewayTestServer, folder: string, name: string) {
  const { id, secret } = server.keys.full
  const source = join(import.meta.dirname, 'java', `${name}.java`)
  const args = ['-cp', JARS.join(':'), source, server.url, id, fileOf(folder)]
  const { stdout } = await run('java', args, { env: { ...process.env, PASSWORD: secret } })
  return stdout.trim().split('\n').map(Number)
}

const ONCE = [
  ['NTLM', 0],
  ['NTLM', 0],
  ['-', 0],
] as const
const ASKING_FIRST = [['-', 0], ...ONCE] as const

const CLIENTS: readonly Client[] = [
  {
    name: 'curl --ntlm',
    skip: withoutCurl,
    send: async ({ url, keys }, folder) => {
      const { id, secret } = keys.full
      const args = ['--ntlm', '--user', `${id}:${secret}`, '--header', `Content-Type: ${XML}`]
      const output = ['--output', '/dev/null', '--write-out', '%{http_code}\n']
      const sent = [...args, '--data-binary', `@${fileOf(folder)}`, ...output, url]
      const { stdout } = await run('curl', ['--silent', ...sent, '--next', ...sent])
      return stdout.trim().split('\n').map(Number)
    },
    expected: ONCE,
  },
  {
    name: 'curl --anyauth',
    skip: withoutCurl,
    send: async ({ url, keys }) => {
      const { id, secret } = keys.full
      const args = ['--anyauth', '--user', `${id}:${secret}`, '--output', '/dev/null']
      const get = [...args, '--write-out', '%{http_code}\n', url]
      const { stdout } = await run('curl', ['--silent', ...get, '--next', ...get])
      return stdout.trim().split('\n').map(Number)
    },
    expected: ASKING_FIRST,
  },
  {
    name: 'requests-ntlm',
    skip: without('requests-ntlm (Debian: python3-requests-ntlm)', ...python('requests_ntlm')),
    send: server => runClient(server, 'requests-ntlm'),
    expected: ASKING_FIRST,
  },
  {
    name: 'exchangelib',
    skip: withoutExchangelib,
    send: async server => {
      const answers = await runClient(server, 'exchangelib')
      return answers.map(answer => (answer === true ? 200 : answer))
    },
    expected: [...ASKING_FIRST, ['-', 0]],
  },
  {
    name: 'libsoup',
    skip: without(
      'libsoup for Python (Debian: python3-gi, gir1.2-soup-3.0)',
      PYTHON,
      '-c',
      'import gi; gi.require_version("Soup", "3.0")',
    ),
    send: server => runClient(server, 'libsoup'),
    // It tries single sign-on first. Later requests are on other connections.
    expected: [
      ['-', 0],
      ['NTLM', 0],
      ['NTLM', 0],
      ['NTLM', 0],
      ['NTLM', 1],
      ['NTLM', 1],
    ],
  },
  {
    name: "Java's HttpURLConnection",
    skip: withoutJava,
    send: (server, folder) => runJava(server, folder, 'UrlConnection'),
    // It begins the handshake on another connection.
    expected: [
      ['-', 0],
      ['NTLM', 1],
      ['NTLM', 1],
      ['-', 1],
    ],
  },
  {
    name: 'Apache HttpClient with a shared context',
    skip:
      withoutJava ||
      (JARS.every(existsSync) ? false : 'Apache HttpClient (Debian: libhttpclient-java)'),
    send: (server, folder) => runJava(server, folder, 'ApacheClient'),
    expected: ASKING_FIRST,
  },
  {
    name: 'axios-ntlm',
    skip: false,
    send: async ({ url, keys }) => {
      const { id: username, secret: password } = keys.full
      const client = NtlmClient({ username, password, domain: '' })
      const headers = { 'Content-Type': XML }
      const answers = []
      for (const _ of [1, 2]) answers.push((await client.post(url, BODY, { headers })).status)
      return answers
    },
    expected: ASKING_FIRST,
  },
  {
    name: '@ewsjs/xhr',
    skip: false,
    send: async ({ url, keys }) => {
      const { id, secret } = keys.full
      const client = new XhrApi()
      client.useNtlmAuthentication(id, secret)
      const answers = []
      for (const _ of [1, 2]) {
        const request = { url, type: 'POST', data: BODY, headers: { 'Content-Type': XML } }
        answers.push((await client.xhr(request)).status)
      }
      return answers
    },
    expected: [
      ['NTLM', 0],
      ['NTLM', 0],
      ['NTLM', 1],
      ['NTLM', 1],
    ],
  },
]

for (const { name, skip, send, expected } of CLIENTS)
  t.test(`${name} signs in by NTLM`, { skip }, async t => {
    const server = await start(t)
    const arrived = arrivals(t, server.gateway.dataPort)
    t.strictSame(await send(server, t.testdir({})), [200, 200])
    t.strictSame(
      arrived.map(({ scheme, connection }) => [scheme ?? '-', connection]),
      expected,
      'requests and connections',
    )
    const records = server.audit().filter(({ type }) => type === 'decision')
    for (const record of records) t.match(record, { verdict: 'allow', scheme: 'NTLM' })
  })

for (const client of ['requests-ntlm', 'exchangelib'])
  t.test(
    `${client} binds its proof to the certificate`,
    { skip: without(client, ...python('requests_ntlm')) },
    async t => {
      const folder = t.testdir({})
      makeCertificates(folder, [{ name: 'gateway', alternative: 'IP:127.0.0.1' }])
      const tls = tlsConfigOf(folder, 'gateway')
      const server = await start(t, tls)
      const arrived = arrivals(t, server.gateway.dataPort)
      const { answers } = await runPython(server, {
        script: 'ntlm',
        key: server.keys.full,
        settings: { client, envelope: BODY, url: server.url.replace('http:', 'https:') },
        env: { REQUESTS_CA_BUNDLE: join(folder, 'ca.crt') },
      })
      t.notOk((answers as unknown[]).some(answer => answer !== 200 && answer !== true))
      t.strictSame(
        arrived.slice(0, ASKING_FIRST.length).map(({ scheme, connection }) => [scheme, connection]),
        ASKING_FIRST.map(([scheme, connection]) => [
          scheme === '-' ? undefined : scheme,
          connection,
        ]),
      )
      const [record] = server.audit().filter(({ type }) => type === 'decision')
      t.match(record, { mic: 'ok', channelBinding: 'ok', targetName: 'ok' })
    },
  )
