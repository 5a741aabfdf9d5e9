import fc from 'fast-check'
import t from 'tap'
import { AuthenticationRateLimiter } from '../../src/credentials/authentication-rate-limiter.ts'
import { organizationId } from '../../src/model/identity.ts'
import { accessKeyId, principalId } from '../../src/model/principal.ts'
import { runs } from '../kit/runs.ts'

const [key, otherKey] = [accessKeyId('AKIAAAAAAAAAAAAAAAAA'), accessKeyId('AKIABBBBBBBBBBBBBBBB')]
const address = '192.0.2.7'
const owner = {
  organizationId: organizationId('m-0123456789abcdef0123456789abcdef'),
  principalId: principalId('5f1c7f0e-3a0b-4a55-8a83-0d2c1e0f9a11'),
}
const T = 1_000_000_000

const failing = (times: number, from = address, at = T) => {
  const rateLimiter = new AuthenticationRateLimiter()
  for (let i = 0; i < times; i++) rateLimiter.fail(from, key, at)
  return rateLimiter
}

t.test('R18 waitMs() limits a pair after ten failures until its minute is over', async t => {
  t.equal(failing(0).waitMs(address, key, T), 0)
  t.equal(failing(9).waitMs(address, key, T), 0)
  const rateLimiter = failing(10)
  t.equal(rateLimiter.waitMs(address, key, T), 60_000)
  t.equal(rateLimiter.waitMs(address, key, T + 59_999), 1)
  t.equal(rateLimiter.waitMs(address, key, T + 60_000), 0)
})

t.test('R18 waitMs() counts the minute from the first failure', async t => {
  const rateLimiter = new AuthenticationRateLimiter()
  for (let i = 0; i < 10; i++) rateLimiter.fail(address, key, T + i * 1000)
  t.equal(rateLimiter.waitMs(address, key, T + 10_000), 50_000)
})

t.test('R18 waitMs() never counts over two minutes', async t => {
  const rateLimiter = failing(9)
  rateLimiter.fail(address, key, T + 60_000)
  t.equal(rateLimiter.waitMs(address, key, T + 60_000), 0)
  for (let i = 0; i < 8; i++) rateLimiter.fail(address, key, T + 60_000)
  t.equal(rateLimiter.waitMs(address, key, T + 60_000), 0, 'nine of the new minute')
  rateLimiter.fail(address, key, T + 60_001)
  t.equal(rateLimiter.waitMs(address, key, T + 60_001), 59_999)
})

t.test('R18 waitMs() ends the limit when the clock is set back', async t => {
  t.equal(failing(10).waitMs(address, key, T - 1), 0)
})

for (const [name, from, to, braked] of [
  ['the same address', address, address, true],
  ['another address', address, '192.0.2.8', false],
  ['the same /64', '2001:db8:0:1::1', '2001:db8:0:1:ffff:ffff:ffff:ffff', true],
  ['another /64', '2001:db8:0:1::1', '2001:db8:0:2::1', false],
  ['the same address spelt otherwise', '2001:DB8::1', '2001:db8:0:0:0:0:0:1', true],
  ['R23 the mapped address', address, `::ffff:${address}`, true],
  ['another mapped address', '::ffff:192.0.2.7', '::ffff:192.0.2.8', false],
  ['a number of IPv6 and of IPv4', '0.0.0.1', '0:0:0:1::', false],
  ['what is no address', 'unknown', 'unknown', true],
] as const) {
  const rateLimiter = failing(10, from)
  t.equal(rateLimiter.waitMs(to, key, T) > 0, braked, `R18 waitMs() ${name}: ${braked}`)
}

t.test('R18 waitMs() never limits a key without its address', async t => {
  const rateLimiter = failing(10)
  t.equal(rateLimiter.waitMs(address, otherKey, T), 0)
  t.equal(rateLimiter.waitMs('192.0.2.8', key, T), 0)
})

t.test('R18 fail() without a key limits no key', async t => {
  const rateLimiter = new AuthenticationRateLimiter()
  for (let i = 0; i < 50; i++) rateLimiter.fail(address, undefined, T)
  t.equal(rateLimiter.waitMs(address, key, T), 0)
})

t.test('R18 succeed() clears its pair', async t => {
  const rateLimiter = failing(9)
  rateLimiter.succeed(address, key)
  for (let i = 0; i < 9; i++) rateLimiter.fail(address, key, T)
  t.equal(rateLimiter.waitMs(address, key, T), 0)
  rateLimiter.succeed(address, otherKey)
  rateLimiter.fail(address, key, T)
  t.ok(rateLimiter.waitMs(address, key, T) > 0, 'and no other')
})

