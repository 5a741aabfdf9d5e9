/**
 * Upgrades of the sites of earlier versions: this version starts on their files, and their keys and rules still work.
 */

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { openStore, startGateway } from '../../src/app/compose.ts'
import { callApi } from '../../src/cli/api.ts'
import { backUp, restore } from '../../src/cli/backup.ts'
import { loadConfig } from '../../src/config/load.ts'
import { Sandbox } from '../../src/sandbox/sandbox.ts'
import { MIGRATIONS } from '../../src/store/migrations/migrate.ts'
import { codeOf, envelope, GET_FOLDER } from '../kit/corpus.ts'
import { XML } from '../kit/gateway-test-server.ts'
import { recordsOf } from '../kit/journal.ts'
import { lendFolder } from '../kit/services/lend.ts'
import { until } from '../kit/until.ts'

const SITES = join(import.meta.dirname, '../../fixtures/upgrade')
const ORGANIZATION = 'm-0123456789abcdef0123456789abcdef'

type Key = Readonly<{ accessKeyId: string; secretAccessKey: string }>
type Site = Readonly<{
  masterKey: string
  upstreamPassword: string
  roleId: string
  admin: Key
  tool: Key
}>

const versions = readdirSync(SITES).filter(name => name !== 'README.md')
t.ok(versions.length > 0)

for (const version of versions)
  t.test(`this version starts on the files of ${version}`, async t => {
    const fixture = join(SITES, version)
    const site: Site = JSON.parse(readFileSync(join(fixture, 'site.json'), 'utf8'))
    const sandbox = await Sandbox.start({
      username: 'svc-gateway@example.com',
      password: site.upstreamPassword,
      serviceAddress: 'svc-gateway@example.com',
      users: ['alice', 'ceo'].map(name => ({
        primarySmtpAddress: `${name}@example.com`,
        aliases: [],
      })),
    })
    t.teardown(() => sandbox.close())
    const cwd = lendFolder(t)
    mkdirSync(join(cwd, 'data'))
    writeFileSync(join(cwd, 'data/master.key'), site.masterKey, { mode: 0o600 })
    writeFileSync(join(cwd, 'upstream.password'), site.upstreamPassword)
    cpSync(join(fixture, 'audit.jsonl'), join(cwd, 'data/audit.jsonl'))
    const yaml = readFileSync(join(fixture, 'gateway.yaml'), 'utf8')
    const upstream = 'https://mail.example.com/EWS/Exchange.asmx'
    writeFileSync(join(cwd, 'gateway.yaml'), yaml.replace(upstream, sandbox.url))
    const database = new DatabaseSync(join(cwd, 'data/gateway.db'))
    database.exec(readFileSync(join(fixture, 'gateway.sql'), 'utf8'))
    database.close()
    const config = loadConfig({ file: 'gateway.yaml', env: {}, cwd })
    const quiet = { print: () => undefined, warn: () => undefined }
    const backup = join(cwd, 'before.backup')
    await backUp(config, { file: backup, replaces: false }, quiet)

    const migrated: string[] = []
    const opened = await openStore(
      config,
      () => undefined,
      ({ migrations }) => migrated.push(...migrations),
    )
    t.strictSame(migrated, Object.keys(MIGRATIONS).slice(-migrated.length))
    t.ok(migrated.length > 0, 'the backup has changed nothing')
    const gateway = await startGateway(config, opened)
    t.teardown(() => gateway.close())

    const { accessKeyId, secretAccessKey } = site.tool
    const ask = async (whom: string) => {
      const response = await fetch(`http://127.0.0.1:${gateway.dataPort}/EWS/Exchange.asmx`, {
        method: 'POST',
        headers: {
          'Content-Type': XML,
          Authorization: `Basic ${btoa(`${accessKeyId}:${secretAccessKey}`)}`,
        },
        body: envelope(whom, GET_FOLDER),
      })
      return codeOf(await response.text())
    }
    const api = async (operation: string, input: object = {}) => {
      let out = ''
      const print = (text: string) => {
        out += text
      }
      const env = {
        AWS_ACCESS_KEY_ID: site.admin.accessKeyId,
        AWS_SECRET_ACCESS_KEY: site.admin.secretAccessKey,
      }
      const json = JSON.stringify({ OrganizationId: ORGANIZATION, ...input })
      const endpoint = `http://127.0.0.1:${gateway.controlPort}`
      await callApi({ operation, json, endpoint }, env, { ...quiet, print })
      return JSON.parse(out)
    }
    const works = async () => {
      t.equal(await ask('alice@example.com'), 'NoError', 'its tool opens a mailbox')
      t.equal(await ask('boss@example.com'), 'ErrorImpersonateUserDenied', 'its DENY holds')
      t.match(await api('ListImpersonationRoles'), {
        Roles: [{ ImpersonationRoleId: site.roleId, Name: 'migration', Type: 'FULL_ACCESS' }],
      })
      t.match(await api('ListAccessControlRules'), {
        Rules: [{ Name: 'Default' }, { Name: 'Office' }],
      })
    }
    await works()
    await api('DeleteImpersonationRole', { ImpersonationRoleId: site.roleId })
    t.equal(await ask('alice@example.com'), 'ErrorImpersonateUserDenied')
    await restore(config, { file: backup, replaces: true }, quiet)
    await until('the gateway sees it', async () => (await ask('alice@example.com')) === 'NoError')
    await works()
    t.equal(readFileSync(join(cwd, 'data/audit.jsonl'), 'utf8').indexOf('{"type":"change"'), 0)
    t.ok(recordsOf(join(cwd, 'data/audit')).length > 0, 'the audit is a journal now')
  })
