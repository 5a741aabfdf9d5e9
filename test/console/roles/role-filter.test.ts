import t from 'tap'
import {
  matchesFilter,
  RECENT_DAYS,
  type RoleFilter,
} from '../../../src/console/roles/role-filter.ts'

const NOW = 1_700_000_000_000
const LONG_AGO = NOW / 1_000 - RECENT_DAYS * 86_400
const role = {
  ImpersonationRoleId: '1',
  Name: 'Backup',
  Type: 'READ_ONLY',
  Description: 'Nightly copy',
  Rules: 2,
  AllowRules: 1,
  State: 'ACTIVE',
  DateModified: 0,
} as const
const all: RoleFilter = { text: '', type: '', status: '', used: '' }

for (const [change, filter, expected] of [
  [{}, {}, true],
  [{}, { text: ' backUP ' }, true],
  [{}, { text: 'night' }, true],
  [{}, { text: 'READ_ONLY' }, false],
  [{}, { type: 'READ_ONLY' }, true],
  [{}, { type: 'FULL_ACCESS' }, false],
  [{}, { status: 'ACTIVE' }, true],
  [{ AllowRules: 0 }, { status: 'ACTIVE' }, false],
  [{ AllowRules: 0 }, { status: 'NO_USERS' }, true],
  [{ AllowRules: 0, State: 'LOCKED' }, { status: 'NO_USERS' }, false],
  [{ State: 'LOCKED' }, { status: 'LOCKED' }, true],
  [{ State: 'ENDED' }, { status: 'ENDED' }, true],
  [{ State: 'ENDED' }, { status: 'ACTIVE' }, false],
  [{ State: 'NOT_YET' }, { status: 'NOT_YET' }, true],
  [{}, { used: 'NOT_RECENTLY' }, true],
  [{}, { used: 'RECENTLY' }, false],
  [{ LastUsed: LONG_AGO }, { used: 'RECENTLY' }, false],
  [{ LastUsed: LONG_AGO + 1 }, { used: 'RECENTLY' }, true],
  [{ LastUsed: LONG_AGO + 1 }, { used: 'NOT_RECENTLY' }, false],
  [{}, { text: 'backup', type: 'FULL_ACCESS' }, false],
] as readonly [object, Partial<RoleFilter>, boolean][])
  t.equal(
    matchesFilter({ ...role, ...change }, { ...all, ...filter }, NOW),
    expected,
    `matchesFilter() ${JSON.stringify([change, filter])}`,
  )
