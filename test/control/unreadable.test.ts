/**
 * Stored objects that this version doesn't understand, in the control API: it shows them, tests of roles deny, and a
 * change keeps what it doesn't name, or is rejected.
 */

import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { roleId } from '../../src/model/role.ts'
import { ANYTHING, ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'
import { STRICTEST } from '../kit/guard.ts'

const EVERYONE = { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' }
const EWS = { service: 'EwsGateway' }

async function start(t: Test) {
  const control = await startControlTestServer(t)
  const database = new DatabaseSync(control.storeFile)
  t.teardown(() => database.close())
  const ask = async (name: string, input: object = {}) => {
    const { status, body, message } = await control.call(
      name,
      { OrganizationId: ORGANIZATION, ...input },
      EWS,
    )
    if (status !== 200) throw new Error(`${name}: ${message}`)
    return body
  }
  const refusal = (name: string, input: object) => control.refusal(name, input, EWS)
  return { control, database, ask, refusal }
}

t.test('a role that is not understood is shown, and denies in every test', async t => {
  const { control, database, ask } = await start(t)
  const id = await control.createRole('backup', [EVERYONE])
  const one = { ImpersonationRoleId: id }
  const to = { ...one, TargetUser: 'alice@example.com' }
  t.match(await control.get('GetImpersonationRoleEffect', to), { Effect: 'ALLOW' })
  database.exec(`update roles set rules = replace(rules, '"effect"', '"decision"')`)

  t.match(await control.get('GetImpersonationRoleEffect', to), { Effect: 'DENY', MatchedRules: [] })
  t.match(await control.get('GetImpersonationRole', one), { Name: 'backup', Rules: [] })
  t.match(await control.get('ListImpersonationRoles'), { Roles: [{ ImpersonationRoleId: id }] })
  const described = { Damaged: true, Unreadable: ['Rules'], State: 'LOCKED', Rules: [] }
  t.match(await ask('DescribeImpersonationRole', one), described)
  t.match(await ask('ListRoleSummaries'), { Roles: [{ State: 'LOCKED', AllowRules: 0 }] })
  const request = { ...to, Operation: 'GetItem', SourceAddress: '192.0.2.7' }
  t.match(await ask('ExplainDecision', request), {
    Verdict: 'DENY',
    Reason: 'role-locked',
    EndedBy: 'Lock',
  })
})

t.test('a change never overwrites parts of a role that are not understood', async t => {
  const { control, database, ask, refusal } = await start(t)
  const id = await control.createRole('backup', [EVERYONE])
  const one = { ImpersonationRoleId: id }
  await ask('LockImpersonationRole', one)
  database.exec(`update roles set guard = json_set(guard, '$.later', true)`)
  const stored = () => database.prepare('select rules, guard, lock from roles').get()
  const before = stored()

  const does = 'EntityStateException: This version of the gateway does not understand'
  const content = { ...one, Name: 'backup', Type: 'READ_ONLY', Rules: [EVERYONE] }
  for (const [name, input] of [
    ['LockImpersonationRole', one],
    ['UnlockImpersonationRole', one],
    ['PutRoleShadow', { ...one, Draft: { Rules: [] } }],
    ['DeleteRoleShadow', one],
    ['RevokeImpersonationRoleTokens', one],
  ] as const)
    t.match(await refusal(name, input), does, name)
  t.match(
    await control.refusal('UpdateImpersonationRole', content),
    /InvalidParameterException: .* does not understand .* Guard.*PutImpersonationRole/,
  )
  for (const input of [
    content,
    { ...one, Period: {} },
    { ...one, Profile: { Profile: 'mail-read' } },
  ])
    t.match(
      await refusal('PutImpersonationRole', input),
      'InvalidParameterException: Guard must be given, because this version',
    )
  t.strictSame(stored(), before, 'nothing was written')

  await ask('PutImpersonationRole', { ...one, Guard: STRICTEST })
  const described = await ask('DescribeImpersonationRole', one)
  t.match(described, { Damaged: false, Guard: STRICTEST, State: 'LOCKED' })
  t.notOk('Unreadable' in described)
  const { version, tokensValidFrom } = (await control.store.role(ORGANIZATION, roleId(id))) ?? {}
  t.equal(tokensValidFrom, version, 'its tokens are revoked')

  database.exec(`update roles set type = 'LATER', rules = '7', lock = '7'`)
  t.match(
    await refusal('PutImpersonationRole', { ...one, Guard: STRICTEST }),
    /: Type must be given, because this version .*Rules must be given, because this version/,
  )
  await ask('PutImpersonationRole', content)
  t.match(await ask('DescribeImpersonationRole', one), { State: 'LOCKED' }, 'the lock stays')
  database.exec(`update roles set type = 'LATER'`)
  await control.get('DeleteImpersonationRole', one)
  t.equal(await control.store.role(ORGANIZATION, roleId(id)), undefined)
})

t.test('a principal that is not understood gets no credentials, and can be replaced', async t => {
  const { control, database, ask, refusal } = await start(t)
  const Policy = { Version: '2012-10-17', Statement: [ANYTHING] }
  const { PrincipalId } = await ask('CreatePrincipal', { Name: 'tool', Policy })
  const principal = { PrincipalId }
  const { AccessKeyId } = await ask('CreateAccessKey', principal)
  const change = database.prepare(`update principals set policy = replace(policy, 'Allow', 'Later')
    where id = ?`)
  change.run(String(PrincipalId))

  const { Principals } = await ask('ListPrincipals')
  const listed = (Principals as { PrincipalId: string }[]).find(
    one => one.PrincipalId === PrincipalId,
  )
  t.match(listed, { Unreadable: ['Policy'], Policy: { Statement: [{ Effect: 'Deny' }] } })
  t.strictSame(await ask('GetPrincipal', principal), listed)
  const does = 'EntityStateException: This version of the gateway does not understand'
  const account = { Sid: 'S-1-5-21-1-2-3-1104', Names: ['ann@example.com'] }
  for (const [name, input] of [
    ['CreateAccessKey', principal],
    ['UpdateAccessKey', { AccessKeyId, Enabled: true }],
    ['PutPrincipalIdentities', { ...principal, Identities: [{ DirectoryAccount: account }] }],
    ['UpdatePrincipal', { ...principal, Name: 'other' }],
    ['UpdatePrincipal', { ...principal, Policy }],
  ] as const)
    t.match(await refusal(name, input), does, name)
  await ask('UpdatePrincipal', { ...principal, Policy, Enabled: true, Period: {} })
  t.match(await control.store.principal(ORGANIZATION, PrincipalId as never), {
    policy: { Statement: [ANYTHING] },
    unreadable: undefined,
  })

  database.exec(`update access_keys set enabled = 2 where id = '${AccessKeyId}'`)
  t.match(await ask('ListAccessKeys', principal), {
    AccessKeys: [{ AccessKeyId, Enabled: false, Unreadable: true }],
  })
  t.match(await refusal('UpdateAccessKey', { AccessKeyId, Enabled: true }), does)
  await ask('DeleteAccessKey', { AccessKeyId })
})

t.test('lists that are not understood are shown, and can be replaced', async t => {
  const { database, ask, refusal, control } = await start(t)
  const rule = { Name: 'Default', Effect: 'ALLOW', Description: 'All' }
  await control.get('PutAccessControlRule', { ...rule, Name: 'office' })
  database.exec(
    `update access_control_rules set conditions = '{"later":[]}' where name = 'Default'`,
  )
  const named = { Name: 'Default' }
  const shown = { Effect: 'DENY', Unreadable: true }
  t.match(await ask('DescribeAccessControlRule', named), shown)
  const request = { IpAddress: '192.0.2.7', Action: 'EWS', UserId: 'alice@example.com' }
  t.match(await control.get('GetAccessControlEffect', request), {
    Effect: 'DENY',
    MatchedRules: ['Default'],
  })
  await control.get('PutAccessControlRule', rule)
  t.match(await control.get('GetAccessControlEffect', request), { Effect: 'ALLOW' })

  await ask('PutProtectedMailboxes', { Users: ['ceo@example.com'] })
  database.exec(`update protections set content = json_set(content, '$.later', 1)`)
  t.match(await ask('GetProtectedMailboxes'), { Users: [], Unreadable: true })
  await ask('PutProtectedMailboxes', { Users: ['ceo@example.com'] })
  t.notOk('Unreadable' in (await ask('GetProtectedMailboxes')))

  const principal = { PrincipalId: control.admin.principalId }
  const account = { Sid: 'S-1-5-21-1-2-3-1104', Names: ['ann@example.com'] }
  const Identities = [{ DirectoryAccount: account }]
  await ask('PutPrincipalIdentities', { ...principal, Identities })
  database.exec(`update identities set identity = json_set(identity, '$.later', 1)`)
  t.match(await ask('ListPrincipalIdentities', principal), { Identities: [], Unreadable: true })
  t.match(
    await refusal('PutPrincipalIdentities', { ...principal, Identities }),
    /does not understand one of the present identities/,
  )
  await ask('PutPrincipalIdentities', { ...principal, Identities: [] })
  await ask('PutPrincipalIdentities', { ...principal, Identities })
  t.match(await ask('ListPrincipalIdentities', principal), { Identities })
})

t.test('a group with members that are not understood denies, and can be replaced', async t => {
  const { control, database, ask, refusal } = await start(t)
  const group = { Name: 'board', Users: ['ceo@example.com'] }
  const { GroupId } = await ask('PutGroup', group)
  const id = await control.createRole('backup', [EVERYONE])
  const one = { ImpersonationRoleId: id }
  const NeverBoard = { ImpersonationRuleId: 'never', Effect: 'DENY', TargetGroups: ['board'] }
  const content = { ...one, Name: 'backup', Type: 'READ_ONLY', Rules: [EVERYONE, NeverBoard] }
  await ask('PutImpersonationRole', content)
  const effectOn = async (name: string) => {
    const to = { ...one, TargetUser: `${name}@example.com` }
    const { Effect, MatchedRules } = await control.get('GetImpersonationRoleEffect', to)
    const { Users } = await ask('ListRoleReach', { ...one, Effect: 'ALLOW' })
    const isListed = JSON.stringify(Users).includes(`${name}@`)
    return { Effect, isListed, rules: (MatchedRules as readonly unknown[]).length }
  }
  t.match(await effectOn('ceo'), { Effect: 'DENY', isListed: false })
  database.exec(`update group_members set kind = 'contact'`)

  t.match(await effectOn('ceo'), { Effect: 'DENY', isListed: false, rules: 1 })
  t.match(await effectOn('alice'), { Effect: 'ALLOW', isListed: true })
  t.match(await ask('DescribeGroupUse', { GroupId }), { Users: 0, Unreadable: true })
  t.match(
    await refusal('UpdateGroup', { GroupId, AddUsers: ['alice@example.com'] }),
    'EntityStateException: This version of the gateway does not understand all members',
  )
  await ask('PutGroup', { ...group, GroupId })
  t.notOk('Unreadable' in (await ask('DescribeGroupUse', { GroupId })))
  t.equal(database.prepare('select * from group_members').all().length, 1)

  database.exec('update groups set deleted = 2')
  t.match(await effectOn('ceo'), { Effect: 'DENY', isListed: false })
  await ask('PutGroup', { ...group, GroupId })
  t.match(await ask('DescribeGroupUse', { GroupId }), { Users: 1 })
})
