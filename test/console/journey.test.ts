/** The path of an administrator: from a role to a key, a denial, and the end of the role. */

import t from 'tap'
import { NO_BROWSER } from './browser.ts'
import { AUDIT, AUDIT_ID } from './parts/audit.ts'
import { CONFLICT } from './parts/conflict.ts'
import { CREATE, EDIT, TEST_SAVED } from './parts/create-and-edit.ts'
import { GIVE } from './parts/give.ts'
import { LOCK_AND_DELETE } from './parts/lock-and-delete.ts'
import { PRINCIPALS } from './parts/principals.ts'
import { LITTLE_RIGHTS, NAMES_OF_SESSION } from './parts/rights.ts'
import { FIRST_LOAD, SIGN_IN_AND_OUT, SIGN_OUT_ELSEWHERE, WRONG_ADDRESS } from './parts/session.ts'
import { UNSAVED } from './parts/unsaved.ts'
import { runParts } from './run-parts.ts'

t.test('the console', { skip: NO_BROWSER }, async t => {
  await runParts(t, [
    FIRST_LOAD,
    SIGN_IN_AND_OUT,
    SIGN_OUT_ELSEWHERE,
    WRONG_ADDRESS,
    CREATE,
    TEST_SAVED,
    GIVE,
    EDIT,
    CONFLICT,
    LOCK_AND_DELETE,
    PRINCIPALS,
    AUDIT,
    AUDIT_ID,
    UNSAVED,
    LITTLE_RIGHTS,
    NAMES_OF_SESSION,
  ])
})
