/**
 * A journey through the console: one browser, one gateway, part after part.
 */

import t from 'tap'
import { launch, visitor } from './browser.ts'
import { makeConsole, NO_BROWSER, startHouse } from './house.ts'
import type { Journey, Part } from './part.ts'
import { ACCESS_CONTROL } from './parts/access-control.ts'
import { AUDIT, AUDIT_SUMS } from './parts/audit.ts'
import { CONFLICT } from './parts/conflict.ts'
import { CREATE, EDIT, GROUP_RULE, TEST_SAVED } from './parts/create-and-edit.ts'
import { GIVE } from './parts/give.ts'
import { LOCK_AND_DELETE } from './parts/lock-and-delete.ts'
import { PRINCIPALS } from './parts/principals.ts'
import { LITTLE_RIGHTS } from './parts/rights.ts'
import { FIRST_LOAD, SIGN_IN, SIGN_OUT } from './parts/session.ts'
import { DISABLE_USER, EDIT_USER, IMPORT_USERS, RELEASE_NAME, USERS } from './parts/users.ts'

/** In this order: each goes on where the one before it has led. */
const PARTS: readonly Part[] = [
  FIRST_LOAD,
  SIGN_IN,
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
  ACCESS_CONTROL,
  PRINCIPALS,
  AUDIT,
  AUDIT_SUMS,
  LITTLE_RIGHTS,
  SIGN_OUT,
]

t.test('the console', { skip: NO_BROWSER }, async t => {
  await makeConsole(t)
  const [house, browser] = await Promise.all([startHouse(t), launch()])
  t.teardown(() => browser.close())
  const admin = await visitor(browser)
  const journey: Journey = {
    browser,
    house,
    admin,
    roleId: '',
    tool: { accessKeyId: '', secretAccessKey: '' },
  }
  for (const { name, run } of PARTS) {
    await t.test(name, async t => {
      await run(t, journey)
      t.strictSame(admin.troubles.splice(0), [], 'console and network of the browser say nothing')
    })
    if (!t.passing()) break
  }
})
