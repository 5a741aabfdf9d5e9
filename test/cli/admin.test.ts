import { chmodSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore, startGateway } from '../../src/app/compose.ts'
import { createKey, newEpoch } from '../../src/cli/admin.ts'
import { type ApiCall, callApi } from '../../src/cli/api.ts'
import { loadConfig } from '../../src/config/load.ts'
import { ACTIONS } from '../../src/control/actions.ts'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import { ASSUME_ROLE } from '../../src/model/iam.ts'
import { organizationId } from '../../src/model/identity.ts'
import { roleId } from '../../src/model/role.ts'
import { Secret } from '../../src/model/secret.ts'
import { administratorPolicy } from '../../src/policy/administrator.ts'
import { evaluatePolicy } from '../../src/policy/iam.ts'
import { makeCertificates } from '../kit/certificates.ts'
import { Command, runCommand } from '../kit/command.ts'
import { recordsOf } from '../kit/journal.ts'
import { until } from '../kit/until.ts'

const ID = 'm-0123456789abcdef0123456789abcdef'
const DAY_MS = 24 * 60 * 60_000
const folder = t.testdir({
  password: 'correct-horse-battery',
  'gateway.yaml': `listen: { data: 127.0.0.1:0, control: 127.0.0.1:0, ops: 127.0.0.1:0 }
log: { level: error }
timeouts: { drainSeconds: 1 }
organizations:
  - id: ${ID}
    alias: example
    upstream:
      url: https://mail.example.com/EWS/Exchange.asmx
      authentication: { kind: basic, username: svc, password: { file: password } }
      serviceAddresses: [svc@example.com]
`,
})
chmodSync(join(folder, 'password'), 0o600)
const config = loadConfig({ file: 'gateway.yaml', env: {}, cwd: folder })

async function printed(
  run: (output: { print: (text: string) => void; warn: (line: string) => void }) => Promise<void>,
): Promise<string> {
  let text = ''
  await run({
    print: chunk => {
      text += chunk
    },
    warn: () => undefined,
  })
  return text
}

type Listed = { Principals: { PrincipalId: string; Name: string; Policy: object }[] }

/** Records of changes. Nothing answers at the upstream, of which the audit has a record, too. */
const audit = () => recordsOf(join(folder, 'data/audit')).filter(({ type }) => type === 'change')

const environmentOf = (text: string) =>
  Object.fromEntries(
    text
      .trimEnd()
      .split('\n')
      .map(line => line.split(/=(.*)/, 2)),
  )

const main = (t: Test, args: readonly string[], env: Record<string, string> = {}) =>
  runCommand(t, args, { cwd: folder, env })

/** Runs it as a process of its own. */
const asProcess = (t: Test, args: readonly string[], env: Record<string, string> = {}) =>
  new Command(t, args, { cwd: folder, env }).result()

