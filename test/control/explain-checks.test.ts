import t from 'tap'
import { NEUTRAL } from '../kit/control-test-server.ts'
import { ANN, ASKED, BOB, type Checks, explain, makeWorld, SHARED } from './explained-world.ts'

t.test('ExplainDecision returns the result of every check', async t => {
  const world = await makeWorld(t)
  const { locked, reading, tool, other, overTls, disabled } = world
  const missing = { Target: 'impersonation-missing', SharedMailbox: 'NOT_MADE' }
  const conflict = 'impersonation-conflict'
  const rows: readonly (readonly [string, object, string, Checks])[] = [
    ['no caller', {}, 'ALLOW', {}],
    [
      'a caller that may',
      { PrincipalId: tool },
      'ALLOW',
      { PrincipalTime: 'PASS', CallerPolicy: 'PASS' },
    ],
    [
      'a caller of another role',
      { PrincipalId: other },
      'DENY CallerPolicy',
      { PrincipalTime: 'PASS', CallerPolicy: 'role-not-permitted' },
    ],
    [
      'a disabled caller',
      { PrincipalId: disabled },
      'DENY CallerPolicy',
      { PrincipalTime: 'PASS', CallerPolicy: 'role-not-permitted' },
    ],
    [
      'TLS by default',
      { PrincipalId: overTls },
      'ALLOW',
      { PrincipalTime: 'PASS', CallerPolicy: 'PASS' },
    ],
    [
      'no TLS',
      { PrincipalId: overTls, SecureTransport: false },
      'DENY CallerPolicy',
      { PrincipalTime: 'PASS', CallerPolicy: 'role-not-permitted' },
    ],
    ['a lock', { ImpersonationRoleId: locked }, 'DENY Lock', { Lock: 'role-locked' }],
    [
      'another address',
      { SourceAddress: '198.51.100.1' },
      'DENY AccessControl',
      { AccessControl: 'access-control-denies' },
    ],
    [
      'an unknown operation',
      { Operation: 'GetNothing' },
      'DENY Operation',
      { Operation: 'operation-unknown', RoleType: 'NOT_MADE' },
    ],
    [
      'a write in a role that reads',
      { ImpersonationRoleId: reading, Operation: 'CreateItem' },
      'DENY RoleType',
      { RoleType: 'role-is-read-only' },
    ],
    ['no user', { TargetUser: undefined }, 'DENY Target', missing],
    [
      'no user for an operation that needs none',
      { TargetUser: undefined, Operation: 'GetServerTimeZones' },
      'ALLOW',
      { SharedMailbox: 'NOT_MADE' },
    ],
    ['the same user twice', { UserNameMailbox: ANN }, 'ALLOW', {}],
    ['a user in the user name', { TargetUser: undefined, UserNameMailbox: ANN }, 'ALLOW', {}],
    [
      'two users',
      { UserNameMailbox: BOB },
      'DENY Target',
      { Target: conflict, Impersonation: conflict, SharedMailbox: 'NOT_MADE' },
    ],
    [
      'a denied user',
      { TargetUser: 'eve@example.com' },
      'DENY Impersonation',
      { Impersonation: 'rule-denies' },
    ],
    [
      'an unknown user',
      { TargetUser: 'nobody@example.com' },
      'DENY Impersonation',
      { Impersonation: 'unknown-user', SharedMailbox: 'NOT_MADE' },
    ],
    [
      'a mailbox of two users',
      { TargetUser: SHARED },
      'DENY SharedMailbox',
      { SharedMailbox: 'foreign-mailbox' },
    ],
    [
      'a mailbox that may be of two users',
      { TargetUser: ASKED },
      'UNKNOWN',
      { SharedMailbox: 'UNKNOWN' },
    ],
  ]
  for (const [what, input, verdict, checks] of rows) {
    const explained = await explain(world, { Operation: 'GetItem', TargetUser: ANN, ...input })
    t.strictSame([explained.verdict, explained.checks], [verdict, checks], what)
  }
  const two = { Operation: 'GetItem', TargetUser: ANN, UserNameMailbox: BOB }
  t.match((await explain(world, two)).target, { Kind: 'CONFLICT', Why: /different users/ })
  const off = { Operation: 'GetItem', UserNameMailbox: NEUTRAL }
  t.match((await explain(world, off)).target, {
    Kind: 'UNKNOWN',
    UserId: /./,
    Why: /cannot be impersonated/,
  })
})
