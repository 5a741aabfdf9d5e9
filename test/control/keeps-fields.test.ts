/**
 * Changes keep the members that they don't name. The contract says which actions change something, and what can be set:
 * each action has a row, and each member a sample. Objects are read with one more member, as if a later version had added
 * it, so a change that lists what it keeps fails.
 */

import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { z } from 'zod'
import { ACTIONS } from '../../src/control/actions.ts'
import { previewRole } from '../../src/control/contract/role-tests.ts'
import { putRole } from '../../src/control/contract/roles.ts'
import { groupId, userId } from '../../src/model/identity.ts'
import { only, without } from '../../src/model/members.ts'
import { accessKeyId, principalId } from '../../src/model/principal.ts'
import { DEFAULT_GUARD, roleDraftOf, roleId } from '../../src/model/role.ts'
import { withContent } from '../../src/model/role-shape.ts'
import { planGroups } from '../../src/store/group-plan.ts'
import { planImport } from '../../src/store/plan.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { type Store, USER_FIELDS } from '../../src/store/store.ts'
import { accessControlOf, rolesOf } from '../../src/workmail/policy.ts'
import { ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'
import { testFolder } from '../kit/folder.ts'
import { writeNewStore } from '../kit/store-file.ts'
import { contentOf, each } from '../store/backup-suite.ts'

const NOW = 1_900_000_000
const LATER = { laterMember: 'kept' }
const [STAFF, BOARD] = [
  groupId('6e0d0c3a-55a1-4df1-9a7b-0c1d2e3f4a01'),
  groupId('6e0d0c3a-55a1-4df1-9a7b-0c1d2e3f4a02'),
]

/** A rule with every member that a request can give. */
const RULE = {
  ImpersonationRuleId: 'all',
  Name: 'All',
  Description: 'All of them',
  Effect: 'ALLOW',
  TargetUsers: ['alice@example.com'],
  NotTargetUsers: ['bob@example.com'],
  TargetGroups: [STAFF],
  NotTargetGroups: [BOARD],
  NotBefore: 1,
  NotAfter: NOW + 3_600,
  Temporary: true,
}
const WORKMAIL_RULE = without(RULE, [
  'TargetGroups',
  'NotTargetGroups',
  'NotBefore',
  'NotAfter',
  'Temporary',
])
const GUARD = {
  Mailboxes: 'permitted',
  Delegation: true,
  InboxRules: true,
  DirectoryLookups: false,
  Sending: false,
  Senders: 'permitted',
  ExtraReads: ['GetUserConfiguration'],
}
const OTHER_GUARD = { ...GUARD, Delegation: false }
const PERIOD = { NotBefore: 1, NotAfter: NOW + 7_200 }
const PROFILE = {
  Profile: 'mail-read',
  Operations: { Allowed: ['GetItem'], Denied: ['GetEvents'] },
}
const CONTENT = { Name: 'full', Type: 'FULL_ACCESS', Description: 'Everything', Rules: [RULE] }
const DRAFT = { Type: 'READ_ONLY', Rules: [RULE], Guard: OTHER_GUARD, Profile: PROFILE }
const CONDITIONS = {
  IpRanges: ['192.0.2.0/24'],
  NotIpRanges: ['198.51.100.0/24'],
  Actions: ['EWS'],
  NotActions: ['IMAP'],
  UserIds: ['alice@example.com'],
  NotUserIds: ['bob@example.com'],
}
const STATEMENT = { Effect: 'Allow', Action: ['ewsgateway:Get*'], Resource: ['*'] }
const POLICY = { Version: '2012-10-17', Statement: [STATEMENT] }

type Row = Readonly<{ input: object; changes: readonly string[] }>

/** Changes of each action, and the members of the stored object that they can change. */
const rowsOf = (
  id: string,
  keyId: string,
  tool: string,
): Readonly<Record<string, readonly Row[]>> => {
  const role = { ImpersonationRoleId: id }
  const written = ['name', 'type', 'description', 'rules']
  const period = ['notBefore', 'notAfter']
  const access = {
    ...CONDITIONS,
    Name: 'office',
    Effect: 'DENY',
    Description: 'Other',
    ImpersonationRoleIds: [id],
    NotImpersonationRoleIds: [id],
  }
  const accessChanges = ['effect', 'description', ...Object.keys(access).map(lowered)]
  const exceptions = [{ ...role, NotAfter: NOW + 60, Reason: 'Case' }]
  return {
    UpdateImpersonationRole: [
      { input: { ...role, ...CONTENT, Name: 'a', Rules: [WORKMAIL_RULE] }, changes: written },
      { input: { ...role, Name: 'b', Type: 'READ_ONLY', Rules: [] }, changes: written },
    ],
    PutImpersonationRole: [
      {
        input: { ...role, ...CONTENT, Guard: OTHER_GUARD, Period: PERIOD, Profile: PROFILE },
        changes: [...written, 'guard', 'profile', ...period],
      },
      {
        input: { ...role, Name: 'c', Type: 'READ_ONLY', Rules: [] },
        changes: ['name', 'type', 'rules'],
      },
      {
        input: { ...role, ...CONTENT, Guard: OTHER_GUARD },
        changes: [...written, 'guard'],
      },
      { input: { ...role, ...CONTENT, Period: {} }, changes: [...written, ...period] },
      {
        input: { ...role, ...CONTENT, Profile: { Profile: 'none' } },
        changes: [...written, 'profile'],
      },
      { input: { ...role, Name: 'd' }, changes: ['name'] },
      { input: { ...role, Type: 'READ_ONLY' }, changes: ['type'] },
      { input: { ...role, Description: '' }, changes: ['description'] },
      { input: { ...role, Rules: [] }, changes: ['rules'] },
      { input: { ...role, Period: PERIOD }, changes: period },
      { input: { ...role, Guard: OTHER_GUARD }, changes: ['guard'] },
      { input: { ...role, Profile: { ...PROFILE, Profile: 'no-send' } }, changes: ['profile'] },
    ],
    LockImpersonationRole: [
      { input: { ...role, Message: 'Why', ExpiresTime: NOW + 9 }, changes: ['lock'] },
    ],
    UnlockImpersonationRole: [{ input: role, changes: ['lock'] }],
    RevokeImpersonationRoleTokens: [{ input: role, changes: [] }],
    PutRoleShadow: [{ input: { ...role, Draft: DRAFT }, changes: ['shadow'] }],
    DeleteRoleShadow: [{ input: role, changes: ['shadow'] }],
    EnforceRoleShadow: [{ input: role, changes: ['type', 'rules', 'guard', 'profile', 'shadow'] }],
    PutAccessControlRule: [{ input: access, changes: accessChanges }],
    ReplaceAccessControlRule: [{ input: access, changes: accessChanges }],
    PutProtectedMailboxes: [
      {
        input: { Users: ['ceo@example.com'], Groups: [STAFF], Exceptions: exceptions },
        changes: ['users', 'groups', 'exceptions'],
      },
    ],
    UpdatePrincipal: [
      {
        input: { PrincipalId: tool, Name: 'other', Policy: POLICY, Enabled: false, Period: PERIOD },
        changes: ['name', 'policy', 'enabled', ...period],
      },
      { input: { PrincipalId: tool, Name: 'third' }, changes: ['name'] },
      { input: { PrincipalId: tool, Enabled: true }, changes: ['enabled'] },
      { input: { PrincipalId: tool, Period: {} }, changes: period },
    ],
    UpdateAccessKey: [
      {
        input: {
          AccessKeyId: keyId,
          Enabled: false,
          ExtendedProtection: 'REQUIRE',
          NotBefore: NOW + 5,
          ExpiresTime: NOW + 50,
        },
        changes: ['enabled', 'extendedProtection', 'notBefore', 'expiresAt'],
      },
      { input: { AccessKeyId: keyId, Enabled: true }, changes: ['enabled'] },
    ],
    UpdateGroup: [
      {
        input: {
          GroupId: STAFF,
          Name: 'Crew',
          PrimarySmtpAddress: 'crew@example.com',
          AddUsers: ['bob@example.com'],
          RemoveUsers: ['alice@example.com'],
          AddGroups: [BOARD],
          RemoveGroups: [BOARD],
        },
        changes: ['name', 'primarySmtpAddress', 'users', 'groups'],
      },
      { input: { GroupId: STAFF, AddUsers: ['ceo@example.com'] }, changes: ['users'] },
    ],
  }
}

/** Changes that create or delete objects, or that the store merges, which other tests here cover. */
const WITHOUT_ROW =
  /^(Create|Delete(?!RoleShadow)|GiveRole|ReleaseName|PutPrincipalIdentities|PutGroup|PutUser|ImportUsers)/

/** Members that choose the object, its version, or the call, and documents that are replaced as a whole. */
const NOT_SET = [
  'OrganizationId',
  'ExpectedVersion',
  'ExpectedShadowVersion',
  'ClientToken',
  'Policy',
]

const lowered = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)

