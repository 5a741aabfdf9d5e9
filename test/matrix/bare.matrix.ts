/**
 * README's commands on a bare machine: nothing but Node.js and npm in the versions of Debian 13, 2 GiB of memory, a
 * user who is not root, a path with a space, a time zone of half an hour, and a locale that is not installed.
 *
 * Nothing is skipped: without root, this fails.
 */

import { execFileSync } from 'node:child_process'
import t from 'tap'
import { makeBareRoot, runBare, TESTER } from './bare-root.ts'
import { checkCommands, folderOnDisk, installCheckout } from './checkout.ts'
import { checkRun } from './tools.ts'

const ENV = { TZ: 'America/St_Johns', LC_ALL: 'tr_TR.UTF-8' }

t.test('a bare machine', async t => {
  const root = folderOnDisk(t)
  const { folder: checkout, tools } = await installCheckout(t, { node: '20', npm: '9.2.0' })
  makeBareRoot(root, tools)
  execFileSync('chown', ['-R', `${TESTER}:${TESTER}`, checkout])
  const machine = { root, checkout, memoryBytes: 2 * 2 ** 30, env: ENV }

  await t.test('has no other programs', async t => {
    const names = ['node', 'openssl', 'curl', 'git', 'python3', 'psql', 'redis-server', 'chromium']
    const { out } = await runBare(
      `for one in ${names.join(' ')}; do command -v $one || true; done`,
      machine,
    )
    t.equal(out, '/usr/local/bin/node\n')
  })

  await t.test('passes npm test', async t => {
    const tests = await runBare('npm test', machine)
    checkRun(t, 'npm test', tests)
    const lines = tests.out.trimEnd().split('\n')
    t.match(lines.at(-1), /^\d{5,} passed, 0 failed, \d+ skipped$/)
    t.comment(lines.slice(lines.indexOf('# Skipped')).join('\n'))
  })

  await t.test('runs the demo and tap', t => checkCommands(t, command => runBare(command, machine)))
})
