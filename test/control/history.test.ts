/**
 * The actions on the history, over HTTP with real SQLite.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import t, { type Test } from 'tap'
import type { z } from 'zod'
import type { AuditRecord, DecisionRecord } from '../../src/audit/audit.ts'
import { lineOf } from '../../src/audit/line.ts'
import { segmentFile } from '../../src/audit/segments.ts'
import { type AuditSettings, reportAudit } from '../../src/cli/audit.ts'
import { reportHistory } from '../../src/cli/audit-history.ts'
import { GROUP_BY, groupByOf } from '../../src/cli/audit-report.ts'
import { ACTIONS } from '../../src/control/actions.ts'
import { summarizeDecisions } from '../../src/control/contract/history.ts'
import { withDates } from '../../src/control/json-times.ts'
import type { RecorderOptions } from '../../src/history/recorder.ts'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import { partsOf } from '../../src/model/change-parts.ts'
import {
  all,
  allowed,
  changed,
  DAY,
  HOUR,
  linesOf,
  NOW,
  outcomeOf,
  refused,
  Writer,
} from '../history/samples.ts'
import {
  type ControlTestServer,
  type Key,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'
import { testFolder } from '../kit/folder.ts'

const span = { StartTime: NOW / 1_000 - 7_200, EndTime: NOW / 1_000 + 7_200 }

async function begin(t: Test, now = Date.now, options: Partial<RecorderOptions> = {}) {
  const folder = testFolder(t)
  const writer = new Writer(() => openSqliteHistory(join(folder, 'history.db')), options)
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
    ['PRINCIPAL', 'Admin', 'EQUALS', [read, old]],
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
  t.match(await ask('GetPrincipal', { PrincipalId: principalId }), { LastUsed: used + 5 })
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
  for (const [Property, Value, length] of [
    ['ACTION', 'createprincipal', 1],
    ['OBJECT', 'BACKUP', 2],
    ['PRINCIPAL', 'NOBO', 1],
  ] as const) {
    const filter = { Property, Operator: 'CONTAINS', Value }
    const found = await ask('ListChanges', { ...now, Filters: [filter] })
    t.match(found, { Changes: { length } }, `${Property} contains ${Value}`)
  }
  t.strictSame(await writer.recorder.ask(history => history.decisions(all())), [])
})

t.test('R47 a change with several records is one change, and has all IDs', async t => {
  const { writer, ask } = await begin(t)
  const joined = Array.from({ length: 20 }, () => crypto.randomUUID())
  const after = { id: 'staff', name: 'Staff', joined: { users: joined } }
  const object = { type: 'GROUP', id: 'staff', name: 'Staff' } as const
  const { before: _, ...change } = changed(NOW, { action: 'ewsgateway:PutGroup', object, after })
  const parts = partsOf(change, 300)
  t.ok(parts.length > 2)
  const [first = change, last = change] = [parts[0], parts.at(-1)]
  await writer.write(...parts.slice(0, -1))
  t.match(await ask('GetDecision', { DecisionId: first.decisionId }), {
    Record: { parts: parts.length, missingParts: 1 },
  })

  await writer.write(last)
  const { Changes } = await ask('ListChanges', span)
  t.match(Changes, [{ DecisionId: first.decisionId, ObjectName: 'Staff' }])
  t.match(Changes, { length: 1, 0: { After: undefined } }, 'no list has a part of the state')
  for (const { decisionId } of parts) {
    const { Record } = await ask('GetDecision', { DecisionId: decisionId })
    const { at: __, ...members } = change
    t.strictSame(Record, {
      ...members,
      at: new Date(NOW).toISOString(),
      parts: parts.length,
    })
  }
})

t.test('an import is listed with its counts, and GetDecision has its users', async t => {
  const { writer, ask } = await begin(t)
  const counts = { created: 1, updated: 0, deleted: 0 }
  const after = { users: { created: [{ id: 'u-1', primarySmtpAddress: 'ann@example.com' }] } }
  const object = { type: 'USERS', counts } as const
  const { before: _, ...change } = changed(NOW, {
    action: 'ewsgateway:ImportUsers',
    object,
    after,
  })
  await writer.write(change)
  const { Changes } = await ask('ListChanges', span)
  t.match(Changes, { length: 1, 0: { Counts: { Created: 1 }, After: undefined } })
  t.match(await ask('GetDecision', { DecisionId: change.decisionId }), { Record: { after } })
})

t.test('R47 all changes of a role are found by the role, also denied ones', async t => {
  const { control, ask } = await begin(t)
  const id = await control.createRole('backup')
  await control.createRole('another')
  const role = { ImpersonationRoleId: id }
  const Draft = { Type: 'READ_ONLY', Rules: [] }
  const nobody = await control.addPrincipal('nobody', [])
  const versionsOf = async () => ({
    ExpectedVersion: (await ask('DescribeImpersonationRole', role))['Version'],
    ExpectedShadowVersion: (await ask('GetRoleShadow', role))['Version'],
  })
  const made: string[] = []
  for (const [name, input] of [
    ['PutImpersonationRole', { Profile: { Profile: 'mail-read' } }],
    ['PutImpersonationRole', { Period: { NotAfter: Math.floor(Date.now() / 1_000) + 86_400 } }],
    ['PutRoleShadow', { Draft }],
    ['DeleteRoleShadow', {}],
    ['PutRoleShadow', { Draft }],
    ['EnforceRoleShadow', versionsOf],
    ['LockImpersonationRole', { Message: 'closed' }],
    ['UnlockImpersonationRole', {}],
    ['RevokeImpersonationRoleTokens', {}],
  ] as const) {
    const more = typeof input === 'function' ? await input() : input
    await ask(name, { ...role, ...more })
    t.equal((await call(control, name, { ...role, ...more }, nobody)).status, 403, name)
    made.push(`${name} ALLOW`, `${name} DENY`)
  }
  await control.flushHistory()
  const now = { StartTime: Date.now() / 1_000 - 600, EndTime: Date.now() / 1_000 + 600 }
  const Filters = [{ Property: 'ROLE', Operator: 'EQUALS', Value: id }]
  const { Changes } = await ask('ListChanges', { ...now, Filters })
  const found = Changes as readonly Readonly<Record<string, string>>[]
  // IDs of the same millisecond have no order.
  t.strictSame(
    found.map(({ Action, Verdict }) => `${Action?.replace(/.*:/, '')} ${Verdict}`).toSorted(),
    ['CreateImpersonationRole ALLOW', ...made].toSorted(),
  )
  for (const { ObjectType, ObjectId } of found) t.strictSame([ObjectType, ObjectId], ['ROLE', id])
})

t.test(
  'R47 every action that changes the store has an object, and a member that names it',
  async t => {
    const changing = [...ACTIONS.values()].filter(({ audited }) => audited === 'change')
    t.ok(changing.length > 25)
    for (const { name, object, input } of changing) {
      t.ok(object, name)
      const members = Object.keys((input as z.ZodObject).shape)
      const named = [object?.id, object?.name].filter(member => member !== undefined)
      t.ok(
        named.every(member => members.includes(member)),
        `${name} has ${named}`,
      )
    }
  },
)

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
      { ...span, Filters: [{ Property: 'VERDICT', Operator: 'CONTAINS', Value: 'A' }] },
      /Filters\[0\] must be a filter by ACTION, OBJECT, PRINCIPAL, REASON if Operator is CONTAINS/,
    ],
    [
      'ListChanges',
      { ...span, Filters: [{ Property: 'OBJECT', Operator: 'EQUALS', Value: 'A' }] },
      /Filters\[0\] must be a filter with the Operator CONTAINS if Property is OBJECT/,
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

const TODAY = NOW - (NOW % DAY)
const ALICE = 'alice@example.com'

/** Requests of one kind, and the number of those for Alice that are allowed and denied. */
type Case = readonly [
  what: string,
  records: readonly AuditRecord[],
  allowed: number,
  denied: number,
]