/** Returns the members of a schema that no sample has. */
function withoutSample(schema: unknown, samples: readonly unknown[], path = ''): string[] {
  const def = (schema as z.ZodType)._zod.def as unknown as Readonly<Record<string, unknown>>
  const inner = def['innerType'] ?? def['element']
  if (inner !== undefined)
    return withoutSample(inner, def['element'] ? samples.flat() : samples, path)
  return Object.entries((def['shape'] ?? {}) as object).flatMap(([name, member]) => {
    if (NOT_SET.includes(name)) return []
    const given = samples.flatMap(one => {
      const value = (one as Record<string, unknown>)[name]
      return value === undefined ? [] : [value]
    })
    return given.length === 0 ? [`${path}${name}`] : withoutSample(member, given, `${path}${name}.`)
  })
}

/** Adds a member to everything that is read, and collects what is written, from which it is removed again. */
function ofLaterVersion(store: Store, written: object[]): Store {
  const read = <T extends object>(value: T | undefined) => value && { ...value, ...LATER }
  const put = <T extends object>(value: T): T => {
    written.push(value)
    return without(value as T & typeof LATER, ['laterMember']) as unknown as T
  }
  return {
    ...store,
    role: async (...of) => read(await store.role(...of)),
    group: async (...of) => read(await store.group(...of)),
    principal: async (...of) => read(await store.principal(...of)),
    protection: async of => ({ ...(await store.protection(of)), ...LATER }),
    accessControlRules: async of =>
      (await store.accessControlRules(of)).map(rule => ({ ...rule, ...LATER })),
    credential: async id => {
      const found = await store.credential(id)
      return found && { ...found, key: { ...found.key, ...LATER } }
    },
    putRole: async role => await store.putRole(put(role)),
    putGroup: async (of, group) => await store.putGroup(of, put(group)),
    putPrincipal: async principal => await store.putPrincipal(put(principal)),
    putProtection: async (of, protection) => await store.putProtection(of, put(protection)),
    putAccessControlRule: async (of, rule) => await store.putAccessControlRule(of, put(rule)),
    putKey: async key => await store.putKey(put(key)),
    change: async (of, run) =>
      await store.change(of, transaction => run(ofLaterVersion(transaction, written))),
  }
}

