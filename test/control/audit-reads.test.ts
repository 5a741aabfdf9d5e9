/** Questions about the audit are recorded before they are answered. */

import { join } from 'node:path'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { ACTIONS } from '../../src/control/actions.ts'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import { allowed, NOW, outcomeOf, refused, Writer } from '../history/samples.ts'
import {
  type ControlTestServer,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'
import { testFolder } from '../kit/folder.ts'
import { diskBelow } from '../kit/full-disk.ts'

const SPAN = { StartTime: NOW / 1_000 - 7_200, EndTime: NOW / 1_000 + 7_200 }
const OF_ALICE = [{ Property: 'MAILBOX', Operator: 'EQUALS', Value: 'alice@example.com' }]
const READ = allowed(NOW, { userAddress: 'alice@example.com' })
const RULES = [{ ImpersonationRuleId: 'all', Effect: 'ALLOW' }]

async function start(t: Test) {
  const folder = testFolder(t)
  const writer = new Writer(() => openSqliteHistory(join(folder, 'history.db')))
  const control = await startControlTestServer(t, { history: writer.recorder })
  await writer.write(READ, outcomeOf(READ), refused(NOW + 1))
  const { body } = await ask(control, 'CreateImpersonationRole', {
    Name: 'backup',
    Type: 'READ_ONLY',
    Rules: RULES,
  })
  const role = { ImpersonationRoleId: String(body['ImpersonationRoleId']) }
  const draft = { Type: 'READ_ONLY', Rules: RULES }
  t.equal((await ask(control, 'PutRoleShadow', { ...role, Draft: draft })).status, 200)
  return { control, role, draft }
}

const ask = (control: ControlTestServer, name: string, input: object, as = control.admin) => {
  const service = ACTIONS.has(`EwsGateway.${name}`) ? 'EwsGateway' : 'WorkMailService'
  return control.call(name, { OrganizationId: ORGANIZATION, ...input }, { as, service })
}

/** Each action that reads records of the audit, with questions. */
const questionsFor = ({ role, draft }: Awaited<ReturnType<typeof start>>) =>
  [
    ['ListDecisions', { ...SPAN, Filters: OF_ALICE }],
    ['GetDecision', { DecisionId: READ.decisionId }],
    ['SummarizeDecisions', { ...SPAN, GroupBy: ['MAILBOX'], Filters: OF_ALICE }],
    ['ListChanges', { ...SPAN, MaxResults: 1 }],
    ['ListShadowDifferences', role],
    ['ReplayShadow', { ...role, ...SPAN, Draft: draft }],
  ] as const

/** Members of responses that say what a client did. */
const TELLS = new Set(['DecisionId', 'DecisionIds', 'Record', 'Requests'])

t.test('every action whose response says what a client did is recorded', async t => {
  const tells = [...ACTIONS.values()].filter(({ output }) => {
    const schema = JSON.stringify(z.toJSONSchema(output, { unrepresentable: 'any' }))
    return [...TELLS].some(name => schema.includes(`"${name}":{`))
  })
  const names = tells.map(({ name }) => name).toSorted()
  const recorded = [...ACTIONS.values()].filter(({ audited }) => audited === 'read')
  t.strictSame(recorded.map(({ name }) => name).toSorted(), names)
  const scene = await start(t)
  t.strictSame(
    questionsFor(scene)
      .map(([name]) => name)
      .toSorted(),
    names,
    'each is tried below',
  )
})

t.test('a question has one record, with what was asked and without what was answered', async t => {
  const scene = await start(t)
  const { control } = scene
  for (const [name, question] of questionsFor(scene)) {
    const before = control.audit().length
    const { status, headers } = await ask(control, name, question)
    t.equal(status, 200, name)
    const { Draft: _, ...asked } = question as { Draft?: object }
    const [record, ...others] = control.audit().slice(before)
    const {
      at: __,
      policyVersion: ___,
      userAgent: ____,
      ...members
    } = record as never as Record<string, unknown>
    t.strictSame(members, {
      type: 'read',
      decisionId: headers.get('x-amzn-requestid'),
      sourceAddress: '127.0.0.1',
      organizationId: ORGANIZATION,
      principalId: control.admin.principalId,
      accessKeyId: control.admin.id,
      action: `ewsgateway:${name}`,
      verdict: 'allow',
      question: asked,
    })
    t.strictSame(others, [], name)
  }
})

t.test('the next page is a question of its own, without its place', async t => {
  const { control } = await start(t)
  const first = await ask(control, 'ListDecisions', { ...SPAN, MaxResults: 1 })
  const { NextToken } = first.body
  t.type(NextToken, 'string')
  await ask(control, 'ListDecisions', { ...SPAN, MaxResults: 1, NextToken })
  t.match(control.audit().slice(-2), [
    { question: { ...SPAN, MaxResults: 1 } },
    { question: { ...SPAN, MaxResults: 1, NextToken: undefined } },
  ])
})

t.test('a denied or wrong question is none', async t => {
  const scene = await start(t)
  const { control } = scene
  const nobody = await control.addPrincipal('nobody', [])
  const before = control.audit().length
  for (const [name, question] of questionsFor(scene)) {
    t.equal((await ask(control, name, question, nobody)).type, 'AccessDeniedException')
    t.equal((await ask(control, name, { ...question, MaxResults: -1, DecisionId: '' })).status, 400)
  }
  const records = control.audit().slice(before)
  t.strictSame(new Set(records.map(({ type }) => type)), new Set(['call']))
  t.equal(records.length, questionsFor(scene).length, 'one for each denied action')
})

t.test('a question that cannot be recorded is not answered', async t => {
  const scene = await start(t)
  const disk = diskBelow(t, scene.control.auditFolder)
  for (const [name, question] of questionsFor(scene)) {
    disk.fill()
    const { status, body } = await ask(scene.control, name, question)
    disk.empty()
    t.equal(status, 503, name)
    t.notMatch(JSON.stringify(body), READ.decisionId)
  }
})
