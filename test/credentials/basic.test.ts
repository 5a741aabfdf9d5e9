import fc from 'fast-check'
import t from 'tap'
import { makeAccessKey } from '../../src/credentials/access-key.ts'
import { AuthenticationRateLimiter } from '../../src/credentials/authentication-rate-limiter.ts'
import { BasicAuthenticator } from '../../src/credentials/basic.ts'
import type { Authentication } from '../../src/credentials/credentials.ts'
import { MasterKey } from '../../src/credentials/master-key.ts'
import type { CredentialProof } from '../../src/model/credential-proof.ts'
import { Failure } from '../../src/model/failure.ts'
import type { PolicyDocument } from '../../src/model/iam.ts'
import { organizationId } from '../../src/model/identity.ts'
import {
  type AccessKey,
  type AccessKeyId,
  type Credential,
  type Principal,
  principalId,
} from '../../src/model/principal.ts'
import { assumesOnly } from '../../src/policy/iam.ts'
import type { CredentialReader } from '../../src/store/store.ts'

const T = 1_000_000_000
const ROLE = '12345678-1234-1234-1234-123456789012'
const policy: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['workmail:AssumeImpersonationRole'],
      Resource: ['*'],
      Condition: { StringEquals: { 'workmail:ImpersonationRoleId': [ROLE] } },
    },
  ],
}
const principal: Principal = {
  id: principalId('5f1c7f0e-3a0b-4a55-8a83-0d2c1e0f9a11'),
  organizationId: organizationId('m-0123456789abcdef0123456789abcdef'),
  name: 'backup',
  enabled: true,
  policy,
}
const masterKey = new MasterKey(Buffer.alloc(32, 1))
const { key, secret } = makeAccessKey(masterKey, principal.id, {
  now: () => T,
  expiresAt: T + 600_000,
})
const neverStored = makeAccessKey(masterKey, principal.id, { now: () => T })
const invented = `AKIA${'A'.repeat(16)}`

/** A reader over one credential that counts how often it is asked. */
class OneCredential implements CredentialReader {
  reads = 0
  /** May be set. */
  present: Credential | undefined

  constructor(credential: Credential) {
    this.present = credential
  }

  async credential(id: AccessKeyId) {
    this.reads++
    return id === this.present?.key.id ? this.present : undefined
  }
}

const open = (change: { key?: Partial<AccessKey>; principal?: Partial<Principal> } = {}) => {
  const credentials = new OneCredential({
    key: { ...key, ...change.key },
    principal: { ...principal, ...change.principal },
  })
  const rateLimiter = new AuthenticationRateLimiter()
  const basic = new BasicAuthenticator({ credentials, masterKey, rateLimiter, assumesOnly })
  const authenticate = (authorization?: string, at = T, sourceAddress = '192.0.2.7') =>
    basic.authenticate({
      ...(authorization !== undefined && { authorization }),
      sourceAddress,
      at,
    })
  return { credentials, rateLimiter, authenticate }
}

const PROOF = { kind: 'key', keyId: key.id, secretHash: key.secretHash } as const

const header = (pair: string, encoding: BufferEncoding = 'utf8') =>
  `Basic ${Buffer.from(pair, encoding).toString('base64')}`
const good = header(`${key.id}:${secret.reveal()}`)
const guess = header(`${key.id}:${neverStored.secret.reveal()}`)

const roleOf = (answer: Authentication) =>
  answer.kind === 'authenticated' ? referenceOf(answer.caller.proof) : answer.kind

const referenceOf = (proof: CredentialProof) =>
  proof.kind === 'key' ? (proof.roleReference ?? 'only role') : proof.kind

const mailboxOf = (answer: Authentication) =>
  answer.kind === 'authenticated' ? answer.caller.mailbox : answer.kind

t.test('authenticate() returns the principal and the key', async t => {
  const answer = await open().authenticate(good)
  t.strictSame(answer, {
    kind: 'authenticated',
    caller: {
      principal,
      credential: { kind: 'access-key', key },
      proof: PROOF,
      signIn: { scheme: 'Basic' },
    },
  })
})

