import t from 'tap'
import { isLoopback, isNetwork, readListenAddress } from '../../src/config/network.ts'
import { writeListenAddress } from '../../src/model/listen-address.ts'

for (const [text, host, port] of [
  ['127.0.0.1:8080', '127.0.0.1', 8080],
  ['localhost:0', 'localhost', 0],
  ['gateway.example.com:65535', 'gateway.example.com', 65535],
  ['[::1]:80', '::1', 80],
  ['[2001:db8::7]:443', '2001:db8::7', 443],
] as const) {
  const address = readListenAddress(text)
  t.strictSame(address, { host, port }, `readListenAddress() reads ${text}`)
  t.equal(address && writeListenAddress(address), text, `writeListenAddress() writes ${text}`)
}

for (const text of [
  '',
  '8080',
  ':8080',
  'localhost',
  'localhost:',
  'localhost:65536',
  'localhost:+1',
  '::1:80',
  '[::1]',
  '[127.0.0.1]:80',
  '[::g]:80',
  '*:80',
  'a b:80',
]) {
  t.equal(readListenAddress(text), undefined, `readListenAddress() refuses "${text}"`)
}

for (const [host, expected] of [
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['localhost', true],
  ['LOCALHOST', true],
  ['::1', true],
  ['[::1]', true],
  ['::ffff:127.0.0.1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['128.0.0.1', false],
  ['::ffff:10.0.0.1', false],
  ['127.0.0.1.example.com', false],
  ['localhost.example.com', false],
  ['127.1', false],
] as const) {
  t.equal(isLoopback(host), expected, `R22 isLoopback() of ${host} is ${expected}`)
}

for (const [text, expected] of [
  ['192.0.2.7', true],
  ['10.0.0.0/8', true],
  ['0.0.0.0/0', true],
  ['10.0.0.0/32', true],
  ['2001:db8::/32', true],
  ['::/128', true],
  ['10.0.0.0/33', false],
  ['10.0.0.0/', false],
  ['10.0.0/8', false],
  ['010.0.0.1', false],
  ['::/129', false],
  ['::ffff:10.0.0.1', false],
  ['0:0:0:0:0:ffff:a00:1', false],
  ['fe80::1%eth0', false],
  ['proxy', false],
  ['', false],
] as const) {
  t.equal(isNetwork(text), expected, `isNetwork() of "${text}" is ${expected}`)
}
