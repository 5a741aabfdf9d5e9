import t from 'tap'
import { whyNobody } from '../../../src/console/roles/role-state.ts'

const allow = { Effect: 'ALLOW' } as const
const deny = { Effect: 'DENY' } as const
const active = { State: 'ACTIVE', Rules: [allow], AllowRules: 1 } as const
const ended = Date.UTC(2026, 0, 2, 12) / 1_000

for (const [what, role, users, why] of [
  ['a role that reaches users', active, 1, undefined],
  ['a role whose reach is not known', active, undefined, undefined],
  ['a locked role', { ...active, State: 'LOCKED' }, 0, 'The role is locked.'],
  [
    'a role that has ended',
    { ...active, State: 'ENDED', Period: { NotAfter: ended } },
    0,
    /^The role ended on [123] Jan 2026, .* UTC.*[.]$/,
  ],
  ['a role without rules', { ...active, Rules: [] }, undefined, 'The role has no rules.'],
  ['a role with Deny rules', { ...active, Rules: [deny] }, 0, 'The role has no Allow rules.'],
  [
    'a role whose Allow rules have ended',
    { ...active, Rules: [allow, deny], AllowRules: 0 },
    0,
    'No Allow rule of the role is valid now.',
  ],
  [
    'a role whose rules match no user',
    active,
    0,
    /^No Allow rule that is valid now matches a user/,
  ],
] as const) {
  const said = whyNobody(role, users)
  if (why instanceof RegExp) t.match(said, why, `whyNobody() ${what}`)
  else t.equal(said, why, `whyNobody() ${what}`)
}
