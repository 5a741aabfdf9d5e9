import t from 'tap'
import { roleId } from '../../src/model/role.ts'
import { END_KINDS, type Endable, endsBetween, type Holder } from '../../src/policy/ends.ts'
import { AT, CREDENTIAL, ROLE } from '../decision/data.ts'

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

const RULE = { id: 'until', effect: 'ALLOW' } as const
const EXCEPTION = { roleId: ROLE.id, notAfter: AT + 3, reason: 'Litigation 7' } as const

t.test(
  'endsBetween() returns the ends of roles, rules, and exceptions, the earliest first',
  async t => {
    const role = {
      ...ROLE,
      notAfter: AT + 4,
      rules: [RULE, { ...RULE, id: 'b', notAfter: AT + 2 }],
    }
    const other = { ...ROLE, id: roleId('other') }
    const { roles, exceptions, holders }: Endable = {
      roles: [other, role],
      exceptions: [EXCEPTION, { ...EXCEPTION, roleId: roleId('deleted') }],
      holders: [],
    }
    const ends = endsBetween({ roles, exceptions, holders }, AT, AT + 4)
    t.strictSame(
      ends.map(({ kind, at, role, rule }) => [kind, at - AT, role?.id, rule?.id]),
      [
        ['rule', 2, role.id, 'b'],
        ['protection-exception', 3, role.id, undefined],
        ['role', 4, role.id, undefined],
      ],
    )
    t.equal(ends[2]?.role, role)
    t.strictSame(endsBetween({ roles, exceptions, holders }, AT + 2, AT + 3).length, 1)
  },
)

t.test('endsBetween() returns ends after a time, and up to another', async t => {
  const endsAt = (notAfter: number) => {
    const holders = [{ principal: { ...principal, notAfter }, keys: [] }]
    return endsBetween({ roles: [], exceptions: [], holders }, AT, AT + 10).length
  }
  t.strictSame([AT - 1, AT, AT + 1, AT + 10, AT + 11].map(endsAt), [0, 0, 1, 1, 0])
})

t.test('END_KINDS has each kind that endsBetween() returns', async t => {
  t.strictSame(
    [...END_KINDS],
    ['role', 'rule', 'protection-exception', 'principal', 'access-key', 'administrator-key'],
  )
})
