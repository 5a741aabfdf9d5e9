/**
 * Policies of administrators and auditors: what they allow, for each action of the control API.
 */

import t from 'tap'
import { ACTIONS } from '../../src/control/actions.ts'
import { onlyReads } from '../../src/control/contract/contract.ts'
import { policyShape } from '../../src/control/contract/policy-document.ts'
import { ASSUME_ROLE, PASS_ROLE, type PolicyDocument } from '../../src/model/iam.ts'
import { organizationId } from '../../src/model/identity.ts'
import { administratorPolicy, auditorPolicy } from '../../src/policy/administrator.ts'
import { evaluatePolicy } from '../../src/policy/iam.ts'

const ORGANIZATION = organizationId('m-0123456789abcdef0123456789abcdef')
const OTHER = organizationId('m-fedcba9876543210fedcba9876543210')

const allows = (policy: PolicyDocument, action: string, organization = ORGANIZATION) =>
  evaluatePolicy(policy, {
    action,
    organizationId: organization,
    sourceIp: '127.0.0.1',
    at: 0,
    secureTransport: true,
  }) === 'Allow'

for (const mayImpersonate of [false, true])
  t.test(
    `administratorPolicy() allows ${mayImpersonate ? 'everything' : 'everything except acting as users'}`,
    async t => {
      const policy = administratorPolicy(ORGANIZATION, { mayImpersonate })
      for (const { permission } of ACTIONS.values())
        t.equal(
          allows(policy, permission),
          permission !== ASSUME_ROLE || mayImpersonate,
          permission,
        )
      t.equal(allows(policy, ASSUME_ROLE), mayImpersonate)
      t.ok(
        policy.Statement[0]?.Action.includes(PASS_ROLE),
        'giving roles to tools is listed by itself',
      )
      t.ok(policyShape.safeParse(policy).success, 'it is a policy document')
      t.notOk(allows(policy, 'ewsgateway:ListGateways', OTHER), 'not in another organization')
    },
  )

t.test('auditorPolicy() allows each action that changes nothing, and no other', async t => {
  const policy = auditorPolicy(ORGANIZATION)
  for (const action of ACTIONS.values())
    t.equal(allows(policy, action.permission), onlyReads(action), action.permission)
  t.ok(policyShape.safeParse(policy).success, 'it is a policy document')
  t.notOk(allows(policy, ASSUME_ROLE))
  t.notOk(allows(policy, PASS_ROLE))
  t.notOk(allows(policy, 'ewsgateway:ListGateways', OTHER), 'not in another organization')
})