t.test('R31 fail() requests one record per address, key, and minute', async t => {
  const rateLimiter = new AuthenticationRateLimiter()
  const fail = (at: number, from = address, of = key) => rateLimiter.fail(from, of, at)
  const once = { record: true, count: 1 }
  const not = { record: false, count: 0 }
  t.strictSame(fail(T), once)
  t.strictSame(fail(T + 1), not)
  t.strictSame(fail(T, '192.0.2.8'), once, 'another address')
  t.strictSame(fail(T, address, otherKey), once, 'another key')
  t.strictSame(rateLimiter.fail(address, undefined, T), once, 'no key of ours')
  rateLimiter.succeed(address, key)
  t.strictSame(fail(T + 2), not, 'a success between')
  t.strictSame(fail(T + 60_000), { record: true, count: 3 }, 'with those that were not recorded')
  t.strictSame(fail(T + 120_000), once)
})

/** Returns the failures that the rate limiter hands over to be recorded. */
async function restOf(rateLimiter: AuthenticationRateLimiter, at: number) {
  const rest: unknown[] = []
  await rateLimiter.recordRest(at, async (count, pair) => void rest.push({ ...pair, count }))
  return rest
}

t.test('R31 note() counts for the record of a pair, and limits no pair', async t => {
  const rateLimiter = new AuthenticationRateLimiter()
  t.strictSame(rateLimiter.note(address, key, T, owner), { record: true, count: 1 })
  for (let i = 0; i < 20; i++)
    t.strictSame(rateLimiter.note(address, key, T), { record: false, count: 0 })
  t.strictSame(rateLimiter.fail(address, key, T), { record: false, count: 0 })
  t.equal(rateLimiter.waitMs(address, key, T), 0)
  t.strictSame(await restOf(rateLimiter, T + 60_000), [
    { address, accessKeyId: key, owner, count: 21 },
  ])
})

t.test('R31 note() without a key counts the failures of each owner by themselves', async t => {
  const rateLimiter = new AuthenticationRateLimiter()
  const otherOwner = { ...owner, principalId: principalId('5f1c7f0e-3a0b-4a55-8a83-0d2c1e0f9a12') }
  const isRecorded = (of?: typeof owner) => rateLimiter.note(address, undefined, T, of).record
  for (const each of [owner, otherOwner, undefined]) {
    t.equal(isRecorded(each), true)
    t.equal(isRecorded(each), false)
  }
  t.equal(rateLimiter.note('192.0.2.8', undefined, T, owner).record, true, 'another address')
  t.strictSame(await restOf(rateLimiter, T + 60_000), [
    { address, owner, count: 1 },
    { address, owner: otherOwner, count: 1 },
    { address, count: 1 },
  ])
})

t.test('R31 recordRest() passes on uncounted failures, once', async t => {
  const rateLimiter = failing(4)
  rateLimiter.fail(address, otherKey, T)
  for (let i = 0; i < 3; i++) rateLimiter.fail(address, undefined, T)
  t.strictSame(await restOf(rateLimiter, T + 59_999), [], 'not before the minute is over')
  t.strictSame(await restOf(rateLimiter, T + 60_000), [
    { address, accessKeyId: key, count: 3 },
    { address, count: 2 },
  ])
  t.strictSame(await restOf(rateLimiter, T + 60_000), [])
  t.strictSame(rateLimiter.fail(address, key, T + 60_000), { record: true, count: 1 })
})

t.test('R31 recordRest() keeps failures that the audit did not accept', async t => {
  const rateLimiter = failing(4)
  for (let i = 0; i < 3; i++) rateLimiter.fail('192.0.2.8', key, T)
  const full = async () => {
    throw new Error('The disk is full')
  }
  await t.rejects(rateLimiter.recordRest(T + 60_000, full))
  t.strictSame(await restOf(rateLimiter, T + 60_000), [
    { address, accessKeyId: key, count: 3 },
    { address: '192.0.2.8', accessKeyId: key, count: 2 },
  ])
})

/** Addresses of two networks that are wide, and of others that are not. */
const addresses = fc.oneof(
  fc.nat(30).map(n => `192.0.2.${n}`),
  fc.nat(30).map(n => `2001:db8:0:${n.toString(16)}::1`),
  fc.nat(255).map(n => `10.${n}.0.1`),
)
const keys = fc.constantFrom(key, otherKey, undefined)
const step = fc.record({
  kind: fc.constantFrom('fail', 'fail', 'fail', 'fail', 'succeed', 'rest', 'full'),
  address: addresses,
  key: keys,
  afterMs: fc.oneof(fc.constant(0), fc.nat(40_000)),
})

