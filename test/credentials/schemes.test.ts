import t from 'tap'
import { BasicAuthenticator } from '../../src/credentials/basic.ts'
import { KeyUsage } from '../../src/credentials/key-usage.ts'
import { SchemeAuthenticator } from '../../src/credentials/schemes.ts'
import { SigningKeys } from '../../src/credentials/signing-keys.ts'
import { BearerAuthenticator, SignedTokenIssuer } from '../../src/credentials/token.ts'
import { DEFAULT_OFFER, type Scheme } from '../../src/model/sign-in.ts'
import { assumesOnly } from '../../src/policy/iam.ts'
import { anonymous, openFixture, T } from './fixture.ts'

async function open(usage?: KeyUsage) {
  const fixture = await openFixture()
  const { store, masterKey, clock, rateLimiter } = fixture
  const keys = new SigningKeys({ store, masterKey, maxAgeMs: 300_000, now: () => clock.at })
  const authenticator = new SchemeAuthenticator({
    basic: new BasicAuthenticator({ credentials: store, masterKey, rateLimiter, assumesOnly }),
    bearer: new BearerAuthenticator({
      keys,
      credentials: store,
      roles: store,
      watch: fixture.watch,
      rateLimiter,
    }),
    rateLimiter,
    usage: usage ?? fixture.usage,
  })
  const issuer = new SignedTokenIssuer(keys, store, () => clock.at)
  const { token } = await issuer.issue(fixture.role, fixture.principal, fixture.key)
  const pair = Buffer.from(`${fixture.key.id}:${fixture.secret}`).toString('base64')
  const authenticate = (authorization?: string, at = T, offer = DEFAULT_OFFER) =>
    authenticator.authenticate({ ...anonymous(), authorization, at, offer })
  return { fixture, authenticator, authenticate, bearer: `Bearer ${token}`, basic: `Basic ${pair}` }
}

t.test('authenticate() accepts only Basic and Bearer', async t => {
  const { authenticate, basic, bearer, fixture } = await open()
  t.match(await authenticate(basic), { kind: 'authenticated', caller: { proof: { kind: 'key' } } })
  t.match(await authenticate(bearer), {
    kind: 'authenticated',
    caller: { proof: { kind: 'token', claims: { roleId: fixture.role.id } } },
  })
  t.strictSame(await authenticate(), { kind: 'missing' })
  for (const header of [
    '',
    ' ',
    'Basic',
    'Bearer',
    'Bearer ',
    'Negotiate YII=',
    'NTLM TlRMTVNTUAAB',
    'Digest username="a"',
    `${basic}, ${bearer}`,
    `${bearer}, ${basic}`,
    `${bearer}\t`,
    ` ${bearer}`,
    basic.replace('Basic', 'Bearer'),
    bearer.replace('Bearer', 'Basic'),
  ])
    t.equal((await authenticate(header)).kind, 'wrong', header.slice(0, 20))
})

t.test('authenticate() rejects a scheme that the host name does not offer', async t => {
  const { authenticate, basic, bearer } = await open()
  const kindUnder = async (header: string, ...schemes: Scheme[]) =>
    (await authenticate(header, T, { ...DEFAULT_OFFER, schemes })).kind
  t.equal(await kindUnder(basic, 'Basic'), 'authenticated')
  t.equal(await kindUnder(bearer, 'Basic'), 'wrong')
  t.equal(await kindUnder(basic, 'Bearer'), 'wrong')
  t.equal(await kindUnder(bearer, 'Bearer'), 'authenticated')
})

t.test('authenticateClient() accepts a key, and no token', async t => {
  const noted: number[] = []
  const usage = new KeyUsage({ keyUsed: async (_, at) => void noted.push(at) }, () => undefined)
  const { authenticator, basic, bearer } = await open(usage)
  const ask = async (authorization: string) =>
    (await authenticator.authenticateClient({ ...anonymous(), authorization })).kind
  t.equal(await ask(bearer), 'wrong')
  t.equal(await ask(basic), 'authenticated')
  t.strictSame(noted, [T], 'its use is recorded')
})

t.test('authenticate() records the use of a key once a minute', async t => {
  const noted: number[] = []
  const usage = new KeyUsage({ keyUsed: async (_, at) => void noted.push(at) }, () => undefined)
  const { authenticate, basic, bearer } = await open(usage)
  await authenticate(basic.slice(0, -8))
  t.strictSame(noted, [], 'but not of one that is wrong')
  for (const at of [T, T + 1, T + 59_999, T + 60_000, T + 60_001]) {
    await authenticate(basic, at)
    await authenticate(bearer, at)
  }
  t.strictSame(noted, [T, T + 60_000])
})

t.test('authenticate() neither waits for the record of a use nor fails with it', async t => {
  const failures: unknown[] = []
  const failure = new Error('The store is busy')
  const usage = new KeyUsage(
    { keyUsed: () => Promise.reject(failure) },
    error => void failures.push(error),
  )
  const { authenticate, basic } = await open(usage)
  t.equal((await authenticate(basic)).kind, 'authenticated')
  await new Promise(resolve => setImmediate(resolve))
  t.strictSame(failures, [failure])

  const never = new KeyUsage({ keyUsed: () => new Promise(() => undefined) }, () => undefined)
  const slow = await open(never)
  t.equal((await slow.authenticate(slow.basic)).kind, 'authenticated')
})

t.test('note() skips a use that another process has recorded', async t => {
  const noted: number[] = []
  const usage = new KeyUsage({ keyUsed: async (_, at) => void noted.push(at) }, () => undefined)
  const { fixture } = await open()
  usage.note({ ...fixture.key, lastUsedAt: T - 59_999 }, T)
  t.strictSame(noted, [])
  usage.note({ ...fixture.key, lastUsedAt: T - 59_999 }, T + 1)
  t.strictSame(noted, [T + 1])
})
