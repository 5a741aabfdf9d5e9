/**
 * The actions on the history, over HTTP with real SQLite.
 */

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { segmentFile } from '../../src/audit/segments.ts'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import { all, allowed, HOUR, linesOf, NOW, outcomeOf, refused, Writer } from '../history/samples.ts'
import {
  type ControlTestServer,
  type Key,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'
import { testFolder } from '../kit/folder.ts'

const span = { StartTime: NOW / 1_000 - 7_200, EndTime: NOW / 1_000 + 7_200 }

async function begin(t: Test, now = Date.now) {
  const folder = testFolder(t)
  const writer = new Writer(() => openSqliteHistory(join(folder, 'history.db')))
  const control = await startControlTestServer(t, { history: writer.recorder, now })
  const ask = async (name: string, input: object = {}) => {
    const { body, status, message } = await call(control, name, input)
    t.equal(status, 200, `${name} ${message ?? ''}`)
    return body
  }
  return { control, writer, ask }
}

const call = (control: ControlTestServer, name: string, input: object, as: Key = control.admin) =>
  control.call(name, { OrganizationId: ORGANIZATION, ...input }, { as, service: 'EwsGateway' })

t.test('decisions are listed, counted, and shown', async t => {
  const { control, writer, ask } = await begin(t)
  const alice = await control.userId('alice@example.com')
  const principal = { principalId: control.admin.principalId }
  const read = allowed(NOW, { ...principal, userId: alice })
  const {
    userId: _,
    userAddress: __,
    ...unknown
  } = refused(NOW + 1_500, {
    reason: 'unknown-user',
    connectingSid: { kind: 'SmtpAddress', value: 'nobody@example.com' },
  })
  const former = { userId: 'gone', userAddress: 'gone@example.com' }
  const old = allowed(NOW - HOUR, { ...principal, ...former, operation: 'FindItem' })
  t.match(await ask('DescribeOverview'), { HasServed: false })
  await writer.write(old, read, outcomeOf(read), unknown)
  t.match(await ask('DescribeOverview'), { HasServed: true })

  const { Decisions, NextToken } = await ask('ListDecisions', { ...span, MaxResults: 2 })
  t.strictSame(Decisions, [
    {
      DecisionId: unknown.decisionId,
      Time: NOW / 1_000 + 1.5,
      Verdict: 'DENY',
      Reason: 'unknown-user',
      RoleId: 'backup',
      RoleName: 'Backup',
      PrincipalId: 'backup-tool',
      Mailbox: 'nobody@example.com',
      Operation: 'GetItem',
      RuleType: 'NONE',
      SourceAddress: '192.0.2.7',
      Items: 3,
      Bytes: 0,
    },
    {
      DecisionId: read.decisionId,
      Time: NOW / 1_000,
      Verdict: 'ALLOW',
      Outcome: 'ANSWERED',
      Status: 200,
      RoleId: 'backup',
      RoleName: 'Backup',
      PrincipalId: control.admin.principalId,
      PrincipalName: 'admin',
      UserId: alice,
      Mailbox: 'alice@example.com',
      Operation: 'GetItem',
      RuleType: 'IMPERSONATION',
      RuleId: 'everyone',
      RuleName: 'Everyone',
      SourceAddress: '192.0.2.7',
      Items: 3,
      Bytes: 6_000,
    },
  ])
  const next = await ask('ListDecisions', { ...span, MaxResults: 2, NextToken })
  t.match(next, { Decisions: [{ DecisionId: old.decisionId }], NextToken: undefined })

  for (const [Property, Value, Operator, found] of [
    ['MAILBOX', 'alice@corp.example.com', 'EQUALS', [read]],
    ['MAILBOX', 'Gone@example.com', 'EQUALS', [old]],
    ['MAILBOX', alice, 'NOT_EQUALS', [unknown, old]],
    ['VERDICT', 'ALLOW', 'EQUALS', [read, old]],
    ['REASON', 'unknown-user', 'EQUALS', [unknown]],
    ['OUTCOME', 'ANSWERED', 'EQUALS', [read]],
    ['PRINCIPAL', 'backup-tool', 'NOT_EQUALS', [read, old]],
    ['OPERATION', 'FindItem', 'EQUALS', [old]],
    ['ROLE', 'backup', 'NOT_EQUALS', []],
    ['RULE', '(none)', 'EQUALS', [unknown]],
    ['RULE', 'everyone', 'NOT_EQUALS', [unknown]],
    ['RULE', 'EVERY', 'CONTAINS', [read, old]],
    ['ROLE', 'ackU', 'CONTAINS', [unknown, read, old]],
    ['MAILBOX', 'gone@', 'CONTAINS', [old]],
    ['MAILBOX', 'a%e@', 'CONTAINS', []],
    ['OPERATION', 'find', 'CONTAINS', [old]],
    ['REASON', 'unknown', 'CONTAINS', [unknown]],
    ['PRINCIPAL', 'DMI', 'CONTAINS', [read, old]],
    ['PRINCIPAL', 'up-tool', 'CONTAINS', [unknown]],
  ] as const) {
    const Filters = [{ Property, Operator, Value }]
    const answer = await ask('ListDecisions', { ...span, Filters })
    const ids = (answer['Decisions'] as { DecisionId: string }[]).map(one => one.DecisionId)
    t.strictSame(
      ids,
      found.map(({ decisionId }) => decisionId),
      `${Property} ${Operator} ${Value}`,
    )
  }

  const whole = await ask('GetDecision', { DecisionId: read.decisionId })
  t.match(whole, { Record: { verdict: 'allow', userId: alice }, Outcome: { status: 200 } })

  const sums = { ...span, GroupBy: ['MAILBOX', 'PRINCIPAL'] }
  const Filters = [{ Property: 'MAILBOX', Operator: 'EQUALS', Value: 'alice@example.com' }]
  t.strictSame(await ask('SummarizeDecisions', { ...sums, Filters }), {
    Rows: [
      {
        PrincipalId: control.admin.principalId,
        PrincipalName: 'admin',
        UserId: alice,
        Mailbox: 'alice@example.com',
        Requests: 1,
        Items: 3,
        Bytes: 6_000,
        LastUsed: NOW / 1_000 + 0.02,
      },
    ],
    Truncated: false,
  })
  const office = { reason: 'access-control-denies', matchedRules: ['office'] } as const
  await writer.write(refused(NOW + 2_000, { ...office, ruleName: undefined }))
  const byRule = { ...span, GroupBy: ['RULE', 'DAY'] }
  const Day = Date.UTC(2026, 10, 25) / 1_000
  const role = { RoleId: 'backup', RoleName: 'Backup', Day }
  const everyone = { RuleType: 'IMPERSONATION', RuleId: 'everyone', RuleName: 'Everyone' }
  t.match(await ask('SummarizeDecisions', byRule), {
    Rows: [
      { ...role, ...everyone, Requests: 2, Hour: undefined },
      { ...role, RuleType: 'NONE', RuleId: undefined, Requests: 1 },
      { ...role, RuleType: 'ACCESS_CONTROL', RuleId: 'office', RuleName: undefined, Requests: 1 },
    ],
  })
  const isOffice = { Property: 'RULE', Operator: 'EQUALS', Value: 'office' }
  t.match(await ask('ListDecisions', { ...span, Filters: [isOffice] }), {
    Decisions: [{ RuleType: 'ACCESS_CONTROL', RuleId: 'office' }],
  })
  t.match(await ask('SummarizeDecisions', { ...span, GroupBy: ['HOUR'] }), {
    Rows: [
      { Hour: NOW / 1_000 - 3_600, Requests: 1 },
      { Hour: NOW / 1_000, Requests: 3 },
    ],
  })
  const first = await ask('SummarizeDecisions', { ...span, GroupBy: ['ROLE'], MaxResults: 1 })
  t.match(first, { Rows: { length: 1 }, Truncated: false })
  t.match(await ask('SummarizeDecisions', { ...byRule, MaxResults: 1 }), {
    Rows: { length: 1 },
    Truncated: true,
  })
})

t.test('lists of roles and principals show when each was last used', async t => {
  const { control, writer, ask } = await begin(t)
  const roleId = await control.createRole('backup', [
    { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' },
  ])
  const idle = await control.createRole('idle')
  const alice = await control.userId('alice@example.com')
  const { principalId } = control.admin
  await writer.write(
    allowed(NOW, { roleId, principalId, userId: alice }),
    allowed(NOW + 5_000, { roleId, principalId, userId: 'somebody' }),
    refused(NOW + 9_000, { roleId, principalId, userId: alice }),
  )
  const used = NOW / 1_000
  t.match(await ask('ListRoleSummaries'), {
    Roles: [
      { ImpersonationRoleId: roleId, LastUsed: used + 5 },
      { ImpersonationRoleId: idle, LastUsed: undefined },
    ],
  })
  t.match(await ask('ListUserAccess', { UserId: alice }), {
    Roles: [{ ImpersonationRoleId: roleId, LastUsed: used }, { LastUsed: undefined }],
  })
  for (const [role, LastUsed] of [
    [roleId, used + 5],
    [idle, undefined],
  ] as const)
    t.match(await ask('ListRolePrincipals', { ImpersonationRoleId: role }), {
      Principals: [{ PrincipalId: principalId, LastUsed }],
    })
  t.match(await ask('ListPrincipals'), { Principals: [{ LastUsed: used + 5 }] })
})

t.test('changes are listed in the order in which they were made', async t => {
  const { control, writer, ask } = await begin(t)
  const id = await control.createRole('backup')
  const lock = { ImpersonationRoleId: id, Message: 'closed' }
  t.equal((await call(control, 'LockImpersonationRole', lock)).status, 200)
  const nobody = await control.addPrincipal('nobody', [])
  t.equal((await call(control, 'CreatePrincipal', { Name: 'x' }, nobody)).status, 403)
  await control.flushHistory()
  const now = { StartTime: Date.now() / 1_000 - 600, EndTime: Date.now() / 1_000 + 600 }
  const { Changes } = await ask('ListChanges', now)
  t.match(Changes, [
    {
      Action: 'ewsgateway:CreatePrincipal',
      Verdict: 'DENY',
      Reason: 'AccessDeniedException',
      PrincipalName: 'nobody',
    },
    {
      Action: 'ewsgateway:LockImpersonationRole',
      Verdict: 'ALLOW',
      RoleId: id,
      ObjectType: 'ROLE',
      ObjectId: id,
      ObjectName: 'backup',
      Before: { id },
      After: { lock: { message: 'closed' } },
    },
    { Action: 'workmail:CreateImpersonationRole', RoleId: id, After: { name: 'backup' } },
  ])
  const [denied] = Changes as readonly { DecisionId: string }[]
  t.match(await ask('GetDecision', { DecisionId: denied?.DecisionId }), {
    Record: { type: 'change', verdict: 'deny' },
  })
  const Filters = [{ Property: 'ACTION', Operator: 'EQUALS', Value: 'ewsgateway:CreatePrincipal' }]
  t.match(await ask('ListChanges', { ...now, Filters }), { Changes: { length: 1 } })
  t.strictSame(await writer.recorder.ask(history => history.decisions(all())), [])
})

t.test(
  'GetDecision has the folder and item IDs while this gateway has the record in its journal',
  async t => {
    const { control, writer, ask } = await begin(t)
    const named = { writer: '20261125T120000Z-00000000', segment: 1 }
    const decision = allowed(NOW, { folders: ['inbox'], items: ['AAMk1'], itemCount: 1 })
    const lines = linesOf(named.writer, [decision, outcomeOf(decision)])
    const file = segmentFile(control.auditFolder, named)
    const { decisionId } = decision
    await writer.recorder.consume(lines)
    const found = async () => await ask('GetDecision', { DecisionId: decisionId })
    const record = {
      type: 'decision',
      decisionId,
      itemCount: 1,
      folders: undefined,
      items: undefined,
    }
    const journalRecord = { JournalRecord: `${named.writer}/1/1` }
    for (const [what, content] of [
      ['another record', linesOf(named.writer, [allowed(NOW)]).bytes],
      ['no record', 'nothing\n'],
      ['no line', ''],
    ] as const) {
      writeFileSync(file, content)
      t.match(await found(), { Record: record, ...journalRecord }, what)
    }
    writeFileSync(file, lines.bytes)
    const ids = { folders: ['inbox'], items: ['AAMk1'] }
    t.match(await found(), { Record: { ...record, ...ids }, ...journalRecord })
    rmSync(file)
    t.match(await found(), { Record: record, ...journalRecord }, 'without the segment')
  },
)

t.test('denied calls are listed among the changes, with their count', async t => {
  let at = Date.now()
  const { control, writer, ask } = await begin(t, () => at)
  const nobody = await control.addPrincipal('nobody', [])
  const list = () => call(control, 'ListPrincipals', {}, nobody)
  for (let i = 0; i < 3; i++) t.equal((await list()).status, 403)
  at += 60_000
  t.equal((await list()).status, 403)
  await control.flushHistory()
  const Filters = [{ Property: 'VERDICT', Operator: 'EQUALS', Value: 'DENY' }]
  const now = { StartTime: at / 1_000 - 600, EndTime: at / 1_000 + 600, Filters }
  const denied = {
    Action: 'ewsgateway:ListPrincipals',
    Verdict: 'DENY',
    Reason: 'AccessDeniedException',
    PrincipalId: nobody.principalId,
    PrincipalName: 'nobody',
    SourceAddress: '127.0.0.1',
  }
  const { Changes } = await ask('ListChanges', now)
  t.match(Changes, [
    { ...denied, Count: 3 },
    { ...denied, Count: 1 },
  ])
  const [last] = Changes as readonly { DecisionId: string }[]
  t.match(await ask('GetDecision', { DecisionId: last?.DecisionId }), {
    Record: { type: 'call', count: 3 },
  })
  t.strictSame(await writer.recorder.ask(history => history.decisions(all())), [])
})

t.test('inputs are validated, and each action needs its own permission', async t => {
  const { control } = await begin(t)
  const refusal = async (name: string, input: object, as?: Key) => {
    const { type, message } = await call(control, name, input, as)
    return `${type}: ${message}`
  }
  const id = '01a213ec-bc61-7ed3-8fc9-b480d57e999e'
  for (const [name, input, message] of [
    ['ListDecisions', { ...span, EndTime: span.StartTime }, /EndTime must be after StartTime/],
    ['ListDecisions', { ...span, NextToken: 'x' }, /NextToken must be/],
    ['ListDecisions', { ...span, NextToken: btoa('Decisions x') }, /NextToken must be/],
    ['ListDecisions', { ...span, Filters: [{ Property: 'ACTION' }] }, /Property must be one of/],
    [
      'ListDecisions',
      { ...span, Filters: [{ Property: 'VERDICT', Operator: 'CONTAINS', Value: 'A' }] },
      /Filters\[0\] must be a filter by ROLE, RULE, PRINCIPAL, .* if Operator is CONTAINS/,
    ],
    [
      'ListChanges',
      { ...span, Filters: [{ Property: 'ACTION', Operator: 'CONTAINS', Value: 'A' }] },
      /Operator must be one of EQUALS, NOT_EQUALS/,
    ],
    ['GetDecision', { DecisionId: 'x' }, /DecisionId must be/],
    ['GetDecision', { DecisionId: id }, /EntityNotFoundException/],
    ['SummarizeDecisions', { ...span, GroupBy: ['ROLE', 'ROLE'] }, /different/],
  ] as const)
    t.match(await refusal(name, input), message)

  const statement = { Effect: 'Allow', Resource: ['*'] } as const
  const reader = await control.addPrincipal('r', [
    { ...statement, Action: ['ewsgateway:ListDecisions'] },
  ])
  const other = await control.addPrincipal('o', [{ ...statement, Action: ['workmail:*'] }])
  t.equal((await call(control, 'ListDecisions', span, reader)).status, 200)
  for (const name of ['GetDecision', 'ListChanges', 'SummarizeDecisions'])
    t.match(await refusal(name, {}, reader), /AccessDeniedException/)
  t.match(await refusal('ListDecisions', span, other), /AccessDeniedException/)
})

t.test('without a history the actions report that it is disabled', async t => {
  const none = await startControlTestServer(t)
  t.match((await call(none, 'ListDecisions', span)).message, /keeps no history/)
  const writer = new Writer(async () => {
    throw new Error('no disk')
  })
  const control = await startControlTestServer(t, { history: writer.recorder })
  const { status, message } = await call(control, 'ListDecisions', span)
  t.match([status, message], [503, /audit journal has every record/])
  for (const one of [none, control]) {
    const overview = await call(one, 'DescribeOverview', {})
    t.equal(overview.status, 200)
    t.notOk('HasServed' in overview.body)
  }
  t.strictSame([...new Set(writer.failures)], ['no disk'])
})