const twice = (one: DecisionRecord, other: Partial<DecisionRecord>): DecisionRecord => ({
  ...one,
  ...other,
})
const ended = (one: DecisionRecord, more: Parameters<typeof outcomeOf>[1] = {}) => [
  one,
  outcomeOf(one, more),
]

function cases(): readonly Case[] {
  const at = (hours: number) => allowed(TODAY + hours * HOUR)
  const [uploaded, again, killed] = [at(1), at(2), at(3)]
  const killedBy = { outcome: 'ABORTED', cause: 'internal', writer: 'another' } as const
  const denied = { outcome: 'DENIED', ended: 'fault' } as const
  return [
    ['answered', ended(at(4), { itemCount: 7 }), 1, 0],
    ['the day before', ended(at(-1)), 1, 0],
    ['two days before', ended(at(-25)), 0, 0],
    ['the next day', ended(at(24)), 0, 0],
    ['failed', ended(at(5), { outcome: 'FAILED', cause: 'dns' }), 1, 0],
    ['in progress', [at(6)], 1, 0],
    ['not decided', [{ ...at(6), verdict: 'pending' }], 0, 0],
    ['streamed', [twice(uploaded, { verdict: 'pending' }), ...ended(uploaded)], 1, 0],
    [
      'denied after all',
      [...ended(again), twice(again, { verdict: 'deny', reason: 'rule-denies' })],
      0,
      1,
    ],
    ['killed', [outcomeOf(killed, killedBy), killed, outcomeOf(killed, killedBy)], 1, 0],
    ['denied by a rule', ended(refused(NOW, { matchedRules: ['never'] }), denied), 0, 1],
    [
      'denied by access control',
      ended(
        refused(NOW, {
          reason: 'access-control-denies',
          matchedRules: ['=office'],
          ruleName: undefined,
        }),
        denied,
      ),
      0,
      1,
    ],
    [
      'denied by no rule',
      ended(refused(NOW, { reason: 'no-rule-allows', matchedRules: [] })),
      0,
      1,
    ],
    [
      'of another user',
      ended(allowed(NOW, { userId: 'bob', userAddress: 'bob@example.com' })),
      0,
      0,
    ],
    [
      'of an unknown user',
      [
        refused(NOW, {
          reason: 'unknown-user',
          connectingSid: { kind: 'SmtpAddress', value: ALICE },
          userId: undefined,
          userAddress: undefined,
        }),
      ],
      0,
      0,
    ],
    [
      'wrong credentials',
      [refused(NOW, { reason: 'credentials-refused', userAddress: undefined })],
      0,
      0,
    ],
  ]
}

