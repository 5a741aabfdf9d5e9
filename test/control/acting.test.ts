/**
 * Answers about who can act now, for everything that keeps a principal from acting as a user.
 */

import t from 'tap'
import { ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

const service = 'EwsGateway'
const START = Date.UTC(2026, 5, 1) / 1_000
const ALICE = 'alice@example.com'
const ALL = { ImpersonationRuleId: 'all', Effect: 'ALLOW' }
const PAST = { NotBefore: START - 20, NotAfter: START - 10 }
const FUTURE = { NotBefore: START + 10 }

type Answer = Record<string, unknown>
type Server = Awaited<ReturnType<typeof furnished>>

/** A role that allows everyone, and a tool with one key that can act in it. */
async function furnished() {
  const control = await startControlTestServer(t, { now: () => START * 1_000 })
  const call = async (name: string, input: object = {}) => {
    const full = { OrganizationId: ORGANIZATION, ...input }
    const { status, body } = await control.call(name, full, { service })
    if (status !== 200) throw new Error(`${name}: ${JSON.stringify(body)}`)
    return body as Answer
  }
  const ImpersonationRoleId = await control.createRole('role', [ALL])
  const tool = await call('GiveRoleToTool', { ImpersonationRoleId, Name: 'tool' })
  const { PrincipalId, AccessKeyId } = tool
  return { control, call, role: { ImpersonationRoleId }, PrincipalId, AccessKeyId }
}

/** Returns what each action says about Alice, the role, and the tool. */
async function answersOf({ control, call, role, PrincipalId }: Server) {
  const listOf = async (name: string, input: object = {}, member = 'Roles') =>
    (await call(name, input))[member] as Answer[]
  const [summary] = await listOf('ListRoleSummaries')
  const [access] = await listOf('ListUserAccess', { UserId: ALICE })
  const reach = await call('ListRoleReach', { ...role, Effect: 'DENY', Text: 'alice' })
  const [denied] = reach['Users'] as Answer[]
  const totals = reach['Totals'] as Answer
  const effect = await control.get('GetImpersonationRoleEffect', { ...role, TargetUser: ALICE })
  const described = await call('DescribeImpersonationRole', role)
  const stateIn = (principals: Answer[]) =>
    principals.find(one => one['PrincipalId'] === PrincipalId)?.['State']
  t.equal(described['State'], summary?.['State'])
  t.equal(access?.['State'], summary?.['State'])
  t.equal(access?.['Effect'], effect['Effect'])
  t.equal(access?.['Reason'], denied?.['Reason'])
  const principals = await listOf('ListRolePrincipals', role, 'Principals')
  t.equal(stateIn(access?.['Principals'] as Answer[]), stateIn(principals))
  const { Tools } = await call('DescribeOverview')
  const listed = stateIn(await listOf('ListPrincipals', {}, 'Principals'))
  t.equal(listed, stateIn(principals) ?? 'DISABLED')
  t.equal((await call('GetPrincipal', { PrincipalId }))['State'], listed)
  t.equal(Tools, stateIn(principals) === 'ACTIVE' ? 1 : 0)
  return {
    state: summary?.['State'],
    effect: effect['Effect'],
    rules: (effect['MatchedRules'] as unknown[]).length,
    reason: denied?.['Reason'],
    reached: totals['Allowed'],
    whenActive: totals['AllowedWhenActive'],
    tool: stateIn(principals),
  }
}

/** Users of the test server that a role can reach. */
const USERS = 6
const OPEN = {
  state: 'ACTIVE',
  effect: 'ALLOW',
  rules: 1,
  reason: undefined,
  reached: USERS,
  whenActive: undefined,
  tool: 'ACTIVE',
}
const DENIED = { effect: 'DENY', rules: 0 }
const CLOSED = { ...DENIED, reached: 0, whenActive: USERS }

for (const [what, change, expected] of [
  ['nothing', async () => {}, {}],
  [
    'a role that ended',
    ({ call, role }) => call('PutImpersonationRole', { ...role, Period: PAST }),
    { ...CLOSED, state: 'ENDED', reason: 'role-expired' },
  ],
  [
    'a role that has not begun',
    ({ call, role }) => call('PutImpersonationRole', { ...role, Period: FUTURE }),
    { ...CLOSED, state: 'NOT_YET', reason: 'role-expired' },
  ],
  [
    'a locked role',
    ({ call, role }) => call('LockImpersonationRole', role),
    { ...CLOSED, state: 'LOCKED', reason: 'role-locked' },
  ],
  [
    'a locked role that ended',
    async ({ call, role }) => {
      await call('LockImpersonationRole', role)
      await call('PutImpersonationRole', { ...role, Period: PAST })
    },
    { ...CLOSED, state: 'LOCKED', reason: 'role-locked' },
  ],
  [
    'a protected mailbox',
    ({ call }) => call('PutProtectedMailboxes', { Users: [ALICE] }),
    { ...DENIED, reached: USERS - 1, reason: 'mailbox-protected' },
  ],
  [
    'a disabled key',
    ({ call, AccessKeyId }) => call('UpdateAccessKey', { AccessKeyId, Enabled: false }),
    { tool: 'NO_CREDENTIAL' },
  ],
  [
    'a deleted key',
    ({ call, AccessKeyId }) => call('DeleteAccessKey', { AccessKeyId }),
    { tool: 'NO_CREDENTIAL' },
  ],
  [
    'an identity in place of a key',
    async ({ call, AccessKeyId, PrincipalId }) => {
      await call('DeleteAccessKey', { AccessKeyId })
      const DirectoryAccount = { Sid: 'S-1-5-21-1-2-3-1104', Names: ['EXAMPLE\\svc'] }
      await call('PutPrincipalIdentities', { PrincipalId, Identities: [{ DirectoryAccount }] })
    },
    {},
  ],
  [
    'a principal that ended',
    ({ call, PrincipalId }) => call('UpdatePrincipal', { PrincipalId, Period: PAST }),
    { tool: 'ENDED' },
  ],
  [
    'a principal that has not begun',
    ({ call, PrincipalId }) => call('UpdatePrincipal', { PrincipalId, Period: FUTURE }),
    { tool: 'NOT_YET' },
  ],
  [
    'a disabled principal',
    ({ call, PrincipalId }) => call('UpdatePrincipal', { PrincipalId, Enabled: false }),
    { tool: undefined },
  ],
] as readonly [string, (server: Server) => Promise<unknown>, object][])
  t.test(`R48 every answer considers ${what}`, async t => {
    const server = await furnished()
    await change(server)
    t.strictSame(await answersOf(server), { ...OPEN, ...expected })
  })

t.test('PreviewImpersonationRole considers the lock and the period', async t => {
  const { call, role } = await furnished()
  const preview = async (Period: object) => {
    const { Totals, WhenActive, StateAfter } = await call('PreviewImpersonationRole', {
      ...role,
      Draft: { Rules: [ALL], Period },
    })
    const { Gained, Lost } = Totals as Answer
    return [Gained, Lost, WhenActive, StateAfter]
  }
  const none = { Gained: 0, Lost: 0 }
  t.strictSame(await preview({}), [0, 0, undefined, 'ACTIVE'])
  t.strictSame(await preview(PAST), [0, USERS, none, 'ENDED'])
  t.strictSame(await preview(FUTURE), [0, USERS, none, 'NOT_YET'])
  await call('PutImpersonationRole', { ...role, Period: PAST })
  t.strictSame(await preview({ NotAfter: START + 10 }), [USERS, 0, none, 'ACTIVE'])
  t.strictSame(await preview(PAST), [0, 0, none, 'ENDED'])
  await call('LockImpersonationRole', role)
  t.strictSame(await preview({}), [0, 0, none, 'LOCKED'])

  const created = { Draft: { Type: 'READ_ONLY', Rules: [ALL], Period: FUTURE } }
  t.match(await call('PreviewImpersonationRole', created), {
    Totals: { Gained: 0 },
    WhenActive: { Gained: USERS, Lost: 0 },
    StateAfter: 'NOT_YET',
  })
})
