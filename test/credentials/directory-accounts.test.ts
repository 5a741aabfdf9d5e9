/** Basic authentication with accounts of a directory: who signs in, and which passwords the directory sees. */

import t from 'tap'
import type { AccountDirectory } from '../../src/credentials/account-directory.ts'
import { AccountPasswords } from '../../src/credentials/account-passwords.ts'
import type { Authentication, Caller } from '../../src/credentials/credentials.ts'
import { AccountAuthenticator } from '../../src/credentials/directory-accounts.ts'
import { accountReference, proofOf } from '../../src/model/external-identity.ts'
import { organizationId } from '../../src/model/identity.ts'
import { assumesOnly } from '../../src/policy/iam.ts'
import { ADDRESS, ORGANIZATION, openFixture, T } from './fixture.ts'

const ACCOUNT = {
  kind: 'directory-account',
  sid: 'S-1-5-21-1-2-3-1104',
  names: ['ann@example.com', 'CORP\\ann'],
} as const
const { sid } = ACCOUNT
const PASSWORD = 'pässword'
const OTHER = organizationId(`m-${'0'.repeat(32)}`)

/** A principal bound to an account, and a directory that notes the passwords that it sees. */
async function open(organization = ORGANIZATION) {
  const { store, rateLimiter, masterKey, principal, key, clock } = await openFixture()
  t.teardown(() => store.close())
  await store.putIdentities(ORGANIZATION, principal.id, [ACCOUNT])
  const found = { dn: 'CN=ann', enabled: true, passwordSetAt: '1' as string | undefined }
  const tried: string[] = []
  const directory: AccountDirectory = {
    find: async () => ({ ...found }),
    bind: async (_, __, password) => {
      tried.push(password)
      return password === PASSWORD ? { kind: 'accepted' } : { kind: 'rejected', code: '52e' }
    },
  }
  const states = new Map<string, string>()
  const passwords = new AccountPasswords({
    directory,
    states: {
      read: async name => states.get(name),
      replace: async (name, text) => states.set(name, text).has(name),
    },
    masterKey,
    failuresBeforePause: 5,
    pauseMs: 900_000,
    maxAgeMs: 300_000,
    checkMs: 60_000,
    now: () => clock.at,
    latest: () => clock.at,
  })
  const authenticator = new AccountAuthenticator({
    identities: store,
    passwords: new Map([[organization, passwords]]),
    rateLimiter,
    assumesOnly,
  })
  const send = async (authorization?: string) =>
    await authenticator.authenticate({
      ...(authorization !== undefined && { authorization }),
      sourceAddress: ADDRESS,
      at: T,
    })
  const signIn = (name: string, password = PASSWORD, encoding: BufferEncoding = 'utf8') =>
    send(basicOf(name, password, encoding))
  const owner = { organizationId: ORGANIZATION, principalId: principal.id }
  return { store, principal, key, owner, clock, found, tried, authenticator, send, signIn }
}

const basicOf = (name: string, password: string, encoding: BufferEncoding = 'utf8') =>
  `Basic ${Buffer.from(`${name}:${password}`, encoding).toString('base64')}`

const callerOf = (authentication: Authentication | undefined): Caller => {
  if (authentication?.kind !== 'authenticated') throw new Error(`It is ${authentication?.kind}`)
  return authentication.caller
}

for (const [user, name, parts, mailbox] of [
  ['ann@example.com', 'ann@example.com', {}],
  ['ANN@Example.COM', 'ann@example.com', {}],
  ['corp\\Ann', 'CORP\\ann', {}],
  ['backup\\ann@example.com', 'ann@example.com', { roleReference: 'backup' }],
  [
    'bob@example.com|backup\\CORP\\ann',
    'CORP\\ann',
    { roleReference: 'backup' },
    'bob@example.com',
  ],
  ['|CORP\\ann', 'CORP\\ann', {}, ''],
] as const)
  t.test(`authenticate() signs in ${user}`, async t => {
    const { principal, signIn } = await open()
    t.strictSame(callerOf(await signIn(user)), {
      principal: { ...principal },
      credential: { kind: 'directory-account', sid },
      proof: {
        kind: 'identity',
        reference: accountReference(name),
        identity: proofOf(ACCOUNT),
        ...parts,
        passwordSetAt: '1',
      },
      signIn: { scheme: 'Basic' },
      ...(mailbox !== undefined && { mailbox }),
    })
  })

t.test(
  'authenticate() works with a directory that does not tell when a password was set',
  async t => {
    const { found, signIn } = await open()
    found.passwordSetAt = undefined
    t.notOk('passwordSetAt' in callerOf(await signIn('ann@example.com')).proof)
  },
)

t.test('authenticate() reads the password as UTF-8, else as Latin-1', async t => {
  for (const encoding of ['utf8', 'latin1'] as const) {
    const { signIn, tried } = await open()
    t.equal((await signIn('ann@example.com', PASSWORD, encoding))?.kind, 'authenticated')
    t.strictSame(tried, [PASSWORD])
  }
})