t.test('createKey() creates an administrator, and a running gateway accepts the key', async t => {
  const warnings: string[] = []
  const text = await printed(output =>
    createKey(
      config,
      { organization: 'example', name: 'first', mayImpersonate: false },
      { ...output, warn: line => warnings.push(line) },
    ),
  )
  const end = new Date(Date.now() + 366 * DAY_MS).toISOString().slice(0, 10)
  t.match(warnings, [`This key ends on ${end}`], 'and says when the key ends')
  t.match(text, /^AWS_ACCESS_KEY_ID=AKIA[A-Z2-7]{16}\nAWS_SECRET_ACCESS_KEY=[A-Za-z0-9]{43}\n$/)
  const env = environmentOf(text)
  t.strictSame(audit(), [], 'the records wait for a gateway')

  const gateway = await startGateway(config, await openStore(config, () => undefined))
  t.teardown(() => gateway.close())
  await until('the gateway delivers the records', () => audit().length === 2)
  // IDs of one millisecond are in no order.
  const recorded = audit().sort((one, other) =>
    `${one['action']}` > `${other['action']}` ? -1 : 1,
  )
  t.match(recorded, [
    {
      type: 'change',
      action: 'ewsgateway:CreatePrincipal',
      organizationId: ID,
      verdict: 'allow',
      after: { name: 'first' },
    },
    { action: 'ewsgateway:CreateAccessKey', after: { id: env['AWS_ACCESS_KEY_ID'] } },
  ])
  t.notMatch(JSON.stringify(audit()), env['AWS_SECRET_ACCESS_KEY'], 'P8 the secret is not recorded')

  const history = await openSqliteHistory(join(folder, 'data/gateway-history.db'))
  const span = { from: 0, until: Date.now() + 60_000 }
  const changesOf = () => history.changes({ organizationId: ID, ...span, filters: [], limit: 9 })
  await until('the history has them', async () => (await changesOf()).length === 2)
  const changes = await changesOf()
  await history.close()
  // IDs from the same millisecond have no order.
  const actions = ['ewsgateway:CreateAccessKey', 'ewsgateway:CreatePrincipal']
  t.strictSame(
    changes.map(({ action }) => action).sort(),
    actions,
    'a command is in the history too',
  )

  const endpoint = `http://127.0.0.1:${gateway.controlPort}`
  const api = (operation: string, input: object = {}, more: Partial<ApiCall> = {}) =>
    printed(output =>
      callApi(
        { operation, json: JSON.stringify({ OrganizationId: ID, ...input }), endpoint, ...more },
        env,
        output,
      ),
    )
  const listed = JSON.parse(await api('ListPrincipals')) as Listed
  t.match(listed.Principals, [
    {
      Name: 'first',
      Policy: administratorPolicy(organizationId(ID), { mayImpersonate: false }),
    },
  ])
  const Policy = listed.Principals[0]?.Policy
  t.match(
    await api('CreatePrincipal', { Name: 'copy', Policy }),
    /"PrincipalId": /,
    'and may pass all of it on',
  )
  const names = { query: 'Principals[].Name | sort(@)' }
  t.equal(await api('ListPrincipals', {}, names), '[\n  "copy",\n  "first"\n]\n')
  t.equal(await api('ListPrincipals', {}, { query: 'Nothing' }), 'null\n')
  await api('CreatePrincipal', { Name: 'c\u009b2J', Policy })
  const safe = await api('ListPrincipals', {}, names)
  t.match(safe, /^[\n -~]+$/, 'P7 no name controls the terminal')
  t.strictSame(JSON.parse(safe), ['copy', 'c\u009b2J', 'first'])
  await t.rejects(api('ListPrincipals', {}, { query: 'sort(Principals)' }), {
    name: 'ApiCallError',
    message: /^--query sort\(Principals\): /,
  })
  t.match(await api('WorkMailService.ListUsers'), /^\{\n {2}"Users": \[\]\n\}\n$/)

  const control = { host: '0.0.0.0', port: gateway.controlPort }
  const configured = (operation: string, input: object, more: Partial<ApiCall> = {}) =>
    printed(output =>
      callApi({ operation, json: JSON.stringify(input), ...more }, env, output, {
        ...config,
        listen: { ...config.listen, control },
      }),
    )
  const { Principals } = JSON.parse(await configured('ListPrincipals', {})) as Listed
  const PrincipalId = Principals.find(({ Name }) => Name === 'first')?.PrincipalId
  const tomorrow = new Date(Date.now() + DAY_MS).toISOString().slice(0, 19)
  const dated = { PrincipalId, ExpiresTime: tomorrow }
  const made = JSON.parse(await configured('CreateAccessKey', dated, { organization: 'EXAMPLE' }))
  t.match(made, { DateCreated: /^\d{4}-.*Z$/, ExpiresTime: `${tomorrow}Z` })
  const keys = JSON.parse(await configured('ListAccessKeys', { PrincipalId, OrganizationId: ID }))
  t.match(keys.AccessKeys.map(({ ExpiresTime }: { ExpiresTime?: string }) => ExpiresTime).sort(), [
    `${tomorrow}Z`,
    `${warnings.join().match(/ends on (\S+?),/)?.[1]}`.replace('.000Z', 'Z'),
  ])
  await t.rejects(configured('CreateAccessKey', { ...dated, ExpiresTime: 'soon' }), {
    message: /^InvalidParameterException: ExpiresTime must be/,
  })

  writeFileSync(join(folder, 'input.json'), `{ "OrganizationId": "${ID}" }`)
  const options = ['--endpoint', endpoint]
  const [file, wrong, refused, input] = await Promise.all([
    asProcess(t, ['api', 'DescribeOrganization', '--file', 'input.json', ...options], env),
    main(t, ['api', 'DescribeOrganization', '{}', ...options], env),
    main(
      t,
      [
        'api',
        'ListUsers',
        `{"OrganizationId":"${ID}"}`,
        ...options,
        '--access-key-id',
        env['AWS_ACCESS_KEY_ID'] ?? '',
      ],
      {
        AWS_SECRET_ACCESS_KEY: 'wrong',
        EWS_GATEWAY_SECRET_ACCESS_KEY: 'wrong too',
      },
    ),
    main(t, ['api', 'ListUsers', '\u009b2J', ...options], env),
  ])
  t.match(file, { code: 0, out: `"OrganizationId": "${ID}"`, err: '' })
  t.match(wrong, {
    code: 1,
    out: '',
    err: /^InvalidParameterException: OrganizationId is missing.*\n$/,
  })
  t.match(refused, { code: 1, out: '', err: /^InvalidSignatureException: .*\n$/ })
  t.match(input, { code: 1, out: '', err: /^The input is not JSON: [ -~]*\\u009b2J[ -~]*\n$/ })
})

