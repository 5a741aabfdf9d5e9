/** The pages beside the path of an administrator: users, groups, access control, and totals. */

import t from 'tap'
import { NO_BROWSER } from './browser.ts'
import { ACCESS_CONTROL } from './parts/access-control.ts'
import { AUDIT_TIME, AUDIT_TOTALS, CHART } from './parts/audit.ts'
import { CLOSED } from './parts/closed.ts'
import { EDIT_PRINCIPAL, EDIT_RULE } from './parts/conflict.ts'
import { GROUP_RULE } from './parts/create-and-edit.ts'
import { CA_CERTIFICATE } from './parts/give.ts'
import { GROUPS } from './parts/groups.ts'
import { KEYBOARD } from './parts/keyboard.ts'
import { MANY_USERS } from './parts/many-users.ts'
import { NOBODY } from './parts/nobody.ts'
import { PROTECTION } from './parts/protection.ts'
import { RESIZED } from './parts/resized.ts'
import { SHADOW } from './parts/shadow.ts'
import { DISABLE_USER, EDIT_USER, IMPORT_USERS, RELEASE_NAME, USERS } from './parts/users.ts'
import { WRONG_CLOCK } from './parts/wrong-clock.ts'
import { runParts } from './run-parts.ts'

t.test('further pages of the console', { skip: NO_BROWSER }, async t => {
  await runParts(t, [
    // First, because a page that was narrow has its navigation closed.
    KEYBOARD,
    GROUP_RULE,
    WRONG_CLOCK,
    USERS,
    CLOSED,
    DISABLE_USER,
    EDIT_USER,
    EDIT_PRINCIPAL,
    EDIT_RULE,
    RELEASE_NAME,
    IMPORT_USERS,
    GROUPS,
    ACCESS_CONTROL,
    PROTECTION,
    SHADOW,
    NOBODY,
    CA_CERTIFICATE,
    AUDIT_TIME,
    AUDIT_TOTALS,
    CHART,
    RESIZED,
    // Last, because the demo has more users then.
    MANY_USERS,
  ])
})