t.test('authenticate() without a header is not a failure and is not counted', async t => {
  const { authenticate, rateLimiter, credentials } = open()
  for (let i = 0; i < 50; i++) t.strictSame(await authenticate(), { kind: 'missing' })
  await rateLimiter.recordRest(
    Number.POSITIVE_INFINITY,
    async () => void t.fail('nothing is counted'),
  )
  t.equal(credentials.reads, 0)
  t.equal((await authenticate(good)).kind, 'authenticated')
})

for (const [name, user, role] of [
  ['a key id', key.id, 'only role'],
  ['role\\key', `backup-readonly\\${key.id}`, 'backup-readonly'],
  ['a role id', `${ROLE}\\${key.id}`, ROLE],
  ['the last backslash', `CORP\\backup\\${key.id}`, 'CORP\\backup'],
  ['an empty role', `\\${key.id}`, 'only role'],
  ['an @ after the key id', `${key.id}@example.com`, 'only role'],
  ['an @ after the key id, and a role', `backup\\${key.id}@example.com`, 'backup'],
  ['an @ in the role', `backup@night\\${key.id}`, 'backup@night'],
  ['two @ after the key id', `${key.id}@a@b`, 'only role'],
  ['nothing after the @', `${key.id}@`, 'only role'],
  ['a blank in the role', `night backup\\${key.id}`, 'night backup'],
  ['a role beyond ASCII', `Sicherung für März\\${key.id}`, 'Sicherung für März'],
  ['a backslash after the @', `${key.id}@corp\\x`, 'wrong'],
  ['a blank before the key id', ` ${key.id}`, 'wrong'],
  ['a key id in small letters', key.id.toLowerCase(), 'wrong'],
  ['a control character', `back\u0000up\\${key.id}`, 'wrong'],
  ['a line break', `back\nup\\${key.id}`, 'wrong'],
  ['a byte order mark', `\ufeff${key.id}`, 'wrong'],
  ['nothing', '', 'wrong'],
  ['a role alone', 'backup\\', 'wrong'],
] as const) {
  t.test(`R17 authenticate() user name with ${name}: ${role}`, async t => {
    const answer = await open().authenticate(header(`${user}:${secret.reveal()}`))
    t.equal(roleOf(answer), role)
  })
}

for (const [name, user, mailbox, role] of [
  ['a mailbox', `alice@example.com|${key.id}`, 'alice@example.com', 'only role'],
  ['a mailbox and a role', `alice@example.com|backup\\${key.id}`, 'alice@example.com', 'backup'],
  ['a mailbox and an empty role', `a@example.com|\\${key.id}`, 'a@example.com', 'only role'],
  ['a mailbox and an @', `a@example.com|b\\${key.id}@tool.example`, 'a@example.com', 'b'],
  ['a mailbox, no role and an @', `a@example.com|${key.id}@x@y`, 'a@example.com', 'only role'],
  ['an empty mailbox', `|${key.id}`, '', 'only role'],
  ['an empty mailbox and an empty role', `|\\${key.id}`, '', 'only role'],
  ['a bar in the mailbox', `a|b@example.com|c\\${key.id}`, 'a|b@example.com', 'c'],
  ['a bar in the mailbox alone', `a|b@example.com|${key.id}`, 'a|b@example.com', 'only role'],
  ['a semicolon for a bar', `a@example.com;${key.id}`, 'a@example.com', 'only role'],
  ['a semicolon and a role', `a|b@example.com;c\\${key.id}`, 'a|b@example.com', 'c'],
  ['two bars', `a;b|c\\${key.id}`, 'a;b', 'c'],
  ['an empty mailbox and a semicolon', `;${key.id}`, '', 'only role'],
  ['a semicolon behind the @', `${key.id}@a;b`, 'wrong', 'wrong'],
  ['a backslash in the mailbox', `CORP\\a|b\\${key.id}`, 'CORP\\a', 'b'],
  ['a backslash in the role', `a@example.com|b\\c\\${key.id}`, 'a@example.com', 'b\\c'],
  ['blanks, which belong to what they are in', ` a |night b\\${key.id}`, ' a ', 'night b'],
  ['no mailbox', `backup\\${key.id}`, undefined, 'backup'],
  ['a mailbox behind the role', `backup\\a@example.com|${key.id}`, 'wrong', 'wrong'],
  ['a domain before the mailbox alone', `CORP\\a|${key.id}`, 'wrong', 'wrong'],
  ['a bar behind the key id', `a@example.com|${key.id}|`, 'wrong', 'wrong'],
  ['a bar behind the @', `${key.id}@a|b`, 'wrong', 'wrong'],
  ['the mailbox behind the key id', `${key.id}|a@example.com`, 'wrong', 'wrong'],
  ['a mailbox and no key id', 'a@example.com|', 'wrong', 'wrong'],
  ['a bar at its end, behind an @', `${key.id}@x|`, 'wrong', 'wrong'],
  ['a mailbox behind an empty role', `\\a@example.com|${key.id}`, 'wrong', 'wrong'],
  ['a control character in the mailbox', `a\u0000|${key.id}`, 'wrong', 'wrong'],
] as const) {
  t.test(`R17 authenticate() user name with ${name}: ${mailbox}, ${role}`, async t => {
    const answer = await open().authenticate(header(`${user}:${secret.reveal()}`))
    t.equal(mailboxOf(answer), mailbox)
    t.equal(roleOf(answer), role)
  })
}

