import t from 'tap'
import { endsBetween, type Holder } from '../../src/policy/ends.ts'
import { AT, CREDENTIAL } from '../decision/data.ts'

const { principal, key } = CREDENTIAL
const ADMINISTRATOR = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
} as const

t.test('endsBetween() returns the ends of principals and of their keys', t => {
  for (const [what, ofPrincipal, ofKey, kinds] of [
    ['both end', {}, {}, ['principal', 'access-key']],
    ['an administrator', { policy: ADMINISTRATOR }, {}, ['principal', 'administrator-key']],
    ['a disabled principal', { enabled: false }, {}, []],
    ['a disabled key', {}, { enabled: false }, ['principal']],
    ['a principal that ended before', { notAfter: AT }, {}, ['access-key']],
    ['a key that ends later', {}, { expiresAt: AT + 4 }, ['principal']],
  ] as const) {
    const holder: Holder = {
      principal: { ...principal, notAfter: AT + 1, ...ofPrincipal },
      keys: [{ ...key, expiresAt: AT + 3, ...ofKey }],
    }
    const ends = endsBetween({ roles: [], exceptions: [], holders: [holder] }, AT, AT + 3)
    t.strictSame(
      ends.map(({ kind }) => kind),
      kinds,
      what,
    )
  }
  t.end()
})
