/**
 * Runs parts of the console's tests in one browser with one gateway. Each part runs, even if another one fails.
 *
 * @module
 */

import type { Test } from 'tap'
import { launch } from './browser.ts'
import { makeConsole, startDemo } from './demo.ts'
import { type Part, signedIn } from './part.ts'

export async function runParts(t: Test, parts: readonly Part[]): Promise<void> {
  await makeConsole(t)
  const [demo, browser] = await Promise.all([startDemo(t), launch()])
  t.teardown(() => browser.close())
  const admin = await signedIn(browser, demo, demo.admin, '/roles')
  await admin.page.getByRole('heading', { name: 'Impersonation roles' }).waitFor()
  for (const { name, run } of parts) {
    const result = await t.test(name, async t => {
      await run(t, { browser, demo, admin })
      t.strictSame(admin.troubles, [], 'the browser reports no error')
    })
    if (!result?.ok) await admin.reset()
  }
}
