/** README's commands with the npm that comes with the Node.js of this project. */

import t from 'tap'
import { checkCommands, installCheckout } from './checkout.ts'

t.test('npm 11.6.2 and Node.js 24 run the demo and tap', async t => {
  const checkout = await installCheckout(t, { node: '24', npm: '11.6.2' })
  await checkCommands(t, checkout.run)
})
