import { BlockList } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { parseAddress } from '../../src/model/address.ts'
import { inRange, parseRange } from '../../src/policy/address.ts'

const lies = (address: string, range: string) => {
  const [parsedRange, parsedAddress] = [parseRange(range), parseAddress(address)]
  return parsedRange && parsedAddress && inRange(parsedRange, parsedAddress)
}

for (const [address, range, expected] of [
  ['10.0.0.1', '10.0.0.0/8', true],
  ['11.0.0.1', '10.0.0.0/8', false],
  ['10.255.255.255', '10.1.2.3/8', true],
  ['10.0.0.1', '10.0.0.1', true],
  ['10.0.0.0', '10.0.0.1', false],
  ['10.0.0.1', '10.0.0.1/32', true],
  ['10.0.0.2', '10.0.0.1/32', false],
  ['10.0.0.1', '10.0.0.2/31', false],
  ['203.0.113.9', '0.0.0.0/0', true],
  ['2001:db8::1', '0.0.0.0/0', false],
  ['203.0.113.9', '::/0', false],
  ['2001:db8::1', '::/0', true],
  ['2001:db8:0:1::5', '2001:db8::/48', true],
  ['2001:db8:1::5', '2001:db8::/48', false],
  ['2001:db8::4', '2001:db8::5', false],
  ['2001:DB8::5', '2001:db8:0:0:0:0:0:5', true],
  ['::ffff:10.0.0.1', '10.0.0.0/8', true],
  ['10.0.0.1', '::ffff:10.0.0.0/104', true],
  ['11.0.0.1', '::ffff:10.0.0.0/104', false],
  ['10.0.0.1', '::ffff:10.0.0.1', true],
  ['10.0.0.1', '::ffff:0:0/96', true],
  ['10.0.0.1', '::ffff:0:0/95', false],
] as const) {
  t.equal(lies(address, range), expected, `inRange() ${range} ${address} is ${expected}`)
}

for (const range of [
  '',
  '/',
  '/8',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/08',
  '10.0.0.0/8/8',
  '10.0.0.0/ 8',
  '10.0.0.0/0x8',
  '10.0.0/8',
  '::/129',
  'example.com/8',
  'fe80::1%eth0/64',
]) {
  t.equal(parseRange(range), undefined, `parseRange() refuses ${JSON.stringify(range)}`)
}

const nearby4 = fc.tuple(fc.constantFrom(9, 10, 11, 128), fc.nat(255), fc.nat(3), fc.nat(255))
const nearby6 = fc.tuple(fc.constantFrom('2001', '2002', 'fe80'), fc.nat(3), fc.nat(3), fc.nat(9))
const cases = fc.oneof(
  fc.record({
    family: fc.constant('ipv4' as const),
    address: nearby4.map(octets => octets.join('.')),
    base: nearby4.map(octets => octets.join('.')),
    prefix: fc.nat(32),
  }),
  fc.record({
    family: fc.constant('ipv6' as const),
    address: nearby6.map(([a, b, c, d]) => `${a}:${b}::${c}:${d}`),
    base: nearby6.map(([a, b, c, d]) => `${a}:${b}::${c}:${d}`),
    prefix: fc.nat(128),
  }),
)
t.doesNotThrow(
  () =>
    fc.assert(
      fc.property(cases, ({ family, address, base, prefix }) => {
        const system = new BlockList()
        system.addSubnet(base, prefix, family)
        return lies(address, `${base}/${prefix}`) === system.check(address, family)
      }),
      { numRuns: 500 },
    ),
  'inRange() agrees with the system',
)