t.test('R17 authenticate() finds mailbox, role, and key ID in any clear order', async () => {
  const { authenticate } = open()
  const part = (without: RegExp) =>
    fc
      .string({ unit: 'grapheme', maxLength: 12 })
      .filter(text => !without.test(text) && text.isWellFormed() && text[0] !== '\ufeff')
  const bars = fc.constantFrom('|', ';')
  const mailboxes = fc.option(part(/[\p{Cc}:]/u))
  const roles = fc.option(part(/[\p{Cc}:|;]/u))
  const suffixes = part(/[\p{Cc}:|;\\]/u)
  await fc.assert(
    fc.asyncProperty(mailboxes, bars, roles, suffixes, async (mailbox, bar, role, suffix) => {
      const before = mailbox === null ? '' : `${mailbox}${bar}`
      // Without a role the last backslash would be the mailbox's.
      fc.pre(role !== null || !before.includes('\\'))
      const user = `${before}${role === null ? '' : `${role}\\`}${key.id}@${suffix}`
      const answer = await authenticate(header(`${user}:${secret.reveal()}`))
      return (
        mailboxOf(answer) === (mailbox ?? undefined) && roleOf(answer) === (role || 'only role')
      )
    }),
  )
})

t.test('R17 authenticate() reads the user name as UTF-8, else as Latin-1', async t => {
  const named = `jörg@example.com|${key.id}:${secret.reveal()}`
  for (const encoding of ['utf8', 'latin1'] as const)
    t.equal(mailboxOf(await open().authenticate(header(named, encoding))), 'jörg@example.com')
  const pair = `Prüfung\\${key.id}:${secret.reveal()}`
  t.equal(roleOf(await open().authenticate(header(pair, 'utf8'))), 'Prüfung')
  t.equal(roleOf(await open().authenticate(header(pair, 'latin1'))), 'Prüfung')
})

t.test('R17 authenticate() splits at the first colon', async t => {
  const { authenticate } = open()
  t.equal(roleOf(await authenticate(header(`a:b\\${key.id}:${secret.reveal()}`))), 'wrong')
  t.equal(roleOf(await authenticate(header(`${key.id}::${secret.reveal()}`))), 'wrong')
  t.equal(roleOf(await authenticate(header(`${key.id}:${secret.reveal()}:`))), 'wrong')
})

