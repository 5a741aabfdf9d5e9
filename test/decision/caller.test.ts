/**
 * The proof of a credential: what a decision in progress still finds good.
 */

import t from 'tap'
import { authorize } from '../../src/decision/authorize.ts'
import type { RequestCaller } from '../../src/decision/decision.ts'
import type { Decision } from '../../src/model/decision.ts'
import {
  accountReference,
  type ExternalIdentity,
  proofOf,
  subjectReference,
} from '../../src/model/external-identity.ts'
import { organizationId } from '../../src/model/identity.ts'
import type { AccessKey, Principal } from '../../src/model/principal.ts'
import { type ImpersonationRole, roleId } from '../../src/model/role.ts'
import type { TokenClaims } from '../../src/model/token.ts'
import { AT, CREDENTIAL, GET_FOLDER, ORGANIZATION, ROLE, TestData } from './data.ts'

type Change = Readonly<{
  key?: Partial<AccessKey>
  principal?: Partial<Principal>
  role?: Partial<ImpersonationRole>
  caller?: object
  claims?: Partial<TokenClaims>
  lacks?: 'credential' | 'role' | 'signing-key'
}>

const KEY = {
  kind: 'key',
  keyId: CREDENTIAL.key.id,
  secretHash: CREDENTIAL.key.secretHash,
} as const
const CLAIMS: TokenClaims = {
  organizationId: ORGANIZATION.id,
  principalId: CREDENTIAL.principal.id,
  accessKeyId: CREDENTIAL.key.id,
  roleId: ROLE.id,
  roleVersion: 1,
  epoch: 'e',
  expiresAt: AT + 1,
}

function decide(
  caller: RequestCaller,
  { key, principal, role, lacks }: Change,
): Decision | 'missing' {
  const data = new TestData()
  data.put('role', ROLE.id, lacks === 'role' ? undefined : { ...ROLE, ...role })
  data.put(
    'credential',
    CREDENTIAL.key.id,
    lacks === 'credential'
      ? undefined
      : {
          key: { ...CREDENTIAL.key, ...key },
          principal: { ...CREDENTIAL.principal, ...principal },
        },
  )
  if (lacks === 'signing-key') data.put('signing-key', 'k', undefined)
  const decided = authorize({ ...GET_FOLDER, requestElement: 'CreateFolder', caller }, data)
  return 'missing' in decided ? 'missing' : decided.decision
}

const verdictOf = (decision: Decision | 'missing') =>
  decision === 'missing' || decision.verdict === 'allow' ? decision : decision.reason

const { Statement: statements } = CREDENTIAL.principal.policy
const MORE = {
  Version: '2012-10-17' as const,
  Statement: [...statements, { Effect: 'Allow' as const, Action: ['workmail:*'], Resource: ['*'] }],
}
const ANY_ROLE = {
  Version: '2012-10-17' as const,
  Statement: statements.map(({ Condition: _, ...statement }) => statement),
}
const REQUIRES = { extendedProtection: 'require' } as const
const OTHER = organizationId('m-ffffffffffffffffffffffffffffffff')