/** Starts a control API with an object of each kind, which has every member that the contract can set. */
async function start(t: Test) {
  const control = await startControlTestServer(t, { now: () => NOW * 1_000 })
  const { store } = control
  const original = { ...store }
  const call = async (name: string, input: object) => {
    const service = ACTIONS.has(`EwsGateway.${name}`) ? 'EwsGateway' : 'WorkMailService'
    const answered = await control.call(
      name,
      { OrganizationId: ORGANIZATION, ...input },
      { service },
    )
    if (answered.status !== 200) throw new Error(`${name}: ${answered.message}`)
    return answered.body
  }
  const users = [await control.userId('alice@example.com')]
  const ofStaff = { id: STAFF, name: 'Staff', primarySmtpAddress: 'staff@example.com' }
  await store.putGroup(ORGANIZATION, { id: BOARD, name: 'Board', users: [], groups: [] })
  await store.putGroup(ORGANIZATION, { ...ofStaff, users, groups: [] })
  const id = await control.createRole('full')
  const { PrincipalId: tool } = await call('CreatePrincipal', { Name: 'tool', Policy: POLICY })
  const made = await call('CreateAccessKey', { PrincipalId: tool, ExpiresTime: NOW + 100 })
  const keyId = String(made['AccessKeyId'])
  const rows = rowsOf(id, keyId, String(tool))
  const states = new Map<string | undefined, () => Promise<object | undefined>>([
    [
      'ROLE',
      async () => {
        const role = await original.role(ORGANIZATION, roleId(id))
        return role && roleDraftOf(role)
      },
    ],
    [
      'ACCESS_CONTROL_RULE',
      async () =>
        (await original.accessControlRules(ORGANIZATION)).find(({ name }) => name === 'office'),
    ],
    ['PROTECTED_MAILBOXES', () => original.protection(ORGANIZATION)],
    ['PRINCIPAL', () => original.principal(ORGANIZATION, principalId(String(tool)))],
    ['ACCESS_KEY', async () => (await original.credential(accessKeyId(keyId)))?.key],
    ['GROUP', () => original.group(ORGANIZATION, STAFF)],
  ])
  const role = { ImpersonationRoleId: id }
  const fill = async (Rules: readonly object[] = [RULE]) => {
    const more = { Guard: GUARD, Period: PERIOD, Profile: PROFILE }
    await call('PutImpersonationRole', { ...role, ...CONTENT, ...more, Rules })
    await call('LockImpersonationRole', { ...role, Message: 'Audit' })
    await call('PutRoleShadow', { ...role, Draft: DRAFT })
    await call('PutAccessControlRule', { Name: 'office', Effect: 'ALLOW', Description: 'Office' })
    return await original.role(ORGANIZATION, roleId(id))
  }
  const written: object[] = []
  Object.assign(store, ofLaterVersion(original, written))
  return { control, original, id, rows, states, fill, call, written }
}

