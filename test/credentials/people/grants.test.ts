import t from 'tap'
import { Grants, personIn } from '../../../src/credentials/people/grants.ts'
import type { PolicyDocument } from '../../../src/model/iam.ts'
import { organizationId } from '../../../src/model/identity.ts'

const ONE = organizationId('m-0123456789abcdef0123456789abcdef')
const OTHER = organizationId('m-ffffffffffffffffffffffffffffffff')
const allowing = (Action: string): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: [Action], Resource: ['*'] }],
})
const grant = (value: string, more = {}) => ({
  claim: 'groups',
  value,
  organizationId: ONE,
  policy: allowing(`workmail:${value}`),
  ...more,
})
const ANN = { issuer: 'https://login.example.com', subject: 'ann', displayName: 'Ann' }
const claims = (more: object) => ({ iss: ANN.issuer, sub: ANN.subject, ...more })

const grants = new Grants([
  grant('a'),
  grant('b'),
  grant('c', { organizationId: OTHER }),
  grant('d', { claim: 'role' }),
  grant('toString', { claim: 'toString' }),
])

for (const [what, found, actions] of [
  ['no claim', {}, []],
  ['another value', { groups: ['x'] }, []],
  ['a part of a value', { groups: ['aa'], role: 'dd' }, []],
  ['another case', { groups: ['A'] }, []],
  ['a value in a list', { groups: ['x', 'a'] }, ['workmail:a']],
  ['a value as text', { groups: 'a' }, ['workmail:a']],
  ['two values, in the order of the grants', { groups: ['b', 'a'] }, ['workmail:a', 'workmail:b']],
  ['values of two organizations: the first grant decides', { groups: ['c', 'b'] }, ['workmail:b']],
  ['a value of the other organization', { groups: ['c'] }, ['workmail:c']],
  ['two claims', { groups: ['a'], role: 'd' }, ['workmail:a', 'workmail:d']],
  ['a value in another claim', { role: ['a'], groups: ['d'] }, []],
  ['a list in a list', { groups: [['a']] }, []],
  ['an object', { groups: { a: 'a' } }, []],
  ['a number', { groups: 1 }, []],
] as const)
  t.test(`Grants matches ${what}`, async t => {
    const matching = grants.matching(claims(found))
    const principal = grants.principal(ANN, matching)
    t.strictSame(principal?.policy.Statement.flatMap(({ Action }) => Action) ?? [], actions)
  })

t.test('Grants matches no claim that a person has by inheritance', async t => {
  const inherited = Object.assign(Object.create({ groups: ['a'] }), claims({}))
  t.strictSame(grants.matching(inherited), [])
})

t.test('principal() returns no one if a grant is not configured any more', async t => {
  const matching = grants.matching(claims({ groups: ['a', 'b'] }))
  t.ok(grants.principal(ANN, matching))
  for (const [what, present] of [
    ['one was removed', [grant('a')]],
    ['all were removed', [grant('x')]],
    ['a policy was changed', [grant('a'), grant('b', { policy: allowing('*') })]],
    ['an organization was changed', [grant('a'), grant('b', { organizationId: OTHER })]],
    ['a claim was changed', [grant('a'), grant('b', { claim: 'roles' })]],
  ] as const)
    t.equal(new Grants(present).principal(ANN, matching), undefined, what)
  const more = new Grants([grant('z'), grant('b'), grant('a')])
  t.ok(more.principal(ANN, matching), 'others can be added, in any order')
})

t.test('principal() is the person, with the permissions of their grants', async t => {
  t.strictSame(grants.principal(ANN, grants.matching(claims({ groups: ['a', 'b'] }))), {
    id: '2791ec59-6c67-8ea7-a6a5-c51fdde7f6be',
    organizationId: ONE,
    name: 'Ann',
    enabled: true,
    policy: {
      Version: '2012-10-17',
      Statement: [...allowing('workmail:a').Statement, ...allowing('workmail:b').Statement],
    },
  })
})

t.test('principal() gives a person the ID of earlier releases', async t => {
  const matching = grants.matching(claims({ groups: ['a'] }))
  for (const [subject, id] of [
    ['ann', '2791ec59-6c67-8ea7-a6a5-c51fdde7f6be'],
    ['bob', '6cc3cdc7-20fe-8f3a-b7e1-4d9903e6dbf1'],
    ['dave', '8983f1de-8622-8cc3-9fa2-926476e8e18c'],
  ] as const) {
    const person = { issuer: ANN.issuer, subject, displayName: 'x' }
    t.equal(grants.principal(person, matching)?.id, id, subject)
  }
})

t.test('principal() gives each person an ID of their own', async t => {
  const matching = grants.matching(claims({ groups: ['a'] }))
  const idOf = (issuer: string, subject: string, displayName = 'x') =>
    grants.principal({ issuer, subject, displayName }, matching)?.id
  t.equal(idOf('i', 's'), idOf('i', 's', 'another name'))
  const ids = [idOf('i', 's'), idOf('is', ''), idOf('', 'is'), idOf('i","', 's'), idOf('i', 'S')]
  t.equal(new Set(ids).size, ids.length)
  for (const id of ids)
    t.match(id, /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
})

for (const [what, names, displayName] of [
  ['the name', { name: 'Ann', preferred_username: 'ann@x', email: 'a@x' }, 'Ann'],
  ['the user name', { preferred_username: 'ann@x', email: 'a@x' }, 'ann@x'],
  ['the address', { email: 'a@x' }, 'a@x'],
  ['the subject', {}, 'ann'],
  ['the subject on one line', { sub: 'an\nn' }, 'ann'],
  ['the subject as it is if nothing else can be read', { sub: '\u202E' }, '\u202E'],
  ['nothing that is not text', { name: ['Ann'], email: 5 }, 'ann'],
  ['no empty name', { name: ' \n ', email: 'a@x' }, 'a@x'],
  ['one line', { name: 'Ann\r\nadmin\u2028x' }, 'Annadminx'],
  ['no character that turns text around', { name: '\u202Enimda\u202C' }, 'nimda'],
  ['128 characters at most', { name: 'x'.repeat(300) }, 'x'.repeat(128)],
  ['well-formed text', { name: 'Ann\uD800' }, 'Ann\uFFFD'],
] as const)
  t.test(`personIn() takes ${what}`, async t => {
    const { sub: subject = ANN.subject } = names as { sub?: string }
    t.strictSame(personIn(claims(names)), { ...ANN, subject, displayName })
  })
