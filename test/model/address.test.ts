import { isIP } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { networkOf, parseAddress, parseUnmapped } from '../../src/model/address.ts'

for (const [text, bits, value] of [
  ['0.0.0.0', 32, 0n],
  ['10.1.2.3', 32, 0x0a010203n],
  ['255.255.255.255', 32, 0xffffffffn],
  ['::', 128, 0n],
  ['::1', 128, 1n],
  ['1::', 128, 1n << 112n],
  ['2001:db8::a:b', 128, (0x20010db8n << 96n) | 0xa000bn],
  ['2001:DB8:0:0:0:0:A:B', 128, (0x20010db8n << 96n) | 0xa000bn],
  ['64:ff9b::10.1.2.3', 128, (0x64ff9bn << 96n) | 0x0a010203n],
  ['1:2:3:4:5:6:7::', 128, 0x0001_0002_0003_0004_0005_0006_0007_0000n],
  ['::2:3:4:5:6:7:8', 128, 0x0002_0003_0004_0005_0006_0007_0008n],
  ['1:2:3:4:5:6:1.2.3.4', 128, 0x0001_0002_0003_0004_0005_0006_0102_0304n],
  ['::fffe:1.2.3.4', 128, 0xfffe_0102_0304n],
  ['1::ffff:1.2.3.4', 128, (1n << 112n) | 0xffff_0102_0304n],
  ['fe80::1%eth0', 128, (0xfe80n << 112n) | 1n],
] as const) {
  t.strictSame(parseAddress(text), { bits, value }, `parseAddress() reads ${text}`)
}

for (const text of ['::ffff:10.1.2.3', '::FFFF:0a01:0203', '0:0:0:0:0:ffff:10.1.2.3']) {
  t.strictSame(
    parseAddress(text),
    { bits: 32, value: 0x0a010203n },
    `R23 parseAddress() takes ${text} for its IPv4 address`,
  )
}
t.equal(parseUnmapped('::ffff:1.2.3.4')?.bits, 128, 'parseUnmapped() leaves a mapped address IPv6')

for (const text of [
  '',
  'localhost',
  '10.1.2',
  '10.1.2.3.4',
  '10.1.2.256',
  '010.1.2.3',
  '0x0a.1.2.3',
  '10.1.2.3 ',
  ' 10.1.2.3',
  '10.1.2.-3',
  '10.1.2.+3',
  '167838211',
  '10.1.2.3/32',
  ':',
  ':::',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7:8::',
  '1::2::3',
  '::12345',
  '::g',
  '::1.2.3.256',
  '1.2.3.4::',
  '::1.2.3.4:5',
  '[::1]',
  '::1%',
  '١.١.١.١',
]) {
  t.equal(parseAddress(text), undefined, `parseAddress() refuses ${JSON.stringify(text)}`)
}

const anyText = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.string({ unit: fc.constantFrom(...'0129af:.%'), maxLength: 24 }),
)
t.doesNotThrow(
  () =>
    fc.assert(
      fc.property(anyText, text => {
        const known = isIP(text)
        const read = parseUnmapped(text.replace(/%.*$/, ''))
        return known === 0 || read?.bits === (known === 4 ? 32 : 128)
      }),
    ),
  'parseUnmapped() reads whatever the system takes for an address',
)
t.doesNotThrow(
  () =>
    fc.assert(fc.property(anyText, text => parseUnmapped(text) === undefined || isIP(text) !== 0)),
  'parseUnmapped() reads nothing that the system takes for no address',
)

for (const [one, other, isSame] of [
  ['192.0.2.1', '192.0.2.1', true],
  ['192.0.2.1', '192.0.2.2', false],
  ['192.0.2.1', '::ffff:192.0.2.1', true],
  ['2001:db8::1', '2001:db8::ffff:0:0:1', true],
  ['2001:db8::1', '2001:db8:0:1::1', false],
  ['0.0.0.1', '::1', false],
  ['no address', 'no address', true],
  ['no address', '', false],
] as const)
  t.equal(networkOf(one) === networkOf(other), isSame, `networkOf() ${one} and ${other}`)

const WIDE = { ipv4: 24, ipv6: 48 }
for (const [one, other, isSame] of [
  ['192.0.2.1', '192.0.2.255', true],
  ['192.0.2.1', '::ffff:192.0.2.255', true],
  ['192.0.2.255', '192.0.3.0', false],
  ['192.0.2.1', '193.0.2.1', false],
  ['2001:db8::1', '2001:db8:0:ffff:ffff::', true],
  ['2001:db8:0:ffff::', '2001:db8:1::', false],
  ['2001:db8::', '2002:db8::', false],
  ['0.0.0.1', '::1', false],
  ['no address', 'no address', true],
  ['no address', '', false],
] as const)
  t.equal(
    networkOf(one, WIDE) === networkOf(other, WIDE),
    isSame,
    `networkOf() ${one} and ${other} with fewer bits`,
  )
t.equal(networkOf('::ffff:1.2.3.4'), '1.2.3.4', 'networkOf() names one IPv4 address by itself')
