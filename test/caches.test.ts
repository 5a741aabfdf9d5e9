/**
 * Bounds of caches: as many entries as fit are found again, and one more makes room.
 */

import { generateKeyPairSync, sign } from 'node:crypto'
import t from 'tap'
import { AccountPasswords } from '../src/credentials/account-passwords.ts'
import { BasicAuthenticator } from '../src/credentials/basic.ts'
import type { Authentication } from '../src/credentials/credentials.ts'
import { IssuerAuthenticator } from '../src/credentials/issuer-tokens.ts'
import { KeyUsage } from '../src/credentials/key-usage.ts'
import { SigningKeys } from '../src/credentials/signing-keys.ts'
import { BearerAuthenticator } from '../src/credentials/token.ts'
import { epochMark, writeToken } from '../src/credentials/token-text.ts'
import { WatchedDirectory } from '../src/credentials/watched-directory.ts'
import { EnvelopeReader } from '../src/ews/reader.ts'
import { PrologueMemory } from '../src/gateway/remember.ts'
import { Subscriptions } from '../src/gateway/subscriptions.ts'
import { SeriesMemory } from '../src/history/rows.ts'
import { accessKeyId } from '../src/model/principal.ts'
import { assumesOnly } from '../src/policy/iam.ts'
import type { SubscriptionStore } from '../src/store/store.ts'
import { ADDRESS, MASTER_KEY, ORGANIZATION, openFixture, T } from './credentials/fixture.ts'
import { requestWith } from './policy/guard-cases.ts'

/** Asks a cache for its entry of a number. Returns whether the cache had it. */
type Ask = (n: number) => Promise<boolean> | boolean

/** Compares what a cache returns for a number with what it returned before. */
function byIdentity(ask: (n: number) => Promise<unknown> | unknown): Ask {
  const before = new Map<number, unknown>()
  return async n => {
    const result = await ask(n)
    const isSame = before.get(n) === result
    before.set(n, result)
    return isSame
  }
}

const callerOf = (authentication: Authentication) => {
  if (authentication.kind !== 'authenticated') throw new Error(authentication.kind)
  return authentication.caller
}

/** @param length - least length of the header */
async function basic(length = 0): Promise<Ask> {
  const { store, masterKey, rateLimiter, key, secret } = await openFixture()
  // The same object for each request, as the policy data holds it.
  const credential = await store.credential(key.id)
  const credentials = { credential: async () => credential }
  const authenticator = new BasicAuthenticator({ credentials, masterKey, rateLimiter, assumesOnly })
  return byIdentity(async n => {
    const pair = Buffer.from(`role-${n}\\${key.id}:${secret}`).toString('base64')
    const authorization = `Basic ${pair}`.padEnd(length)
    const presented = { authorization, sourceAddress: ADDRESS, at: T }
    return callerOf(await authenticator.authenticate(presented))
  })
}

async function bearer(): Promise<Ask> {
  const { store, masterKey, rateLimiter, watch, role, principal, key } = await openFixture()
  const keys = new SigningKeys({ store, masterKey, maxAgeMs: 300_000, now: () => T })
  const credential = await store.credential(key.id)
  const authenticator = new BearerAuthenticator({
    keys,
    credentials: { credential: async () => credential },
    roles: { role: async () => role },
    watch,
    rateLimiter,
  })
  const [signer, epoch] = await Promise.all([keys.signer(), watch.epoch()])
  return byIdentity(async n => {
    const token = writeToken(signer, {
      organizationId: role.organizationId,
      principalId: principal.id,
      accessKeyId: key.id,
      roleId: role.id,
      roleVersion: role.version,
      epoch: epochMark(epoch),
      expiresAt: T + 1_000 * (n + 1),
    })
    const authorization = `Bearer ${token}`
    const { proof } = callerOf(
      await authenticator.authenticate({ authorization, sourceAddress: ADDRESS, at: T }),
    )
    return proof.kind === 'token' && proof.claims
  })
}

/** A directory in which each SID has an account. Its requests are the misses. */
function countedDirectory() {
  const counted = { finds: 0 }
  const directory = {
    find: async () => {
      counted.finds += 1
      return { dn: 'CN=svc', enabled: true, passwordSetAt: '1' }
    },
    bind: async (_: string, __: unknown, password: string) =>
      password === 'right' ? ({ kind: 'accepted' } as const) : ({ kind: 'rejected' } as const),
  }
  const limits = { maxAgeMs: 300_000, checkMs: 60_000, now: () => T, latest: () => T }
  /** Whether an action asked nothing. */
  const isKnown = async (act: () => Promise<unknown>) => {
    const { finds } = counted
    await act()
    return counted.finds === finds
  }
  return { options: { directory, ...limits }, isKnown }
}

function passwords(password: string): Ask {
  const { options, isKnown } = countedDirectory()
  const states = new Map<string, string>()
  const accounts = new AccountPasswords({
    ...options,
    states: {
      read: async sid => states.get(sid),
      replace: async (sid, text) => states.set(sid, text).has(sid),
    },
    masterKey: MASTER_KEY,
    failuresBeforePause: 2,
    pauseMs: 900_000,
  })
  return n => isKnown(async () => accounts.verify(`S-${n}`, password))
}

function accounts(): Ask {
  const { options, isKnown } = countedDirectory()
  const directory = new WatchedDirectory(options)
  return n => isKnown(() => directory.recent(`S-${n}`))
}

