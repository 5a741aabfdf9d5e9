import fc from 'fast-check'
import t from 'tap'
import type { Audit, AuditRecord } from '../../src/audit/audit.ts'
import { DeniedCalls } from '../../src/control/denied-calls.ts'
import { Failure } from '../../src/model/failure.ts'
import { callWith, signIn } from '../kit/browser.ts'
import {
  ANYTHING,
  ELSEWHERE,
  type Key,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'
import { diskBelow } from '../kit/full-disk.ts'

const T = 1_700_000_000_000

t.test('R31 denied calls are recorded once per key, action, and minute', async t => {
  let now = T
  const control = await startControlTestServer(t, { now: () => now })
  const nobody = await control.addPrincipal('nobody', [])
  const other = await control.addPrincipal('other', [ANYTHING], ELSEWHERE)
  const call = (name: string, as: Key) =>
    control.call(
      name,
      { OrganizationId: ORGANIZATION },
      { as, service: 'EwsGateway', headers: { 'User-Agent': 'test/1' } },
    )
  const answered = await call('ListPrincipals', nobody)
  t.equal(answered.type, 'AccessDeniedException')
  t.strictSame(control.audit(), [
    {
      type: 'call',
      at: new Date(T).toISOString(),
      decisionId: answered.headers.get('x-amzn-requestid'),
      sourceAddress: '127.0.0.1',
      userAgent: 'test/1',
      organizationId: ORGANIZATION,
      principalId: nobody.principalId,
      accessKeyId: nobody.id,
      action: 'ewsgateway:ListPrincipals',
      verdict: 'deny',
      reason: 'AccessDeniedException',
      count: 1,
    },
  ])
  const added = async (act: () => Promise<unknown>) => {
    const before = control.audit().length
    await act()
    return control.audit().slice(before)
  }
  t.strictSame(await added(() => call('ListPrincipals', nobody)), [], 'only counted')
  t.strictSame(await added(() => call('ListPrincipals', control.admin)), [], 'allowed')
  for (const [what, act, record] of [
    [
      'another action',
      () => call('ListGateways', nobody),
      { action: 'ewsgateway:ListGateways', count: 1 },
    ],
    [
      'another reason',
      () =>
        control.call(
          'ListPrincipals',
          { OrganizationId: ELSEWHERE },
          { as: nobody, service: 'EwsGateway' },
        ),
      { reason: 'OrganizationNotFoundException', accessKeyId: nobody.id, count: 1 },
    ],
    [
      'R19 another organization',
      () => call('ListPrincipals', other),
      {
        organizationId: ELSEWHERE,
        principalId: other.principalId,
        reason: 'OrganizationNotFoundException',
        verdict: 'deny',
        count: 1,
      },
    ],
  ] as const)
    t.match(await added(act), [{ type: 'call', ...record }], what)

  now = T + 60_000
  const next = await added(() => call('ListPrincipals', nobody))
  t.match(next, [{ type: 'call', count: 2 }], 'with those of the minute before')
})

t.test('a malformed, unknown, or unsigned call is not a denied call', async t => {
  const control = await startControlTestServer(t)
  const nobody = await control.addPrincipal('nobody', [])
  await control.call('ListUsers', { OrganizationId: ORGANIZATION, MaxResults: 0 })
  await control.call('NoAction', { OrganizationId: ORGANIZATION }, { as: nobody })
  await control.post('{}', { 'X-Amz-Target': 'WorkMailService.ListUsers' })
  t.strictSame(control.audit(), [])
  await control.call('ListUsers', { OrganizationId: ORGANIZATION }, { as: nobody })
  t.match(control.audit(), [{ type: 'call' }], 'while this is one')
})

t.test('a denied change or token has one record, of its own type', async t => {
  const control = await startControlTestServer(t)
  const nobody = await control.addPrincipal('nobody', [])
  const input = { OrganizationId: ORGANIZATION, ImpersonationRoleId: 'role' }
  for (const [name, type] of [
    ['DeleteImpersonationRole', 'change'],
    ['AssumeImpersonationRole', 'assume'],
  ] as const) {
    await control.call(name, input, { as: nobody })
    t.match(control.audit().at(-1), { type, verdict: 'deny', reason: 'AccessDeniedException' })
  }
  t.equal(control.audit().length, 2)
})

t.test('R24 calls of a console session count, too', async t => {
  const control = await startControlTestServer(t)
  const nobody = await control.addPrincipal('nobody', [])
  const { cookie } = await signIn(control, nobody)
  for (let i = 0; i < 3; i++) t.equal((await callWith(control, cookie)).status, 403)
  t.match(control.audit().slice(1), [
    { type: 'call', action: 'workmail:ListUsers', accessKeyId: nobody.id, count: 1 },
  ])
})

t.test('a denied call is denied although the audit fails', async t => {
  const control = await startControlTestServer(t)
  diskBelow(t, control.auditFolder).fill()
  const nobody = await control.addPrincipal('nobody', [])
  const denied = await control.call('ListUsers', { OrganizationId: ORGANIZATION }, { as: nobody })
  t.equal(denied.type, 'AccessDeniedException')
})

/** An audit in memory that fails on command. */
function memory() {
  const records: AuditRecord[] = []
  const state = { isFull: false }
  const audit: Audit = {
    record: record => {
      if (!state.isFull) records.push(record)
    },
    written: async () => {
      if (state.isFull) throw new Failure('audit-unavailable', 'The disk is full')
    },
    recorded: async () => new Set(),
    lineAt: async () => undefined,
    rotate: () => undefined,
    checkWritable: () => undefined,
    close: () => undefined,
  }
  return { audit, records, state }
}

const callOf = (key: number, action: number, at: number) => ({
  at,
  decisionId: 'id',
  sourceAddress: '192.0.2.7',
  organizationId: ORGANIZATION,
  principalId: 'principal',
  accessKeyId: `key-${key}`,
  action: `ewsgateway:Action${action}`,
  verdict: 'deny' as const,
  reason: 'AccessDeniedException',
})

const step = fc.record({
  key: fc.nat(3),
  action: fc.nat(3),
  afterMs: fc.oneof(fc.constant(0), fc.nat(40_000)),
  kind: fc.constantFrom('call', 'call', 'call', 'rest', 'full'),
})
const counted = fc.asyncProperty(
  fc.integer({ min: 1, max: 5 }),
  fc.array(step),
  async (most, steps) => {
    const { audit, records, state } = memory()
    const calls = new DeniedCalls(audit, most)
    let [at, denied] = [T, 0]
    for (const { key, action, afterMs, kind } of steps) {
      at += afterMs
      state.isFull = kind === 'full'
      if (kind !== 'call') await calls.recordRest(at, at)
      else {
        denied++
        await calls.record(callOf(key, action, at))
      }
    }
    state.isFull = false
    await calls.recordRest(Number.POSITIVE_INFINITY, at)
    const count = records.reduce((sum, one) => sum + (one.type === 'call' ? one.count : 0), 0)
    return count === denied
  },
)
t.resolves(
  () => fc.assert(counted, { numRuns: 500 }),
  'R31 every denied call is counted exactly once, however many keys there are',
)

t.test('recordRest() records the common fields of the calls that it counts', async t => {
  const { audit, records } = memory()
  const calls = new DeniedCalls(audit, 2)
  for (const key of [1, 1, 2, 2, 2, 3, 3]) await calls.record(callOf(key, 1, T))
  records.splice(0)
  await calls.recordRest(T + 60_000, T + 60_001)
  const { decisionId: _, sourceAddress: __, ...shared } = callOf(2, 1, T + 60_001)
  t.match(records, [
    { type: 'call', ...shared, count: 2 },
    { type: 'call', ...shared, accessKeyId: 'key-3', count: 1 },
    { type: 'call', verdict: 'deny', at: T + 60_001, count: 1 },
  ])
  for (const record of records) t.notOk('sourceAddress' in record, 'it may be of several addresses')
  t.notOk(records[2] && 'principalId' in records[2])
  t.match(records[0]?.type === 'call' && records[0].decisionId, /^[0-9a-f-]{36}$/)
})
