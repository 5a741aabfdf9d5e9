import t from 'tap'
import { countAllowRules } from '../../src/decision/reach.ts'
import {
  denialOfRole,
  ROLE_STATES,
  type RoleState,
  stateOfRole,
} from '../../src/decision/role-state.ts'
import type { Reason } from '../../src/model/decision.ts'
import { ROLE } from './data.ts'

const [NOW, BEFORE, AFTER] = [1_000, 999, 1_001]
const MOMENT = { at: NOW, latest: NOW }

const ROWS: readonly (readonly [
  role: Parameters<typeof stateOfRole>[0],
  state: RoleState,
  reason: Reason | undefined,
])[] = [
  [{}, 'ACTIVE', undefined],
  [{ notBefore: BEFORE, notAfter: AFTER }, 'ACTIVE', undefined],
  [{ notBefore: AFTER }, 'NOT_YET', 'role-expired'],
  [{ notAfter: BEFORE }, 'ENDED', 'role-expired'],
  [{ lock: {} }, 'LOCKED', 'role-locked'],
  [{ lock: { expiresAt: AFTER }, notAfter: BEFORE }, 'LOCKED', 'role-locked'],
  [{ lock: { expiresAt: NOW } }, 'ACTIVE', undefined],
  [{ lock: { expiresAt: NOW }, notAfter: BEFORE }, 'ENDED', 'role-expired'],
  [{ unreadable: ['Guard'] }, 'LOCKED', 'role-locked'],
]

t.test('countAllowRules() counts the Allow rules in force', async t => {
  const rule = { id: 'a', effect: 'ALLOW' } as const
  for (const [rules, count] of [
    [[], 0],
    [[{ id: 'a', effect: 'DENY' }], 0],
    [[rule, { ...rule, id: 'b', notAfter: AFTER }], 2],
    [[rule, { ...rule, id: 'b', notAfter: BEFORE }], 1],
    [[{ ...rule, notBefore: AFTER }], 0],
  ] as const)
    t.equal(countAllowRules({ ...ROLE, rules }, MOMENT), count, JSON.stringify(rules))
})

t.test('R48 a role has one of the states, and a reason for each denial', async t => {
  for (const [role, state, reason] of ROWS) {
    t.equal(stateOfRole(role, MOMENT), state, JSON.stringify(role))
    t.equal(denialOfRole(role, MOMENT), reason, JSON.stringify(role))
  }
  t.strictSame([...new Set(ROWS.map(([, state]) => state))].toSorted(), [...ROLE_STATES].toSorted())
})