t.test('R31 authenticate() reports the account and the code of a wrong password', async t => {
  const { owner, signIn, tried } = await open()
  const wrong = { kind: 'wrong', signIn: { scheme: 'Basic' }, owner } as const
  const identity = { kind: 'directory-account', sid } as const
  t.strictSame(await signIn('ann@example.com', 'x'), {
    ...wrong,
    identity: { ...identity, directoryCode: '52e' },
    record: true,
    count: 1,
  })
  t.strictSame(await signIn('CORP\\ann', 'x'), { ...wrong, identity, record: false, count: 0 })
  t.strictSame(tried, ['x'], 'and tries it once')
})

t.test(
  'R41 authenticate() asks the directory neither about others nor without a password',
  async t => {
    const { signIn, tried } = await open()
    const wrong = { kind: 'wrong', record: true, count: 1 }
    t.strictSame(await signIn('bob@example.com'), wrong)
    const again = { kind: 'wrong', record: false, count: 0 }
    for (const password of ['', '\0', `\0${PASSWORD}`, `${PASSWORD}\0`, `${PASSWORD}\0x`])
      t.strictSame(await signIn('ann@example.com', password), again, JSON.stringify(password))
    t.strictSame(tried, [])
  },
)

t.test('R41 authenticate() tries no password of a principal that could not act', async t => {
  const everything = { Effect: 'Allow', Action: ['*'], Resource: ['*'] } as const
  const { principal } = await openFixture()
  for (const [what, changed, organization] of [
    ['disabled', { ...principal, enabled: false }],
    [
      'that can do more',
      { ...principal, policy: { ...principal.policy, Statement: [everything] } },
    ],
    ['of an organization without a directory', principal, OTHER],
  ] as const) {
    const { store, owner, signIn, tried } = await open(organization)
    await store.putPrincipal(changed)
    t.strictSame(
      await signIn('ann@example.com'),
      {
        kind: 'wrong',
        signIn: { scheme: 'Basic' },
        identity: { kind: 'directory-account', sid },
        owner,
        record: true,
        count: 1,
      },
      what,
    )
    t.strictSame(tried, [], what)
  }
})

t.test('authenticate() leaves other credentials to others', async t => {
  const { key, send, tried } = await open()
  for (const [what, authorization] of [
    ['nothing', undefined],
    ['a token', 'Bearer x.y.z'],
    ['an unreadable header', 'Basic !'],
    ['a key ID', basicOf(key.id, PASSWORD)],
    ['a key ID with a suffix', basicOf(`${key.id}@example.com`, PASSWORD)],
    ['a key ID with a role', basicOf(`backup\\${key.id}`, PASSWORD)],
    ['a name without a domain', basicOf('ann', PASSWORD)],
  ] as const)
    t.equal(await send(authorization), undefined, what)
  t.strictSame(tried, [])
})

t.test('P5 confirm() lets the proof of an account expire that can no longer sign in', async t => {
  for (const [what, change, isOver] of [
    ['nothing changed', {}, false],
    ['it was disabled', { enabled: false }, true],
    ['its password was changed', { passwordSetAt: '2' }, true],
  ] as const) {
    const { signIn, authenticator, clock, found } = await open()
    const caller = callerOf(await signIn('ann@example.com'))
    Object.assign(found, change)
    clock.at += 60_000
    const { proof } = caller
    const expired = { ...caller, proof: { ...proof, expiresAt: 0 } }
    const confirmed = await authenticator.confirm(caller)
    if (isOver) t.strictSame(confirmed, expired, what)
    else t.equal(confirmed, caller, what)
  }
})

t.test(
  'P5 confirm() lets the proof expire if the organization has no directory any more',
  async t => {
    const { authenticator } = await open(OTHER)
    const { signIn } = await open()
    const caller = callerOf(await signIn('ann@example.com'))
    t.match(await authenticator.confirm(caller), { proof: { expiresAt: 0 } })
  },
)

t.test('confirm() leaves callers with other credentials as they are', async t => {
  const { authenticator } = await open(OTHER)
  const { principal, key } = await openFixture()
  const { id: keyId, secretHash } = key
  const identity = { kind: 'identity', reference: accountReference('a@b'), identity: 'x' } as const
  for (const caller of [
    {
      principal,
      credential: { kind: 'access-key', key },
      proof: { kind: 'key', keyId, secretHash },
      signIn: { scheme: 'Basic' },
    },
    {
      principal,
      credential: { kind: 'issuer-token', issuer: 'i', claim: 'sub', subject: 'tool' },
      proof: identity,
      signIn: { scheme: 'Bearer' },
    },
  ] as const satisfies readonly Caller[])
    t.equal(await authenticator.confirm(caller), caller)
})
