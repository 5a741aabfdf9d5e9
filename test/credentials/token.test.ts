import { createHmac, randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { makeAccessKey } from '../../src/credentials/access-key.ts'
import { SigningKeys } from '../../src/credentials/signing-keys.ts'
import { BearerAuthenticator, SignedTokenIssuer } from '../../src/credentials/token.ts'
import { epochMark, readToken, verifyToken, writeToken } from '../../src/credentials/token-text.ts'
import { Failure } from '../../src/model/failure.ts'
import { organizationId } from '../../src/model/identity.ts'
import { accessKeyId, principalId } from '../../src/model/principal.ts'
import { type RoleDraft, type RoleId, roleId } from '../../src/model/role.ts'
import { ADDRESS, type CredentialFixture, ORGANIZATION, openFixture, T } from './fixture.ts'

function draftOf({ role }: Pick<CredentialFixture, 'role'>): RoleDraft {
  const { version: _, tokensValidFrom: __, createdAt: ___, modifiedAt: ____, ...draft } = role
  return draft
}

/** As clients check a token before they send it. */
const EWS_CLIENTS = /^[A-Za-z0-9-_]+\.[A-Za-z0-9-_]+\.[A-Za-z0-9-_]*$/

async function open() {
  const fixture = await openFixture()
  const { store, masterKey, clock, rateLimiter } = fixture
  const keys = new SigningKeys({ store, masterKey, maxAgeMs: 300_000, now: () => clock.at })
  const issuer = new SignedTokenIssuer(keys, store, () => clock.at)
  const { watch } = fixture
  const bearer = new BearerAuthenticator({
    keys,
    credentials: store,
    roles: store,
    watch,
    rateLimiter,
  })
  const authenticate = (authorization: string | undefined, at = clock.at) =>
    bearer.authenticate({
      ...(authorization !== undefined && { authorization }),
      sourceAddress: ADDRESS,
      at,
    })
  const { token } = await issuer.issue(fixture.role, fixture.principal, fixture.key)
  return { fixture, keys, issuer, authenticate, token }
}

t.test('issue() returns a token that is valid for fifteen minutes', async t => {
  const { issuer, fixture } = await open()
  for (const id of [fixture.role.id, 'r', 'x'.repeat(64), '_-'.repeat(32)]) {
    const role = { ...fixture.role, id: roleId(id), version: 2 ** 40 }
    const { token, expiresInSeconds } = await issuer.issue(role, fixture.principal, fixture.key)
    t.match(token, EWS_CLIENTS)
    t.match(token, /^[!-~]{1,256}$/)
    t.equal(expiresInSeconds, 900)
  }
})

t.test('issue() ends a token at the whole second before its fifteen minutes are over', async t => {
  const { issuer, fixture, authenticate } = await open()
  fixture.clock.at = T + 999
  const { token } = await issuer.issue(fixture.role, fixture.principal, fixture.key)
  t.equal((await authenticate(`Bearer ${token}`, T + 899_999)).kind, 'authenticated')
  t.equal((await authenticate(`Bearer ${token}`, T + 900_000)).kind, 'wrong')
})

t.test('issue() tells in whole seconds how long a token lives', async t => {
  const { issuer, fixture } = await open()
  for (const [livesMs, seconds] of [
    [-1_000, 0],
    [0, 0],
    [999, 0],
    [1_000, 1],
    [1_999, 1],
    [899_999, 899],
    [900_001, 900],
  ] as const) {
    const role = { ...fixture.role, notAfter: T + livesMs }
    const { expiresInSeconds } = await issuer.issue(role, fixture.principal, fixture.key)
    t.equal(expiresInSeconds, seconds, `a role that ends in ${livesMs} ms`)
  }
})

t.test('R16 authenticate() returns the principal, the key, and the role at issue', async t => {
  const { fixture, authenticate, token } = await open()
  const { principal, key, role } = fixture
  const claims = { roleId: role.id, roleVersion: role.version }
  for (const scheme of ['Bearer ', 'bearer ', 'BEARER  '])
    t.match(await authenticate(scheme + token), {
      kind: 'authenticated',
      caller: {
        principal,
        credential: { kind: 'access-key', key },
        proof: { kind: 'token', claims, signingKeyId: /^.{8}$/ },
      },
    })
})

t.test('R16 authenticate() reads no signing key twice', async t => {
  const { fixture, authenticate, token } = await open()
  const { store } = fixture
  await authenticate(`Bearer ${token}`)
  let reads = 0
  const signingKeys = store.signingKeys.bind(store)
  store.signingKeys = () => {
    reads++
    return signingKeys()
  }
  for (let i = 0; i < 10; i++)
    t.equal((await authenticate(`Bearer ${token}`)).kind, 'authenticated')
  t.equal(reads, 0)
})

t.test('P5 authenticate() rejects a token whose signing key was deleted or replaced', async t => {
  const { fixture, keys, authenticate, token } = await open()
  const find = keys.find.bind(keys)
  t.equal((await authenticate(`Bearer ${token}`)).kind, 'authenticated')
  for (const signer of [undefined, { ...(await keys.signer()), secret: randomBytes(32) }]) {
    keys.find = async () => signer
    t.match(await authenticate(`Bearer ${token}`), { kind: 'wrong' })
  }
  keys.find = find
  fixture.rateLimiter.succeed(ADDRESS, fixture.key.id)
  t.equal((await authenticate(`Bearer ${token}`)).kind, 'authenticated')
})

t.test('R16 authenticate() first reaches the version that the issuer had seen', async t => {
  const { fixture, authenticate, token } = await open()
  await authenticate(`Bearer ${token}`)
  t.strictSame(fixture.watch.reached, [fixture.role.version])
  fixture.watch.reach = () => Promise.reject(new Failure('policy-unavailable', 'gone'))
  const failure = { name: 'Failure', reason: 'policy-unavailable' }
  await t.rejects(authenticate(`Bearer ${token}`), failure)
  await authenticate(`Bearer ${token.slice(0, -1)}`)
  t.equal(fixture.watch.reached.length, 1, 'for a token that nobody signed, nothing is read')
})

/** Some other characters in one of the three parts. */
const tamper = (part: number) => (token: string) => {
  const parts = token.split('.')
  const text = parts[part] ?? ''
  const middle = Math.floor(text.length / 2)
  parts[part] = text.slice(0, middle) + (text[middle] === 'A' ? 'B' : 'A') + text.slice(middle + 1)
  return parts.join('.')
}

for (const [name, change] of [
  ['another form', (token: string) => token.replace(/^g3/, 'g2')],
  ['another signing key', tamper(0)],
  ['another payload', tamper(1)],
  ['another signature', tamper(2)],
  ['no signature', (token: string) => token.replace(/[^.]+$/, '')],
  ['a part less', (token: string) => token.replace(/\.[^.]+$/, '')],
  ['a part more', (token: string) => `${token}.a`],
  ['a character less', (token: string) => token.slice(0, -1)],
  ['a character more', (token: string) => `${token}A`],
  ['its last character spelt otherwise', spellOtherwise],
  ['a byte beyond its payload', (token: string) => token.replace(/\.(?=[^.]*$)/, 'AA.')],
  ['padding', (token: string) => `${token}=`],
  ['a blank within', (token: string) => token.replace('.', ' .')],
  ['another token behind it', (token: string) => `${token}, Bearer ${token}`],
  ['another scheme behind it', (token: string) => `${token}, Basic QTpi`],
  ['nothing', () => ''],
  ['dots', () => '..'],
  ['a JWT', () => 'eyJhbGciOiJub25lIn0.e30.'],
  ['257 characters', (token: string) => token.padEnd(257, 'A')],
  ['a megabyte', () => 'a'.repeat(1_000_000)],
] as const)
  t.test(`R16 authenticate() rejects ${name}`, async t => {
    const { authenticate, token } = await open()
    t.equal((await authenticate(`Bearer ${token}`)).kind, 'authenticated', 'as it was')
    t.equal((await authenticate(`Bearer ${change(token)}`)).kind, 'wrong')
  })

t.test('R16 authenticate() rejects a token of the earlier format, which has no type', async t => {
  const { keys, authenticate, token } = await open()
  const { id, secret } = await keys.signer()
  const [, claims = ''] = token.split('.')
  const bytes = Buffer.from(claims, 'base64url')
  const withoutType = Buffer.concat([bytes.subarray(0, 72), bytes.subarray(73)])
  const signed = `g1${id}.${withoutType.toString('base64url')}`
  const mac = createHmac('sha256', secret).update(signed).digest('base64url')
  t.equal((await authenticate(`Bearer ${signed}.${mac}`)).kind, 'wrong')
})

/** The same bytes in base64url: 43 characters hold two bits more than 32 bytes. */
function spellOtherwise(token: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = letters.indexOf(token.at(-1) ?? '')
  return token.slice(0, -1) + letters[last ^ 1]
}

t.test('authenticate() rejects other schemes, and does not count a missing header', async t => {
  const { authenticate, token } = await open()
  t.strictSame(await authenticate(undefined), { kind: 'missing' })
  for (const header of [token, `Basic ${token}`, `Bearer${token}`, `Token ${token}`, 'Bearer'])
    t.equal((await authenticate(header)).kind, 'wrong', header.slice(0, 10))
})

t.test('R16 authenticate() rejects a token after fifteen minutes', async t => {
  const { authenticate, token, fixture } = await open()
  const header = `Bearer ${token}`
  t.equal((await authenticate(header, T + 899_999)).kind, 'authenticated')
  const read = fixture.watch.reached.length
  t.equal((await authenticate(header, T + 900_000)).kind, 'wrong')
  t.equal((await authenticate(header, T + 10 ** 9)).kind, 'wrong')
  t.equal(fixture.watch.reached.length, read, 'and reads nothing for it')
})

for (const [name, change] of [
  [
    'the key is deleted',
    ({ store, key }: CredentialFixture) => store.deleteKey(ORGANIZATION, key.id),
  ],
  [
    'the key is disabled',
    ({ store, key }: CredentialFixture) => store.putKey({ ...key, enabled: false }),
  ],
  [
    'the key has expired',
    ({ store, key }: CredentialFixture) => store.putKey({ ...key, expiresAt: T }),
  ],
  [
    'the principal is deleted',
    ({ store, principal }: CredentialFixture) => store.deletePrincipal(ORGANIZATION, principal.id),
  ],
  [
    'the principal is disabled',
    ({ store, principal }: CredentialFixture) =>
      store.putPrincipal({ ...principal, enabled: false }),
  ],
  ['the epoch is another', ({ store }: CredentialFixture) => store.newEpoch()],
  [
    'the tokens of its role are revoked',
    ({ store, role }: CredentialFixture) => store.revokeTokens(ORGANIZATION, role.id),
  ],
  [
    'its role was deleted, and is back with its ID',
    async ({ store, role }: CredentialFixture) => {
      await store.deleteRole(ORGANIZATION, role.id)
      await store.putRole(draftOf({ role }))
    },
  ],
] as const)
  t.test(`R16 authenticate() rejects a token when ${name}`, async t => {
    const { fixture, authenticate, token } = await open()
    t.equal((await authenticate(`Bearer ${token}`)).kind, 'authenticated')
    await change(fixture)
    t.match(await authenticate(`Bearer ${token}`), { kind: 'wrong', accessKeyId: fixture.key.id })
  })

for (const [name, change] of [
  [
    'edited',
    ({ store, ...fixture }: CredentialFixture) =>
      store.putRole({ ...draftOf(fixture), name: 'other' }),
  ],
  ['locked', ({ store, role }: CredentialFixture) => store.lockRole(ORGANIZATION, role.id, {})],
  ['deleted', ({ store, role }: CredentialFixture) => store.deleteRole(ORGANIZATION, role.id)],
] as const)
  t.test(`R16 authenticate() leaves it to the decision when the role is ${name}`, async t => {
    const { fixture, authenticate, token } = await open()
    await change(fixture)
    t.match(await authenticate(`Bearer ${token}`), {
      kind: 'authenticated',
      caller: { proof: { claims: { roleId: fixture.role.id } } },
    })
  })

t.test('R16 authenticate() rejects a token whose key belongs to another principal', async t => {
  const { fixture, keys, authenticate } = await open()
  const claims = {
    organizationId: ORGANIZATION,
    principalId: fixture.principal.id,
    accessKeyId: fixture.key.id,
    roleId: fixture.role.id,
    roleVersion: fixture.role.version,
    epoch: epochMark(await fixture.store.epoch()),
    expiresAt: T + 900_000,
  }
  const signer = await keys.signer()
  const kindOf = async (change: Partial<typeof claims>, key = signer) =>
    (await authenticate(`Bearer ${writeToken(key, { ...claims, ...change })}`)).kind
  t.equal(await kindOf({}), 'authenticated')
  const stranger = principalId('00000000-0000-4000-8000-000000000000')
  t.equal(await kindOf({ principalId: stranger }), 'wrong')
  t.equal(await kindOf({ organizationId: organizationId(`m-${'0'.repeat(32)}`) }), 'wrong')
  const unknown = makeAccessKey(fixture.masterKey, fixture.principal.id, { now: () => T }).key.id
  t.equal(await kindOf({ accessKeyId: unknown }), 'wrong')
  t.equal(await kindOf({}, { ...signer, secret: Buffer.alloc(32) }), 'wrong', 'another key')
})

t.test(
  'R31 authenticate() requests a record of the first failure in a minute, and limits no key',
  async t => {
    const { authenticate, token, fixture } = await open()
    const late = T + 900_000
    const answers = []
    for (let i = 0; i < 12; i++) answers.push(await authenticate(`Bearer ${token}`, late))
    const owner = { organizationId: ORGANIZATION, principalId: fixture.principal.id }
    const expected = {
      kind: 'wrong',
      accessKeyId: fixture.key.id,
      owner,
      signIn: { scheme: 'Bearer' },
    }
    t.strictSame(answers[0], { ...expected, record: true, count: 1 })
    for (const answer of answers.slice(1))
      t.strictSame(answer, { ...expected, record: false, count: 0 })
    t.equal(fixture.rateLimiter.waitMs(ADDRESS, fixture.key.id, late), 0)
  },
)

t.test('P6 authenticate() passes on a failure of the store', async t => {
  const { fixture, authenticate, token } = await open()
  const failure = new Failure('policy-unavailable', 'The store is gone')
  fixture.store.credential = async () => {
    throw failure
  }
  await t.rejects(authenticate(`Bearer ${token}`), failure)
})

const hex = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
    .map(digits => digits.map(digit => digit.toString(16)).join(''))
const claims = fc.record({
  organizationId: hex(32).map(id => organizationId(`m-${id}`)),
  principalId: fc.uuid().map(principalId),
  accessKeyId: fc.stringMatching(/^AKIA[A-Z2-7]{16}$/).map(accessKeyId),
  roleId: fc.stringMatching(/^[a-zA-Z0-9_-]{1,64}$/).map((id): RoleId => roleId(id)),
  roleVersion: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  epoch: hex(16),
  expiresAt: fc.integer({ min: 0, max: 2 ** 40 }).map(seconds => seconds * 1_000),
})
const signer = { id: 'abcdefgh', secret: Buffer.alloc(32, 3) }

t.test('readToken() returns the parts of a token, and nothing for another text', async t => {
  const mac = 'm'.repeat(43)
  const parts = { keyId: 'abcdefgh', signed: 'g3abcdefgh.claims', claims: 'claims', mac }
  t.strictSame(readToken(`g3abcdefgh.claims.${mac}`), parts)
  for (const text of ['', 'g3abcdefgh', `g3abcdefg.claims.${mac}`, `g3abcdefgh.claims.${mac}m`])
    t.equal(readToken(text), undefined, text)
})

t.test('readToken() accepts at most 256 characters', async t => {
  const said = {
    organizationId: ORGANIZATION,
    principalId: principalId('5f1c7f0e-3a0b-4a55-8a83-0d2c1e0f9a11'),
    accessKeyId: accessKeyId(`AKIA${'A'.repeat(16)}`),
    roleVersion: 1,
    epoch: '0'.repeat(16),
    expiresAt: T,
  }
  const lengthOf = (characters: number) => {
    const token = writeToken(signer, { ...said, roleId: roleId('x'.repeat(characters)) })
    return [token.length, readToken(token) !== undefined]
  }
  t.strictSame(lengthOf(78), [255, true])
  t.strictSame(lengthOf(80), [258, false])
  const ofLength = (characters: number) =>
    readToken(`g3abcdefgh.${'A'.repeat(characters - 55)}.${'A'.repeat(43)}`)
  t.ok(ofLength(256))
  t.notOk(ofLength(257))
})

t.test('verifyToken() reads a token that was written before', async t => {
  const parts = readToken(
    'g3abcdefgh.ASNFZ4mrze8BI0VniavN718cfw46C0pVioMNLB4PmhGvybMdnz82RQAAAAAABwAAawV8QEFLSUFBQUFBQUFBQUF' +
      'BQUFBQUFBYmFja3Vw.XiwAWcDD0RMRn6VYZf5esFujkBc0d6iPhTT6hq3IOxY',
  )
  t.strictSame(parts && verifyToken(parts, signer.secret), {
    organizationId: ORGANIZATION,
    principalId: '5f1c7f0e-3a0b-4a55-8a83-0d2c1e0f9a11',
    epoch: epochMark('epoch'),
    roleVersion: 7,
    expiresAt: T,
    accessKeyId: `AKIA${'A'.repeat(16)}`,
    roleId: 'backup',
  })
  t.equal(epochMark('epoch'), 'afc9b31d9f3f3645')
})

const roundTrip = fc.property(claims, said => {
  const token = writeToken(signer, said)
  const parts = readToken(token)
  return (
    token.length <= 256 &&
    EWS_CLIENTS.test(token) &&
    parts?.keyId === signer.id &&
    isDeepStrictEqual(verifyToken(parts, signer.secret), { ...said })
  )
})
t.doesNotThrow(() => fc.assert(roundTrip), 'verifyToken() reads what writeToken() wrote')

const another = fc.property(
  claims,
  fc.nat(),
  fc.integer({ min: 0, max: 63 }),
  (said, at, letter) => {
    const token = writeToken(signer, said)
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const place = at % token.length
    const changed = token.slice(0, place) + letters[letter] + token.slice(place + 1)
    const parts = readToken(changed)
    return (
      changed === token || !parts || parts.keyId !== signer.id || !verifyToken(parts, signer.secret)
    )
  },
)
t.doesNotThrow(() => fc.assert(another), 'verifyToken() refuses a token with any character changed')
