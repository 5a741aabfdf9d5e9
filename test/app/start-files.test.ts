/**
 * Each file and folder that a start opens, where it cannot be used.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openStore, startGateway } from '../../src/app/compose.ts'
import { lockStore } from '../../src/app/policy.ts'
import { explain } from '../../src/cli/exit-code.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/schema.ts'
import { Command } from '../kit/command.ts'
import { addLaterMigrations } from '../kit/later-migrations.ts'
import { configOf } from '../kit/serving.ts'

const URL_OF_NOBODY = 'https://mail.example.com/EWS/Exchange.asmx'
const files = (sections = {}) => ({
  'gateway.yaml': JSON.stringify(configOf(URL_OF_NOBODY, sections)),
  'upstream.password': 'correct-horse-battery',
})
const FOLDER = 'it is a folder'
const NO_FOLDER = '(a part of the path is not a folder|something else is in its place)'
const ABSENT = '(a folder of the path does not exist and cannot be created|permission denied)'

/** Starts a gateway as `serve` does. */
async function start(config: Config) {
  const unlock = await lockStore(config)
  try {
    return await startGateway(config, await openStore(config, () => undefined))
  } catch (error) {
    unlock()
    throw error
  }
}

t.test('a start ends if a file cannot be used, and names its configuration key', async t => {
  const cwd = t.testdir({ ...files(), file: '', folder: {} })
  const at = (path: string) => join(cwd, path)
  const place = (path: string) => ({ store: `sqlite:${path}` })
  const sinkTo = (path: string) => ({ sinks: [{ kind: 'file' as const, name: 'siem', path }] })
  const history = at('history/gateway-history.db')
  mkdirSync(history, { recursive: true })
  mkdirSync(at('locked/gateway.db-serving'), { recursive: true })
  for (const [what, sections, path, reason, key] of [
    ['store below a file', place('file/gateway.db'), 'file/gateway.db', NO_FOLDER, 'store'],
    ['a folder as store', place('folder'), 'folder', FOLDER, 'store'],
    ['a folder as lock', place('locked/gateway.db'), 'locked/gateway.db-serving', FOLDER, 'store'],
    ['store in /proc', place('/proc/none/gateway.db'), '/proc/none/gateway.db', ABSENT, 'store'],
    [
      'journal in /proc',
      { audit: { journal: '/proc/none/audit' } },
      '/proc/none/audit',
      ABSENT,
      'audit.journal',
    ],
    ['a folder as history', place('history/gateway.db'), history, FOLDER, 'store'],
    [
      'key below a file',
      { masterKey: { file: 'file/key' } },
      'file/key',
      NO_FOLDER,
      'masterKey.file',
    ],
    ['a folder as key', { masterKey: { file: 'folder' } }, 'folder', FOLDER, 'masterKey.file'],
    ['key in /proc', { masterKey: { file: '/proc/key' } }, '/proc/key', ABSENT, 'masterKey.file'],
    ['a file as journal', { audit: { journal: 'file' } }, 'file', NO_FOLDER, 'audit.journal'],
    [
      'journal below a file',
      { audit: { journal: 'file/a' } },
      'file/a',
      NO_FOLDER,
      'audit.journal',
    ],
    ['a folder as sink', sinkTo('folder'), 'folder', FOLDER, 'sinks\\[0\\].path'],
    ['sink below a file', sinkTo('file/a/b'), 'file/a/b', NO_FOLDER, 'sinks\\[0\\].path'],
  ] as const) {
    rmSync(at('data'), { recursive: true, force: true })
    writeFileSync(at('gateway.yaml'), JSON.stringify(configOf(URL_OF_NOBODY, sections)))
    const config = loadConfig({ file: 'gateway.yaml', env: {}, cwd })
    const error = await start(config).catch((error: unknown) => error)
    const line = explain(error)
    t.match(
      line,
      new RegExp(
        `^Cannot (open|read) .* ${path.startsWith('/') ? '' : `${cwd}/`}${path}\\S*: ${reason}.* set ${key} to another path$`,
      ),
      what,
    )
  }
  const broken = files({ audit: { journal: 'upstream.password' } })
  const command = new Command(t, ['serve', '--config', 'gateway.yaml'], { cwd: t.testdir(broken) })
  t.equal(await command.ended, 1)
  t.match(command.err, /^Cannot open the audit journal .*\n$/)
  t.notMatch(command.err, /Unexpected error|\n./)
})

t.test('openStore() warns of a new store beside an earlier journal, but not again', async t => {
  const cwd = t.testdir(files())
  const config = loadConfig({ file: 'gateway.yaml', env: {}, cwd })
  const warned: string[] = []
  const open = async (place = config) => {
    const opened = await openStore(place, message => warned.push(message))
    await (await startGateway(place, opened)).close()
  }
  await open()
  await open()
  t.strictSame(warned, [], 'the first store is not lost, and an empty one is not new')
  rmSync(config.store.kind === 'sqlite' ? config.store.file : '')
  await open()
  const lost = `The store ${join(cwd, 'data/gateway.db')} is new and empty, but the audit journal ${join(cwd, 'data/audit')} has earlier records. `
  t.match(warned, [lost])
  t.match(warned[0], /"store" or run ews-gateway restore FILE --replace$/)
  await open()
  t.equal(warned.length, 1)
})

t.test('openStore() warns a command of migrations, but not of those of a new store', async t => {
  const cwd = t.testdir(files())
  const config = loadConfig({ file: 'gateway.yaml', env: {}, cwd })
  const warned: string[] = []
  const open = async () => {
    const { store } = await openStore(config, message => warned.push(message))
    await store.close()
  }
  await open()
  await open()
  t.strictSame(warned, [])
  addLaterMigrations(t)
  await open()
  t.match(warned, [/^Migrated the store in \d+ ms: 9998-later$/])
  t.equal(warned.length, 1)
})
