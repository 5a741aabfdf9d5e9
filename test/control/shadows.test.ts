/** Drafts that are attached to roles, over HTTP. */

import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import type { ShadowResult } from '../../src/model/shadow.ts'
import { allowed, DAY, NOW, outcomeOf, refused, Writer } from '../history/samples.ts'
import { ANYTHING, ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'
import { testFolder } from '../kit/folder.ts'

const service = 'EwsGateway'
const everyone = { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' }
const notCeo = {
  ImpersonationRuleId: 'not-the-ceo',
  Effect: 'DENY',
  TargetUsers: ['ceo@example.com'],
}

async function begin(t: Test, history?: Writer) {
  const control = await startControlTestServer(t, {
    ...(history && { history: history.recorder }),
    now: () => NOW,
  })
  const ImpersonationRoleId = await control.createRole('role', [everyone])
  const call = async (name: string, input: object = {}, as = control.admin) =>
    await control.call(
      name,
      { OrganizationId: ORGANIZATION, ImpersonationRoleId, ...input },
      { service, as },
    )
  const ask = async (name: string, input: object = {}) => {
    const { status, body, message } = await call(name, input)
    t.equal(status, 200, `${name} ${message ?? ''}`)
    return body
  }
  return { control, ImpersonationRoleId, call, ask }
}

t.test('a draft is attached, returned, explained, and removed', async t => {
  const { control, ImpersonationRoleId, call, ask } = await begin(t)
  const ceo = await control.userId('ceo@example.com')
  const { Version: RoleVersion, Guard } = await ask('DescribeImpersonationRole')
  t.strictSame(await ask('GetRoleShadow'), { Version: 'none', RoleVersion })

  const Draft = {
    Type: 'READ_ONLY',
    Rules: [everyone, notCeo],
    Profile: { Profile: 'mail-read', Operations: { Denied: ['FindItem'] } },
  }
  const { Version } = await ask('PutRoleShadow', { Draft, ExpectedVersion: 'none' })
  const shadow = await ask('GetRoleShadow')
  const given = { ...Draft, Rules: [everyone, { ...notCeo, TargetUsers: [ceo] }], Guard }
  t.match(shadow, {
    Version,
    RoleVersion,
    Draft: given,
    AttachedBy: { PrincipalId: control.admin.principalId },
    DateAttached: NOW / 1_000,
    RoleChanged: false,
  })
  t.match(control.audit().at(-1), {
    type: 'change',
    action: 'ewsgateway:PutRoleShadow',
    before: { id: ImpersonationRoleId, name: 'role' },
    after: { shadow: { type: 'READ_ONLY', profile: { name: 'mail-read' } } },
  })
  t.match(
    await ask('DescribeImpersonationRole'),
    { Profile: { Profile: 'none' } },
    'the role stays as it is',
  )
  t.equal((await ask('PutRoleShadow', { Draft: shadow['Draft'] }))['Version'], Version, 'as it is')

  const asked = { SourceAddress: '192.0.2.7', TargetUser: 'ceo@example.com' }
  const explained = await ask('ExplainDecision', { ...asked, Operation: 'GetItem' })
  t.match(explained, {
    Verdict: 'ALLOW',
    Shadow: { Version, Outcome: 'WOULD_DENY', Reason: 'rule-denies' },
  })
  t.match(
    await ask('ExplainDecision', { ...asked, TargetUser: 'bob@example.com', Operation: 'GetItem' }),
    { Verdict: 'ALLOW', Shadow: { Outcome: 'SAME' } },
  )
  t.notOk('Shadow' in (await ask('ExplainDecision', { ...asked, Operation: 'GetItem', Draft })))
  t.match(await ask('PreviewImpersonationRole', { Draft: shadow['Draft'] }), {
    Totals: { Gained: 0, Lost: 6 },
  })

  for (const [name, input, status, message] of [
    ['PutRoleShadow', { Draft, ExpectedVersion: 'none' }, 409, /present version/],
    ['DeleteRoleShadow', { ExpectedVersion: 'none' }, 409, /present version/],
    ['PutRoleShadow', { Draft: { ...Draft, Type: 'NONE' } }, 400, /Draft.Type/],
    ['PutRoleShadow', {}, 400, /Draft/],
    ['GetRoleShadow', { ImpersonationRoleId: 'none' }, 400, /does not exist/],
  ] as const)
    t.match(await call(name, input), { status, message }, name)
  await ask('DeleteRoleShadow', { ExpectedVersion: Version })
  await ask('DeleteRoleShadow')
  t.strictSame(await ask('GetRoleShadow'), { Version: 'none', RoleVersion })
  t.match((await call('EnforceRoleShadow', versionsOf(shadow))).message, /No draft is attached/)
})

const versionsOf = ({ Version, RoleVersion }: Readonly<Record<string, unknown>>) => ({
  ExpectedVersion: RoleVersion,
  ExpectedShadowVersion: Version,
})

t.test('EnforceRoleShadow makes the draft the role, if nothing has changed since', async t => {
  const { control, ImpersonationRoleId, call, ask } = await begin(t)
  const Draft = { Type: 'READ_ONLY', Rules: [everyone, notCeo], Profile: { Profile: 'mail-read' } }
  await ask('PutRoleShadow', { Draft })
  const first = await ask('GetRoleShadow')
  for (const [input, message] of [
    [{ ...versionsOf(first), ExpectedVersion: '1' }, /ExpectedVersion is not/],
    [{ ...versionsOf(first), ExpectedShadowVersion: '1' }, /ExpectedShadowVersion is not/],
  ] as const)
    t.match(await call('EnforceRoleShadow', input), { status: 409, message })
  t.match((await call('EnforceRoleShadow')).message, /Expected/, 'the versions are required')

  await ask('LockImpersonationRole', { Message: 'Closed' })
  t.match(await ask('GetRoleShadow'), { RoleChanged: false }, 'a lock is no part of a draft')
  await ask('PutImpersonationRole', { Profile: { Profile: 'agent' } })
  const stale = await ask('GetRoleShadow')
  t.match(stale, { Version: first['Version'], RoleChanged: true })
  t.match(await call('EnforceRoleShadow', versionsOf(stale)), {
    status: 409,
    message: /were changed after the draft was attached/,
  })
  await ask('PutRoleShadow', { Draft })
  const fresh = await ask('GetRoleShadow')
  t.match(fresh, { Version: first['Version'], RoleChanged: false })

  const { Version } = await ask('EnforceRoleShadow', versionsOf(fresh))
  t.match(await ask('DescribeImpersonationRole'), {
    Version,
    Name: 'role',
    Type: 'READ_ONLY',
    Rules: [everyone, { ImpersonationRuleId: 'not-the-ceo' }],
    Profile: { Profile: 'mail-read' },
    State: 'LOCKED',
  })
  t.strictSame(await ask('GetRoleShadow'), { Version: 'none', RoleVersion: Version })
  t.match(control.audit().at(-1), {
    action: 'ewsgateway:EnforceRoleShadow',
    before: { id: ImpersonationRoleId, shadow: { type: 'READ_ONLY' } },
    after: { type: 'READ_ONLY', profile: { name: 'mail-read' } },
  })
  t.notOk('shadow' in ((control.audit().at(-1) as { after?: object }).after ?? {}))
})

t.test('EnforceRoleShadow needs the permissions for what the draft changes', async t => {
  const { control, call, ask } = await begin(t)
  const Guard = { ...((await ask('DescribeImpersonationRole'))['Guard'] as object), Sending: false }
  const changes = {
    PutImpersonationRole: { Rules: [] },
    PutRoleGuard: { Rules: [everyone], Guard },
    PutRoleProfile: { Rules: [everyone], Profile: { Profile: 'agent' } },
  }
  for (const [needed, Draft] of Object.entries(changes)) {
    await ask('PutRoleShadow', { Draft })
    const versions = versionsOf(await ask('GetRoleShadow'))
    const others = Object.keys(changes).filter(name => name !== needed)
    const allowing = (names: readonly string[]) => ({
      ...ANYTHING,
      Action: ['EnforceRoleShadow', ...names].map(name => `ewsgateway:${name}`),
    })
    const poor = await control.addPrincipal(`poor ${needed}`, [allowing(others)])
    const refused = await call('EnforceRoleShadow', versions, poor)
    t.match(refused, { status: 403, message: new RegExp(`ewsgateway:${needed}`) })
    t.match(await ask('GetRoleShadow'), { Draft: { Rules: [] } }, 'nothing has changed')
    const able = await control.addPrincipal(`able ${needed}`, [allowing([needed])])
    t.equal((await call('EnforceRoleShadow', versions, able)).status, 200, needed)
    if (needed === 'PutImpersonationRole') {
      await ask('PutRoleShadow', { Draft: { Rules: [everyone] } })
      await ask('EnforceRoleShadow', versionsOf(await ask('GetRoleShadow')))
    }
  }
})

const writerIn = (t: Test) => {
  const file = join(testFolder(t), 'history.db')
  return new Writer(() => openSqliteHistory(file))
}

t.test('ListShadowDifferences lists and counts what the draft changes', async t => {
  const writer = writerIn(t)
  const { control, ImpersonationRoleId, call, ask } = await begin(t, writer)
  t.match((await call('ListShadowDifferences')).message, /No draft is attached/)
  const { Version } = await ask('PutRoleShadow', { Draft: { Rules: [everyone, notCeo] } })
  const version = Number(Version)
  t.match(await ask('ListShadowDifferences'), {
    Version,
    DateAttached: NOW / 1_000,
    Compared: { Requests: 0 },
    Differences: [],
  })
  const alice = await control.userId('alice@example.com')
  const of = (shadow: ShadowResult) => ({
    roleId: ImpersonationRoleId,
    principalId: control.admin.principalId,
    userId: alice,
    shadow,
  })
  const denied = allowed(NOW, of({ version, outcome: 'would-deny', reason: 'rule-denies' }))
  await writer.write(
    denied,
    outcomeOf(denied),
    ...[1, 2, 3].map(n => allowed(NOW + n, of({ version, outcome: 'same' }))),
    refused(NOW, of({ version, outcome: 'would-allow' })),
    refused(NOW + 1, of({ version, outcome: 'would-allow' })),
    refused(NOW, of({ version, outcome: 'unknown', cause: 'body-not-read' })),
  )
  const listed = await ask('ListShadowDifferences')
  t.match(listed, {
    Compared: { Requests: 7, Same: 3, WouldDeny: 1, WouldAllow: 2, Unknown: 1 },
    Differences: [{ Outcome: 'WOULD_ALLOW', Reason: 'rule-denies', Requests: 2 }, {}, {}],
  })
  const differences = listed['Differences'] as readonly Readonly<Record<string, unknown>>[]
  t.match(
    differences.find(({ Outcome }) => Outcome === 'WOULD_DENY'),
    {
      UserId: alice,
      Mailbox: 'alice@example.com',
      Operation: 'GetItem',
      Reason: 'rule-denies',
      FirstTime: NOW / 1_000,
      DecisionIds: [denied.decisionId],
    },
  )
  const unknown = differences.find(({ Outcome }) => Outcome === 'UNKNOWN')
  t.match(unknown, { Cause: 'BODY_NOT_READ', Reason: 'rule-denies' })

  const page = await ask('ListShadowDifferences', { MaxResults: 2 })
  const rest = await ask('ListShadowDifferences', { NextToken: page['NextToken'] })
  t.strictSame(
    [...(page['Differences'] as object[]), ...(rest['Differences'] as object[])],
    differences,
  )
  t.notOk('NextToken' in rest)
  for (const NextToken of ['x', 'VXNlcnMgMQ'])
    t.match((await call('ListShadowDifferences', { NextToken })).message, /NextToken/)
})

t.test('ReplayShadow says what a draft would change, and what it cannot know', async t => {
  const writer = writerIn(t)
  const { control, ImpersonationRoleId, call, ask } = await begin(t, writer)
  const span = { StartTime: NOW / 1_000 - 86_400, EndTime: NOW / 1_000 + 7_200 }
  t.match((await call('ReplayShadow', span)).message, /No draft is attached/)
  const [alice, ceo] = await Promise.all(
    ['alice@example.com', 'ceo@example.com'].map(one => control.userId(one)),
  )
  const of = (userId = '', more = {}) => ({
    roleId: ImpersonationRoleId,
    principalId: control.admin.principalId,
    userId,
    ...more,
  })
  await writer.write(
    allowed(NOW, of(alice)),
    allowed(NOW, of(ceo, { userAddress: 'ceo@example.com' })),
    allowed(NOW + 1, of(ceo, { userAddress: 'ceo@example.com' })),
    allowed(NOW, of('gone')),
    allowed(NOW - 7_200_000, of(alice)),
    allowed(NOW - 2 * DAY, of(alice)),
    refused(NOW, of(alice, { reason: 'role-locked' })),
    refused(NOW, of(alice, { verdict: 'error', reason: 'upstream-timeout' })),
    allowed(NOW, { ...of(alice), roleId: 'another' }),
  )
  const Draft = { Rules: [everyone, notCeo] }
  const replayed = await ask('ReplayShadow', { ...span, Draft })
  t.strictSame(replayed, {
    Replayed: { Requests: 6, Same: 2, WouldDeny: 2, WouldAllow: 0, Unknown: 2 },
    NotDecided: 1,
    UnknownCauses: { Body: 0, Folders: 0, User: 1, Role: 1 },
    Differences: [
      {
        PrincipalId: control.admin.principalId,
        PrincipalName: 'admin',
        UserId: ceo,
        Mailbox: 'ceo@example.com',
        Operation: 'GetItem',
        Reason: 'rule-denies',
        Outcome: 'WOULD_DENY',
        Requests: 2,
        LastTime: (NOW + 1) / 1_000,
      },
    ],
    Truncated: false,
  })
  await ask('PutRoleShadow', { Draft })
  t.strictSame(await ask('ReplayShadow', span), replayed, 'the attached draft')
  const folders = { Rules: [everyone], Profile: { Profile: 'mail-read' } }
  t.match(await ask('ReplayShadow', { ...span, Draft: folders }), {
    UnknownCauses: { Folders: 4, User: 1 },
    Differences: [],
  })
  t.match((await call('ReplayShadow', { ...span, EndTime: 1 })).message, /EndTime/)
})
