/**
 * Bounds of caches: as many entries as fit are found again, and one more makes room.
 */

import t from 'tap'
import { BasicAuthenticator } from '../src/credentials/basic.ts'
import type { Authentication } from '../src/credentials/credentials.ts'
import { KeyUsage } from '../src/credentials/key-usage.ts'
import { SigningKeys } from '../src/credentials/signing-keys.ts'
import { BearerAuthenticator } from '../src/credentials/token.ts'
import { epochMark, writeToken } from '../src/credentials/token-text.ts'
import { EnvelopeReader } from '../src/ews/reader.ts'
import { PrologueMemory } from '../src/gateway/remember.ts'
import { Subscriptions } from '../src/gateway/subscriptions.ts'
import { SeriesMemory } from '../src/history/rows.ts'
import { accessKeyId } from '../src/model/principal.ts'
import { assumesOnly } from '../src/policy/iam.ts'
import type { SubscriptionStore } from '../src/store/store.ts'
import { ADDRESS, ORGANIZATION, openFixture, T } from './credentials/fixture.ts'
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
      roleType: role.type,
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
  const request = { mailbox: '', operation: 'GetItem', verdict: 'allow', reason: '' } as const
  return byIdentity(n => memory.seriesOf({ ...shared, ...request, ...ended, userId: `user-${n}` }))
}

for (const [what, most, open] of [
  ['verified Basic credentials', 4_096, () => basic()],
  ['verified tokens', 4_096, bearer],
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
] as const satisfies readonly (readonly [string, boolean, () => Promise<Ask> | Ask])[])
  t.test(`${what} is ${isKept ? '' : 'not '}cached`, async t => {
    const ask = await open()
    t.notOk(await ask(0), 'is new')
    t.equal(await ask(0), isKept, 'is asked for again')
  })