const counted = fc.asyncProperty(
  fc.integer({ min: 1, max: 5 }),
  fc.array(step),
  async (most, steps) => {
    const rateLimiter = new AuthenticationRateLimiter(most)
    let [at, failed, recorded] = [T, 0, 0]
    const sum = async (count: number) => {
      recorded += count
    }
    for (const { kind, afterMs, ...pair } of steps) {
      at += afterMs
      if (kind === 'rest') await rateLimiter.recordRest(at, sum)
      else if (kind === 'full')
        try {
          await rateLimiter.recordRest(at, async () => {
            throw new Error('The disk is full')
          })
        } catch {}
      else if (kind === 'succeed') pair.key && rateLimiter.succeed(pair.address, pair.key)
      else {
        failed++
        recorded += rateLimiter.fail(pair.address, pair.key, at).count
      }
    }
    await rateLimiter.recordRest(Number.POSITIVE_INFINITY, sum)
    return recorded === failed
  },
)
t.resolves(
  () => fc.assert(counted, { numRuns: runs(500) }),
  'R31 every failure is recorded exactly once, however many pairs there are',
)

const braked = fc.asyncProperty(
  fc.integer({ min: 1, max: 5 }),
  fc.array(step),
  async (most, steps) => {
    const rateLimiter = new AuthenticationRateLimiter(most)
    for (let i = 0; i < 10; i++) rateLimiter.fail(address, key, T)
    let at = T
    for (const { kind, afterMs, ...pair } of steps) {
      at = Math.min(T + 59_999, at + afterMs)
      if (kind === 'rest') await rateLimiter.recordRest(at, async () => undefined)
      // The pair itself waits, so that it neither fails nor succeeds.
      else if (pair.key && !(pair.key === key && pair.address === address))
        for (let i = 0; i < 12; i++) rateLimiter.fail(pair.address, pair.key, at)
    }
    return rateLimiter.waitMs(address, key, at) === T + 60_000 - at
  },
)
t.resolves(
  () => fc.assert(braked, { numRuns: runs(500) }),
  'R18 a limited pair stays limited for its minute, whatever else fails',
)

const elsewhere = fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step), (most, steps) => {
  const rateLimiter = new AuthenticationRateLimiter(most)
  let at = T
  for (const { afterMs, ...pair } of steps) {
    at += afterMs
    for (let i = 0; i < 12; i++) rateLimiter.fail(pair.address, pair.key, at)
  }
  return ['203.0.113.7', '2001:db8:1::7'].every(tool => rateLimiter.waitMs(tool, key, at) === 0)
})
t.doesNotThrow(
  () => fc.assert(elsewhere, { numRuns: runs(500) }),
  'R18 a flood from other addresses does not limit a tool',
)

const nearby = fc.array(fc.tuple(fc.nat(20), fc.boolean()), { minLength: 2_000, maxLength: 2_000 })
const guesses = fc.property(fc.integer({ min: 2, max: 5 }), nearby, (most, attempts) => {
  const rateLimiter = new AuthenticationRateLimiter(most)
  const allowed = new Map<string, number>()
  for (const [n, isIpv6] of attempts) {
    const from = isIpv6 ? `2001:db8:0:${n.toString(16)}::1` : `192.0.2.${n}`
    if (rateLimiter.waitMs(from, key, T) > 0) continue
    rateLimiter.fail(from, key, T)
    allowed.set(from, (allowed.get(from) ?? 0) + 1)
  }
  return [...allowed.values()].every(count => count < 20)
})
t.doesNotThrow(
  () => fc.assert(guesses, { numRuns: runs(10) }),
  'R18 no flood from a few networks buys an address more than twice its guesses',
)

