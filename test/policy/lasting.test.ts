import t from 'tap'
import type { AccessControlRule } from '../../src/model/access-control.ts'
import { groupId, organizationId, userId } from '../../src/model/identity.ts'
import { NO_PROTECTION } from '../../src/model/protection.ts'
import {
  DEFAULT_GUARD,
  type ImpersonationRule,
  type RoleDraft,
  roleId,
} from '../../src/model/role.ts'
import {
  accessControlGives,
  protectionGivesAfter,
  roleGivesAfter,
} from '../../src/policy/lasting.ts'

const END = 1_000
const LATER = { laterMember: true }
const rule = (id: string, rest: Partial<ImpersonationRule> = {}): ImpersonationRule => ({
  id,
  effect: 'ALLOW',
  targetUsers: [userId(id)],
  ...rest,
})
const ALLOW = rule('ann')
const [DENY, OTHER_DENY] = [rule('ceo', { effect: 'DENY' }), rule('cfo', { effect: 'DENY' })]
/** Has a member that this version doesn't know. */
const later = (laterMember: boolean) => ({ ...ROLE, laterMember })
const ROLE: RoleDraft = {
  id: roleId('r-1'),
  organizationId: organizationId('m-1'),
  name: 'Role',
  type: 'READ_ONLY',
  rules: [ALLOW, DENY, OTHER_DENY],
  guard: DEFAULT_GUARD,
}
const reversed = (one: ImpersonationRule) =>
  Object.fromEntries(Object.entries(one).toReversed()) as ImpersonationRule
const LOCKED = { ...ROLE, lock: {} }
const until = (expiresAt: number): RoleDraft => ({ ...ROLE, lock: { expiresAt } })
const guarded = (guard: Partial<typeof DEFAULT_GUARD>): RoleDraft => ({
  ...ROLE,
  guard: { ...DEFAULT_GUARD, ...guard },
})
const DRAFTED: RoleDraft = {
  ...ROLE,
  shadow: {
    type: 'FULL_ACCESS',
    rules: [ALLOW],
    guard: DEFAULT_GUARD,
    version: 1,
    base: '',
    attachedAt: 1,
    attachedBy: { id: 'p-1', name: 'Ann' },
  },
}
/** All that is reached through EWS, and nothing. */
const OPEN: AccessControlRule = {
  name: 'open',
  effect: 'ALLOW',
  description: '',
  actions: ['EWS'],
  createdAt: 1,
  modifiedAt: 1,
}
const CLOSED: AccessControlRule = { ...OPEN, name: 'closed', effect: 'DENY' }
type Rules = readonly AccessControlRule[]
const ruled = (...rules: readonly ImpersonationRule[]): RoleDraft => ({ ...ROLE, rules })

for (const [what, before, after, gives] of [
  ['nothing', ROLE, ROLE, false],
  ['a new role', undefined, ROLE, true],
  ['a new role that ends in time', undefined, { ...ROLE, notAfter: END }, false],
  ['a new role that ends later', undefined, { ...ROLE, notAfter: END + 1 }, true],
  ['a new role that is locked for good', undefined, LOCKED, false],
  ['a new role that is locked for a time', undefined, until(END + 1), true],
  ['a new role that allows nobody', undefined, ruled(DENY), false],
  ['a role that was not understood', { ...ROLE, unreadable: ['Rules'] }, ROLE, true],
  ['an allowing rule', ruled(ALLOW), ruled(ALLOW, rule('bob')), true],
  ['an allowing rule that ends', ruled(ALLOW), ruled(ALLOW, rule('bob', { notAfter: END })), false],
  ['an end of a rule', ruled(rule('ann', { notAfter: END })), ruled(ALLOW), true],
  ['no DENY', ROLE, ruled(ALLOW), true],
  ['one DENY of two', ROLE, ruled(ALLOW, DENY), true],
  ['the other DENY of two', ROLE, ruled(ALLOW, OTHER_DENY), true],
  ['no DENY that ends', ruled(ALLOW, { ...DENY, notAfter: END }), ruled(ALLOW), false],
  ['one more DENY', ruled(ALLOW), ROLE, false],
  ['the name of a rule', ROLE, ruled({ ...ALLOW, name: 'New' }, DENY, OTHER_DENY), false],
  ['the mark of a temporary rule', ruled({ ...ALLOW, temporary: true }), ruled(ALLOW), false],
  ['the ID of a rule', ruled(ALLOW), ruled({ ...ALLOW, id: 'other' }), false],
  ['the description of a rule', ruled(ALLOW), ruled({ ...ALLOW, description: 'New' }), false],
  ['a draft that allows more', ROLE, DRAFTED, false],
  ['the order of the members of a rule', ROLE, { ...ROLE, rules: ROLE.rules.map(reversed) }, false],
  ['the type, to more', ROLE, { ...ROLE, type: 'FULL_ACCESS' }, true],
  ['the type, to less', { ...ROLE, type: 'FULL_ACCESS' }, ROLE, false],
  ['no profile', { ...ROLE, profile: { name: 'mail-read' } }, ROLE, true],
  ['a profile', ROLE, { ...ROLE, profile: { name: 'mail-read' } }, false],
  ['a later end', { ...ROLE, notAfter: END + 1 }, { ...ROLE, notAfter: END + 2 }, true],
  ['an earlier end', { ...ROLE, notAfter: END + 2 }, { ...ROLE, notAfter: END + 1 }, false],
  ['no end', { ...ROLE, notAfter: END + 2 }, { ...ROLE, notAfter: END + 2, name: 'New' }, false],
  [
    'no begin',
    { ...ROLE, notBefore: END + 2 },
    { ...ROLE, notBefore: END + 2, name: 'New' },
    false,
  ],
  ['no end of a lock', until(END + 2), { ...until(END + 2), name: 'New' }, false],
  ['an earlier begin', { ...ROLE, notBefore: END + 2 }, { ...ROLE, notBefore: END + 1 }, true],
  ['a begin before the end', { ...ROLE, notBefore: END }, ROLE, false],
  ['a later begin', { ...ROLE, notBefore: END + 1 }, { ...ROLE, notBefore: END + 2 }, false],
  ['no lock', LOCKED, ROLE, true],
  ['a lock that ends earlier', until(END + 2), until(END + 1), true],
  ['a lock that ends later', until(END + 1), until(END + 2), false],
  ['no lock that ends', until(END), ROLE, false],
  ...(['delegation', 'inboxRules', 'directoryLookups', 'sending'] as const).flatMap(
    name =>
      [
        [name, guarded({ [name]: false }), guarded({ [name]: true }), true],
        [`no ${name}`, guarded({ [name]: true }), guarded({ [name]: false }), false],
      ] as const,
  ),
  ['more mailboxes', ROLE, guarded({ mailboxes: 'permitted' }), true],
  ['fewer mailboxes', guarded({ mailboxes: 'any' }), ROLE, false],
  ['more senders', ROLE, guarded({ senders: 'permitted' }), true],
  ['fewer senders', guarded({ senders: 'server' }), ROLE, false],
  ['an unknown member', later(true), later(false), true],
  ['no unknown member', later(true), later(true), false],
  ['the name', ROLE, { ...ROLE, name: 'New', description: 'New' }, false],
  ['an unknown member of the guard', guarded({ sending: true, ...LATER }), ROLE, true],
  ['no extra read', guarded({ extraReads: ['GetUserConfiguration'] }), ROLE, false],
  ['an extra read', ROLE, guarded({ extraReads: ['GetUserConfiguration'] }), true],
] as const satisfies readonly (readonly [string, RoleDraft | undefined, RoleDraft, boolean])[])
  t.test(`a change to ${what} ${gives ? 'outlasts' : "doesn't outlast"} its giver`, async t => {
    t.equal(roleGivesAfter(END, before, after), gives)
  })

