/** README's commands with npm 10, and the tests that depend on it in other time zones and with another locale. */

import t from 'tap'
import { checkCommands, installCheckout } from './checkout.ts'
import { checkRun } from './tools.ts'

/**
 * Tests of what shows, reads, or counts times, and of what sorts texts. All others get the time as an argument. Each
 * pattern has a process.
 */
const DEPENDENT = ['test/console/**/*', 'test/{audit,cli,history,sandbox,sinks,telemetry}/**/*']
  .map(pattern => `'${pattern}.test.ts'`)
  .join(' ')
/** Node.js knows Turkish, which has its own capital of i. The C library does not: a program that needs the locale fails. */
const LC_ALL = 'tr_TR.UTF-8'

t.test('npm 10.9.4 and Node.js 22', async t => {
  const checkout = await installCheckout(t, { node: '22', npm: '10.9.4' })
  await t.test('run the demo and tap', t => checkCommands(t, checkout.run))

  for (const TZ of [
    'America/New_York',
    'America/Sao_Paulo',
    'Europe/London',
    'Asia/Tokyo',
    'Pacific/Auckland',
  ])
    await t.test(`pass tests in ${TZ}`, async t => {
      const runner = 'node_modules/.bin/node scripts/test.ts --together --limit 120'
      const tests = await checkout.run(`${runner} ${DEPENDENT}`, { TZ, LC_ALL })
      checkRun(t, 'the tests', tests)
      t.match(tests.out, /^\d{4,} passed, 0 failed/m)
    })
})
