/**
 * Tests the console in one browser with one gateway. Each part runs, even if another one fails.
 *
 * @module
 */

import t from 'tap'
import { launch } from './browser.ts'
import { makeConsole, NO_BROWSER, startDemo } from './demo.ts'
import { type Part, signedIn } from './part.ts'
import { ACCESS_CONTROL } from './parts/access-control.ts'
import { AUDIT, AUDIT_TOTALS, CHART } from './parts/audit.ts'
import { CONFLICT } from './parts/conflict.ts'
import { CREATE, EDIT, GROUP_RULE, TEST_SAVED } from './parts/create-and-edit.ts'
import { GIVE } from './parts/give.ts'
import { GROUPS } from './parts/groups.ts'
import { LOCK_AND_DELETE } from './parts/lock-and-delete.ts'
import { PRINCIPALS } from './parts/principals.ts'
import { LITTLE_RIGHTS } from './parts/rights.ts'
import { FIRST_LOAD, SIGN_IN_AND_OUT } from './parts/session.ts'
import { DISABLE_USER, EDIT_USER, IMPORT_USERS, RELEASE_NAME, USERS } from './parts/users.ts'

const PARTS: readonly Part[] = [
  FIRST_LOAD,
  SIGN_IN_AND_OUT,
  CREATE,
  TEST_SAVED,
  GIVE,
  EDIT,
  GROUP_RULE,
  CONFLICT,
  LOCK_AND_DELETE,
  USERS,
  DISABLE_USER,
  EDIT_USER,
  RELEASE_NAME,
  IMPORT_USERS,
  GROUPS,
  ACCESS_CONTROL,
  PRINCIPALS,
  AUDIT,
  AUDIT_TOTALS,
  CHART,
  LITTLE_RIGHTS,
]

t.test('the console', { skip: NO_BROWSER }, async t => {
  await makeConsole(t)
  const [demo, browser] = await Promise.all([startDemo(t), launch()])
  t.teardown(() => browser.close())
  const admin = await signedIn(browser, demo, demo.admin, '/roles')
  await admin.page.getByRole('heading', { name: 'Impersonation roles' }).waitFor()
  for (const { name, run } of PARTS) {
    const result = await t.test(name, async t => {
      await run(t, { browser, demo, admin })
      t.strictSame(admin.troubles, [], 'the browser reports no error')
    })
    if (!result?.ok) await admin.reset()
  }
})
