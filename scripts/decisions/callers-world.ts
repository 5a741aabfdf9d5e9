/**
 * The second world of the frozen table: callers with policies, groups, and guards.
 *
 * @module
 */

import { ASSUME, ORGANIZATION, STRICT } from './frozen.ts'
import type { Condition, Group, Guard, Principal, Role, Rule, World } from './terms.ts'
import { USERS } from './world.ts'

const group = (id: string, users: readonly string[], groups: readonly string[] = []): Group => ({
  id,
  name: `Group ${id}`,
  users,
  groups,
})

/** Bob is in `above` only through a deleted group. The last two contain one another. */
const GROUPS: readonly Group[] = [
  group('staff', ['alice', 'bob']),
  group('everyone', ['carol'], ['staff']),
  { ...group('left', ['bob', 'ceo']), deleted: true },
  group('above', ['carol'], ['left']),
  group('ring', ['alice'], ['back']),
  group('back', ['ceo'], ['ring']),
]

const allow = (id: string, lists: Partial<Rule> = {}): Rule => ({ id, effect: 'ALLOW', ...lists })
const deny = (id: string, lists: Partial<Rule> = {}): Rule => ({ id, effect: 'DENY', ...lists })
const role = (id: string, rules: readonly Rule[], more: Partial<Role> = {}): Role => ({
  id,
  name: `Role ${id}`,
  type: 'FULL_ACCESS',
  rules,
  guard: STRICT,
  ...more,
})
const guarded = (id: string, guard: Partial<Guard>, type: Role['type'] = 'FULL_ACCESS'): Role =>
  role(id, [allow('all'), deny('ceo', { targetUsers: ['ceo'] })], {
    type,
    guard: { ...STRICT, ...guard },
  })

export const GROUP_ROLES: readonly Role[] = [
  role('staff', [allow('staff', { targetGroups: ['staff'] })]),
  role('everyone', [allow('everyone', { targetGroups: ['everyone'] })]),
  role('not-staff', [allow('rest', { notTargetGroups: ['staff'] })]),
  role('left', [allow('left', { targetGroups: ['left'] })]),
  role('not-left', [allow('rest', { notTargetGroups: ['left'] })]),
  role('never-left', [allow('all'), deny('left', { targetGroups: ['left'] })]),
  role('never-above', [allow('all'), deny('above', { targetGroups: ['above'] })]),
  role('above', [allow('above', { targetGroups: ['above'] })]),
  role('only-everyone', [allow('all'), deny('rest', { notTargetGroups: ['everyone'] })]),
  role('only-left', [allow('all'), deny('rest', { notTargetGroups: ['left'] })]),
  role('ring', [
    allow('ring', { targetGroups: ['ring'] }),
    allow('back', { targetGroups: ['back'] }),
  ]),
  role('mixed', [
    allow('mixed', { targetUsers: ['ceo'], targetGroups: ['staff'], notTargetUsers: ['bob'] }),
  ]),
  role('gone', [allow('gone', { targetUsers: ['erin'] })]),
]

export const GUARD_ROLES: readonly Role[] = [
  guarded('all', {}),
  guarded('all-read', {}, 'READ_ONLY'),
  guarded('permitted', { mailboxes: 'permitted' }),
  guarded('any', { mailboxes: 'any' }),
  guarded('any-read', { mailboxes: 'any' }, 'READ_ONLY'),
  guarded('delegating', { delegation: true }),
  guarded('ruling', { inboxRules: true }),
  guarded('sending-permitted', { senders: 'permitted' }),
  guarded('sending-server', { senders: 'server' }),
  guarded('silent', { sending: false }),
  guarded('silent-read', { sending: false }, 'READ_ONLY'),
  guarded('no-lookups', { directoryLookups: false }),
  guarded('extra', { extraReads: ['GetImItems', 'GetAppManifests'] }, 'READ_ONLY'),
]

export const LOCKED_ROLES: readonly Role[] = [
  role('locked', [allow('all')], { lock: { message: 'Closed' } }),
  role('locked-until', [allow('all')], { lock: { expires: '2100-01-01T00:00:00Z' } }),
  role('lock-over', [allow('all')], { lock: { expires: '2000-01-01T00:00:00Z' } }),
]

