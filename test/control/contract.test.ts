/**
 * Every member that a contract lists is in some response: in an example of the documentation, which
 * examples.test.ts compares with the control API, or in one of the responses here.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { readExamples } from '../../scripts/docs/examples.ts'
import type { ControlPorts } from '../../src/control/action.ts'
import { ACTIONS } from '../../src/control/actions.ts'
import type { Synchronization } from '../../src/directory/directory.ts'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import { objectOf } from '../../src/model/changed-object.ts'
import { type User, userId } from '../../src/model/identity.ts'
import { Health } from '../../src/telemetry/health.ts'
import {
  allowed,
  assumed,
  changed,
  idAt,
  NOW,
  outcomeOf,
  refused,
  Writer,
} from '../history/samples.ts'
import { checkResponse } from '../kit/contract.ts'
import {
  type ControlTestServer,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'
import { testFolder } from '../kit/folder.ts'

type JsonSchema = z.core.JSONSchema.JSONSchema

const HOUR = 3_600
const SPAN = { StartTime: NOW / 1_000 - HOUR, EndTime: NOW / 1_000 + HOUR }
const FIRST = { MaxResults: 1 }
const POLICY = {
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 'workmail:List*', Resource: '*' },
}

/** Paths of members, as `ListUsers Users.Email`. */
const seen = new Set<string>()

/** Calls an action that must succeed. */
async function ask(control: ControlTestServer, name: string, input: object = {}) {
  const { service } = actionOf(name)
  const request = { OrganizationId: ORGANIZATION, ...input }
  const { body, status, message } = await control.call(name, request, { service })
  if (status !== 200) throw new Error(`${name}: ${message}`)
  note(name, body)
  return body
}

/** Notes the members of a response. */
function note(name: string, output: unknown): void {
  if (output === undefined) return
  for (const path of pathsIn(output, schemaOf(actionOf(name).output))) seen.add(`${name} ${path}`)
}

function actionOf(name: string) {
  const action = [...ACTIONS.values()].find(action => action.name === name)
  if (action === undefined) throw new RangeError(`There is no action ${name}`)
  return action
}

t.test('roles', async t => {
  const { control } = await begin(t)
  const call = (name: string, input?: object) => ask(control, name, input)
  const alice = await control.userId('alice@example.com')
  await call('PutGroup', {
    Name: 'sales',
    PrimarySmtpAddress: 'sales@example.com',
    Users: [alice],
  })
  await call('PutGroup', { Name: 'staff', Users: [alice], Groups: ['sales'] })
  for (const name of ['ListGroups', 'SearchGroups']) await call(name, FIRST)
  await call('ListGroupMembers', { GroupId: 'staff', ...FIRST })
  await call('UpdateGroup', { GroupId: 'sales', AddUsers: ['bob@example.com'] })
  await call('SearchGroupUsers', { GroupId: 'sales', ...FIRST })
  await call('ListGroupsForEntity', { EntityId: alice, ...FIRST })

  const everyone = { ImpersonationRuleId: 'all', Effect: 'ALLOW', Name: 'All', Description: 'All' }
  const rules = [
    { ...everyone, NotTargetUsers: ['ceo@example.com'] },
    { ImpersonationRuleId: 'bob', Effect: 'DENY', TargetUsers: ['bob@example.com'] },
  ]
  const written = { Name: 'tool', Type: 'READ_ONLY', Description: 'For a tool', Rules: rules }
  const one = await call('CreateImpersonationRole', written)
  await call('CreateImpersonationRole', { ...written, Name: 'other' })
  await call('GetImpersonationRole', one)
  await call('GiveRoleToTool', { ...one, Name: 'given' })
  await call('ListImpersonationRoles', FIRST)
  const grouped = [
    { ...everyone, TargetGroups: ['sales'] },
    { ...rules[1], ImpersonationRuleId: 'not', TargetUsers: undefined, NotTargetGroups: ['staff'] },
    ...rules.map(rule => ({ ...rule, ImpersonationRuleId: rule.Effect, Name: rule.Effect })),
  ]
  await call('PutImpersonationRole', { ...one, ...written, Rules: grouped })
  await call('GetImpersonationRole', one)
  for (const GroupId of ['sales', 'staff']) await call('DescribeGroupUse', { GroupId })
  await call('LockImpersonationRole', { ...one, Message: 'Closed', ExpiresTime: 4_102_444_800 })
  await call('DescribeImpersonationRole', one)
  await call('ListRoleSummaries', {})
  await call('UnlockImpersonationRole', one)
  await call('ListUserAccess', { UserId: alice })
  await call('GetImpersonationRoleEffect', { ...one, TargetUser: alice })

  const Profile = {
    Profile: 'export-only',
    Operations: { Allowed: ['GetItem', 'GetFolder'], Denied: ['GetFolder'] },
  }
  await call('PutImpersonationRole', { ...one, Profile })
  await call('DescribeImpersonationRole', one)

  const request = { ...one, Operation: 'GetItem', SourceAddress: '192.0.2.7' }
  for (const TargetUser of [alice, 'bob@example.com', 'nobody@example.com'])
    await call('ExplainDecision', { ...request, TargetUser })
  const Draft = { Type: 'FULL_ACCESS', Profile, Rules: [{ ...everyone, TargetGroups: ['sales'] }] }
  await call('ExplainDecision', { ...request, Draft, TargetUser: alice })
  await call('PreviewImpersonationRole', { ...one, Draft })
  await call('PreviewImpersonationRole', { ...one, Draft: { ...Draft, Rules: [] } })
  await call('PreviewImpersonationRole', { Draft: { ...Draft, Rules: [everyone] }, ...FIRST })
  for (const Effect of ['ALLOW', 'DENY']) await call('ListRoleReach', { ...one, Effect, ...FIRST })
  await call('ListUserAccess', { UserId: 'ceo@example.com' })

  const soon = Math.floor(Date.now() / 1_000) + 86_400
  const Rules = [{ ...everyone, Name: 'Timed', NotBefore: 1, NotAfter: soon, Temporary: true }]
  await call('PutImpersonationRole', { ...one, ...written, Rules })
  await call('PutImpersonationRole', { ...one, Period: { NotBefore: 1, NotAfter: soon } })
  await call('DescribeImpersonationRole', one)
  await call('ListRoleSummaries')
  await call('ListEnds', { Days: 2 })
  await call('PutImpersonationRole', { ...one, Period: { NotBefore: 1, NotAfter: 2 } })
  await call('ListUserAccess', { UserId: alice })
  await call('ListRoleReach', { ...one, Effect: 'ALLOW', ...FIRST })
  await call('PreviewImpersonationRole', { ...one, Draft })
  await call('PutImpersonationRole', { ...one, Period: {} })

  const drafted = { ...Draft, Rules: [...grouped, { ...Rules[0], ImpersonationRuleId: 'timed' }] }
  await call('PutRoleShadow', { ...one, Draft: drafted })
  await call('GetRoleShadow', one)
  await call('PutRoleShadow', { ...one, Draft: { Rules: [] } })
  await call('ExplainDecision', { ...request, TargetUser: alice })
})