t.test('a verified key is valid as long as nothing about it changes', async t => {
  for (const [what, change, expected] of [
    ['nothing changed', {}, 'allow'],
    ['the key is deleted', { lacks: 'credential' }, 'role-not-permitted'],
    ['the key is disabled', { key: { enabled: false } }, 'role-not-permitted'],
    ['the key expires now', { key: { expiresAt: AT } }, 'role-not-permitted'],
    ['the key expires later', { key: { expiresAt: AT + 1 } }, 'allow'],
    ['the secret is another', { key: { secretHash: new Uint8Array(32) } }, 'role-not-permitted'],
    ['the hash is an equal copy', { key: { secretHash: new Uint8Array(32).fill(7) } }, 'allow'],
    [
      'the hash is longer',
      { key: { secretHash: new Uint8Array(33).fill(7) } },
      'role-not-permitted',
    ],
    [
      'the hash is shorter',
      { key: { secretHash: new Uint8Array(31).fill(7) } },
      'role-not-permitted',
    ],
    [
      'the hash has another last byte',
      { key: { secretHash: Uint8Array.of(...Array(31).fill(7), 8) } },
      'role-not-permitted',
    ],
    ['the key requires protection', { key: REQUIRES }, 'allow'],
    [
      'the key requires protection that the sign-in lacks',
      { key: REQUIRES, caller: { isUnprotected: true } },
      'role-not-permitted',
    ],
    ['no key requires protection', { caller: { isUnprotected: true } }, 'allow'],
    ['the principal is disabled', { principal: { enabled: false } }, 'role-not-permitted'],
    ['the principal is of another', { principal: { organizationId: OTHER } }, 'role-not-permitted'],
    ['the policy allows more', { principal: { policy: MORE } }, 'role-not-permitted'],
    ['the policy names no role', { principal: { policy: ANY_ROLE } }, 'role-ambiguous'],
    ['a part is unreadable', { principal: { unreadable: ['Period'] } }, 'role-not-permitted'],
    ['the role is deleted', { lacks: 'role' }, 'role-unknown'],
    ['the role is named', { caller: { roleReference: ROLE.id } }, 'allow'],
    ['an unknown role is named', { caller: { roleReference: 'x' } }, 'role-unknown'],
  ] as const satisfies readonly (readonly [string, Change, string])[]) {
    const changed: Change = change
    const decision = decide({ ...KEY, ...changed.caller }, changed)
    t.match(verdictOf(decision), expected === 'allow' ? { verdict: 'allow' } : expected, what)
  }
})

t.test('an external identity is valid as long as its principal is bound to it', async t => {
  const identity = { kind: 'token-subject', issuer: 'i', claim: 'sub', subject: 's' } as const
  const account = { kind: 'directory-account', sid: 'S-1-5-21-1-2-3-4', names: ['a@b'] } as const
  const caller = {
    kind: 'identity',
    reference: subjectReference('i', 'sub', 's'),
    identity: proofOf(identity),
  } as const
  const named = {
    ...caller,
    reference: accountReference('A@b'),
    identity: proofOf(account),
  } as const
  type Row = Readonly<{
    caller?: Partial<Extract<RequestCaller, { kind: 'identity' }>>
    principal?: Partial<Principal>
    bound?: ExternalIdentity | null
    latest?: number
  }>
  for (const [what, { caller: given = caller, principal, bound = identity, latest }, expected] of [
    ['nothing changed', {}, 'allow'],
    ['an account', { caller: named, bound: account }, 'allow'],
    ['its names changed', { caller: named, bound: { ...account, names: [] } }, 'allow'],
    [
      'the name is now of another account',
      { caller: named, bound: { ...account, sid: 'S-1-5-21-1-2-3-5' } },
      'credentials-refused',
    ],
    ['the binding is removed', { bound: null }, 'credentials-refused'],
    ['the principal is disabled', { principal: { enabled: false } }, 'credentials-refused'],
    [
      'the principal is of another',
      { principal: { organizationId: OTHER } },
      'credentials-refused',
    ],
    ['the policy allows more', { principal: { policy: MORE } }, 'credentials-refused'],
    ['the policy names no role', { principal: { policy: ANY_ROLE } }, 'role-ambiguous'],
    ['a role is named', { caller: { roleReference: ROLE.id } }, 'allow'],
    ['an unknown role is named', { caller: { roleReference: 'x' } }, 'role-unknown'],
    ['it expires now', { caller: { expiresAt: AT } }, 'credentials-refused'],
    ['it expires later', { caller: { expiresAt: AT + 1 } }, 'allow'],
    [
      'R46 it had expired',
      { caller: { expiresAt: AT + 1 }, latest: AT + 1 },
      'credentials-refused',
    ],
  ] as const satisfies readonly (readonly [string, Row, string])[] as readonly (readonly [
    string,
    Row,
    string,
  ])[]) {
    const data = new TestData()
    const presented = { ...caller, ...given }
    data.put(
      'identity',
      presented.reference,
      bound === null
        ? undefined
        : { identity: bound, principal: { ...CREDENTIAL.principal, ...principal } },
    )
    const decided = authorize({ ...GET_FOLDER, caller: presented, latest }, data)
    const decision = 'missing' in decided ? ('missing' as const) : decided.decision
    t.match(verdictOf(decision), expected === 'allow' ? { verdict: 'allow' } : expected, what)
  }
  const cold = new TestData(() => undefined)
  const decided = authorize({ ...GET_FOLDER, caller }, cold)
  const [first] = 'missing' in decided ? decided.missing : []
  t.strictSame(first, { kind: 'identity', id: caller.reference }, 'it is loaded first')
})