t.test('protectionGivesAfter() finds what is not protected any more', async t => {
  const users = [userId('ceo'), userId('cfo')]
  const exception = { roleId: roleId('r'), reason: 'x', notAfter: END + 2 }
  const before = { ...NO_PROTECTION, users, exceptions: [exception] }
  const after = (notAfter: number) => ({
    ...before,
    exceptions: [{ ...exception, notAfter }],
  })
  t.equal(protectionGivesAfter(END, before, before), false)
  t.equal(protectionGivesAfter(END, before, { ...before, users: users.slice(1) }), true)
  t.equal(protectionGivesAfter(END, before, after(END + 3)), true)
  t.equal(protectionGivesAfter(END, before, after(END + 1)), false)
  t.equal(protectionGivesAfter(END, { ...before, exceptions: [] }, after(END)), false)
  const groups = [groupId('board'), groupId('audit')]
  t.equal(protectionGivesAfter(END, before, { ...before, groups }), false, 'groups more')
  t.equal(protectionGivesAfter(END, { ...before, groups }, { ...before, groups: [] }), true)
  const more = { ...before, users: [...users, userId('cto')] }
  t.equal(protectionGivesAfter(END, before, more), false, 'a user more')
  const unreadable = { ...before, unreadable: true } as const
  t.equal(protectionGivesAfter(END, unreadable, before), true)
  t.equal(protectionGivesAfter(END, unreadable, unreadable), true)
  t.equal(protectionGivesAfter(END, { ...before, ...LATER }, before), true, 'an unknown member')
  const limited = { ...before, exceptions: [{ ...exception, ...LATER }] }
  t.equal(protectionGivesAfter(END, limited, before), true, 'an unknown member of an exception')
})

for (const [what, before, after, gives] of [
  ['nothing', [OPEN, CLOSED], [OPEN, CLOSED], false],
  ['the order of rules', [OPEN, CLOSED], [CLOSED, OPEN], false],
  ['one more ALLOW', [CLOSED], [OPEN, CLOSED], true],
  ['no ALLOW', [OPEN, CLOSED], [CLOSED], false],
  ['no DENY', [OPEN, CLOSED], [OPEN], true],
  ['one more DENY', [OPEN], [OPEN, CLOSED], false],
  ['the condition of an ALLOW', [OPEN], [{ ...OPEN, userIds: [userId('ann')] }], true],
  ['the condition of a DENY', [CLOSED], [{ ...CLOSED, userIds: [userId('ann')] }], true],
  ['the effect', [OPEN], [{ ...OPEN, effect: 'DENY' }], false],
  ...(['name', 'description'] as const).map(
    name => [`the ${name}`, [OPEN], [{ ...OPEN, [name]: 'new' }], false] as const,
  ),
  ...(['createdAt', 'modifiedAt'] as const).map(
    name => [name, [OPEN, CLOSED], [OPEN, { ...CLOSED, [name]: 9 }], false] as const,
  ),
] as const satisfies readonly (readonly [string, Rules, Rules, boolean])[])
  t.test(`access control: a change to ${what} gives ${gives ? 'more' : 'no more'}`, async t => {
    t.equal(accessControlGives(before, after), gives)
  })
