/**
 * The target of a request, by two names of every kind.
 */

import t from 'tap'
import { authorize } from '../../src/decision/authorize.ts'
import { byAddress, type ConnectingSid } from '../../src/model/identity.ts'
import { ANN, GET_FOLDER, ORGANIZATION, TestData } from './data.ts'

const ANN_NAMED = byAddress('ann@example.com')
const BOB_NAMED = byAddress('bob@example.com')
const NOBODY = byAddress('nobody@example.com')
const OFF = byAddress('off@example.com')
const SERVICE = byAddress('service@example.com')
const PRINCIPAL: ConnectingSid = { kind: 'PrincipalName', value: 'ANN@corp.example.com' }

const ALLOWED = 'ann@example.com'
const CONFLICT = 'impersonation-conflict'
const MISSING = 'impersonation-missing'
const UNKNOWN = 'unknown-user'

/** `[name of the header, name in the user name, expected]`. */
const NAMES: readonly (readonly [ConnectingSid | undefined, string | undefined, string])[] = [
  [ANN_NAMED, undefined, ALLOWED],
  [PRINCIPAL, undefined, ALLOWED],
  [undefined, 'Ann.Alias@example.com', ALLOWED],
  [ANN_NAMED, 'ANN.alias@example.com', ALLOWED],
  [PRINCIPAL, 'ann@example.com', ALLOWED],
  [ANN_NAMED, 'bob@example.com', CONFLICT],
  [BOB_NAMED, 'ann@example.com', CONFLICT],
  [ANN_NAMED, 'nobody@example.com', CONFLICT],
  [NOBODY, 'ann@example.com', CONFLICT],
  [ANN_NAMED, 'off@example.com', CONFLICT],
  [OFF, 'ann@example.com', CONFLICT],
  [ANN_NAMED, 'service@example.com', CONFLICT],
  [SERVICE, 'ann@example.com', CONFLICT],
  [NOBODY, 'nobody@example.com', UNKNOWN],
  [NOBODY, 'another.nobody@example.com', UNKNOWN],
  [OFF, 'service@example.com', UNKNOWN],
  [OFF, undefined, UNKNOWN],
  [SERVICE, undefined, UNKNOWN],
  [byAddress('neutral@example.com'), undefined, UNKNOWN],
  [undefined, 'neutral@example.com', UNKNOWN],
  [byAddress(''), undefined, UNKNOWN],
  [undefined, '', UNKNOWN],
  [undefined, undefined, MISSING],
]

t.test('R2 a request acts as the only user that all of its names identify', async t => {
  for (const [connectingSid, mailbox, expected] of NAMES) {
    const decided = authorize({ ...GET_FOLDER, connectingSid, mailbox }, new TestData())
    if ('missing' in decided) throw new Error('Something is missing')
    const { decision, target } = decided
    const user = target?.kind === 'user' ? target.user.primarySmtpAddress : undefined
    const found = decision.verdict === 'allow' ? user : decision.reason
    t.equal(found, expected, `${connectingSid?.value} and ${mailbox}`)
  }
})

t.test('R2 both names of a request are looked up at once', async t => {
  const data = new TestData()
  data.hide('name', ANN_NAMED)
  data.hide('name', BOB_NAMED)
  const request = { ...GET_FOLDER, connectingSid: ANN_NAMED, mailbox: 'bob@example.com' }
  t.match(authorize(request, data), {
    missing: [
      { kind: 'name', id: BOB_NAMED },
      { kind: 'name', id: ANN_NAMED },
    ],
  })
})

t.test('R1 a request without a name acts as the neutral mailbox, and names none', async t => {
  const { neutralMailbox: _, ...withoutNeutral } = ORGANIZATION
  for (const [organization, requestElement, mailbox, expected] of [
    [ORGANIZATION, 'GetServerTimeZones', undefined, 'allow'],
    [ORGANIZATION, 'GetFolder', undefined, MISSING],
    [ORGANIZATION, 'GetServerTimeZones', 'nobody@example.com', UNKNOWN],
    [withoutNeutral, 'GetServerTimeZones', undefined, MISSING],
    [withoutNeutral, 'GetServerTimeZones', 'ann@example.com', 'allow'],
  ] as const) {
    const request = { ...GET_FOLDER, organization, requestElement, mailbox }
    const decided = authorize({ ...request, connectingSid: undefined }, new TestData())
    const decision = 'decision' in decided ? decided.decision : undefined
    t.equal(decision?.verdict === 'deny' ? decision.reason : decision?.verdict, expected)
    if (expected === 'allow')
      t.match(decided, { target: { kind: mailbox === undefined ? 'neutral' : 'user' } })
  }
})

t.test('R2 no request can act in a mailbox that the upstream assigns to two users', async t => {
  const data = new TestData()
  data.put('shared-mailbox', ANN, true)
  t.match(authorize(GET_FOLDER, data), {
    decision: { verdict: 'deny', reason: 'foreign-mailbox', matchedRules: ['everyone'] },
    target: { kind: 'user', user: ANN },
  })
})
