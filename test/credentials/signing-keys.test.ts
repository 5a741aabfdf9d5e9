import t from 'tap'
import { MasterKey } from '../../src/credentials/master-key.ts'
import { SigningKeys } from '../../src/credentials/signing-keys.ts'
import { Failure } from '../../src/model/failure.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { SigningKeyStore } from '../../src/store/store.ts'
import { openFixture, T } from './fixture.ts'

const MAX_AGE = 300_000
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Gateways over one store and one clock. In memory, the store runs the calls of all gateways in their order. */
async function openGateways() {
  const { store, masterKey, clock } = await openFixture(now => openSqlite(':memory:', now))
  let reads = 0
  const counting: SigningKeyStore = {
    signingKeys: () => {
      reads++
      return store.signingKeys()
    },
    addSigningKey: (key, oldest) => store.addSigningKey(key, oldest),
  }
  const ports = { masterKey, maxAgeMs: MAX_AGE, now: () => clock.at }
  return {
    store,
    clock,
    reads: () => reads,
    gateway: (of: SigningKeyStore = counting) => new SigningKeys({ ...ports, store: of }),
    ids: async () => (await store.signingKeys()).map(({ id }) => id),
  }
}

t.test('signer() creates the first key, which signs at once', async t => {
  const { gateway, ids } = await openGateways()
  const keys = gateway()
  const { id, secret } = await keys.signer()
  t.match(id, /^[\w-]{8}$/)
  t.equal(secret.length, 32)
  t.strictSame(await ids(), [id])
  t.equal((await keys.signer()).id, id)
})

t.test('signer() reads the store only when a key is due', async t => {
  const { gateway, clock, reads } = await openGateways()
  const keys = gateway()
  await keys.signer()
  const before = reads()
  for (const at of [T, T + MAX_AGE, T + DAY - 1]) {
    clock.at = at
    await keys.signer()
  }
  t.equal(reads(), before)
})

t.test('signer() signs with a key of the store after a restore', async t => {
  const { store, masterKey, clock } = await openFixture()
  let epoch: string | undefined = 'before'
  const gateway = () =>
    new SigningKeys({
      store,
      masterKey,
      maxAgeMs: MAX_AGE,
      epoch: () => epoch,
      now: () => clock.at,
    })
  const keys = gateway()
  await keys.signer()
  const backup = await store.signingKeys()
  clock.at = T + DAY
  await keys.signer()
  clock.at = T + DAY + MAX_AGE
  const lost = await keys.signer()

  await store.removeSigningKeys()
  for (const key of backup) await store.addSigningKey(key, 0)
  epoch = undefined
  t.equal((await keys.signer()).id, lost.id, 'it keeps the keys while the epoch is not known')
  epoch = 'after'
  const { id } = await keys.signer()
  t.ok(await gateway().find(id), 'another gateway finds the key')
  t.equal(await keys.find(lost.id), undefined)
  t.equal((await keys.signer()).id, id)
})

t.test('signer() creates one key for concurrent calls', async t => {
  const { gateway, ids } = await openGateways()
  const keys = gateway()
  const signers = await Promise.all(Array.from({ length: 5 }, () => keys.signer()))
  t.equal(new Set(signers.map(({ id }) => id)).size, 1)
  t.equal((await ids()).length, 1)
})

t.test('signer() keeps a secret sealed in the store', async t => {
  const { gateway, store } = await openGateways()
  const { secret } = await gateway().signer()
  const [key] = await store.signingKeys()
  t.ok(key && key.sealed.length > secret.length)
  t.notOk(key && Buffer.from(key.sealed).includes(Buffer.from(secret)))
})

t.test('signer() creates a key every day, which signs when every gateway knows it', async t => {
  const { gateway, clock, store } = await openGateways()
  const [one, other] = [gateway(), gateway()]
  const first = await one.signer()
  t.equal((await other.signer()).id, first.id, 'the other gateway signs with it too')
  t.equal((await store.signingKeys()).length, 1)
  clock.at = T + DAY - 1
  t.equal((await one.signer()).id, first.id)

  clock.at = T + DAY
  t.equal((await one.signer()).id, first.id, 'the new one is made, but does not sign')
  clock.at = T + DAY + MAX_AGE - 1
  t.equal((await other.signer()).id, first.id)
  clock.at = T + DAY + MAX_AGE
  const second = await one.signer()
  t.not(second.id, first.id, 'the new one signs')
  t.equal((await other.signer()).id, second.id)
  t.strictSame(await other.find(first.id), first, 'the old one is still known')
})

t.test('signer() keeps a key until its last token has expired', async t => {
  const { gateway, clock, ids } = await openGateways()
  const keys = gateway()
  const made: string[] = []
  for (let at = T; at <= T + 5 * DAY; at += HOUR / 2) {
    clock.at = at
    const { id } = await keys.signer()
    if (!made.includes(id)) made.push(id)
    const known = await ids()
    t.ok(known.length <= 2, 'no more are kept than may be needed')
    const before = made.at(-2)
    const signsSince = (await keys.find(id))?.createdAt ?? 0
    if (before && at < signsSince + MAX_AGE + 900_000) t.ok(known.includes(before))
  }
  t.equal(made.length, 5)
  t.notOk((await ids()).includes(made[0] ?? ''), 'the first is gone')
})

