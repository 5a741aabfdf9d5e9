/**
 * Audit records of token requests.
 */

import t from 'tap'
import { type Reached, record } from '../../src/gateway/oauth-record.ts'
import { Failure } from '../../src/model/failure.ts'
import { ASSUME_ROLE } from '../../src/model/iam.ts'

/** A request whose record is written when the test says so. */
function open(userAgent?: string) {
  const writing = Promise.withResolvers<void>()
  const records: object[] = []
  const audit = { record: (each: object) => records.push(each), written: () => writing.promise }
  const client = {
    context: {
      ...{ decisionId: 'd', source: { address: '192.0.2.1' } },
      request: { headers: { 'user-agent': userAgent } },
      server: { ports: { audit, now: () => 1_000 } },
    },
    caller: {
      principal: { id: 'p', organizationId: 'o' },
      credential: { kind: 'access-key', key: { id: 'AKIA' } },
    },
  }
  return { client, records, writing }
}

t.test('record() has what is known of a token request', async t => {
  const role = { id: 'r', name: 'Role', type: 'FULL_ACCESS' }
  const ofRole = { roleId: 'r', roleName: 'Role', roleType: 'FULL_ACCESS' }
  const basis = { policyVersion: 7 }
  const known = {
    ...{ type: 'assume', at: 1_000, decisionId: 'd', sourceAddress: '192.0.2.1' },
    ...{ action: ASSUME_ROLE, verdict: 'deny' },
    ...{ organizationId: 'o', principalId: 'p', accessKeyId: 'AKIA' },
  }
  for (const [what, parts, userAgent, reason, fields] of [
    ['a client', {}, undefined, undefined, {}],
    ['no scope', { roleReference: undefined }, 'Test/1', 'x', { userAgent: 'Test/1', reason: 'x' }],
    ['a scope', { roleReference: 'Rolle' }, undefined, 'x', { roleId: 'Rolle', reason: 'x' }],
    [
      'a decision',
      { roleReference: 'ROLE', decided: { role, basis } },
      '',
      undefined,
      { ...ofRole, policyVersion: 7, userAgent: '' },
    ],
    [
      'a decision without a role',
      { roleReference: 'x', decided: { role: undefined, basis } },
      undefined,
      '',
      { roleId: 'x', policyVersion: 7, reason: '' },
    ],
    [
      'a decision without a scope and a role',
      { roleReference: undefined, decided: { role: undefined, basis } },
      undefined,
      'x',
      { policyVersion: 7, reason: 'x' },
    ],
  ] as const) {
    const { client, records, writing } = open(userAgent)
    writing.resolve()
    await record({ ...client, ...parts } as unknown as Reached, 'deny', reason)
    t.strictSame(records, [{ ...known, ...fields }], what)
  }
})

t.test('record() fails if its record cannot be written', async t => {
  const { client, writing } = open()
  writing.reject(new Failure('audit-unavailable', ''))
  const recorded = record(client as unknown as Reached, 'allow')
  await t.rejects(recorded, { name: 'Failure', reason: 'audit-unavailable' })
})
