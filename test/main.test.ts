import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Command, runCommand } from './kit/command.ts'

const ID = 'm-0123456789abcdef0123456789abcdef'
const PASSWORD = 'correct-horse-battery'
const CONFIG = `organizations:
  - id: ${ID}
    alias: example
    upstream:
      url: https://mail.example.com/EWS/Exchange.asmx
      authentication: { kind: basic, username: svc, password: { file: password } }
      serviceAddresses: [svc@example.com]
`
const GRANTS = `controlUrl: https://ews-admin.example.com
console:
  oidc:
    issuer: https://login.example.com
    clientId: c
    clientSecret: { file: password }
    grants:
      - { value: a, policy: read }
      - value: b
        policy:
          Version: '2012-10-17'
          Statement:
            - { Effect: Allow, Action: ['EWSGateway:list*', '*'], Resource: '*' }
            - { Effect: Deny, Action: [ewsgateway:PutUser, ewsgateway:DeletUser], Resource: '*' }
`
const HEADER = 'id,primarySmtpAddress,aliases,principalName,sid,displayName'
const ALICE =
  ',alice@example.com,al@example.com;a@example.com,alice@corp.example.com,S-1-5-21-1-1,Alice'

const folder = t.testdir({
  'gateway.yaml': CONFIG,
  'bad.yaml': `${CONFIG}lisen: 1\n`,
  'grants.yaml': `${CONFIG}${GRANTS}`,
  'good-grants.yaml': `${CONFIG}${GRANTS.replace('DeletUser', 'DeleteUser')}`,
  password: PASSWORD,
})

chmodSync(join(folder, 'password'), 0o600)

const main = (t: Test, args: readonly string[], env: Record<string, string> = {}) =>
  runCommand(t, args, { cwd: folder, env })

/** Runs it as a process of its own. */
const asProcess = (t: Test, args: readonly string[], env: Record<string, string> = {}) =>
  new Command(t, args, { cwd: folder, env }).result()

const lines = (text: string) => text.trimEnd().split('\n')

t.test('a grant with an action that is no permission is rejected', async t => {
  const message =
    'console.oidc.grants[1].policy.Statement[1].Action[1]: there is no permission "ewsgateway:DeletUser"'
  for (const command of ['serve', 'check-config']) {
    const { code, err } = await main(t, [command, '--config', 'grants.yaml'])
    t.equal(code, 1, command)
    t.match(err, message)
    t.notMatch(err, /grants\[0\]|Statement\[0\]|Action\[0\]/)
  }
  t.match(await main(t, ['check-config', '--config', 'good-grants.yaml']), { code: 0, err: '' })
})

t.test('ews-gateway ends with 0 on success', async t => {
  const [version, help, check] = await Promise.all([
    asProcess(t, ['version']),
    main(t, ['--help']),
    asProcess(t, ['check-config', '--config', 'gateway.yaml'], {
      EWS_GATEWAY_LOG__LEVEL: 'debug',
      EWS_GATEWAY_ORGANIZATIONS__0__UPSTREAM__KIND: 'exchange',
    }),
  ])
  t.match(version, { code: 0, out: /^\d+\.\d+\.\d+\n$/, err: '' })
  t.match(help, { code: 0, err: '' })
  for (const command of [
    'serve',
    'demo',
    'init',
    'check-config',
    'users',
    'admin',
    'api',
    'audit',
    'backup',
    'restore',
    'version',
  ])
    t.match(help.out, command)

  t.match(check, { code: 0, err: '' })
  t.match(check.out, 'data: 127.0.0.1:8080')
  t.match(check.out, 'level: debug')
  t.match(check.out, 'password: "[secret]"')
  t.notMatch(check.out, PASSWORD, 'P8 check-config prints no secret')
})

t.test('ews-gateway ends with 2 on wrong usage', async t => {
  const calls = [
    [],
    ['bogus'],
    ['serve', '--bogus'],
    ['serve', '--listen-data'],
    ['users', 'import', 'users.csv'],
    ['users', 'import', '--organization', 'example'],
    ['audit', '--since', '2027-03-01'],
    ['audit', 'verify', 'data/audit'],
    ['audit', 'policy', '--organization', 'example', 'data/audit'],
    ['audit', 'policy', '--organization', 'example', '--at', '2027-02-30', 'data/audit'],
    ['audit', '--mailbox', 'a@example.com', '--since', '2027-02-30', '--until', '2027-03-31'],
    ['audit', '--mailbox', 'a@example.com', '--since', '2027-03-02', '--until', '2027-03-01'],
    ['audit', '--since', '2027-03-01', '--until', '2027-03-01', '--history', 'data/audit'],
    ['audit', '--since', '2027-03-01', '--until', '2027-03-01', '--endpoint', 'http://localhost'],
  ]
  const runs = await Promise.all(
    calls.map((args, index) => (index === 0 ? asProcess : main)(t, args)),
  )
  for (const [index, { code, out, err }] of runs.entries()) {
    t.equal(code, 2, `ews-gateway ${calls[index]?.join(' ')}`)
    t.equal(out, '')
    t.match(err, /^(error|Usage): /)
  }
})

t.test('ews-gateway ends with 1 and a line for each reason if it fails', async t => {
  const [unknown, missing, listen, organization, file, unread] = await Promise.all([
    asProcess(t, ['serve', '--config', 'bad.yaml'], { EWS_GATEWAY_CACHE: 'none' }),
    main(t, ['check-config', '--config', 'none.yaml']),
    main(t, ['serve', '--config', 'gateway.yaml', '--listen-ops', '8082']),
    main(t, ['users', 'export', '--organization', 'other', '--config', 'gateway.yaml']),
    main(t, ['users', 'import', '--organization', ID, 'no.csv', '--config', 'gateway.yaml']),
    main(t, ['check-upstream']),
  ])
  t.match(unknown, { code: 1, out: '' })
  t.match(lines(unknown.err), [
    /^cache \(set by EWS_GATEWAY_CACHE\): must be memory/,
    /^lisen: is an unknown key. Known keys: /,
  ])
  t.strictSame(missing, {
    code: 1,
    out: '',
    err: `the file ${join(folder, 'none.yaml')} does not exist\n`,
  })
  t.match(listen, { code: 1, err: /^listen\.ops \(set by the command line\): must be HOST:PORT/ })
  t.match(organization, {
    code: 1,
    err: `Unknown organization other. The configuration has example (${ID})\n`,
  })
  t.match(file, { code: 1, out: '', err: 'the file no.csv does not exist\n' })
  t.match(unread, {
    code: 1,
    out: '',
    err: /^No configuration file was read. Add --config gateway.yaml, or/,
  })
})

t.test('ews-gateway users export writes the users of an import', async t => {
  writeFileSync(join(folder, 'users.csv'), `${HEADER}\n${ALICE}\n`)
  const options = ['--organization', 'example', '--config', 'gateway.yaml']
  const rehearsed = await main(t, ['users', 'import', ...options, 'users.csv', '--dry-run'])
  t.match(rehearsed, { code: 0, out: 'Dry run: nothing was written.', err: '' })

  const removing = ['--delete-missing', '--delete-at-most', '0']
  const taken = await asProcess(t, ['users', 'import', ...options, 'users.csv', ...removing])
  t.match(taken, {
    code: 0,
    out: /^example: 1 created, .*Imported 1 user: 1 created, 0 updated\.\n$/s,
    err: '',
  })

  const exported = await asProcess(t, ['users', 'export', ...options])
  t.match(exported, { code: 0, err: '' })
  t.match(exported.out, ALICE)
})
