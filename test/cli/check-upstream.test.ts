/**
 * `check-upstream` names each of the faults that were planted, within its deadline.
 */

import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { Sandbox, type SandboxOptions } from '../../sandbox/sandbox.ts'
import { runCheckUpstream } from '../../src/cli/check-upstream.ts'
import { loadConfig } from '../../src/config/load.ts'
import { AUTODISCOVER_NS, SOAP_NS } from '../../src/model/envelope.ts'
import { makeCertificates } from '../kit/certificates.ts'
import { Command, runCommand } from '../kit/command.ts'
import { folderResponse } from '../kit/responses.ts'

const PASSWORD = 'correct-horse-battery'
const NEUTRAL = 'neutral@example.com'
/** A fault as grommunio writes it. */
const BUSY = `<s:Envelope xmlns:s="${SOAP_NS}"><s:Body><s:Fault><faultcode>ErrorServerBusy</faultcode></s:Fault></s:Body></s:Envelope>`
/** A response with an ID in a form of its own. */
const OTHER = folderResponse('Folder-1')
/** A response of Autodiscover without settings. */
const NO_SETTINGS =
  `<s:Envelope xmlns:s="${SOAP_NS}"><s:Body><GetUserSettingsResponseMessage xmlns="${AUTODISCOVER_NS}"><Response>` +
  '<UserResponses><UserResponse><ErrorCode>NoError</ErrorCode></UserResponse></UserResponses></Response>' +
  '</GetUserSettingsResponseMessage></s:Body></s:Envelope>'
const GROMMUNIO = { kind: 'grommunio' }
const OTHER_KIND = { kind: 'other' }
/** A response with an ID as long as those of grommunio, in a public folder. */
const ALIKE = folderResponse(
  Buffer.from([...Array(20).fill(0), 3, ...Array(25).fill(0), 1]).toString('base64'),
)