/** @param length - greatest length of the tokens, which they reach but for two characters */
async function issued(length = 0): Promise<Ask> {
  const { store, rateLimiter, principal } = await openFixture()
  const subject = { kind: 'token-subject', issuer: 'i', claim: 'sub', subject: 'tool' } as const
  await store.putIdentities(ORGANIZATION, principal.id, [subject])
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  let verified = 0
  const keys = async () => {
    verified += 1
    return publicKey
  }
  const authenticator = new IssuerAuthenticator({
    issuers: [{ issuer: 'i', audience: 'a', algorithms: ['EdDSA'], keys }],
    identities: store,
    rateLimiter,
    assumesOnly,
  })
  const encode = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url')
  const tokenOf = (n: number, padding: string) => {
    const claims = {
      iss: 'i',
      aud: 'a',
      sub: 'tool',
      exp: T / 1_000 + 600,
      jti: String(n),
      padding,
    }
    const text = `${encode({ alg: 'EdDSA' })}.${encode(claims)}`
    return `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`
  }
  return async n => {
    const bytes = Math.floor(((length - tokenOf(n, '').length) * 3) / 4)
    const authorization = `Bearer ${tokenOf(n, 'x'.repeat(Math.max(0, bytes)))}`
    const before = verified
    callerOf(
      (await authenticator.authenticate({ authorization, sourceAddress: ADDRESS, at: T })) ?? {
        kind: 'missing',
      },
    )
    return verified === before
  }
}

const REQUEST = requestWith('<m:GetFolder/>').toString()

/** A request whose prologue has a length, and differs for each number. */
function requestOf(n: number, length: number): Buffer {
  const digits = n.toString(2).replaceAll('0', ' ').replaceAll('1', '\t')
  const blanks = digits.padStart(length - REQUEST.indexOf('<m:GetFolder/>'))
  return Buffer.from(REQUEST.replace('<s:Header>', `<s:Header>${blanks}`))
}

/** Finds a prologue, or reads the request and adds it. */
function prologues(principalOf: (n: number) => string, length: number): Ask {
  const memory = new PrologueMemory()
  return n => {
    const request = requestOf(n, length)
    if (memory.find(principalOf(n), request) !== undefined) return true
    const reader = new EnvelopeReader()
    reader.write(request)
    if (reader.remembered) memory.add(principalOf(n), request, reader.remembered)
    return false
  }
}

/** Whether an action wrote nothing, because a former one is remembered. */
function byWrites(act: (n: number, written: () => Promise<void>) => void): Ask {
  return n => {
    let isKnown = true
    act(n, async () => {
      isKnown = false
    })
    return isKnown
  }
}

function usage(): Ask {
  let write = async () => {}
  const use = new KeyUsage({ keyUsed: () => write() }, () => undefined)
  return byWrites((n, written) => {
    write = written
    use.note({ ...KEY, id: accessKeyId(`AKIA${n}`) }, T)
  })
}

const { key: KEY } = await openFixture()

function subscriptions(): Ask {
  let write = async () => {}
  const store = { keepSubscription: () => write() } as unknown as SubscriptionStore
  const uses = new Subscriptions({ store, now: () => T, failed: () => undefined })
  return byWrites((n, written) => {
    write = written
    uses.used([`id-${n}`], ORGANIZATION)
  })
}

function series(): Ask {
  const memory = new SeriesMemory(100)
  const shared = { organizationId: ORGANIZATION, roleId: '', roleName: '', principalId: '' }
  const ended = { outcome: '', cause: '', rule: '', ruleName: '' } as const
  const compared = { shadowVersion: '', shadow: '', shadowReason: '' } as const
  const request = { mailbox: '', operation: 'GetItem', verdict: 'allow', reason: '' } as const
  return byIdentity(n =>
    memory.seriesOf({ ...shared, ...request, ...ended, ...compared, userId: `user-${n}` }),
  )
}

for (const [what, most, open] of [
  ['verified Basic credentials', 4_096, () => basic()],
  ['verified tokens', 4_096, bearer],
  ['verified tokens of an issuer', 1_024, () => issued()],
  ['proven passwords of accounts', 4_096, () => passwords('right')],
  ['wrong passwords of accounts', 4_096, () => passwords('wrong')],
  ['accounts of a directory', 4_096, accounts],
  ['uses of keys', 10_000, usage],
  ['uses of subscriptions', 10_000, subscriptions],
  ['principals with prologues', 256, () => prologues(n => `principal-${n}`, 1_024)],
  ['prologues of 1 KiB', 128, () => prologues(() => 'principal', 1_024)],
  ['series', 100, series],
] as const satisfies readonly (readonly [string, number, () => Promise<Ask> | Ask])[])
  t.test(`${most} ${what} are cached, and one more replaces the oldest`, async t => {
    const ask = await open()
    let known = 0
    for (let n = 0; n < most; n += 1) known += (await ask(n)) ? 1 : 0
    t.equal(known, 0, 'all are new')
    t.ok(await ask(0), 'the first is remembered')
    t.notOk(await ask(most), 'one more is new')
    t.notOk((await ask(1)) && (await ask(0)), 'one of the first is forgotten')
  })

for (const [what, isKept, open] of [
  ['a prologue of 4,096 bytes', true, () => prologues(() => 'principal', 4_096)],
  ['a prologue of 4,097 bytes', false, () => prologues(() => 'principal', 4_097)],
  ['a Basic header of 1,024 bytes', true, () => basic(1_024)],
  ['a Basic header of 1,025 bytes', false, () => basic(1_025)],
  ['a token of an issuer of 8,192 bytes', true, () => issued(8_192)],
  ['a token of an issuer of 8,196 bytes', false, () => issued(8_196)],
] as const satisfies readonly (readonly [string, boolean, () => Promise<Ask> | Ask])[])
  t.test(`${what} is ${isKept ? '' : 'not '}cached`, async t => {
    const ask = await open()
    t.notOk(await ask(0), 'is new')
    t.equal(await ask(0), isKept, 'is asked for again')
  })
