/** README's commands and all tests with the newest Node.js, which `engines` in package.json accepts, and the newest npm. */

import t from 'tap'
import { PACKAGE } from '../kit/checkout.ts'
import { checkCommands, installCheckout } from './checkout.ts'
import { checkRun } from './tools.ts'

t.test('the newest Node.js and npm', async t => {
  const checkout = await installCheckout(t, { node: 'latest', npm: 'latest' })
  await t.test('run the demo and tap', t => checkCommands(t, checkout.run))

  await t.test('pass all tests', async t => {
    // npm would run them with the pinned Node.js.
    const tests = await checkout.run(PACKAGE.scripts['test'] ?? '')
    checkRun(t, 'the tests', tests)
    t.match(tests.out, /^\d{5,} passed, 0 failed/m)
  })
})
