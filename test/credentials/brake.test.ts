import fc from 'fast-check'
import t from 'tap'
import { Brake } from '../../src/credentials/brake.ts'
import { accessKeyId } from '../../src/model/principal.ts'

const [key, otherKey] = [accessKeyId('AKIAAAAAAAAAAAAAAAAA'), accessKeyId('AKIABBBBBBBBBBBBBBBB')]
const address = '192.0.2.7'
const T = 1_000_000_000

const failing = (times: number, from = address, at = T) => {
  const brake = new Brake()
  for (let i = 0; i < times; i++) brake.fail(from, key, at)
  return brake
}

t.test('R18 waitMs() brakes a pair after ten failures until its minute is over', async t => {
  t.equal(failing(0).waitMs(address, key, T), 0)
  t.equal(failing(9).waitMs(address, key, T), 0)
  const brake = failing(10)
  t.equal(brake.waitMs(address, key, T), 60_000)
  t.equal(brake.waitMs(address, key, T + 59_999), 1)
  t.equal(brake.waitMs(address, key, T + 60_000), 0)
})

t.test('R18 waitMs() counts the minute from the first failure', async t => {
  const brake = new Brake()
  for (let i = 0; i < 10; i++) brake.fail(address, key, T + i * 1000)
  t.equal(brake.waitMs(address, key, T + 10_000), 50_000)
})

t.test('R18 waitMs() never counts over two minutes', async t => {
  const brake = failing(9)
  brake.fail(address, key, T + 60_000)
  t.equal(brake.waitMs(address, key, T + 60_000), 0)
})

t.test('R18 waitMs() lets go when the clock is set back', async t => {
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
  const brake = failing(10, from)
  t.equal(brake.waitMs(to, key, T) > 0, braked, `R18 waitMs() ${name}: ${braked}`)
}

t.test('R18 waitMs() never brakes a key alone', async t => {
  const brake = failing(10)
  t.equal(brake.waitMs(address, otherKey, T), 0)
  t.equal(brake.waitMs('192.0.2.8', key, T), 0)
})

t.test('R18 fail() without a key brakes none', async t => {
  const brake = new Brake()
  for (let i = 0; i < 50; i++) brake.fail(address, undefined, T)
  t.equal(brake.waitMs(address, key, T), 0)
})

t.test('R18 succeed() clears its pair', async t => {
  const brake = failing(9)
  brake.succeed(address, key)
  for (let i = 0; i < 9; i++) brake.fail(address, key, T)
  t.equal(brake.waitMs(address, key, T), 0)
  brake.succeed(address, otherKey)
  brake.fail(address, key, T)
  t.ok(brake.waitMs(address, key, T) > 0, 'and no other')
})

t.test('R31 fail() is to be recorded once per address, key and minute', async t => {
  const brake = new Brake()
  const fail = (at: number, from = address, of = key) => brake.fail(from, of, at)
  const once = { record: true, count: 1 }
  const not = { record: false, count: 0 }
  t.strictSame(fail(T), once)
  t.strictSame(fail(T + 1), not)
  t.strictSame(fail(T, '192.0.2.8'), once, 'another address')
  t.strictSame(fail(T, address, otherKey), once, 'another key')
  t.strictSame(brake.fail(address, undefined, T), once, 'no key of ours')
  brake.succeed(address, key)
  t.strictSame(fail(T + 2), not, 'a success between')
  t.strictSame(fail(T + 60_000), { record: true, count: 3 }, 'with those that were not recorded')
  t.strictSame(fail(T + 120_000), once)
})

t.test('R31 takeUnrecorded() gives what no record has counted, once', async t => {
  const brake = failing(4)
  brake.fail(address, otherKey, T)
  for (let i = 0; i < 3; i++) brake.fail(address, undefined, T)
  t.strictSame(brake.takeUnrecorded(T + 59_999), [], 'not before the minute is over')
  t.strictSame(brake.takeUnrecorded(T + 60_000), [
    { address, accessKeyId: key, count: 3 },
    { address, count: 2 },
  ])
  t.strictSame(brake.takeUnrecorded(T + 60_000), [])
  t.strictSame(brake.fail(address, key, T + 60_000), { record: true, count: 1 })
})

t.doesNotThrow(
  () =>
    fc.assert(
      fc.property(fc.array(fc.nat(40_000), { maxLength: 60 }), steps => {
        const brake = new Brake()
        let at = T
        let recorded = 0
        for (const step of steps) {
          at += step
          recorded += brake.fail(address, key, at).count
        }
        const rest = brake.takeUnrecorded(at + 60_000).map(({ count }) => count)
        return recorded + rest.reduce((sum, count) => sum + count, 0) === steps.length
      }),
    ),
  'R31 fail() and takeUnrecorded() count every failure exactly once',
)

t.test('R18 the oldest of more than 10,000 pairs is forgotten', async t => {
  const brake = failing(10)
  const addresses = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`
  for (let n = 0; n < 9_999; n++) brake.fail(addresses(n), key, T)
  t.ok(brake.waitMs(address, key, T) > 0, 'not yet')
  brake.fail(addresses(9_999), key, T)
  t.equal(brake.waitMs(address, key, T), 0)
})

t.test('R18 a pair that starts a new minute is no longer the oldest', async t => {
  const brake = failing(1, address, T - 60_000)
  brake.fail('192.0.2.8', key, T - 30_000)
  for (let i = 0; i < 10; i++) brake.fail(address, key, T)
  for (let n = 0; n < 9_999; n++) brake.fail(`10.0.${n >> 8}.${n & 255}`, key, T)
  t.ok(brake.waitMs(address, key, T) > 0)
})