const token = good.slice('Basic '.length)
for (const [name, authorization, kind] of [
  ['the scheme in small letters', `basic ${token}`, 'authenticated'],
  ['the scheme in capitals', `BASIC ${token}`, 'authenticated'],
  ['two blanks', `Basic  ${token}`, 'authenticated'],
  ['no padding', `Basic ${token.replace(/=+$/, '')}`, 'authenticated'],
  ['an empty header', '', 'wrong'],
  ['the scheme alone', 'Basic', 'wrong'],
  ['an empty token', 'Basic ', 'wrong'],
  ['no blank', `Basic${token}`, 'wrong'],
  ['a tab', `Basic\t${token}`, 'wrong'],
  ['a bare token', token, 'wrong'],
  ['two tokens', `Basic ${token} ${token}`, 'wrong'],
  ['two credentials', `${good}, ${good}`, 'wrong'],
  ['base64 with rubbish in it', `Basic ${token.slice(0, 8)}!${token.slice(8)}`, 'wrong'],
  ['no colon', header(key.id), 'wrong'],
  ['Bearer', `Bearer ${token}`, 'wrong'],
  ['NTLM', 'NTLM TlRMTVNTUAABAAAA', 'wrong'],
  ['SigV4', `AWS4-HMAC-SHA256 Credential=${key.id}/20261124`, 'wrong'],
] as const) {
  t.test(`authenticate() header with ${name}: ${kind}`, async t => {
    t.equal((await open().authenticate(authorization)).kind, kind)
  })
}

const more: PolicyDocument = {
  ...policy,
  Statement: [{ Effect: 'Allow', Action: ['workmail:*'], Resource: ['*'] }],
}
const owner = { organizationId: principal.organizationId, principalId: principal.id }
for (const [name, change, at] of [
  ['an expired key', {}, T + 600_000],
  ['a disabled key', { key: { enabled: false } }, T],
  ['a disabled principal', { principal: { enabled: false } }, T],
  ['R17 a principal whose policy allows more', { principal: { policy: more } }, T],
  ["another key's hash", { key: { secretHash: neverStored.key.secretHash } }, T],
] as const) {
  const expected = { kind: 'wrong', accessKeyId: key.id, owner, record: true, count: 1 }
  t.test(`authenticate() ${name} is wrong, and counted`, async t => {
    t.strictSame(await open(change).authenticate(good, at), expected)
  })
  t.test(`P5 authenticate() ${name} is wrong although the header was valid before`, async t => {
    const { authenticate, credentials } = open()
    t.equal((await authenticate(good)).kind, 'authenticated')
    t.equal((await authenticate(good)).kind, 'authenticated', 'remembered')
    if (Object.keys(change).length > 0) credentials.present = open(change).credentials.present
    t.strictSame(await authenticate(good, at), expected)
    t.equal((await authenticate(good, at)).kind, 'wrong', 'and still')
  })
}

t.test('P5 authenticate() reads the credential each time, despite cached headers', async t => {
  const { authenticate, credentials } = open()
  await authenticate(good)
  const longer = header(`${'x'.repeat(1_000)}|${key.id}:${secret.reveal()}`)
  t.equal((await authenticate(longer)).kind, 'authenticated')
  credentials.present = undefined
  t.equal((await authenticate(good)).kind, 'wrong')
  t.equal((await authenticate(longer)).kind, 'wrong')
  t.equal(credentials.reads, 4)
})

t.test('R18 authenticate() lets wrong headers replace no cached one', async t => {
  const { authenticate } = open()
  const before = await authenticate(good)
  for (let n = 0; n < 4_096; n++)
    await authenticate(header(`role-${n}\\${key.id}:x`), T, `10.0.${n >> 8}.${n & 255}`)
  const after = await authenticate(good)
  t.equal(before.kind === 'authenticated' && after.kind, 'authenticated')
  t.ok('caller' in before && 'caller' in after && before.caller === after.caller)
})

t.test('authenticate() a wrong secret, and a key that the store does not know', async t => {
  const { authenticate, credentials } = open()
  const wrong = { kind: 'wrong', record: true, count: 1 }
  t.strictSame(await authenticate(guess), { ...wrong, accessKeyId: key.id, owner })
  const { id } = neverStored.key
  const unknown = header(`${id}:${neverStored.secret.reveal()}`)
  t.strictSame(await authenticate(unknown), { ...wrong, accessKeyId: id })
  t.equal(credentials.reads, 2)
})

