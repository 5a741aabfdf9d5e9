import t from 'tap'
import { rc4 } from '../../src/ntlm/rc4.ts'

// The first row is of RFC 6229.
for (const [key, text, expected] of [
  ['0102030405', '00000000000000000000000000000000', 'b2396305f03dc027ccc3524a0a1118a8'],
  ['4b6579', '506c61696e74657874', 'bbf316e8d940af0ad3'],
  ['57696b69', '7065646961', '1021bf0420'],
  ['536563726574', '41747461636b206174206461776e', '45a01f645fc35b383552544b9bf5'],
] as const) {
  const bytes = (hex: string) => Buffer.from(hex, 'hex')
  t.equal(rc4(bytes(key), bytes(text)).toString('hex'), expected, `rc4() with the key ${key}`)
  t.equal(rc4(bytes(key), bytes(expected)).toString('hex'), text, 'and back')
}