t.test('every action that changes an object keeps the members that it does not name', async t => {
  const { id, rows, states, fill, call, written } = await start(t)
  await fill()
  const described = await call('DescribeImpersonationRole', { ImpersonationRoleId: id })
  t.strictSame(
    withoutSample(putRole.input, [described]),
    [],
    'a role shows everything that was set',
  )
  for (const action of ACTIONS.values()) {
    if (action.audited !== 'change' || WITHOUT_ROW.test(action.name)) continue
    const of = rows[action.name] ?? []
    const missing = withoutSample(
      action.input,
      of.map(({ input }) => input),
    )
    t.strictSame([of.length > 0, missing], [true, []], `${action.name} has samples of all members`)
    for (const [i, { input, changes }] of of.entries()) {
      // WorkMail's own action rejects rules with more members than it has.
      const isWorkMail = action.name === 'UpdateImpersonationRole'
      const role = await fill(isWorkMail ? [WORKMAIL_RULE] : [RULE])
      const stateOf = states.get(action.object?.type)
      const before = (await stateOf?.()) ?? {}
      const versions = action.name === 'EnforceRoleShadow' && {
        ExpectedVersion: String(role?.version),
        ExpectedShadowVersion: String(role?.shadow?.version),
      }
      written.length = 0
      await call(action.name, { ...input, ...versions })
      const ofStore = ['createdAt', 'modifiedAt', 'lock', 'shadow']
      const kept = (value: object, more: readonly string[] = []) =>
        without(value as Record<string, unknown>, [...changes, ...more])
      const title = `${action.name} ${i}`
      t.strictSame(
        kept((await stateOf?.()) ?? {}, ['modifiedAt']),
        kept(before, ['modifiedAt']),
        `${title} keeps all other members`,
      )
      for (const draft of written)
        t.strictSame(
          kept(draft, ofStore),
          kept({ ...before, ...LATER }, ofStore),
          `${title} keeps a member of a later version`,
        )
    }
  }
})

t.test('a draft can replace everything of a role but its name and description', async t => {
  const inDraft = Object.keys(previewRole.input.shape.Draft.shape)
  const ofRole = [...NOT_SET, 'ImpersonationRoleId', 'Name', 'Description']
  const inRole = Object.keys(putRole.input.shape).filter(name => !ofRole.includes(name))
  t.strictSame(inDraft.toSorted(), inRole.toSorted())
})