t.test('R18 authenticate() rejects an invented key ID without a read', async t => {
  const { authenticate, credentials } = open()
  const answer = await authenticate(header(`${invented}:${secret.reveal()}`))
  t.strictSame(answer, { kind: 'wrong', accessKeyId: invented, record: true, count: 1 })
  t.equal(credentials.reads, 0)
})

t.test('recognizes() a header with an issued key ID', async t => {
  const ports = {
    credentials: open().credentials,
    masterKey,
    rateLimiter: new AuthenticationRateLimiter(),
    assumesOnly,
  }
  const basic = new BasicAuthenticator(ports)
  t.ok(basic.recognizes(good))
  t.ok(basic.recognizes(guess), 'whatever its secret is')
  t.notOk(basic.recognizes(header(`${invented}:x`)))
  t.notOk(basic.recognizes('Basic !'))
})

t.test('P8 authenticate() reports no user name that is not a key ID', async t => {
  const withoutColon = header(`${key.id}x`)
  t.strictSame(await open().authenticate(withoutColon), { kind: 'wrong', record: true, count: 1 })
  const swapped = header(`${secret.reveal()}:${key.id}`)
  t.strictSame(await open().authenticate(swapped), { kind: 'wrong', record: true, count: 1 })
})

t.test('R18 authenticate() limits an address and key after the tenth failure', async t => {
  const { authenticate, credentials } = open()
  for (let i = 0; i < 10; i++) t.equal((await authenticate(guess)).kind, 'wrong')
  const expected = { kind: 'braked', accessKeyId: key.id, retryAfterMs: 59_000 }
  t.strictSame(await authenticate(good, T + 1_000), expected)
  t.equal(credentials.reads, 10, 'nothing is read')
  t.equal((await authenticate(good, T, '192.0.2.8')).kind, 'authenticated', 'another address')
  t.equal((await authenticate(good, T + 60_000)).kind, 'authenticated', 'a minute later')
})

t.test('R18 authenticate() limits concurrent guesses', async t => {
  const { authenticate } = open()
  const answers = await Promise.all(Array.from({ length: 50 }, () => authenticate(guess)))
  t.equal(answers.filter(({ kind }) => kind === 'wrong').length, 10)
  t.equal(answers.filter(({ kind }) => kind === 'braked').length, 40)
})

t.test('R18 authenticate() limits up to the last millisecond of the minute', async t => {
  const braked = { kind: 'braked', accessKeyId: key.id, retryAfterMs: 1 }
  const { authenticate, credentials } = open()
  for (let i = 0; i < 10; i++) await authenticate(guess)
  t.strictSame(await authenticate(good, T + 59_999), braked)
  t.equal(credentials.reads, 10, 'nothing is read')

  const during = open()
  for (let i = 0; i < 9; i++) await during.authenticate(guess)
  const read = during.credentials.credential.bind(during.credentials)
  during.credentials.credential = async id => {
    during.rateLimiter.fail('192.0.2.7', key.id, T + 59_999)
    return await read(id)
  }
  t.strictSame(await during.authenticate(good, T + 59_999), braked, 'while the store was read')
})

t.test('R18 authenticate() a success clears the failures before it', async t => {
  const { authenticate } = open()
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 9; i++) t.equal((await authenticate(guess)).kind, 'wrong')
    t.equal((await authenticate(good)).kind, 'authenticated')
  }
})

t.test('R18 authenticate() invented IDs and malformed headers limit no key', async t => {
  const { authenticate } = open()
  for (let i = 0; i < 30; i++) {
    await authenticate(header(`${invented}:x`))
    await authenticate('Basic !')
  }
  t.equal((await authenticate(good)).kind, 'authenticated')
})

t.test('P6 authenticate() passes on a failure of the store', async t => {
  const failure = new Failure('policy-unavailable', 'The store is gone')
  const basic = new BasicAuthenticator({
    credentials: {
      async credential() {
        throw failure
      },
    },
    masterKey,
    rateLimiter: new AuthenticationRateLimiter(),
    assumesOnly,
  })
  const request = { authorization: good, sourceAddress: '192.0.2.7', at: T }
  await t.rejects(async () => basic.authenticate(request), failure)
})
