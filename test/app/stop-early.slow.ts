/**
 * SIGTERM at points of the start: `serve`, `demo`, and `sandbox` end as at any other time.
 */

import { once } from 'node:events'
import { chmodSync, readdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { Command, MAIN, SOURCES } from '../kit/command.ts'
import { configOf } from '../kit/serving.ts'

const PRELOAD = new URL('./stopping-at.ts', import.meta.url).href
const ANY = '127.0.0.1:0'
const DEMO = ['demo', ...['data', 'control', 'ops'].flatMap(name => [`--listen-${name}`, ANY])]

/** Each command, the points at which it is stopped, and whether it has begun to write by then. */
const CASES = [
  [
    ['serve', '--config', 'gateway.yaml'],
    [
      ['load src/config/load.ts', false],
      ['load src/app/compose.ts', false],
      ['load src/store/sqlite.ts', true],
      ['listen 1', true],
      ['listening 1', true],
      ['listening 3', true],
      ['connect 1', true],
    ],
  ],
  [
    DEMO,
    [
      ['load src/app/compose.ts', false],
      ['listening 1', true],
      ['listen 2', true],
      ['listening 4', true],
      ['connect 1', true],
    ],
  ],
  [
    ['sandbox', '--listen', ANY],
    [
      ['load sandbox/sandbox.ts', false],
      ['listening 1', false],
    ],
  ],
] as const

t.test('SIGTERM during a start ends it with 0', async t => {
  const silent = createServer(socket => socket.on('error', () => undefined)).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/EWS/Exchange.asmx`
  for (const [args, points] of CASES)
    for (const [point, hasWritten] of points)
      await t.test(`${args[0]}: ${point}`, async t => {
        const cwd = t.testdir({
          'gateway.yaml': JSON.stringify(configOf(url)),
          'upstream.password': 'correct-horse-battery',
          tmp: {},
        })
        // Otherwise, the gateway warns of it.
        chmodSync(`${cwd}/upstream.password`, 0o600)
        const env = { NODE_OPTIONS: `--import ${PRELOAD}`, STOP_AT: point, TMPDIR: `${cwd}/tmp` }
        // Modules have names only in the sources.
        const main = point.startsWith('load ') ? SOURCES : MAIN
        const command = new Command(t, args, { cwd, env, main })
        t.equal(await command.ended, 0)
        t.notMatch(command.err, /\n {4}at |"stack"/, 'no stack')
        t.notMatch(command.err, /"level":"(warn|error)"(?!.*The console is not built)/)
        t.strictSame(readdirSync(`${cwd}/tmp`), [], 'nothing is left')
        if (args[0] === 'serve')
          t.equal(readdirSync(cwd).includes('data'), hasWritten, 'the store is opened only then')
      })
})