t.test('callApi() reports in one line why it cannot call', async t => {
  const key = { AWS_ACCESS_KEY_ID: 'AKIAAAAAAAAAAAAAAAAA', AWS_SECRET_ACCESS_KEY: 'secret' }
  const server = createServer((_, response) => response.writeHead(404).end('<html>'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  t.teardown(() => server.close())
  const endpoint = `http://127.0.0.1:${port}`
  const away = createServer()
  await new Promise<void>(resolve => away.listen(0, '127.0.0.1', resolve))
  const gone = `http://127.0.0.1:${(away.address() as AddressInfo).port}`
  await new Promise(resolve => away.close(resolve))

  for (const [name, call, env, message] of [
    [
      'an unknown operation',
      { operation: 'Nope' },
      key,
      /^Unknown operation Nope. Available operations: Assume/,
    ],
    ['no key', {}, {}, /^No access key ID. Set AWS_ACCESS_KEY_ID or use --access-key-id ID$/],
    [
      'no secret',
      { accessKeyId: 'AKIA' },
      {},
      /^No secret access key. Set EWS_GATEWAY_SECRET_ACCESS_KEY/,
    ],
    ['two inputs', { json: '{}', file: 'x' }, key, /^Give the input either as JSON or with --file/],
    ['a file that is not there', { file: 'none.json' }, key, /none\.json does not exist$/],
    [
      'no endpoint',
      { endpoint: undefined },
      key,
      /listen\.control is port 0 .*\. Use --endpoint URL$/,
    ],
    ['a query that is not JMESPath', { query: 'a[', endpoint: gone }, key, /^--query a\[: Syntax/],
    ['no URL', { endpoint: 'here' }, key, /^--endpoint must be an http or https URL, not here$/],
    ['another server', {}, key, /is not a control API: it responded with HTTP status 404/],
    [
      'nobody there',
      { endpoint: gone },
      key,
      /^Cannot call http.*ECONNREFUSED.* Check that the gateway is running, and --config or --endpoint$/,
    ],
  ] as const) {
    const made = { operation: 'ListUsers', endpoint, ...call } as ApiCall
    await t.rejects(
      printed(output => callApi(made, env, output, config)),
      { name: 'ApiCallError', message },
      name,
    )
  }
})

t.test('callApi() verifies the certificate', async t => {
  const env = { AWS_ACCESS_KEY_ID: 'AKIAAAAAAAAAAAAAAAAA', AWS_SECRET_ACCESS_KEY: 'secret' }
  const certificates = t.testdir()
  const names = ['own', 'other'].map(name => ({ name, alternative: 'DNS:ews.example.com' }))
  const local = { name: 'local', alternative: 'IP:127.0.0.1' }
  const pem = makeCertificates(certificates, [...names, local])
  const serve = async (name: string) => {
    const options = { key: pem(`${name}.key`), cert: pem(`${name}.crt`) }
    const server = createTlsServer(options, (_, response) => response.end('{"Users":[]}'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => server.close())
    return (server.address() as AddressInfo).port
  }
  const ports = { own: await serve('own'), local: await serve('local') }
  const ca = join(certificates, 'ca.crt')
  const at = (port: number) => `https://127.0.0.1:${port}`
  for (const [name, port, certificate, call, message] of [
    ['the configured one, whoever signed it', ports.own, 'own', {}, undefined],
    ['another one', ports.own, 'other', {}, /^Cannot call /],
    ['one of an authority, under its name', ports.local, 'other', { ca }, undefined],
    ['one of an authority, under another name', ports.own, 'other', { ca }, /^Cannot call /],
    [
      'an endpoint with the configured one',
      ports.local,
      'local',
      { endpoint: at(ports.local) },
      undefined,
    ],
    [
      'an endpoint with an unknown one',
      ports.own,
      'own',
      { endpoint: at(ports.own) },
      /^Cannot call .*[.] Check that the gateway is running/,
    ],
    [
      'an endpoint with one of an unknown authority',
      ports.local,
      'other',
      { endpoint: at(ports.local) },
      /^Cannot call https:\S+: unable to [^;]*[.] Use --ca FILE with the certificate of the listener, or of its authority, in PEM$/,
    ],
  ] as const) {
    const settings = {
      ...config,
      tls: { certificate: pem(`${certificate}.crt`), privateKey: new Secret('') },
      listen: { ...config.listen, control: { host: '127.0.0.1', port } },
    }
    const called = printed(output =>
      callApi({ operation: 'ListUsers', ...call }, env, output, settings),
    )
    if (message) await t.rejects(called, { name: 'ApiCallError', message }, name)
    else t.match(await called, '"Users": []', name)
  }
})

t.test('the secret for the command line is not a key of the configuration', async t => {
  const env = { EWS_GATEWAY_SECRET_ACCESS_KEY: 'secret' }
  t.match(await main(t, ['check-config', '--config', 'gateway.yaml'], env), { code: 0, err: '' })
})

t.test('administratorPolicy() allows every action, and assuming roles only on request', async t => {
  const organization = organizationId(ID)
  const circumstances = { organizationId: organization, sourceIp: '192.0.2.7', at: 0 }
  const may = (action: string, mayImpersonate: boolean) =>
    evaluatePolicy(administratorPolicy(organization, { mayImpersonate }), {
      ...circumstances,
      action,
      roleId: roleId('any'),
      secureTransport: false,
    }) === 'Allow'
  for (const { permission } of ACTIONS.values()) {
    t.equal(may(permission, false), permission !== ASSUME_ROLE, permission)
    t.ok(may(permission, true), `${permission}, with acting`)
  }
})

t.test('createKey() rejects invalid options', async t => {
  const make = (organization: string, name = 'x') =>
    printed(output => createKey(config, { organization, name, mayImpersonate: false }, output))
  const before = audit().length
  await t.rejects(make('other'), { name: 'UsersError', message: /Unknown organization other/ })
  await t.rejects(make('example', 'a<b'), {
    name: 'AdminError',
    message: /^--name must be 1 to 64/,
  })
  await t.rejects(make('example', ' FIRST'), {
    name: 'AdminError',
    message:
      'Another principal has the name "first" already. Give the new administrator another name with --name NAME.',
  })
  t.equal(audit().length, before)
  const usage = await Promise.all([
    main(t, ['admin', 'create-key']),
    main(t, ['admin']),
    main(t, ['api']),
  ])
  t.strictSame(
    usage.map(({ code }) => code),
    [2, 2, 2],
  )
})

t.test('newEpoch() starts another epoch', async t => {
  const text = await printed(output => newEpoch(config, output))
  const { store } = await openStore(config, () => undefined)
  t.teardown(() => store.close())
  const epoch = await store.epoch()
  t.match(text, epoch)
  const recorded = (await store.claimOutbox(0)).map(({ record }) => JSON.parse(record))
  const { before, ...record } = recorded.find(({ type }) => type === 'change')
  t.match(
    recorded.filter(({ type }) => type === 'snapshot'),
    [{ epoch, policy: { principals: Object } }],
    'the epoch begins with a snapshot',
  )
  t.match(record, { action: 'ewsgateway:NewEpoch', after: { epoch } })
  t.match(before, { epoch: /./ })
  t.notMatch(before, { epoch })
  t.match(await asProcess(t, ['admin', 'new-epoch', '--config', 'gateway.yaml']), {
    code: 0,
    err: '',
  })
  t.not(await store.epoch(), epoch)
})