t.test('R18 of more than 10,000 pairs, those that failed once are removed', async t => {
  const pairs = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`
  const rateLimiter = failing(10)
  for (let i = 0; i < 9; i++) rateLimiter.fail('192.0.2.8', key, T)
  for (let n = 0; n < 30_000; n++) rateLimiter.fail(pairs(n), key, T)
  t.equal(rateLimiter.waitMs(address, key, T), 60_000, 'a flood of other addresses frees no pair')
  t.equal(rateLimiter.waitMs('192.0.2.8', key, T), 0)
  rateLimiter.fail('192.0.2.8', key, T)
  t.ok(rateLimiter.waitMs('192.0.2.8', key, T) > 0, 'nor one that is nearly braked')
})

t.test('R18 10,000 pairs are kept, and one more replaces one', async t => {
  for (const [pairs, isKept] of [
    [10_000, true],
    [10_001, false],
  ] as const) {
    const rateLimiter = new AuthenticationRateLimiter()
    for (let n = 0; n < pairs; n++) rateLimiter.fail(`10.${n >> 8}.${n & 255}.1`, key, T)
    for (let i = 0; i < 9; i++) rateLimiter.fail('10.0.0.1', key, T)
    t.equal(rateLimiter.waitMs('10.0.0.1', key, T) > 0, isKept, `after ${pairs} pairs`)
  }
})

t.test('R18 failures without a free slot count for their network', async t => {
  const rateLimiter = new AuthenticationRateLimiter(1)
  for (let i = 0; i < 10; i++) rateLimiter.fail(address, key, T)
  for (let n = 10; n < 19; n++) rateLimiter.fail(`198.51.100.${n}`, key, T)
  t.equal(rateLimiter.waitMs('198.51.100.200', key, T), 0, 'nine are not enough')
  rateLimiter.fail('198.51.100.19', key, T)
  for (const [from, of, waits] of [
    ['198.51.100.200', key, true],
    ['198.51.101.10', key, false],
    ['198.51.100.10', otherKey, false],
    ['::ffff:198.51.100.10', key, true],
  ] as const)
    t.equal(rateLimiter.waitMs(from, of, T) > 0, waits, `${from} ${of}`)
  t.equal(rateLimiter.waitMs('198.51.100.10', key, T + 60_000), 0, 'for a minute')

  const another = new AuthenticationRateLimiter(1)
  for (let n = 0; n < 11; n++) another.fail(`2001:db8:7:${n}::1`, key, T)
  t.ok(another.waitMs('2001:db8:7:ffff::1', key, T) > 0, 'a /48')
  t.equal(another.waitMs('2001:db8:8::1', key, T), 0)
  t.equal(another.waitMs('2001:db8:6::1', key, T), 0)
})

t.test('R18 an invented key ID takes no slot of a pair', async t => {
  const rateLimiter = new AuthenticationRateLimiter(2)
  rateLimiter.fail(address, key, T)
  for (let n = 0; n < 20; n++) rateLimiter.fail(`198.51.100.${n}`, undefined, T)
  for (let i = 0; i < 9; i++) rateLimiter.fail(address, key, T)
  t.ok(rateLimiter.waitMs(address, key, T) > 0)
})

t.test('R18 an expired minute takes no slot of the next one', async t => {
  const rateLimiter = new AuthenticationRateLimiter(1)
  const at = T + 60_000
  rateLimiter.fail(address, key, T)
  for (let i = 0; i < 10; i++) rateLimiter.fail(address, key, at)
  rateLimiter.fail('198.51.100.7', key, at)
  t.equal(rateLimiter.waitMs(address, key, at), 60_000)
})

t.test('R18 the success of a pair does not lose failures of another', async t => {
  const one = new AuthenticationRateLimiter(1)
  one.fail(address, key, T)
  one.succeed(address, key)
  for (let i = 0; i < 10; i++) one.fail(address, key, T)
  one.fail('198.51.100.7', key, T)
  t.equal(one.waitMs(address, key, T), 60_000)

  const two = new AuthenticationRateLimiter(2)
  for (const from of ['192.0.2.8', address, '192.0.2.8', address]) two.fail(from, key, T)
  two.succeed('192.0.2.8', key)
  for (let i = 0; i < 8; i++) two.fail(address, key, T)
  for (const from of ['198.51.100.7', '198.51.100.8']) two.fail(from, key, T)
  t.equal(two.waitMs(address, key, T), 60_000)
})

t.test('R18 expired minutes are removed first', async t => {
  const rateLimiter = new AuthenticationRateLimiter(2)
  for (const from of ['192.0.2.8', '192.0.2.9'])
    for (let i = 0; i < 10; i++) rateLimiter.fail(from, key, T)
  const at = T + 60_000
  for (let i = 0; i < 9; i++) rateLimiter.fail(address, key, at)
  rateLimiter.fail('198.51.100.7', key, at)
  rateLimiter.fail(address, key, at)
  t.equal(rateLimiter.waitMs(address, key, at), 60_000)
  t.equal(rateLimiter.waitMs('192.0.2.200', key, at), 0, 'and count for nothing any more')
})