t.test('access control', async t => {
  const { control } = await begin(t)
  const ImpersonationRoleIds = [await control.createRole('role')]
  const UserIds = ['alice@example.com']
  const office = { Name: 'office', Effect: 'ALLOW', Description: 'From the office' }
  await ask(control, 'PutAccessControlRule', {
    ...office,
    IpRanges: ['192.0.2.0/24'],
    Actions: ['EWS'],
    UserIds,
    ImpersonationRoleIds,
  })
  await ask(control, 'DescribeAccessControlRule', { Name: 'office' })
  await ask(control, 'ReplaceAccessControlRule', {
    ...office,
    Name: 'elsewhere',
    NotIpRanges: ['192.0.2.0/24'],
    NotActions: ['IMAP'],
    NotUserIds: UserIds,
    NotImpersonationRoleIds: ImpersonationRoleIds,
    ExpectedVersion: 'NONE',
  })
  await ask(control, 'DescribeAccessControlRule', { Name: 'elsewhere' })
  await ask(control, 'ListAccessControlRules')
})

t.test('objects that are not understood', async t => {
  const { control } = await begin(t)
  const one = { ImpersonationRoleId: await control.createRole('role') }
  const { principalId: PrincipalId } = control.admin
  await ask(control, 'PutAccessControlRule', { Name: 'a', Effect: 'ALLOW', Description: '' })
  await ask(control, 'PutProtectedMailboxes', { Users: ['ceo@example.com'] })
  const account = { Sid: 'S-1-5-21-1-2-3-1104', Names: ['ann@example.com'] }
  const Identities = [{ DirectoryAccount: account }]
  await ask(control, 'PutPrincipalIdentities', { PrincipalId, Identities })
  const made = await ask(control, 'CreatePrincipal', { Name: 'tool', Policy: POLICY })
  const group = await ask(control, 'PutGroup', { Name: 'g', Users: ['ceo@example.com'] })
  const tool = { PrincipalId: made['PrincipalId'] }
  const { AccessKeyId } = await ask(control, 'CreateAccessKey', tool)

  const database = new DatabaseSync(control.storeFile)
  t.teardown(() => database.close())
  database.exec(`update roles set type = 'LATER';
    update access_control_rules set effect = 'LATER';
    update protections set content = '[]';
    update group_members set kind = 'contact';
    update identities set identity = '[]';
    update principals set policy = '[]' where name = 'tool';
    update access_keys set enabled = 2 where id = '${AccessKeyId}'`)
  await ask(control, 'DescribeImpersonationRole', one)
  await ask(control, 'DescribeAccessControlRule', { Name: 'a' })
  await ask(control, 'ListAccessControlRules')
  await ask(control, 'GetProtectedMailboxes')
  await ask(control, 'DescribeGroupUse', { GroupId: group['GroupId'] })
  await ask(control, 'ListPrincipalIdentities', { PrincipalId })
  await ask(control, 'ListPrincipals')
  await ask(control, 'GetPrincipal', tool)
  await ask(control, 'ListAccessKeys', tool)
})

