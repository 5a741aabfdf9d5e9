/**
 * Tests that the console goes by the clock of the gateway, in a browser whose clock is a day ahead.
 *
 * @module
 */

import { visitor } from '../browser.ts'
import { open, type Part, signIn } from '../part.ts'

const DAY_MS = 86_400_000

export const WRONG_CLOCK: Part = {
  name: 'a browser whose clock is wrong shows what is so at the gateway',
  run: async (t, { demo, guest }) => {
    const browser = guest.context.browser()
    if (browser === null) throw new TypeError('The guest has a browser')
    const { page, context, troubles } = await visitor(browser)
    await page.clock.setSystemTime(Date.now() + DAY_MS)
    await open(page, demo, '/')
    await signIn(page, demo.admin)
    await page.getByRole('heading', { name: 'Gateways' }).waitFor()
    await page.getByText(/^Version /).waitFor()
    t.equal(await page.getByText('Running', { exact: true }).count(), 1, 'the gateway runs')
    t.equal(await page.getByText('Last seen').count(), 0)
    t.strictSame(troubles, [])
    await context.close()
  },
}
