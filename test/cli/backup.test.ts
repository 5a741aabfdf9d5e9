import { appendFileSync, cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { openStore, startGateway } from '../../src/app/compose.ts'
import { createKey } from '../../src/cli/admin.ts'
import { callApi } from '../../src/cli/api.ts'
import { backUp, restore } from '../../src/cli/backup.ts'
import { readHeader, rowsIn, writeBackup } from '../../src/cli/backup-file.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { MasterKey } from '../../src/credentials/master-key.ts'
import { DEFAULT_GUARD, roleId } from '../../src/model/role.ts'
import { Command } from '../kit/command.ts'
import { ORGANIZATION } from '../kit/gateway-test-server.ts'
import { recordsOf } from '../kit/journal.ts'
import { addLaterMigrations, LATER } from '../kit/later-migrations.ts'
import { lendFolder } from '../kit/services/lend.ts'
import { configOf } from '../kit/serving.ts'
import { until } from '../kit/until.ts'

const KEY = new Uint8Array(32).fill(1)
const cwd = lendFolder(t)
const at = (name: string) => join(cwd, name)

function configWith(name: string, sections: Partial<ConfigInput> = {}) {
  const content = configOf('https://mail.example.com/EWS/Exchange.asmx', sections)
  writeFileSync(at(name), JSON.stringify(content))
  return loadConfig({ file: name, env: {}, cwd })
}

const write = (name: string, bytes: Uint8Array) =>
  writeFileSync(at(name), `${Buffer.from(bytes).toString('base64')}\n`, { mode: 0o600 })
write('master.key', KEY)
write('other.key', new Uint8Array(32).fill(2))
writeFileSync(at('upstream.password'), 'correct-horse-battery')
const masterKey = { file: 'master.key' }
const config = configWith('gateway.yaml', { masterKey })
const elsewhere = configWith('elsewhere.yaml', { masterKey, store: 'sqlite:elsewhere/gateway.db' })

/** Runs a command function. @returns its output and warnings */
async function run(
  command: (output: {
    print: (text: string) => void
    warn: (line: string) => void
  }) => Promise<void>,
) {
  let out = ''
  const warnings: string[] = []
  const print = (text: string) => {
    out += text
  }
  await command({ print, warn: line => warnings.push(line) })
  return { out, warnings }
}

const backUpTo = (file: string, replaces = false, from = config) =>
  run(output => backUp(from, { file: at(file), replaces }, output))
const restoreFrom = (file: string, replaces = false, to = config) =>
  run(output => restore(to, { file: at(file), replaces }, output))

const made = await run(output =>
  createKey(config, { organization: 'example', name: 'admin', mayImpersonate: true }, output),
)
const env = Object.fromEntries(
  made.out
    .trim()
    .split('\n')
    .map(line => line.split('=', 2)),
)

t.test('backup and restore beside a running gateway', async t => {
  const { store, masterKey } = await openStore(config, () => undefined)
  const gateway = await startGateway(config, { store, masterKey })
  t.teardown(() => gateway.close())
  const api = async (operation: string, input: object = {}) => {
    const json = JSON.stringify({ OrganizationId: ORGANIZATION, ...input })
    const endpoint = `http://127.0.0.1:${gateway.controlPort}`
    const { out } = await run(output => callApi({ operation, json, endpoint }, env, output))
    return JSON.parse(out)
  }
  const before = { id: roleId('before'), name: 'before', type: 'READ_ONLY', rules: [] } as const
  await store.putRole({ ...before, organizationId: ORGANIZATION, guard: DEFAULT_GUARD })

  await until('the journal begins with a snapshot', () =>
    recordsOf(config.audit.journal).some(({ type }) => type === 'snapshot'),
  )

  const command = ['backup', 'a.backup', '--config', 'gateway.yaml']
  const backup = await new Command(t, command, { cwd }).result()
  t.match(backup, {
    code: 0,
    out: /^Backed up the store to a\.backup: 1 organization, \d+ rows\.\n$/,
    err: `To restore it, you need the master key ${at('master.key')}. Keep a copy of it in another place.\n`,
  })
  t.equal(statSync(at('a.backup')).mode & 0o777, 0o600)
  const text = readFileSync(at('a.backup'), 'utf8')
  t.match(JSON.parse(text.split('\n', 1)[0] ?? ''), {
    format: 'ews-gateway-backup/1',
    createdAt: /^\d{4}-.*Z$/,
    version: /^\d/,
    schema: /^\d{4}-/,
    masterKeyChecks: [masterKey.check()],
    organizations: [ORGANIZATION],
  })
  for (const secret of [`${env['AWS_SECRET_ACCESS_KEY']}`, Buffer.from(KEY).toString('base64')])
    t.notOk(text.includes(secret), 'P8 a backup has no secret in plain text')

  await store.deleteRole(ORGANIZATION, before.id)
  await store.putRole({
    ...before,
    id: roleId('after'),
    name: 'after',
    organizationId: ORGANIZATION,
    guard: DEFAULT_GUARD,
  })
  const token = async (role: string) =>
    await api('AssumeImpersonationRole', { ImpersonationRoleId: role })
  t.match(await token('after'), { Token: /./ })
  const epoch = await store.epoch()
  await t.rejects(restoreFrom('a.backup'), {
    name: 'BackupError',
    message: /the store \S+gateway\.db is not empty\. To replace everything in it, add --replace$/,
  })
  const restoring = ['restore', 'a.backup', '--replace', '--config', 'gateway.yaml']
  const restored = await new Command(t, restoring, { cwd }).result()
  t.match(restored, {
    code: 0,
    out: /^Restored 1 organization from the backup of \S+Z \(version \S+\)\.\nStarted epoch \S+\. Caches/,
    err: /^Everything that was revoked, locked, or deleted after the backup is valid again\./,
  })
  t.not(await store.epoch(), epoch)
  t.match(await api('ListImpersonationRoles'), { Roles: [{ Name: 'before' }] })
  t.match(await token('before'), { Token: /./ })
})

t.test('restore creates a store, also from a compressed backup', async t => {
  writeFileSync(at('a.backup.gz'), gzipSync(readFileSync(at('a.backup'))))
  const { out } = await restoreFrom('a.backup.gz', false, elsewhere)
  t.match(out, /^Restored 1 organization/)
  const { store } = await openStore(elsewhere, () => undefined)
  t.teardown(() => store.close())
  t.match(await store.role(ORGANIZATION, roleId('before')), { name: 'before' })
  const records = (await store.claimOutbox(0)).map(({ record }) => JSON.parse(record))
  t.match(
    records.filter(({ action }) => action === 'ewsgateway:RestoreBackup'),
    [{ verdict: 'allow', after: { epoch: await store.epoch(), organizations: [ORGANIZATION] } }],
  )
})

t.test('backup works on the store of an earlier version without changing it', async t => {
  const older = configWith('older.yaml', { masterKey, store: 'sqlite:older/gateway.db' })
  cpSync(at('elsewhere'), at('older'), { recursive: true })
  addLaterMigrations(t)
  await backUpTo('older.backup', false, older)
  await backUpTo('older.backup', true, older)
  t.ok((await readHeader(at('older.backup'))).schema < LATER)
  t.match(await restoreFrom('older.backup', true, elsewhere), { out: /^Restored/ })
})

t.test('backup says why it writes nothing', async t => {
  const wrong = configWith('wrong.yaml', { masterKey: { file: 'other.key' } })
  const absent = configWith('absent.yaml', { masterKey, store: 'sqlite:absent/gateway.db' })
  for (const [what, writing, message] of [
    [
      'an existing file',
      () => backUpTo('a.backup'),
      /a\.backup: it exists\. Name a new file, or add --re/,
    ],
    ['no folder', () => backUpTo('none/a.backup'), /none\/a\.backup: its folder does not exist\./],
    ['a folder', () => backUpTo('elsewhere', true), /Cannot write \S+elsewhere: /],
    [
      'another key',
      () => backUpTo('b', false, wrong),
      /belongs to another master key than \S+other\.key\./,
    ],
    [
      'no store',
      () => backUpTo('b', false, absent),
      /Cannot find the store \S+absent\/gateway\.db\./,
    ],
  ] as const)
    await t.rejects(writing(), { message }, what)
  const left = readdirSync(cwd).filter(name => /^(b$|\w+(\.backup)?\.[-\w]{36}$)/.test(name))
  t.strictSame(left, [], 'and leaves nothing')
})

t.test('restore rejects a file that is not a complete backup of this store', async t => {
  const text = readFileSync(at('a.backup'), 'utf8')
  const lines = text.trimEnd().split('\n')
  const [first = '', second = '', ...rest] = lines
  const key = new MasterKey(KEY).subkey('backups')
  const { format, ...header } = await readHeader(at('a.backup'))
  const rewritten = async (file: string, changes: object) => {
    const rows = rowsIn(at('a.backup'), { format, ...header }, key)
    await writeBackup(at(file), true, { header: { ...header, ...changes }, rows, key })
    return readFileSync(at(file), 'utf8')
  }
  const later = await rewritten('later', { schema: '9999-later', version: '9.0.0' })
  const damaged = /it was truncated or altered after ews-gateway had written it/
  const none = /it is not a backup\. Name a file/
  for (const [what, content, message] of [
    ['nothing', '', none],
    ['another file', 'organizations: []\n', none],
    ['JSON', '[]\n', none],
    [
      'a later form',
      text.replace('backup/1', 'backup/2'),
      /in a form that this version can't read/,
    ],
    [
      'a later schema',
      later,
      /version 9\.0\.0 of ews-gateway made it, and this version \(\S+\) does not know its tables \(9999-later\)/,
    ],
    [
      'a header of another key',
      text.replace(/"masterKeyChecks":\["./, '$&x'),
      /another master key/,
    ],
    ['a header without checks', text.replace('masterKeyChecks', 'x'), damaged],
    ['another header', text.replace('"createdAt":"2', '"createdAt":"3'), damaged],
    ['only a header', `${first}\n`, damaged],
    ['a file cut at a line', `${lines.slice(0, -1).join('\n')}\n`, damaged],
    ['a file cut in its last line', text.slice(0, -2), damaged],
    ['a file without its last line feed', text.slice(0, -1), damaged],
    ['a line less', [first, ...rest, ''].join('\n'), damaged],
    ['a line twice', [first, second, second, ...rest, ''].join('\n'), damaged],
    ['an altered row', text.replace('"policy_version":', '"policy_version":1'), damaged],
    ['a line more', `${text}{"table":"meta","row":{}}\n`, damaged],
    [
      'another MAC',
      text.replace(/"mac":"(.)/, (_, c) => `"mac":"${c === 'A' ? 'B' : 'A'}`),
      damaged,
    ],
    ['no MAC', text.replace(/,"mac".*/, '}'), damaged],
  ] as const) {
    writeFileSync(at('bad'), content)
    await t.rejects(restoreFrom('bad', true), { name: 'BackupError', message }, what)
  }
  const { store } = await openStore(config, () => undefined)
  t.teardown(() => store.close())
  const altered = () => rowsIn(at('bad'), { format, ...header }, key)
  writeFileSync(at('bad'), text.replace('"policy_version":', '"policy_version":1'))
  const replacing = { replaces: true, recordsOf: () => [{ id: 'x', record: '{}' }] }
  await t.rejects(store.restore(altered, replacing), { cause: { message: damaged } })
  appendFileSync(at('bad'), 'x')
  await t.rejects(restoreFrom('none'), {
    message: /none does not exist\. Name the file of a backup/,
  })
  const wrong = configWith('wrong.yaml', { masterKey: { file: 'other.key' } })
  await t.rejects(restoreFrom('a.backup', true, wrong), {
    message: /another master key than \S+other/,
  })
  t.match(await store.role(ORGANIZATION, roleId('before')), { name: 'before' }, 'changes nothing')
})