t.test('UpdateImpersonationRole rejects rules with members that it would remove', async t => {
  const { control, id, fill } = await start(t)
  await fill()
  const input = { ImpersonationRoleId: id, Name: 'new', Type: 'READ_ONLY', Rules: [] }
  t.match(
    await control.refusal('UpdateImpersonationRole', input),
    'Rules of full have TargetGroups, NotTargetGroups, NotBefore, NotAfter, Temporary, which UpdateImpersonationRole does not support',
  )
})

t.test('a draft, a WorkMail import, and a restore keep all other members', async t => {
  const { original, id, fill } = await start(t)
  await fill()
  const stored = await original.role(ORGANIZATION, roleId(id))
  if (stored === undefined) throw new TypeError('The role is not in the store')
  const [rule] = stored.rules
  if (rule === undefined) throw new TypeError('The role has no rule')
  const role = { ...stored, rules: [{ ...rule, ...LATER }], ...LATER }
  const content = { type: 'READ_ONLY', rules: [], guard: DEFAULT_GUARD } as const
  t.strictSame(
    withContent(role, content),
    { ...without(role, ['shadow', 'profile']), ...content },
    'withContent() replaces the content',
  )

  const names = { idOf: userId, isAnotherUser: () => false, isGroup: () => true }
  const imported = { id: role.id, name: 'new', type: 'READ_ONLY' } as const
  const rules = [{ id: 'all', effect: 'DENY' }] as const
  t.strictSame(rolesOf([{ ...imported, rules }], [role], ORGANIZATION, names), {
    drafts: [
      {
        ...without(roleDraftOf(role), ['description']),
        ...imported,
        rules: [
          {
            ...rules[0],
            notBefore: 1_000,
            notAfter: RULE.NotAfter * 1_000,
            temporary: true,
            ...LATER,
          },
        ],
      },
    ],
    skipped: [],
  })
  const access = { name: 'office', effect: 'DENY', description: '' } as const
  const present = { ...access, ...LATER, ipRanges: ['192.0.2.0/24'], createdAt: 1, modifiedAt: 2 }
  t.strictSame(accessControlOf([access], [present], names), [{ ...access, ...LATER }])

  const { rows } = await contentOf(original)
  const file = join(testFolder(t), 'other.db')
  await writeNewStore(file)
  const other = await openSqlite(file)
  t.teardown(() => other.close())
  await other.restore(() => each(rows), { replaces: true, recordsOf: () => [] })
  t.strictSame(await other.role(ORGANIZATION, roleId(id)), stored, 'restore() keeps the role')
})

t.test('planImport() and planGroups() keep the members that a draft does not replace', async t => {
  const user = {
    id: userId('0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55'),
    primarySmtpAddress: 'ann@example.com',
    aliases: ['a@example.com'],
    principalName: 'ann@corp.example.com',
    sid: 'S-1-5-21-1',
    displayName: 'Ann',
    enabled: false,
    ...LATER,
  }
  const known = [{ user, deleted: false, former: [] }]
  const draft = {
    id: user.id,
    primarySmtpAddress: 'b@example.com',
    aliases: ['c@example.com'],
    principalName: 'b@corp.example.com',
    sid: 'S-1-5-21-2',
    displayName: 'Bob',
  }
  for (const replaces of [USER_FIELDS, ...USER_FIELDS.map(name => [name])])
    t.strictSame(
      planImport(known, [{ ...draft, replaces }]).updated,
      [{ ...user, ...only(draft, replaces) }],
      `a draft that replaces ${replaces.join(', ')}`,
    )
  const { primarySmtpAddress } = draft
  t.strictSame(
    planImport(known, [{ id: user.id, primarySmtpAddress, aliases: [] }]).updated,
    [{ id: user.id, primarySmtpAddress, aliases: [], enabled: false, ...LATER }],
    'a draft that replaces everything',
  )

  const group = { id: STAFF, name: 'Staff', primarySmtpAddress: 's@example.com' }
  const staff = { ...group, users: [user.id], groups: [BOARD], ...LATER }
  const next = { id: STAFF, name: 'Crew', users: [], groups: [] }
  t.strictSame(planGroups([{ group: staff, deleted: false }], [next]).updated, [
    { ...next, ...LATER },
  ])
})
