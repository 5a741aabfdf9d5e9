import t from 'tap'
import { BasicAuthenticator } from '../../src/credentials/basic.ts'
import type { ConnectionAuthenticator } from '../../src/credentials/connection-authenticator.ts'
import type { Caller, PresentedCredential } from '../../src/credentials/credentials.ts'
import type { IssuerAuthenticator } from '../../src/credentials/issuer-tokens.ts'
import { KeyUsage } from '../../src/credentials/key-usage.ts'
import { SchemeAuthenticator } from '../../src/credentials/schemes.ts'
import { SigningKeys } from '../../src/credentials/signing-keys.ts'
import { BearerAuthenticator, SignedTokenIssuer } from '../../src/credentials/token.ts'
import { accountReference } from '../../src/model/external-identity.ts'
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

t.test('authenticate() leaves a header to the first authenticator that knows it', async t => {
  const noted: unknown[] = []
  const usage = new KeyUsage({ keyUsed: async id => void noted.push(id) }, () => undefined)
  const { fixture } = await open()
  const answerOf = (name: string) => ({
    kind: 'authenticated' as const,
    caller: {
      principal: { ...fixture.principal, name },
      credential: { kind: 'directory-account', sid: 'S-1-5-21-1-2-3-4' },
      proof: { kind: 'identity', reference: accountReference('a@b'), identity: 'sid:S' },
      signIn: { scheme: 'Basic' },
    } as const satisfies Caller,
  })
  /** Knows headers that end with its name, as do all authenticators that can leave one to others. */
  const knowing = (name: string) => ({
    authenticate: ({ authorization = '' }: PresentedCredential) =>
      authorization.endsWith(name) ? answerOf(name) : undefined,
  })
  const always = (name: string) => ({ authenticate: () => answerOf(name) })
  const confirmed = answerOf('confirmed').caller
  const others = {
    accounts: { ...knowing('account'), confirm: async () => confirmed },
    connections: knowing('connection') as unknown as ConnectionAuthenticator,
    issuers: knowing('issuer') as unknown as IssuerAuthenticator,
  }
  const ports = {
    basic: always('basic') as unknown as BasicAuthenticator,
    bearer: always('bearer'),
    rateLimiter: fixture.rateLimiter,
    usage,
  }
  const nameIn = async (authenticator: SchemeAuthenticator, authorization?: string) => {
    const answer = await authenticator.authenticate({ ...anonymous(), authorization })
    return answer.kind === 'authenticated' ? answer.caller.principal.name : answer.kind
  }
  const all = new SchemeAuthenticator({ ...ports, ...others })
  const few = new SchemeAuthenticator(ports)
  for (const [header, ofAll, ofFew] of [
    [undefined, 'missing', 'missing'],
    ['Basic account', 'account', 'basic'],
    ['Basic issuer', 'basic', 'basic'],
    ['Basic x', 'basic', 'basic'],
    ['Bearer issuer', 'issuer', 'bearer'],
    ['Bearer account', 'bearer', 'bearer'],
    ['Bearer x', 'bearer', 'bearer'],
    ['NTLM connection', 'connection', 'basic'],
  ] as const) {
    t.equal(await nameIn(all, header), ofAll, `${header} with all`)
    t.equal(await nameIn(few, header), ofFew, `${header} with few`)
  }
  t.strictSame(noted, [], 'no use of a key is recorded for callers without one')
  const { caller } = answerOf('x')
  t.equal(await all.confirm(caller), confirmed)
  t.equal(await few.confirm(caller), caller)
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