const [PAST, FUTURE] = ['2000-01-01T00:00:00Z', '2100-01-01T00:00:00Z']
const over = { ends: PAST }
const coming = { begins: FUTURE }
const present = { begins: PAST, ends: FUTURE }

export const TIMED_ROLES: readonly Role[] = [
  role('over', [allow('all')], over),
  role('coming', [allow('all')], coming),
  role('present', [allow('all')], present),
  role('over-and-locked', [allow('all')], { ...over, lock: {} }),
  role('timed-rules', [
    allow('over', over),
    allow('present', { ...present, targetUsers: ['alice', 'bob'] }),
    deny('later', coming),
    deny('now', { ...present, targetUsers: ['bob'] }),
  ]),
  role('no-rule-now', [allow('over', over), allow('later', coming)]),
]

const may = (Condition?: Condition, Resource = ['*']): Principal['statements'] => [
  { Effect: 'Allow', Action: [ASSUME], Resource, ...(Condition && { Condition }) },
]
const roleIs = (operator: string, ...ids: readonly string[]): Condition => ({
  [operator]: { 'workmail:ImpersonationRoleId': ids },
})
const never = (Condition: Condition): Principal['statements'] => [
  { Effect: 'Deny', Action: ['workmail:*'], Resource: ['*'], Condition },
]
const arn = (id: string) => `arn:aws:workmail:eu-west-1:123456789012:organization/${id}`
const office = { IpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '2001:db8::/48'] } }

const STATEMENTS: Readonly<Record<string, Principal['statements']>> = {
  anyone: may(),
  nothing: [],
  'only-all': may(roleIs('StringEquals', 'all')),
  'only-all-twice': [
    ...may(roleIs('StringEquals', 'all')),
    ...may({ ...roleIs('StringEquals', 'all'), ...office }),
  ],
  two: may(roleIs('StringEquals', 'all', 'all-read')),
  'all-but-read': may(roleIs('StringNotEquals', 'all-read')),
  'name-and-pattern': may({
    ...roleIs('StringEquals', 'all'),
    ...roleIs('StringLike', 'all*'),
  }),
  pattern: may(roleIs('StringLike', 'all-*')),
  'not-pattern': may(roleIs('StringNotLike', '*rea?')),
  gone: may(roleIs('StringEquals', 'no-such-role')),
  'never-all': [
    ...may(),
    { Effect: 'Deny', Action: [ASSUME], Resource: ['*'], Condition: roleIs('StringEquals', 'all') },
  ],
  office: may(office),
  'not-outside': [
    ...may(),
    ...never({ NotIpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '2001:db8::/48'] } }),
  ],
  tls: may({ Bool: { 'aws:SecureTransport': ['true'] } }),
  past: may({ DateLessThan: { 'aws:CurrentTime': ['2000-01-01T00:00:00Z'] } }),
  'since-2000': may({ DateGreaterThan: { 'aws:CurrentTime': ['2000-01-01T00:00:00Z'] } }),
  'own-organization': may(undefined, [arn(ORGANIZATION.organizationId)]),
  elsewhere: may(undefined, [arn('m-ffffffffffffffffffffffffffffffff')]),
}

const TIMED_CALLERS: readonly Principal[] = [
  { id: 'over', statements: may(), ...over },
  { id: 'coming', statements: may(), ...coming },
  { id: 'present', statements: may(), ...present },
  { id: 'over-with-nothing', statements: [], ...over },
]

export const CALLERS = [...Object.keys(STATEMENTS), ...TIMED_CALLERS.map(({ id }) => id)]

export const WORLD: World = {
  ...ORGANIZATION,
  users: [
    ...USERS.map(({ name, ...user }) => ({ id: name, ...user })),
    { id: 'erin', primarySmtpAddress: 'erin@example.com', aliases: [], deleted: true },
  ],
  groups: GROUPS,
  roles: [...GROUP_ROLES, ...GUARD_ROLES, ...LOCKED_ROLES, ...TIMED_ROLES],
  accessControl: [{ name: 'Default', effect: 'ALLOW' }],
  principals: [
    ...Object.entries(STATEMENTS).map(([id, statements]) => ({ id, statements })),
    ...TIMED_CALLERS,
  ],
}
