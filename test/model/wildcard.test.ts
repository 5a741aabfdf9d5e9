import fc from 'fast-check'
import t from 'tap'
import { areDisjoint, coversPattern, matchesWildcard } from '../../src/model/wildcard.ts'

for (const [pattern, text, expected] of [
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['*', 'anything:at/all', true],
  ['?', '', false],
  ['?', 'a', true],
  ['a*', 'a', true],
  ['a*', 'ba', false],
  ['*a', 'aba', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['*ab*', 'aab', true],
  ['a', 'A', false],
  ['a.c', 'abc', false],
  ['[ab]', 'a', false],
  ['**', 'x', true],
  ['a*b*c', 'a1b2b3c', true],
  ['a*b*c', 'a1b2b3', false],
] as const) {
  t.equal(
    matchesWildcard(pattern, text),
    expected,
    `matchesWildcard() ${JSON.stringify(pattern)} ${JSON.stringify(text)} is ${expected}`,
  )
}

const regularExpression = (pattern: string) =>
  new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`)

t.doesNotThrow(
  () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 }),
        fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }),
        (pattern, text) => matchesWildcard(pattern, text) === regularExpression(pattern).test(text),
      ),
      { numRuns: 2000 },
    ),
  'matchesWildcard() agrees with a regular expression',
)

t.test('matchesWildcard() is fast for a hostile pattern', async t => {
  t.equal(matchesWildcard('*a'.repeat(50).concat('b'), 'a'.repeat(5000)), false)
})

for (const [pattern, other, expected] of [
  ['*', '*', true],
  ['a*', 'a*', true],
  ['a*', 'ab?*', true],
  ['?*', '*', false],
  ['??', '*', false],
  ['a?', 'a*', false],
  ['*?', '?*', false], // certain to us, but not to a glance
  ['a', 'a', true],
  ['a', '?', false],
] as const)
  t.equal(coversPattern(pattern, other), expected, `coversPattern() ${pattern} ${other}`)

const wild = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 5 })
const word = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 7 })
const covering = fc.check(
  fc.property(wild, wild, fc.array(word, { size: 'max', maxLength: 60 }), (one, other, texts) => {
    if (!coversPattern(one, other)) return true
    return texts.every(text => !matchesWildcard(other, text) || matchesWildcard(one, text))
  }),
  { numRuns: 2000 },
)
t.notOk(covering.failed, 'coversPattern() says nothing that a text disproves')

const apart = fc.check(
  fc.property(wild, wild, fc.array(word, { size: 'max', maxLength: 60 }), (one, other, texts) => {
    if (!areDisjoint(one, other)) return true
    return !texts.some(text => matchesWildcard(one, text) && matchesWildcard(other, text))
  }),
  { numRuns: 2000 },
)
t.notOk(apart.failed, 'areDisjoint() says nothing that a text disproves')
for (const [one, other] of [
  ['workmail:*', 'ewsgateway:*'],
  ['workmail:GetUser', 'workmail:Delete*'],
  ['*User', '*Role'],
  ['a*b*c', 'a1c'],
  ['?', 'ab'],
] as const)
  t.ok(areDisjoint(one, other) && areDisjoint(other, one), `areDisjoint() ${one} ${other}`)
for (const [one, other] of [
  ['a*', 'ab*'],
  ['*a', '*ba'],
  ['*a*b', '*b'],
  ['a*b*', 'a?*'],
  ['a*', 'a'],
  ['?', 'a'],
] as const)
  t.notOk(areDisjoint(one, other) || areDisjoint(other, one), `areDisjoint() ${one} ${other}`)