t.test('R16 a token is valid only for the role for which it was issued', async t => {
  for (const [what, change, expected] of [
    ['nothing changed', {}, 'allow'],
    ['the key is deleted', { lacks: 'credential' }, 'credentials-refused'],
    ['the key is disabled', { key: { enabled: false } }, 'credentials-refused'],
    ['the principal is disabled', { principal: { enabled: false } }, 'credentials-refused'],
    [
      'the principal is of another',
      { principal: { organizationId: OTHER } },
      'credentials-refused',
    ],
    [
      'it is of another organization',
      { principal: { organizationId: OTHER }, claims: { organizationId: OTHER } },
      'credentials-refused',
    ],
    ['it is another principal', { claims: { principalId: 'q' as never } }, 'credentials-refused'],
    ['it expires now', { claims: { expiresAt: AT } }, 'credentials-refused'],
    ['the epoch is another', { claims: { epoch: 'f' } }, 'credentials-refused'],
    [
      'the epoch is another, and newer',
      { claims: { epoch: 'f', roleVersion: 9 } },
      'credentials-refused',
    ],
    ['the signing key is gone', { lacks: 'signing-key' }, 'credentials-refused'],
    ['its tokens are revoked', { role: { tokensValidFrom: 2 } }, 'credentials-refused'],
    ['the role is deleted', { lacks: 'role' }, 'role-unknown'],
    ['the role is read-only now', { role: { type: 'READ_ONLY' } }, 'role-is-read-only'],
    ['it was issued at a later version', { claims: { roleVersion: 2 } }, 'missing'],
  ] as const satisfies readonly (readonly [string, Change, string])[]) {
    const changed: Change = change
    const claims = { ...CLAIMS, ...changed.claims }
    const decision = decide({ kind: 'token', claims, signingKeyId: 'k' }, changed)
    t.match(verdictOf(decision), expected === 'allow' ? { verdict: 'allow' } : expected, what)
  }
})

t.test('R16 a token is valid only if everything that it is compared with is known', async t => {
  const caller = { kind: 'token', claims: CLAIMS, signingKeyId: 'k' } as const
  for (const [kind, id] of [
    ['credential', CREDENTIAL.key.id],
    ['role', ROLE.id],
    ['epoch', 'current'],
    ['signing-key', 'k'],
  ] as const) {
    const data = new TestData()
    data.hide(kind, id)
    t.match(authorize({ ...GET_FOLDER, caller }, data), { missing: [{ kind, id }] }, kind)
  }
})

t.test('a caller gets the role that it names, by ID before name', async t => {
  const named = { ...ROLE, id: roleId('named'), name: 'Another' }
  const namesake = { ...ROLE, id: roleId('namesake'), name: ROLE.id }
  const data = new TestData()
  data.put('role-name', 'Another', named)
  data.put('role-name', ROLE.id, namesake)
  data.put('credential', CREDENTIAL.key.id, {
    ...CREDENTIAL,
    principal: { ...CREDENTIAL.principal, policy: ANY_ROLE },
  })
  for (const [roleReference, role] of [
    [ROLE.id, ROLE],
    ['Another', named],
    ['missing', undefined],
  ] as const) {
    const decided = authorize({ ...GET_FOLDER, caller: { ...KEY, roleReference } }, data)
    t.equal('missing' in decided || decided.role, role, roleReference)
  }
  const claims = { ...CLAIMS, roleId: roleId('Another') }
  const caller = { kind: 'token', claims, signingKeyId: 'k' } as const
  const decided = authorize({ ...GET_FOLDER, caller }, data)
  t.match(decided, { decision: { reason: 'role-unknown' } }, 'R16 a token has no name of a role')
})