t.test('users', async t => {
  const { control } = await begin(t)
  await ask(control, 'ListAliases', { EntityId: 'ceo@example.com', ...FIRST })
  await ask(control, 'SearchUsers', FIRST)
  await ask(control, 'GetUsers', { Identifiers: ['alice@example.com', 'twin@example.com'] })
  await ask(control, 'GetUser', { UserId: 'alice@example.com' })
})

t.test('principals', async t => {
  const { control } = await begin(t)
  const { principalId: PrincipalId } = control.admin
  const Policy = {
    Version: '2012-10-17',
    Statement: {
      Sid: 'Read',
      Effect: 'Allow',
      Action: 'workmail:List*',
      Resource: '*',
      Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
    },
  }
  const soon = Math.floor(Date.now() / 1_000) + 86_400
  const Period = { NotBefore: 1, NotAfter: soon }
  const made = await ask(control, 'CreatePrincipal', { Name: 'reader', Policy, Period })
  const principal = { PrincipalId: made['PrincipalId'] }
  await ask(control, 'GetPrincipal', principal)
  await ask(control, 'ListPrincipals')
  await ask(control, 'ListPrincipals', FIRST)
  await ask(control, 'CreateAccessKey', { ...principal, NotBefore: 1, ExpiresTime: soon })
  await ask(control, 'ListAccessKeys', principal)
  await ask(control, 'ListAccessKeys', { PrincipalId })
})

t.test('history', async t => {
  const { control, writer } = await begin(t)
  const { principalId } = control.admin
  const used = allowed(NOW, { principalId })
  const denial = refused(NOW + 1, { principalId })
  const change = changed(NOW, { principalId, reason: 'InternalFailure' })
  const { object: _, before: __, after: ___, ...call } = change
  const denied = {
    ...call,
    type: 'call',
    verdict: 'deny',
    decisionId: idAt(NOW),
    count: 2,
  } as const
  const users = { counts: { created: 1, updated: 0, removed: 0 }, created: ['alice'] }
  const more = [
    changed(NOW, { object: objectOf('USERS', { dryRun: true, users }) }),
    changed(NOW, { object: objectOf('DIRECTORY', { outcome: 'done', users }) }),
  ]
  const failed = { outcome: 'FAILED', cause: 'dns', responseCode: 'ErrorServerBusy' } as const
  const person = { issuer: 'https://login.example.com', subject: 'ann', displayName: 'Ann' }
  more.push({ ...changed(NOW, {}), ...person })
  await writer.write(used, outcomeOf(used, failed), denial, change, denied, ...more, assumed(NOW))
  await ask(control, 'GetPrincipal', { PrincipalId: principalId })
  await ask(control, 'ListDecisions', { ...SPAN, ...FIRST })
  await ask(control, 'ListDecisions', SPAN)
  const GroupBy = [
    'HOUR',
    'DAY',
    'RULE',
    'ROLE',
    'PRINCIPAL',
    'MAILBOX',
    'OPERATION',
    'VERDICT',
    'REASON',
  ]
  const ENDED = ['OUTCOME', 'CAUSE']
  await ask(control, 'SummarizeDecisions', { ...SPAN, GroupBy: [...GroupBy, ...ENDED] })
  await ask(control, 'ListChanges', SPAN)
  await ask(control, 'ListChanges', { ...SPAN, ...FIRST })

  const one = { ImpersonationRoleId: await control.createRole('role') }
  const { Version } = await ask(control, 'PutRoleShadow', { ...one, Draft: { Rules: [] } })
  const userId = await control.userId('alice@example.com')
  const compared = { roleId: one.ImpersonationRoleId, principalId, userId }
  const version = Number(Version)
  const drafted = allowed(NOW, {
    ...compared,
    shadow: { version, outcome: 'would-deny', reason: 'no-rule-allows' },
  })
  const unknown = allowed(NOW, {
    ...compared,
    shadow: { version, outcome: 'unknown', cause: 'data-missing' },
  })
  await writer.write(drafted, unknown)
  await ask(control, 'ListShadowDifferences', one)
  await ask(control, 'ListShadowDifferences', { ...one, ...FIRST })
  await ask(control, 'ReplayShadow', { ...one, ...SPAN })
})

