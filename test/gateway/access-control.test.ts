/**
 * Access control rules in the running data plane.
 */

import t from 'tap'
import type { AccessControlRule } from '../../src/model/access-control.ts'
import { codeOf, envelope, GET_FOLDER, TIME_ZONES } from '../kit/corpus.ts'
import {
  FULL,
  type GatewayTestServer,
  ORGANIZATION,
  READ_ONLY,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'

const READ = envelope('alice@example.com', GET_FOLDER)

type Conditions = Omit<Partial<AccessControlRule>, 'name' | 'createdAt' | 'modifiedAt'>

/** Makes these the organization's rules, and no others. */
async function setRules(
  server: GatewayTestServer,
  rules: Readonly<Record<string, Conditions>>,
): Promise<void> {
  for (const { name } of await server.store.accessControlRules(ORGANIZATION))
    await server.store.deleteAccessControlRule(ORGANIZATION, name)
  for (const [name, conditions] of Object.entries(rules))
    await server.store.putAccessControlRule(ORGANIZATION, {
      name,
      effect: 'ALLOW',
      description: 'A rule',
      ...conditions,
    })
}

const deny = (conditions: Conditions): Conditions => ({ effect: 'DENY', ...conditions })

t.test('access control rules', async t => {
  const server = await startGatewayTestServer(t, { config: { trustedProxies: ['127.0.0.1'] } })
  const [alice, bob] = [
    await server.userId('alice@example.com'),
    await server.userId('bob@example.com'),
  ]
  const [full, readOnly] = [server.client(FULL.name).role.id, server.client(READ_ONLY.name).role.id]
  const officeV4 = { ipRanges: ['192.0.2.0/24'] }
  const officeV6 = { ipRanges: ['2001:db8::/48'] }

  for (const [name, rules, options, matchedRules] of [
    ['allow the users that they allow', { all: {} }, {}, undefined],
    ['deny where there is none', {}, {}, []],
    ['allow an IPv4 range', { a: officeV4 }, { from: '192.0.2.200' }, undefined],
    ['and not beside it', { a: officeV4 }, { from: '192.0.3.1' }, []],
    ['allow an IPv6 range', { a: officeV6 }, { from: '2001:db8:0:1::5' }, undefined],
    ['and not beside it', { a: officeV6 }, { from: '2001:db8:1::5' }, []],
    ['R23 know mapped addresses', { a: officeV4 }, { from: '::ffff:192.0.2.9' }, undefined],
    ['deny an address', { all: {}, d: deny(officeV4) }, { from: '192.0.2.1' }, ['d']],
    ['deny the impersonated user', { all: {}, d: deny({ userIds: [alice] }) }, {}, ['d']],
    ['and nobody else', { all: {}, d: deny({ userIds: [bob] }) }, {}, undefined],
    ['deny a role', { all: {}, d: deny({ impersonationRoleIds: [full] }) }, {}, ['d']],
    ['and no other', { all: {}, d: deny({ impersonationRoleIds: [readOnly] }) }, {}, undefined],
    ['deny EWS', { all: {}, d: deny({ actions: ['EWS'] }) }, {}, ['d']],
    ['and nothing else', { all: {}, d: deny({ actions: ['IMAP'] }) }, {}, undefined],
    [
      'deny what names nobody but is not for all',
      { a: { userIds: [alice] } },
      { body: envelope(null, TIME_ZONES) },
      [],
    ],
    ['allow it else', { all: {} }, { body: envelope(null, TIME_ZONES) }, undefined],
    ['come before the operation', {}, { body: envelope('alice@example.com', '<m:Nothing/>') }, []],
  ] as const) {
    await setRules(server, rules)
    const { from, body } = { from: '198.51.100.7', body: READ, ...options }
    const answer = await server.post(body, { headers: { 'X-Forwarded-For': from } })
    const decision = server.audit().findLast(({ type }) => type === 'decision')
    if (matchedRules === undefined) {
      t.equal(answer.status, 200, name)
      continue
    }
    t.equal(codeOf(answer.text), 'ErrorImpersonateUserDenied', name)
    t.match(decision, { verdict: 'deny', reason: 'access-control-denies', sourceAddress: from })
    t.strictSame(decision?.['matchedRules'], matchedRules, name)
  }
})

t.test('R2 access control denies with the message of the impersonation rules', async t => {
  const server = await startGatewayTestServer(t)
  const words = async (whom: string) => {
    const { text } = await server.post(envelope(whom, GET_FOLDER))
    return text.replace(/(?<="DecisionId">)[^<]+/, '')
  }
  const byRule = await words('ceo@example.com')
  await setRules(server, {})
  t.equal(await words('alice@example.com'), byRule)
  t.equal(await words('nobody@example.com'), byRule)
})

t.test('an organization starts with a rule that allows everything', async t => {
  const server = await startGatewayTestServer(t)
  t.equal((await server.post(READ)).status, 200)
  await server.store.deleteAccessControlRule(ORGANIZATION, 'Default')
  t.equal((await server.post(READ)).status, 500)
})