t.test('check-upstream', async t => {
  const folder = t.testdir({ password: PASSWORD, wrong: 'wrong' })
  const pem = makeCertificates(folder, [
    { name: 'good', alternative: 'IP:127.0.0.1' },
    { name: 'expired', alternative: 'IP:127.0.0.1', expired: true },
    { name: 'elsewhere', alternative: 'DNS:mail.example.com' },
  ])
  const port = async (server: Server) => {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    t.teardown(() => server.close())
    return (server.address() as AddressInfo).port
  }
  const sandbox = async (certificate?: string, options: Partial<SandboxOptions> = {}) => {
    const tls = certificate && { cert: pem(`${certificate}.crt`), key: pem(`${certificate}.key`) }
    const started = await Sandbox.start(
      {
        username: 'svc',
        password: PASSWORD,
        serviceAddress: 'svc@example.com',
        users: [
          { primarySmtpAddress: 'alice@example.com', aliases: [] },
          { primarySmtpAddress: NEUTRAL, aliases: [], empty: true },
        ],
        seed: false,
        ...options,
      },
      tls ? { tls } : {},
    )
    t.teardown(() => started.close())
    return started
  }
  const web = async (listener: RequestListener) =>
    `http://127.0.0.1:${await port(createServer(listener))}/EWS/Exchange.asmx`
  const challenging = (challenge: string) =>
    web((request, response) => {
      const isRefused = request.headers.authorization === undefined
      if (isRefused) response.writeHead(401, { 'WWW-Authenticate': challenge }).end()
      else response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>')
    })

  /** A server that gives one response to all who sign in. */
  const answering = (text: string) =>
    web((request, response) => {
      const isRefused = request.headers.authorization === undefined
      if (isRefused) response.writeHead(401, { 'WWW-Authenticate': 'Basic' }).end()
      else response.writeHead(200, { 'Content-Type': 'text/xml' }).end(text)
    })

  const configured = (
    url: string,
    upstream: object = {},
    organization: object = {},
    upstreamSeconds = 60,
  ) => {
    const config = {
      timeouts: { upstreamSeconds },
      organizations: [
        {
          id: 'm-0123456789abcdef0123456789abcdef',
          alias: 'example',
          upstream: {
            url,
            authentication: { kind: 'basic', username: 'svc', password: { file: 'password' } },
            serviceAddresses: ['svc@example.com'],
            ...upstream,
          },
          neutralMailbox: NEUTRAL,
          ...organization,
        },
      ],
    }
    writeFileSync(join(folder, 'gateway.yaml'), JSON.stringify(config))
    return loadConfig({ file: 'gateway.yaml', env: {}, cwd: folder })
  }
  /** Waits for a server that hangs as long as each step before it may take. */
  const hanging = (url: string, upstream: object = {}) => configured(url, upstream, {}, 3)
  const check = async (config: ReturnType<typeof configured>, as?: string) => {
    let out = ''
    const code = await runCheckUpstream(config, as === undefined ? {} : { as }, {
      print: text => {
        out += text
      },
      warn: () => undefined,
    })
    return { code, out }
  }

  const discovering = (url: string, kind = 'other', path = '/autodiscover/autodiscover.svc') =>
    configured(url, { kind, autodiscoverUrl: new URL(path, url).href })
  /** An EWS server whose Autodiscover gives one response. */
  const withDiscovery = (status: number, text: string) =>
    web((request, response) => {
      if (request.headers.authorization === undefined)
        response.writeHead(401, { 'WWW-Authenticate': 'Basic' }).end()
      else if (request.url?.startsWith('/EWS'))
        response.writeHead(200, { 'Content-Type': 'text/xml' }).end(OTHER)
      else response.writeHead(status, { 'Content-Type': 'text/xml' }).end(text)
    })

  const tls = { tls: { ca: { file: 'ca.crt' } } }
  const good = await sandbox('good')
  const { hostname, port: goodPort } = new URL(good.url)
  const silent = await port(createTcpServer(() => undefined))
  const mute = await web(() => undefined)
  const refusing = await sandbox(undefined, { mayImpersonate: false })
  const plain = await sandbox()
  const gromox = await sandbox(undefined, { gromox: true })
  const refusingGromox = await sandbox(undefined, { gromox: true, mayImpersonate: false })
  const basic = (file: string) => ({
    authentication: { kind: 'basic', username: 'svc', password: { file } },
  })
  const gone = createTcpServer()
  const wrongPort = await port(gone)
  gone.close()

  await t.test('every check passes', async t => {
    const { code, out } = await check(configured(good.url, tls))
    t.equal(code, 0)
    t.match(
      out,
      new RegExp(
        [
          `^name +ok +${hostname} is an address`,
          `tcp +ok +port ${goodPort} accepts connections`,
          'tls +ok +TLSv1.3, certificate of IP Address:127.0.0.1 by test CA, until .* GMT',
          'schemes +ok +offers Basic',
          'credentials +ok +the server accepts the account, with authentication.kind basic',
          'kind +ok +exchange: a folder ID has the form of Exchange',
          `impersonation +ok +may impersonate ${NEUTRAL}`,
          'IDs +ok +they tell which mailbox they belong to',
          `neutral mailbox +ok +${NEUTRAL} can be opened\\n$`,
        ].join('\\n'),
      ),
    )
    const posts = good.seen.filter(({ bytes }) => bytes > 0)
    t.strictSame(
      posts.map(({ impersonated, impersonationHeaders }) => [impersonated, impersonationHeaders]),
      [[NEUTRAL, 1]],
      'P1 with its one impersonation header',
    )
    t.notMatch(out, PASSWORD, 'P8')
    good.forget()
    const { code: other, out: lines } = await check(configured(good.url, tls), 'alice@example.com')
    t.equal(other, 0)
    t.match(
      lines,
      /impersonation +ok +may impersonate alice@example.com\nIDs .*\nneutral mailbox +ok/,
    )
    t.strictSame(
      good.executed.map(({ operation, as }) => [operation, as]),
      [
        ['GetFolder', 'alice@example.com'],
        ['GetFolder', NEUTRAL],
      ],
      'P1 as the given user, and as the neutral mailbox',
    )
  })

  for (const [name, config, line, advice, as] of [
    ['wrong host', configured('https://nowhere.invalid/EWS/Exchange.asmx', tls), 'name', /DNS/],
    [
      'wrong port',
      configured(`https://127.0.0.1:${wrongPort}/EWS/Exchange.asmx`, tls),
      'tcp',
      /ECONNREFUSED\)\n +Correct the port/,
    ],
    ['unknown CA', configured(good.url), 'tls', /UNABLE_TO_VERIFY.*\n.*upstream\.tls\.ca/],
    [
      'expired certificate',
      configured((await sandbox('expired')).url, tls),
      'tls',
      /CERT_HAS_EXPIRED\)\n +Renew/,
    ],
    [
      'wrong name',
      configured((await sandbox('elsewhere')).url, tls),
      'tls',
      /another name than 127\.0\.0\.1.*\n.*upstream\.tls\.serverName/,
    ],
    [
      'https to a port of http',
      configured(plain.url.replace('http:', 'https:'), tls),
      'tls',
      /the TLS handshake failed.*\n.*is an https port/,
    ],
    [
      'NTLM only',
      configured(await challenging('Negotiate, NTLM')),
      'schemes',
      /offers Negotiate, NTLM, and not basic.*\n.*Set-WebServicesVirtualDirectory .*-BasicAuthentication \$true\n/,
    ],
    [
      'Basic only, for NTLM',
      configured(plain.url, {
        authentication: { kind: 'ntlm', username: 'C\\svc', password: { file: 'password' } },
      }),
      'schemes',
      /offers Basic, and not ntlm.*\n.*-WindowsAuthentication \$true\n/,
    ],
    [
      'not an EWS server',
      configured(await web((_, response) => response.writeHead(404).end())),
      'schemes',
      /status 404.*not an EWS endpoint\n +Correct the path/,
    ],
    [
      'a page behind Basic',
      configured(await challenging('Basic realm="a, b"')),
      'credentials',
      /status 200 and text\/html\n.*Exchange\.asmx/,
    ],
    [
      'XML of another server',
      configured(await answering('<a/>')),
      'credentials',
      /Cannot read the response to GetFolder \(the root is not a SOAP envelope\)\n.*Exchange\.asmx/,
    ],
    [
      'two responses at once',
      configured(await answering(BUSY + BUSY)),
      'credentials',
      /Cannot read the response to GetFolder \(a second root element\)/,
    ],
    [
      'a code in the words of a fault, as grommunio writes it',
      configured(await answering(BUSY), GROMMUNIO),
      'impersonation',
      /cannot be impersonated \(ErrorServerBusy\)/,
    ],
    [
      'a fault without a code',
      configured(await answering(BUSY.replace('ErrorServerBusy', 'Client')), GROMMUNIO),
      'impersonation',
      /cannot be impersonated \(a response without a code\)/,
    ],
    [
      'wrong password',
      configured(plain.url, basic('wrong')),
      'credentials',
      /rejects the gateway's own account.*\n.*Set-WebServicesVirtualDirectory/,
    ],
    [
      'no impersonation right',
      configured(refusing.url),
      'impersonation',
      /ErrorImpersonateUserDenied\)\n +Run: New-ManagementRoleAssignment .* -User 'svc@example\.com'/,
    ],
    [
      'no impersonation right, with an apostrophe in the address',
      configured(refusing.url, { serviceAddresses: ["o'hara@example.com"] }),
      'impersonation',
      /-User 'o''hara@example\.com'\n/,
    ],
    [
      'no impersonation right at grommunio',
      configured(refusingGromox.url, GROMMUNIO),
      'impersonation',
      /ErrorImpersonateUserDenied\)\n +Run: grommunio-admin exmdb 'neutral@example\.com' folder grant 0x9 'svc@example\.com' 0x2000/,
    ],
    [
      'grommunio that is configured as Exchange',
      configured(gromox.url),
      'kind',
      /form of grommunio, but upstream\.kind is exchange\n +In the organization's upstream, set kind: grommunio\n/,
    ],
    [
      'grommunio that is configured as Exchange, and denies',
      configured(refusingGromox.url),
      'kind',
      /fault has HTTP status 200.*, but upstream\.kind is exchange\n +In the .* set kind: grommunio\n/,
    ],
    [
      'Exchange that is configured as grommunio',
      configured(plain.url, GROMMUNIO),
      'kind',
      /form of Exchange, but upstream\.kind is grommunio\n +In the .* set kind: exchange\n/,
    ],
    [
      'another server that is configured as Exchange',
      configured(await answering(OTHER)),
      'kind',
      /neither the form of Exchange nor of grommunio, but .*\n +In the .* set kind: other\n/,
    ],
    [
      'grommunio whose IDs have another form',
      configured(await answering(ALIKE), GROMMUNIO),
      'IDs',
      /differ from those of known versions .* deny requests with them\n +Report the version .* Until then, upstream\.kind: other lets the server decide/,
    ],
    [
      'another server whose IDs are not accepted',
      configured(await answering(OTHER), OTHER_KIND, { opaqueIds: 'refuse' }),
      'IDs',
      /opaqueIds is refuse: roles .* deny requests with them\n +In the organization, set opaqueIds: allow\. The server then decides what the user can open\.\n/,
    ],
    [
      'neutral mailbox missing at grommunio',
      configured(gromox.url, GROMMUNIO, { neutralMailbox: 'gone@example.com' }),
      'neutral mailbox',
      /gone@example\.com cannot be opened \(ErrorCannotFindUser\)\n +Create a user with this address/,
      'alice@example.com',
    ],
    [
      'Basic only, for NTLM at grommunio',
      configured(gromox.url, {
        ...GROMMUNIO,
        authentication: { kind: 'ntlm', username: 'C\\svc', password: { file: 'password' } },
      }),
      'schemes',
      /offers Basic, and not ntlm.*\n +Set authentication\.kind: basic/,
    ],
    [
      'nobody of that address',
      configured(plain.url),
      'impersonation',
      /nobody@example\.com cannot be impersonated \(ErrorNonExistentMailbox\)/,
      'nobody@example.com',
    ],
    [
      'neutral mailbox missing',
      configured(plain.url, {}, { neutralMailbox: 'gone@example.com' }),
      'neutral mailbox',
      /gone@example\.com cannot be opened \(ErrorNonExistentMailbox\)\n +Create it: New-Mailbox/,
    ],
    [
      'neutral mailbox missing, another there',
      configured(plain.url, {}, { neutralMailbox: 'gone@example.com' }),
      'neutral mailbox',
      /gone@example\.com/,
      'alice@example.com',
    ],
    [
      'Autodiscover at another path',
      discovering(plain.url, 'exchange', '/autodiscover/other.svc'),
      'autodiscover',
      /status 404.*\n +Check that upstream\.autodiscoverUrl/,
    ],
    [
      'Autodiscover that does not accept the account',
      discovering(await withDiscovery(401, '')),
      'autodiscover',
      /\n +Let Autodiscover accept the account: Set-AutodiscoverVirtualDirectory .*-BasicAuthentication \$true\n/,
    ],
    [
      'Autodiscover without GroupingInformation',
      discovering(await withDiscovery(200, NO_SETTINGS)),
      'autodiscover',
      /returns no GroupingInformation of neutral@example\.com\n +Try another mailbox/,
    ],
    [
      'hanging before TLS',
      hanging(`https://127.0.0.1:${silent}/EWS/Exchange.asmx`, tls),
      'tls',
      /it took too long/,
    ],
    ['hanging before its answer', hanging(mute), 'schemes', /did not answer in time/],
  ] as const) {
    await t.test(name, async t => {
      const { code, out } = await check(config, as)
      t.equal(code, 1)
      t.match(out, new RegExp(`^${line} +FAILED `, 'm'))
      t.match(out, advice)
      t.equal(out.match(/FAILED/g)?.length, 1, 'it stops there')
      t.match(out.trimEnd().split('\n').at(-2), /FAILED/, 'and says what to do at its end')
      t.notMatch(out, PASSWORD, 'P8')
    })
  }

  await t.test('a server that hangs after sign-in', async t => {
    const url = await web((request, response) => {
      if (request.headers.authorization === undefined)
        response.writeHead(401, { 'WWW-Authenticate': 'Basic' }).end()
    })
    const { code, out } = await check(hanging(url))
    t.equal(code, 1)
    t.match(out, /^credentials +FAILED +The upstream did not answer in time/m)
  })

  await t.test('without a user to impersonate, only the credentials are checked', async t => {
    const config = configured(plain.url)
    const without = {
      ...config,
      organizations: config.organizations.map(({ neutralMailbox: _, ...one }) => one),
    }
    const { code, out } = await check(without)
    t.equal(code, 0)
    t.match(
      out,
      /credentials +ok .*\nkind +ok .*\nimpersonation +- +.*--as ADDRESS\nIDs +ok .*\nneutral mailbox +- +none/,
    )
  })

  await t.test('configured kinds of servers', async t => {
    for (const [url, kind, lines] of [
      [gromox.url, 'grommunio', /kind +ok +grommunio: (?:.*\n)*IDs +ok +they tell which mailbox/],
      [await answering(OTHER), 'other', /kind +ok +other: (?:.*\n)*IDs +ok +they don't tell/],
      [await answering(BUSY), 'other', /kind +ok +other: a fault/],
      [refusing.url, 'exchange', /kind +- +cannot be checked/],
    ] as const)
      t.match((await check(configured(url, { kind }))).out, lines, kind)
  })

  await t.test('Autodiscover that gives GroupingInformation', async t => {
    plain.forget()
    const { code, out } = await check(discovering(plain.url, 'exchange'))
    t.equal(code, 0)
    t.match(out, /neutral mailbox +ok .*\nautodiscover +ok +returns GroupingInformation of neutral/)
    t.equal(plain.seen.at(-1)?.operation, 'GetUserSettings')
    const { organizations, ...rest } = discovering(await withDiscovery(200, NO_SETTINGS))
    const without = organizations.map(({ neutralMailbox: _, ...one }) => one)
    const skipped = await check({ ...rest, organizations: without })
    t.match(skipped, { code: 0, out: /autodiscover +- +.*--as ADDRESS/ }, 'without a mailbox')
  })

  await t.test('as a command', async t => {
    const given = ['check-upstream', '--config', 'gateway.yaml']
    const run = (...args: readonly string[]) => runCommand(t, [...given, ...args], { cwd: folder })
    configured(good.url, tls)
    t.match(await run('--as', 'alice@example.com'), { code: 0, out: /alice/, err: '' })
    t.match(await run('--organization', 'other'), {
      code: 1,
      out: '',
      err: /Unknown organization other/,
    })
    hanging(mute)
    // A server that hangs would keep a process from its end.
    const process = new Command(t, given, { cwd: folder })
    t.match(await process.result(), { code: 1, out: /schemes +FAILED/, err: '' })
  })
})