t.test('R36 the API and the command count the same requests, in any files', async t => {
  const { control, writer, ask } = await begin(t)
  const { principalId } = control.admin
  const made = changed(NOW, {
    action: 'ewsgateway:CreatePrincipal',
    after: { id: principalId, name: 'admin' },
  })
  const table = cases()
  const records = table.flatMap(([, records]) =>
    records.map(one => (one.type === 'decision' ? { ...one, principalId } : one)),
  )
  await writer.write(...records)
  const Filters = [{ Property: 'MAILBOX', Operator: 'EQUALS', Value: ALICE }]
  const period = { StartTime: (TODAY - DAY) / 1_000, EndTime: (TODAY + DAY) / 1_000 }
  const answer = await ask('SummarizeDecisions', { ...period, GroupBy: GROUP_BY, Filters })
  const { Rows } = withDates(summarizeDecisions.output, answer) as { Rows: readonly Row[] }

  const text = [made, ...records].map(lineOf).join('')
  const middle = text.indexOf('\n', text.length / 2) + 1
  const name = (segment: number) => `20261125T120000Z-00000000-00000${segment}.jsonl`
  const [first, second] = [text.slice(0, middle), text.slice(middle)]
  const header = '{"type":"segment","at":"2026-11-25T12:00:00.000Z","segment":1}\n'
  const folder = t.testdir({
    plain: { [name(1)]: header + text },
    rotated: {
      [`${name(1)}.gz`]: gzipSync(header + first),
      [`${name(2)}.zst`]: zstdCompressSync(second),
      positions: {},
    },
    both: { [name(1)]: text, [`${name(1)}.gz`]: gzipSync(text) },
    copy: { 'audit.jsonl': text.replaceAll(/^{/gm, '{"id":"another/1/2",') },
    // A chunk of a mebibyte ends in one of the records.
    large: { [name(1)]: `{"type":"segment","at":"${'x'.repeat(2 ** 20 - 900)}"}\n${text}` },
  })
  const paths = ['plain', 'rotated', 'both', 'copy', 'large'].map(name => [join(folder, name)])
  for (const one of [
    ...paths,
    [join(folder, `rotated/${name(1)}.gz`), join(folder, `rotated/${name(2)}.zst`)],
  ]) {
    const { code, out, err } = await report({ paths: one })
    t.strictSame([code, err], [0, ''], one.join())
    const reported = JSON.parse(out)
    t.strictSame(inOrder(reported.Rows), inOrder(Rows), 'the same rows')
    t.strictSame(reported.Problems, [])
  }
  const { code, out, err } = await report({}, control)
  t.strictSame([code, err], [0, ''])
  t.strictSame(JSON.parse(out), { Rows, Problems: [] }, 'with --history, the rows of the API')

  const [plain = []] = paths
  const sum = (rows: readonly Row[], verdict: string) =>
    rows.filter(({ Verdict }) => Verdict === verdict).reduce((sum, row) => sum + row.Requests, 0)
  const expected = (column: 2 | 3) => table.reduce((sum, one) => sum + one[column], 0)
  t.strictSame([sum(Rows, 'ALLOW'), sum(Rows, 'DENY')], [expected(2), expected(3)])
  const denied = JSON.parse((await report({ paths: plain, denied: true })).out)
  t.equal(sum(denied.Rows, 'DENY'), expected(3))
  t.equal(sum(denied.Rows, 'ALLOW'), 0)

  const csv = (await report({ paths: plain, format: 'csv' })).out.trimEnd().split('\r\n')
  t.equal(csv.length, Rows.length + 1)
  t.match(csv[0], /^day,principal,principalId,role,roleId,ruleType,ruleId,rule,operation,decision,/)
  t.ok(
    csv.some(line =>
      line.includes(",ACCESS_CONTROL,'=office,,GetItem,DENY,access-control-denies,"),
    ),
  )
  const shown = (await report({ paths: plain, format: 'table' })).out.split('\n')
  t.match(
    shown[0],
    /^DAY +TOOL +ROLE +RULE +OPERATION +DECISION +REASON +OUTCOME +CAUSE +REQUESTS +ITEMS +BYTES$/,
  )
  t.ok(
    shown.some(line =>
      /^2026-11-25 +admin +Backup +Everyone +GetItem +ALLOW +- +FAILED +dns +1 +3 +6000$/.test(
        line,
      ),
    ),
  )
  t.equal(shown.at(-2), `${expected(2) + expected(3)} requests, ${expected(3)} of them denied.`)
  for (const asked of [undefined, control])
    for (const principal of [principalId, 'Admin '])
      t.strictSame(
        inOrder(JSON.parse((await report({ paths: plain, principal }, asked)).out).Rows),
        inOrder(Rows),
        `of the tool ${principal}`,
      )
  const byId = JSON.parse((await report({ paths: plain, mailbox: 'alice' })).out)
  t.equal(sum(byId.Rows, 'ALLOW'), expected(2), 'by the ID of the user')
})

t.test('the command reads files as they were written, in any order of their names', async t => {
  const request = allowed(NOW)
  const denial = twice(request, { at: NOW + 2_000, verdict: 'deny', reason: 'rule-denies' })
  const [first, second, third] = [
    [outcomeOf(allowed(NOW - HOUR)), request],
    [denial],
    [outcomeOf(denial, { at: NOW + 3_000, outcome: 'DENIED', ended: 'fault' })],
  ].map(records => records.map(lineOf).join('')) as [string, string, string]
  const segment = (number: number) => `20261125T120000Z-00000000-00000${number}.jsonl`
  const copied = (text: string) => text.replaceAll(/^{/gm, '{"id":"another/1/2",')
  for (const [what, files] of [
    // The shell sorts the files that logrotate has numbered: the newest has no number.
    [
      'a copy',
      {
        'audit.jsonl': copied(third),
        'audit.jsonl.1': copied(second),
        'audit.jsonl.2.gz': gzipSync(copied(first)),
      },
    ],
    ['segments', { [segment(3)]: third, [segment(2)]: second, [segment(1)]: first }],
  ] as const) {
    const folder = t.testdir(files)
    const paths = Object.keys(files).map(name => join(folder, name))
    const { code, out, err } = await report({ paths, groupBy: ['VERDICT', 'OUTCOME'] })
    t.strictSame([code, err], [0, ''])
    t.match(JSON.parse(out).Rows, [{ Verdict: 'DENY', Outcome: 'DENIED', Requests: 1 }], what)
    t.equal(JSON.parse(out).Rows.length, 1)
  }
})

t.test('R36 the API and the command count the same rejected requests of unknown keys', async t => {
  const { writer, ask } = await begin(t, Date.now, { organizationId: ORGANIZATION })
  const unknown = { organizationId: undefined, principalId: undefined, userAddress: undefined }
  const records = [refused(NOW, { ...unknown, reason: 'credentials-refused', count: 3 })]
  await writer.write(...records)
  const period = { StartTime: (TODAY - DAY) / 1_000, EndTime: (TODAY + DAY) / 1_000 }
  const answer = await ask('SummarizeDecisions', { ...period, GroupBy: GROUP_BY })
  const { Rows } = withDates(summarizeDecisions.output, answer) as { Rows: readonly Row[] }
  const paths = [t.testdir({ 'audit.jsonl': records.map(lineOf).join('') })]
  const lines: string[] = []
  const output = { print: (text: string) => void lines.push(text), warn: t.fail }
  const days = { since: TODAY - DAY, until: TODAY }
  await reportAudit({ paths, ...days, denied: true, groupBy: GROUP_BY, format: 'json' }, output)
  t.strictSame(inOrder(JSON.parse(lines.join('')).Rows), inOrder(Rows))
  t.match(Rows, [{ Verdict: 'DENY', Requests: 3 }])
})

t.test('an empty report says what its filters were compared with', async t => {
  const { control, writer } = await begin(t)
  const records = ended(allowed(NOW, { userId: await control.userId(ALICE) }))
  await writer.write(...records)
  const paths = [t.testdir({ 'audit.jsonl': records.map(lineOf).join('') })]
  const alias = 'alice@corp.example.com'
  const ofFiles = [
    'the address that each user had at the time of the request, and the ID of the user. The files have no aliases or other names of users: use that address or the ID.',
    'the ID of each principal, and the name that the files record when it is created or changed. If these files are not among them, use the ID.',
  ] as const
  const ofHistory = [
    'the address that each user had at the time of the request, the ID of the user, and all names that users have now.',
    'the ID of each principal, and the names that principals have now. If a principal was deleted or renamed, use its ID.',
  ] as const
  for (const [asked, [ofMailbox, ofPrincipal], mailbox] of [
    [undefined, ofFiles, alias],
    [control, ofHistory, 'nobody@example.com'],
  ] as const) {
    const name = `--mailbox ${mailbox} was compared with ${ofMailbox}\n`
    t.strictSame(await report({ paths, mailbox, format: 'table' }, asked), {
      code: 0,
      out: 'No requests.\n',
      err: name,
    })
    const principal = 'no-tool'
    const both = await report({ paths, mailbox, principal }, asked)
    t.equal(both.err, `${name}--principal no-tool was compared with ${ofPrincipal}\n`)
  }
  const found = await report({ mailbox: alias }, control)
  t.match([JSON.parse(found.out).Rows.length, found.err], [1, ''], 'the history finds an alias')
})

t.test('groupByOf() takes properties of the API, in any order and case', async t => {
  t.strictSame(groupByOf('mailbox,DAY'), ['DAY', 'MAILBOX'])
  t.equal(groupByOf('MAILBOX,COLOR'), undefined)
  t.equal(groupByOf(''), undefined)
})

t.test('the command reports what is missing, what to do, and ends with 1', async t => {
  const text = [...ended(allowed(NOW)), ...ended(allowed(NOW))].map(lineOf).join('')
  const [line = ''] = text.split('\n')
  const named = (segment: number) => `20261125T120000Z-00000000-00000${segment}.jsonl`
  const folder = t.testdir({
    'cut.jsonl': text.slice(0, -10),
    'damaged.jsonl.gz': gzipSync(text.repeat(9)).subarray(0, -20),
    'broken.jsonl': `${text}${'nothing\n'.repeat(5)}${line.slice(0, 200)}}\n`,
    gap: { [named(1)]: text, [`${named(4)}.gz`]: gzipSync('') },
    empty: {},
  })
  for (const [path, requests, problems] of [
    ['cut.jsonl', 2, [/cut[.]jsonl: line 4 is cut off .* restore the file from a backup/]],
    [
      'damaged.jsonl.gz',
      0,
      [/damaged[.]jsonl[.]gz cannot be read after line \d+: unexpected end of file[.] Restore/],
    ],
    [
      'broken.jsonl',
      2,
      [/broken[.]jsonl, line 5 is not a record/, /line 6/, /line 7/, /has 6 lines/],
    ],
    ['gap', 2, [/Segment 2 to 3 of 20261125T120000Z-00000000 is missing in .*gap[.] Restore/]],
    ['empty', 0, [/contains no audit files .* Name the folder of the journal/]],
    ['gone', 0, [/gone does not exist. Name an audit file/]],
  ] as const) {
    const { code, out, err } = await report({ paths: [join(folder, path)] })
    t.equal(code, 1, path)
    const { Rows, Problems } = JSON.parse(out)
    const found = Rows.reduce((sum: number, row: Row) => sum + row.Requests, 0)
    if (path !== 'damaged.jsonl.gz') t.equal(found, requests, 'the rest is counted')
    t.equal(Problems.length, problems.length)
    for (const [i, problem] of problems.entries()) t.match(Problems[i], problem)
    t.ok(err.endsWith([...Problems, 'The report is incomplete.', ''].join('\n')), err)
  }
})

t.test('docs/audit.md has the report of the example', async t => {
  const find = { operation: 'FindItem', itemCount: 0 }
  const never = {
    matchedRules: ['ceo'],
    ruleName: 'Not the CEO',
    operation: 'FindItem',
    itemCount: 0,
  }
  const after = { id: 'backup-tool', name: 'nightly-backup' }
  const records = [
    changed(NOW, { action: 'ewsgateway:CreatePrincipal', after }),
    ...ended(allowed(TODAY - DAY, find), { itemCount: 250 }),
    ...[1, 2].flatMap(hour => ended(allowed(TODAY - DAY + hour * HOUR), { itemCount: 100 })),
    ...ended(refused(TODAY, never), { outcome: 'DENIED', ended: 'fault', responseBytes: 800 }),
  ]
  const folder = t.testdir({ 'audit.jsonl': records.map(lineOf).join('') })
  const { code, out } = await report({ paths: [folder], format: 'table' })
  t.equal(code, 0)
  t.match(readFileSync('docs/audit.md', 'utf8'), out, out)
})

type Row = Readonly<{ Verdict: string; Requests: number }>

const inOrder = (rows: readonly Row[]) => rows.map(row => JSON.stringify(row)).sort()

/**
 * Runs `ews-gateway audit`, as JSON for two days if nothing else is given.
 *
 * @param control - the gateway to ask with `--history`
 */
async function report(more: Partial<AuditSettings>, control?: ControlTestServer) {
  const [printed, warned]: [string[], string[]] = [[], []]
  const output = {
    print: (text: string) => void printed.push(text),
    warn: (line: string) => void warned.push(`${line}\n`),
  }
  const days = { since: TODAY - DAY, until: TODAY }
  const filters = { mailbox: ALICE, ...days, denied: false, groupBy: GROUP_BY }
  const settings = { ...filters, format: 'json', paths: [] } as const
  const asked = { ...settings, ...more }
  const code = await (control === undefined
    ? reportAudit(asked, output)
    : reportHistory(asked, optionsOf(control), envOf(control), output, undefined))
  return { code, out: printed.join(''), err: warned.join('') }
}

const optionsOf = ({ url, admin }: ControlTestServer) => ({
  organization: ORGANIZATION,
  endpoint: url,
  accessKeyId: admin.id,
})

const envOf = ({ admin }: ControlTestServer) => ({ AWS_SECRET_ACCESS_KEY: admin.secret })
