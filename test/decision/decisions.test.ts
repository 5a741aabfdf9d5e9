/**
 * The frozen table of fixtures/decisions, by the functions themselves.
 */

import t from 'tap'
import { authorize } from '../../src/decision/authorize.ts'
import type { AuthorizationRequest } from '../../src/decision/decision.ts'
import { explain } from '../../src/decision/explain.ts'
import type { AccessControlRule } from '../../src/model/access-control.ts'
import { ASSUME_ROLE, type PolicyDocument } from '../../src/model/iam.ts'
import {
  type ConnectingSid,
  foldName,
  type Organization,
  type User,
} from '../../src/model/identity.ts'
import type { Credential } from '../../src/model/principal.ts'
import {
  accessControlOf,
  NAMES,
  ROWS,
  type Row,
  rolesOf,
  titleOf,
  USERS,
} from '../policy/decisions.ts'
import { CREDENTIAL, GET_FOLDER, ORGANIZATION, TestData } from './data.ts'

/** The locks of the table ended long before this, or end long after it. */
const AT = Date.UTC(2026, 0)

const ANY_ROLE: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: [ASSUME_ROLE], Resource: ['*'] }],
}
const CALLER: Credential = {
  ...CREDENTIAL,
  principal: { ...CREDENTIAL.principal, policy: ANY_ROLE },
}

const PEOPLE: readonly User[] = USERS.map(({ name, enabled = true, ...user }) => ({
  ...user,
  id: NAMES.user(name),
  enabled,
}))

/** The organization whose reserved accounts are in the table. */
const ORGANIZATION_OF_TABLE: Organization = {
  ...ORGANIZATION,
  serviceAddresses: addressesOf('service'),
  neutralMailbox: addressesOf('neutral').join(),
}

function addressesOf(reserved: string): readonly string[] {
  return PEOPLE.filter(({ id }) => id === NAMES.user(reserved)).map(user => user.primarySmtpAddress)
}

function findUser({ value }: ConnectingSid): User | undefined {
  const has = ({ primarySmtpAddress, aliases, principalName = '', sid = '' }: User) =>
    [primarySmtpAddress, ...aliases, principalName, sid].some(
      name => foldName(name) === foldName(value),
    )
  return PEOPLE.find(has)
}

/** Data of the table's world, with one of its lists of access control rules. */
function dataOf({ accessControl }: Row): TestData {
  const data = new TestData((kind, id) => ({
    value: kind === 'name' ? findUser(id as ConnectingSid) : undefined,
    from: 1,
  }))
  data.put('credential', CALLER.key.id, CALLER)
  data.put('access-control', 'rules', accessControlOf(accessControl, NAMES))
  for (const user of PEOPLE) data.put('shared-mailbox', user, false)
  for (const draft of rolesOf(ORGANIZATION.id, NAMES)) {
    const role = { ...draft, version: 1, tokensValidFrom: 1, createdAt: 0, modifiedAt: 0 }
    data.put('role', role.id, role)
  }
  return data
}

const requestOf = ({ role, target, operation, from }: Row): AuthorizationRequest<'EWS'> => ({
  ...GET_FOLDER,
  organization: ORGANIZATION_OF_TABLE,
  caller: {
    kind: 'key',
    keyId: CALLER.key.id,
    secretHash: CALLER.key.secretHash,
    roleReference: NAMES.role(role),
  },
  sourceAddress: from,
  at: AT,
  requestElement: operation,
  connectingSid: target ?? undefined,
})

const expectedOf = ({ verdict, reason, matchedRules }: Row) => ({
  verdict,
  ...(reason !== undefined && { reason }),
  matchedRules,
})

t.test('authorize() decides as a naive model does', async t => {
  for (const row of ROWS) {
    const decided = authorize(requestOf(row), dataOf(row))
    t.strictSame('decision' in decided && decided.decision, expectedOf(row), titleOf(row))
  }
  t.ok(ROWS.length >= 200, `${ROWS.length} rows`)
})

t.test('explain() decides as a naive model does, and its checks add up', async t => {
  for (const row of ROWS) {
    const explained = explain(requestOf(row), dataOf(row))
    if ('missing' in explained) {
      t.fail(`Something is missing: ${titleOf(row)}`)
      continue
    }
    const { decided, endedBy, checks, rules } = explained
    t.strictSame(decided?.decision, expectedOf(row), titleOf(row))
    const first = checks.find(({ outcome }) => outcome.kind === 'deny')
    t.equal(endedBy, first?.name, 'the first check that denies')
    t.equal(first?.outcome.kind === 'deny' ? first.outcome.reason : undefined, row.reason)
    t.notOk(checks.some(({ outcome }) => outcome.kind === 'unknown'))
    const matching = [
      ...rules.accessControl.filter(({ matched }) => matched).map(({ rule }) => nameOf(rule)),
      ...rules.impersonation.filter(({ matched }) => matched).map(({ rule }) => rule.id),
    ]
    t.ok(
      row.matchedRules.every(id => matching.includes(id)),
      'only rules that match decide',
    )
  }
})

const nameOf = ({ name }: AccessControlRule): string => name

t.test('the table has every reason that a decision without a body can have', async t => {
  t.strictSame([...new Set(ROWS.map(({ reason }) => reason ?? 'allow'))].toSorted(), [
    'access-control-denies',
    'allow',
    'impersonation-missing',
    'no-rule-allows',
    'operation-refused',
    'operation-unknown',
    'role-is-read-only',
    'role-locked',
    'rule-denies',
    'unknown-user',
  ])
})