t.test('signer() two gateways that create the first key concurrently agree in the end', async t => {
  const { gateway } = await openGateways()
  const [one, other] = [gateway(), gateway()]
  const [a, b] = await Promise.all([one.signer(), other.signer()])
  t.ok(await other.find(a.id), 'each knows the key of the other')
  t.ok(await one.find(b.id))
})

t.test('signer() is the oldest key until every gateway knows the next', async t => {
  const { gateway, store, clock } = await openGateways()
  await gateway().signer()
  const [first] = await store.signingKeys()
  if (first === undefined) throw new Error('There is no key')
  const others = ['second12', 'third123'].map((id, n) => ({
    ...first,
    id,
    createdAt: T + n + 1,
  }))
  for (const key of others) await store.addSigningKey(key, 0)
  clock.at = T + 10
  t.equal((await gateway().signer()).id, first.id)
})

t.test('signer() fails if the store does not keep a key', async t => {
  const { gateway } = await openGateways()
  const keys = gateway({ signingKeys: async () => [], addSigningKey: async () => undefined })
  await t.rejects(keys.signer(), { message: 'The new signing key is not in the store' })
})

t.test('signer() after a clock was set back', async t => {
  const { gateway, clock } = await openGateways()
  const keys = gateway()
  const { id } = await keys.signer()
  clock.at = T - DAY
  t.equal((await keys.signer()).id, id)
})

t.test('find() reads the store at most once a second for unknown IDs', async t => {
  const { gateway, clock, reads } = await openGateways()
  const { id } = await gateway().signer()
  const before = reads()
  const keys = gateway()
  const found = await Promise.all([keys.find(id), keys.find(id), keys.find('unknown1')])
  t.strictSame(
    found.map(key => key?.id),
    [id, id, undefined],
  )
  t.equal(reads() - before, 1, 'all wait for one read')
  for (let i = 0; i < 100; i++) t.equal(await keys.find(`unknown${i}`), undefined)
  clock.at = T + 999
  await keys.find('unknown1')
  t.equal(reads() - before, 1)
  clock.at = T + 1_000
  await keys.find('unknown1')
  t.equal(reads() - before, 2)
  clock.at = T + DAY
  t.ok(await keys.find(id), 'what is known is found')
  t.equal(reads() - before, 2, 'and nothing is read for it')
})

t.test('find() reads the store again after a clock was set back', async t => {
  const { gateway, clock, reads } = await openGateways()
  const keys = gateway()
  await keys.find('unknown1')
  clock.at = T - 1
  await keys.find('unknown1')
  t.equal(reads(), 2)
})

t.test('knows() returns whether a key is known without a read of the store', async t => {
  const { gateway, clock } = await openGateways()
  const keys = gateway()
  t.equal(keys.knows('unknown1'), undefined)
  const { id } = await keys.signer()
  t.equal(keys.knows(id), true)
  t.equal(keys.knows('unknown1'), false)
  clock.at = T + 1_000
  t.equal(keys.knows(id), true)
  t.equal(keys.knows('unknown1'), undefined)
})

t.test('find() loads a key that another gateway created', async t => {
  const { gateway, clock } = await openGateways()
  const keys = gateway()
  t.equal(await keys.find('unknown1'), undefined)
  const { id } = await gateway().signer()
  clock.at = T + 1_000
  t.equal((await keys.find(id))?.id, id)
})

t.test('P6 find() passes on a failure of the store, and tries again', async t => {
  const { gateway, store } = await openGateways()
  const { id } = await gateway().signer()
  const failure = new Failure('policy-unavailable', 'The store is gone')
  let gone = true
  const keys = gateway({
    signingKeys: async () => {
      if (gone) throw failure
      return await store.signingKeys()
    },
    addSigningKey: async () => undefined,
  })
  await t.rejects(keys.find(id), failure)
  await t.rejects(keys.find(id), failure)
  await t.rejects(keys.signer(), failure)
  gone = false
  t.equal((await keys.find(id))?.id, id)
})

t.test('a rotation of the master key ends all signing keys', async t => {
  const { store, clock } = await openGateways()
  const old = new Uint8Array(32).fill(1)
  const masterKey = new MasterKey(new Uint8Array(32).fill(2), old)
  masterKey.follow({ check: new MasterKey(old).check() })
  const keys = new SigningKeys({ store, masterKey, maxAgeMs: MAX_AGE, now: () => clock.at })
  const { id } = await keys.signer()
  const { former, ...ended } = masterKey.rotated()
  masterKey.follow({ ...ended, ...(former !== undefined && { former }) })
  t.match(await keys.find(id), { id }, 'during the rotation, both are accepted')

  await store.removeSigningKeys()
  t.match(await keys.find(id), { id }, 'as long as the gateway has not seen its end')
  masterKey.follow(ended)
  t.equal(keys.knows(id), undefined, 'the store must be read')
  t.equal(await keys.find(id), undefined)
  t.equal(keys.knows(id), false)
  t.not((await keys.signer()).id, id)

  const sealed = new MasterKey(old).seal('tokens', new Uint8Array(32))
  await store.addSigningKey({ id: 'LATE____', sealed, createdAt: clock.at }, 0)
  clock.at += HOUR
  t.equal(await keys.find('LATE____'), undefined, 'one of the former key that is late')
  t.ok(await keys.signer(), 'is in no way of the others')
})
