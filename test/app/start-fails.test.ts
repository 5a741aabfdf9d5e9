/**
 * A start that fails leaves nothing open, whichever of its steps fails.
 */

import { createHook } from 'node:async_hooks'
import { EventEmitter, once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { lockStore } from '../../src/app/policy.ts'
import { runServe } from '../../src/app/serve.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/schema.ts'
import { Secret } from '../../src/model/secret.ts'
import { configOf } from '../kit/serving.ts'
import { until } from '../kit/wire.ts'

const URL_OF_NOBODY = 'https://mail.example.com/EWS/Exchange.asmx'
const ANY = '127.0.0.1:0'
const NOTHING = { url: 'http://127.0.0.1:1/' }

/** Timers of the process, by the asynchronous ID. Includes those that don't keep it alive, unlike getActiveResourcesInfo(). */
const timers = new Map<number, string>()
createHook({
  init: (id, type) => {
    if (type === 'Timeout') timers.set(id, new Error('a timer').stack ?? '')
  },
  destroy: id => void timers.delete(id),
}).enable()

/** Timers that files of the gateway have set. */
const timersOfSources = () => [...timers.values()].filter(stack => stack.includes('/src/'))

const openFilesBelow = (folder: string) =>
  readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)].filter(file => file.startsWith(folder))
    } catch {
      return []
    }
  })

/** Handles of the process, except timers. */
const handles = () =>
  process.getActiveResourcesInfo().filter(name => !/^(Timeout|Immediate)$/.test(name))

const skip = !existsSync('/proc/self/fd') && 'the system does not list open files'

t.test('a start that fails leaves nothing open', { skip }, async t => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`
  const listenOn = (listen: object) => ({
    listen: { data: ANY, control: ANY, ops: ANY, ...listen },
  })
  const sink = { kind: 'file', name: 'copy', path: 'folder' }
  const badTls = { certificate: 'none', privateKey: new Secret('none') }

  for (const [what, sections, changed, message] of [
    ['the port of ops is taken', listenOn({ ops: taken }), {}, /the port is taken/],
    ['the port of control is taken', listenOn({ control: taken }), {}, /the port is taken/],
    ['the port of data is taken', listenOn({ data: taken }), {}, /the port is taken/],
    ['the certificate is malformed', {}, { tls: badTls }, /./],
    ['the lock is a folder', { store: 'sqlite:locked/gateway.db' }, {}, /folder/],
    ['the store is a folder', { store: 'sqlite:folder' }, {}, /folder/],
    ['the store is another file', { store: 'sqlite:other.db' }, {}, /Cannot open the store/],
    ['the master key is a folder', { masterKey: { file: 'folder' } }, {}, /folder/],
    ['the journal is a file', { audit: { journal: 'other.db' } }, {}, /something else/],
    ['the file of a sink is a folder', { sinks: [sink] }, {}, /folder/],
    ['the history is a folder', { store: 'sqlite:history/gateway.db' }, {}, /folder/],
  ] as const)
    await t.test(what, async t => {
      const cwd = t.testdir({
        'upstream.password': 'correct',
        'other.db': 'x'.repeat(9_000),
        folder: {},
      })
      mkdirSync(join(cwd, 'locked/gateway.db-serving'), { recursive: true })
      mkdirSync(join(cwd, 'history/gateway-history.db'), { recursive: true })
      const text = configOf(URL_OF_NOBODY, {
        traces: NOTHING,
        ...sections,
      } as object)
      writeFileSync(join(cwd, 'gateway.yaml'), JSON.stringify(text))
      const config: Config = { ...loadConfig({ file: 'gateway.yaml', env: {}, cwd }), ...changed }
      const before = { handles: handles(), timers: timersOfSources() }

      const signals = new EventEmitter()
      const log = { write: () => undefined }
      await t.rejects(runServe(config, { reread: async () => config, signals, log }), { message })

      await until('its files are closed', () => openFilesBelow(cwd).length === 0)
      await until('its timers have ended', () => timersOfSources().length <= before.timers.length)
      await until('its handles are closed', () => handles().length <= before.handles.length)
      t.equal(signals.listenerCount('SIGHUP'), 0)
      if (what !== 'the lock is a folder') (await lockStore(config))()
    })
})