t.test('organizations', async t => {
  const { control } = await begin(t)
  await ask(control, 'DescribeOverview')
  await ask(control, 'CheckUpstream')

  const { control: synchronized } = await begin(t, new Map([[ORGANIZATION, SYNCHRONIZATION]]))
  await ask(synchronized, 'DescribeDirectory')
  await ask(synchronized, 'SynchronizeDirectory')
})

t.test('every member of every contract occurs in a response', async t => {
  for (const { action, output } of readExamples()) note(action, output)
  const listed = [...ACTIONS.values()].flatMap(({ name, output }) =>
    pathsIn(undefined, schemaOf(output)).map(path => `${name} ${path}`),
  )
  t.ok(listed.length > 300, `${listed.length} members are listed`)
  t.strictSame(
    listed.filter(path => !seen.has(path)),
    [],
  )
})

t.test('a response that differs from its contract is noticed', async t => {
  const group = { GroupId: 'one', Name: 'sales', State: 'DISABLED' }
  const target = 'WorkMailService.DescribeGroup'
  checkResponse(target, group)
  for (const [body, problem] of [
    [{ ...group, Size: 1 }, /DescribeGroup: Size is an unknown member$/],
    [{ ...group, State: 'GONE' }, /State must be one of ENABLED, DISABLED/],
    [{ ...group, Name: undefined }, /Name/],
  ] as const)
    t.throws(() => checkResponse(target, body), problem)
})

const NOBODY: User = {
  id: userId('nobody'),
  primarySmtpAddress: 'nobody@example.com',
  aliases: [],
  enabled: true,
}
const UNFIT = [{ who: 'cn=printer', problem: 'It has no address' }]

/** A directory whose last synchronization stopped. */
const SYNCHRONIZATION: Synchronization = {
  intervalMs: 1_000,
  synchronize: async () => ({
    outcome: 'stopped',
    message: 'It would remove too many users',
    created: [NOBODY],
    updated: [],
    removed: [],
    unchanged: 1,
    groups: { created: [], updated: [], removed: [], members: [] },
    unfit: UNFIT,
  }),
  state: async () => ({
    attemptedAt: NOW,
    succeededAt: NOW,
    failures: 1,
    message: 'It would remove too many users',
    stopped: { removed: 2, of: 3 },
    unfit: UNFIT,
    alarm: 'Accept the removals',
  }),
}

async function begin(t: Test, synchronizations?: ControlPorts['synchronizations']) {
  const file = join(testFolder(t), 'history.db')
  const writer = new Writer(() => openSqliteHistory(file))
  t.teardown(() => writer.recorder.close())
  const health = new Health()
  health.add('store', { kinds: ['ready'], check: () => Promise.reject(new Error('No connection')) })
  const control = await startControlTestServer(t, {
    history: writer.recorder,
    health,
    certificateEndsAt: NOW,
    caCertificate: 'PEM',
    upstreamStatus: {
      state: 'down',
      since: 1_000,
      trouble: { cause: 'dns', message: 'No such name', remedy: 'Correct it' },
    },
    checkUpstream: async () => [
      { name: 'name', result: 'failed', detail: 'No such name', advice: 'Correct it' },
    ],
    ...(synchronizations && { synchronizations }),
  })
  return { control, writer }
}

const schemaOf = (output: z.ZodType): JsonSchema => z.toJSONSchema(output)

/** Paths of the members that a schema lists, or only of those that a value has; none of audit records. */
function pathsIn(value: unknown, schema: JsonSchema): readonly string[] {
  const { properties = {}, items, additionalProperties } = schema
  if (typeof items === 'object' && !Array.isArray(items)) {
    const entries = Array.isArray(value) ? value : [undefined]
    return entries.flatMap(entry => pathsIn(entry, items))
  }
  if (additionalProperties !== false) return []
  return Object.entries(properties).flatMap(([name, schema]) => {
    const member = (value as Readonly<Record<string, unknown>> | undefined)?.[name]
    if (typeof schema !== 'object' || (value !== undefined && member === undefined)) return []
    return [name, ...pathsIn(member, schema).map(path => `${name}.${path}`)]
  })
}
