/**
 * The conformance check against sandboxes in every mode, and sandboxes that behave as its reports say.
 */

import { EventEmitter, once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import t from 'tap'
import {
  type CheckResult,
  type ConformanceOptions,
  checkConformance,
} from '../../sandbox/conformance/check.ts'
import { Sandbox, type SandboxOptions } from '../../sandbox/sandbox.ts'
import { upstreamOf } from '../../src/app/upstreams.ts'
import { UpstreamClient } from '../../src/cli/conformance/client.ts'
import { runConformance } from '../../src/cli/conformance/command.ts'
import { differencesOf } from '../../src/cli/conformance/differences.ts'
import { loadConfig } from '../../src/config/load.ts'
import { type ConformanceReport, PROBES } from '../../src/model/conformance.ts'
import type { ServerKind } from '../../src/model/server-kind.ts'
import type { Upstream, UpstreamRequest } from '../../src/upstream/upstream.ts'
import { Command, runCommand } from '../kit/command.ts'
import { envelope, GET_FOLDER } from '../kit/corpus.ts'
import { until } from '../kit/until.ts'

const PASSWORD = 'correct-horse-battery'
const ALICE = 'alice@example.com'
const BOB = 'bob@example.com'
const CEO = 'ceo@example.com'

/** Modes of the sandbox whose reports are kept. All other reports are of servers that don't run here. */
const MODES: ReadonlyMap<string, Partial<SandboxOptions>> = new Map([
  ['exchange', {}],
  ['grommunio', { gromox: true }],
])

const TOKEN = '0f8fad5b-d9cb-469f-a165-70867728950e'

const contains = ({ body }: UpstreamRequest, text: string) =>
  body instanceof Uint8Array && Buffer.from(body).includes(text)

const fixture = (name: string): ConformanceReport =>
  JSON.parse(readFileSync(`fixtures/servers/${name}.json`, 'utf8'))

t.test('checkConformance()', async t => {
  const folder = t.testdir({ password: PASSWORD })
  const start = async (options: Partial<SandboxOptions> = {}) => {
    const sandbox = await Sandbox.start({
      username: 'svc',
      password: PASSWORD,
      serviceAddress: 'svc@example.com',
      users: [
        { primarySmtpAddress: ALICE, aliases: ['a.lee@example.com'] },
        { primarySmtpAddress: BOB, aliases: [] },
        { primarySmtpAddress: CEO, aliases: [] },
      ],
      ungranted: [CEO],
      ...options,
    })
    t.teardown(() => sandbox.close())
    return sandbox
  }
  const organization = (url: string, kind: ServerKind, alias = 'example') => ({
    id: `m-${alias === 'example' ? '0' : '1'}123456789abcdef0123456789abcdef`,
    alias,
    upstream: {
      url,
      kind,
      authentication: { kind: 'basic', username: 'svc', password: { file: 'password' } },
      serviceAddresses: ['svc@example.com'],
    },
  })
  const configured = (...organizations: readonly object[]) => {
    writeFileSync(join(folder, 'gateway.yaml'), JSON.stringify({ organizations }))
    return loadConfig({ file: 'gateway.yaml', env: {}, cwd: folder })
  }
  const upstreamFor = (sandbox: Sandbox, kind: ServerKind): Upstream => {
    const [{ upstream: options }] = configured(organization(sandbox.url, kind)).organizations as [
      ReturnType<typeof loadConfig>['organizations'][number],
    ]
    const upstream = upstreamOf({ ...options, connections: 1 })
    t.teardown(() => upstream.close())
    return upstream
  }
  const check = (
    upstream: Pick<Upstream, 'send' | 'serverVersion'>,
    kind: ServerKind,
    options: Partial<ConformanceOptions> = {},
  ): Promise<CheckResult> =>
    checkConformance(new UpstreamClient(upstream), {
      kind,
      mailbox: ALICE,
      other: BOB,
      token: TOKEN,
      pause: async () => undefined,
      signal: new AbortController().signal,
      ...options,
    })
  /** Subjects in all folders that the check uses, and the number of subscriptions. */
  const contentOf = (sandbox: Sandbox) => [
    sandbox.subscriptions,
    ...[ALICE, BOB].flatMap(address =>
      ['inbox', 'drafts', 'outbox', 'sentitems', 'deleteditems', 'calendar'].map(name =>
        sandbox.mailbox(address).subjects(name),
      ),
    ),
  ]

  for (const file of readdirSync('fixtures/servers')) {
    const name = basename(file, '.json')
    const expected = fixture(name)
    const { kind, version, probes } = expected
    const isGiven = probes['impersonate-ungranted'].form !== 'skipped'
    const mode = MODES.get(name)
    for (const [how, given] of [
      ...(mode === undefined ? [] : [['of the mode', mode] as const]),
      ['of the report', { report: expected }],
    ] as const)
      await t.test(`makes the report of ${name}, with a sandbox ${how}`, async t => {
        const sandbox = await start(given)
        const before = contentOf(sandbox)
        const options = isGiven ? { ungranted: CEO } : {}
        const { report, isClean } = await check(upstreamFor(sandbox, kind), kind, options)
        t.strictSame(mode === undefined ? { ...report, version } : report, expected)
        t.ok(isClean)
        t.strictSame(contentOf(sandbox), before, 'all that it created is removed')
        t.ok(
          sandbox.seen.every(
            ({ operation, impersonationHeaders }) =>
              operation === undefined || impersonationHeaders === 1,
          ),
          'P1 each request has one impersonation header',
        )
        t.notMatch(
          JSON.stringify(report),
          /@|example|0f8fad5b|\b(?:EX1|127\.0)/,
          'no address, ID, or host',
        )
      })
  }

  await t.test('removes all its items after an interruption at any request', async t => {
    const sandbox = await start({ gromox: true })
    const before = contentOf(sandbox)
    const upstream = upstreamFor(sandbox, 'grommunio')
    for (let last = 1, isDone = false; !isDone; last++) {
      const stopping = new AbortController()
      let sent = 0
      const send: Upstream['send'] = (request, sink) => {
        const exchange = upstream.send(request, sink)
        sent++
        if (sent === last) stopping.abort(new Error('stopped'))
        return exchange
      }
      const counted = { send, serverVersion: () => upstream.serverVersion() }
      const { error, report, isClean } = await check(counted, 'grommunio', {
        signal: stopping.signal,
      })
      isDone = report !== undefined
      if (!isDone) t.match(error, { message: 'stopped' }, `at request ${last}`)
      t.ok(isClean)
      t.strictSame(contentOf(sandbox), before, `nothing is left after request ${last}`)
    }
  })

  await t.test('removes a message that arrives late', async t => {
    const sandbox = await start({ gromox: true })
    const before = contentOf(sandbox)
    const upstream = upstreamFor(sandbox, 'grommunio')
    const other = Buffer.from(envelope(ALICE, GET_FOLDER))
    const send: Upstream['send'] = (request, sink) => {
      const isSend = contains(request, '<m:SendItem')
      const changed = isSend ? { ...request, body: other, contentLength: other.length } : request
      return upstream.send(changed, sink)
    }
    const counted = { send, serverVersion: () => upstream.serverVersion() }
    let pauses = 0
    const { isClean } = await check(counted, 'grommunio', {
      pause: async () => {
        pauses++
        const subject = `ews-gateway conformance check ${TOKEN}`
        if (pauses >= 2) sandbox.mailbox(ALICE).deliver({ subject })
      },
    })
    t.ok(isClean)
    t.equal(pauses, 3, 'both messages that were sent are removed')
    t.strictSame(contentOf(sandbox), before)
  })

  await t.test('removes no message of another subject', async t => {
    const sandbox = await start({ gromox: true })
    const upstream = upstreamFor(sandbox, 'grommunio')
    const before = contentOf(sandbox)
    const send: Upstream['send'] = (request, sink) => {
      if (!contains(request, '<m:Restriction')) return upstream.send(request, sink)
      const text = Buffer.from(request.body as Uint8Array).toString()
      const body = Buffer.from(text.replace(/<m:Restriction>.*<\/m:Restriction>/, ''))
      return upstream.send({ ...request, body, contentLength: body.length }, sink)
    }
    const counted = { send, serverVersion: () => upstream.serverVersion() }
    t.ok((await check(counted, 'grommunio')).isClean)
    t.strictSame(contentOf(sandbox), before, 'though the server ignores the restriction')
  })

  await t.test('reports items that are left', async t => {
    const sandbox = await start()
    const upstream = upstreamFor(sandbox, 'exchange')
    const send: Upstream['send'] = (request, sink) => {
      const isSearch = contains(request, '<m:FindItem')
      return upstream.send(
        isSearch ? { ...request, body: Buffer.alloc(request.contentLength) } : request,
        sink,
      )
    }
    const counted = { send, serverVersion: () => upstream.serverVersion() }
    const { isClean } = await check(counted, 'exchange')
    t.notOk(isClean)
  })

  await t.test('names what differs from the known servers of a kind', async t => {
    const [exchange, grommunio, permissive] = ['exchange', 'grommunio', 'permissive'].map(fixture)
    for (const [what, report, kind, expected] of [
      ['Exchange', exchange, 'exchange', []],
      ['grommunio', grommunio, 'grommunio', []],
      [
        'grommunio as Exchange',
        grommunio,
        'exchange',
        ['send-stale', 'update-without-disposition', 'read-draft'],
      ],
      [
        'Exchange as grommunio',
        exchange,
        'grommunio',
        ['send-stale', 'update-without-disposition', 'read-draft'],
      ],
      ['a server that rejects updates', permissive, 'grommunio', ['update-without-disposition']],
      ['any server as other', grommunio, 'other', []],
    ] as const) {
      if (report === undefined) throw new TypeError(what)
      t.strictSame(differencesOf({ ...report, kind }), expected, what)
    }
    const skipped = Object.fromEntries(PROBES.map(name => [name, { form: 'skipped' }]))
    t.strictSame(
      differencesOf({ ...(grommunio as ConformanceReport), probes: skipped as never }),
      [],
      'nothing is known of what was skipped',
    )
  })

  await t.test('warns of a server that differs', async t => {
    const sandbox = await start({ gromox: true })
    let [out, err] = ['', '']
    const output = {
      print: (text: string) => {
        out += text
      },
      warn: (text: string) => {
        err += text
      },
    }
    const config = configured(organization(sandbox.url, 'exchange'))
    const settings = { mailbox: ALICE, other: BOB }
    t.equal(await runConformance(config, settings, output, new EventEmitter()), 0)
    t.match(JSON.parse(out), { kind: 'exchange' })
    t.match(err, /upstream\.kind: exchange in send-stale, update-without-disposition, read-draft\./)
  })

  await t.test('skips a mailbox that was not given', async t => {
    const sandbox = await start()
    const upstream = upstreamFor(sandbox, 'exchange')
    const { report } = await check(upstream, 'exchange')
    t.strictSame(report?.probes['impersonate-ungranted'], { form: 'skipped' })
    t.strictSame(Object.keys(report?.probes ?? {}), PROBES)
  })

  await t.test('rejects wrong arguments', async t => {
    const sandbox = await start({ gromox: true })
    const denying = await start({ mayImpersonate: false })
    const output = { print: () => t.fail('a report'), warn: () => t.fail('a warning') }
    const at = (url: string) => configured(organization(url, 'grommunio'))
    for (const [what, config, settings, message] of [
      [
        'unknown mailbox',
        at(sandbox.url),
        { mailbox: 'gone@example.com', other: BOB },
        /--mailbox: cannot open gone@example\.com \(ErrorCannotFindUser\)\. Name an address/,
      ],
      [
        'unknown other',
        at(sandbox.url),
        { mailbox: ALICE, other: 'gone@example.com' },
        /--other: cannot open gone@example\.com/,
      ],
      [
        'same address',
        at(sandbox.url),
        { mailbox: ALICE, other: 'Alice@Example.com' },
        /same mailbox: alice@example\.com\. Name two/,
      ],
      [
        'alias',
        at(sandbox.url),
        { mailbox: ALICE, other: 'a.lee@example.com' },
        /same mailbox: .* and a\.lee@example\.com/,
      ],
      [
        'no right to impersonate',
        at(denying.url),
        { mailbox: ALICE, other: BOB },
        /\(ErrorImpersonateUserDenied\)\. Let the service account impersonate it/,
      ],
      [
        'no server',
        at('http://127.0.0.1:9/EWS/Exchange.asmx'),
        { mailbox: ALICE, other: BOB },
        /\(refused\)\. Run check-upstream without --conformance/,
      ],
      [
        'two organizations',
        configured(
          organization(sandbox.url, 'grommunio'),
          organization(sandbox.url, 'grommunio', 'another'),
        ),
        { mailbox: ALICE, other: BOB },
        /Name it by --organization/,
      ],
    ] as const)
      await t.rejects(
        runConformance(config, settings, output, new EventEmitter()),
        { name: 'ConformanceError', message },
        what,
      )
  })

  await t.test('as a command', async t => {
    const sandbox = await start()
    const before = contentOf(sandbox)
    const given = ['check-upstream', '--config', 'gateway.yaml', '--conformance']
    const usage = await runCommand(t, [...given, '--mailbox', ALICE], { cwd: folder })
    t.equal(usage.code, 2)
    t.match(usage.err, /--conformance needs --mailbox ADDRESS and --other ADDRESS/)

    const held = Promise.withResolvers<void>()
    const hasCreated = () => sandbox.executed.some(({ operation }) => operation === 'CreateItem')
    const front = createServer((asked, answer) => {
      const { method, headers } = asked
      const passed = request(sandbox.url, { method, headers }, async response => {
        if (hasCreated()) await held.promise
        answer.writeHead(response.statusCode ?? 0, response.headers)
        response.pipe(answer)
      })
      asked.pipe(passed)
    })
    await once(front.listen(0, '127.0.0.1'), 'listening')
    t.teardown(() => front.close())
    const { port } = front.address() as AddressInfo
    configured(organization(`http://127.0.0.1:${port}/EWS/Exchange.asmx`, 'exchange'))
    const command = new Command(t, [...given, '--mailbox', ALICE, '--other', BOB], { cwd: folder })
    await until('a test message', hasCreated)
    t.notSame(contentOf(sandbox), before)
    const ended = command.kill('SIGINT')
    held.resolve()
    await ended
    t.equal(await command.ended, 1)
    t.match(command.err, /^The check was interrupted\.\n$/)
    t.equal(command.out, '')
    t.strictSame(contentOf(sandbox), before, 'nothing is left after Ctrl-C')

    configured(organization(sandbox.url, 'exchange'))
    const all = [...given, '--mailbox', ALICE, '--other', BOB]
    const whole = await runCommand(t, all, { cwd: folder })
    t.equal(whole.code, 0)
    const { probes } = fixture('exchange')
    t.strictSame(JSON.parse(whole.out), {
      ...fixture('exchange'),
      probes: { ...probes, 'impersonate-ungranted': { form: 'skipped' } },
    })
  })
})
