import t from 'tap'
import { readYaml, readYamlScalar } from '../../src/config/yaml.ts'

const ANCHOR = 'anchors and aliases are not supported. Write out the value'
const TAG = 'tags are not supported. Remove the tag'

t.strictSame(
  readYaml('a: { b: [1, true, text] }\n'),
  { value: { a: { b: [1, true, 'text'] } } },
  'readYaml() reads mappings, lists and scalars',
)
t.strictSame(readYaml('# nothing\n'), { value: null }, 'readYaml() reads an empty document')

for (const [what, text, expected] of [
  [
    'a key that stands twice',
    'a: 1\na: 2',
    'line 2, column 1: this key is a duplicate. Remove one of the two',
  ],
  ['an anchor', 'a: &b 1', `line 1, column 7: ${ANCHOR}`],
  ['a tag', 'a: !!binary aGk=', `line 1, column 13: ${TAG}`],
  ['an unknown tag', 'a: !secret x', `line 1, column 12: ${TAG}`],
  ['a tag on a mapping', 'a: !!map\n  b: 1', `line 2, column 3: ${TAG}`],
  [
    'two documents',
    'a: 1\n---\nb: 2',
    'line 2, column 1: a second YAML document starts here. Keep only one',
  ],
  ['a tab', 'a:\n\tb: 1', 'line 2, column 1: the line is indented with a tab. Use spaces'],
  ['an open bracket', 'a: [1', 'line 1, column 6: this is not valid YAML (bad indent)'],
] as const) {
  t.match(readYaml(text).mistakes, [expected], `readYaml() refuses ${what}`)
}

t.test('readYaml() rejects a bomb of aliases without expanding it', async t => {
  const levels = Array.from(
    { length: 40 },
    (_, level) => `a${level + 1}: &a${level + 1} [*a${level}, *a${level}]`,
  )
  t.match(readYaml(['a0: &a0 boom', ...levels].join('\n')).mistakes, [
    `line 1, column 9: ${ANCHOR}`,
  ])
})

for (const [text, expected] of [
  ['12', 12],
  ['"12"', '12'],
  ["'it''s'", "it's"],
  ['true', true],
  ['yes', 'yes'],
  ['~', null],
  ['', ''],
  ['-', '-'],
  ['[::1]:80', '[::1]:80'],
  ['a: b', 'a: b'],
  ['pass #word', 'pass #word'],
  ['!!str 1', '!!str 1'],
  ['*a', '*a'],
  ['sqlite:data/gateway.db', 'sqlite:data/gateway.db'],
] as const) {
  t.equal(readYamlScalar(text), expected, `readYamlScalar() reads \`${text}\``)
}
