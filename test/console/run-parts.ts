/**
 * Runs parts of the console's tests in one browser with one gateway. Each part runs, even if another one fails.
 *
 * @module
 */

import type { Test } from 'tap'
import { launch, visitor } from './browser.ts'
import { makeConsole, startDemo } from './demo.ts'
import { type Part, signedIn } from './part.ts'

export async function runParts(t: Test, parts: readonly Part[]): Promise<void> {
  await makeConsole(t)
  const launching = launch()
  t.teardown(async () => (await launching).close())
  const [demo, browser] = await Promise.all([startDemo(t), launching])
  const guest = await visitor(browser)
  const admin = await signedIn(browser, demo, demo.admin, '/roles')
  await admin.page.getByRole('heading', { name: 'Impersonation roles' }).waitFor()
  for (const { name, run } of parts) {
    const result = await t.test(name, async t => {
      await run(t, { demo, admin, guest })
      t.strictSame([...admin.troubles, ...guest.troubles], [], 'the browser reports no error')
    })
    if (!result?.ok) for (const { reset } of [admin, guest]) await reset()
  }
}
