/**
 * Tests the check of words with planted sentences.
 */

import t from 'tap'
import { countsOf, differences, formatCounts, risen } from '../scripts/prose/counts.ts'
import { breachesOf, readRules } from '../scripts/prose/rules.ts'

const RULES = readRules()

const found = (file: string, content: string) =>
  breachesOf(file, content, RULES).map(({ line, words }) => `${line}: ${words}`)

const code = (...lines: string[]) => lines.join('\n')

for (const [what, file, content, expected] of [
  ['a word in a comment', 'src/a.ts', '// Waits, meanwhile.', ['1: meanwhile']],
  ['each word', 'src/a.ts', '// Please judge anew.', ['1: anew', '1: judge', '1: Please']],
  ['a word of a trailing comment', 'src/a.ts', 'f() // just once', ['1: just']],
  [
    'the line in a block',
    'src/a.ts',
    code('', '/**', ' * Finds', ' * the ids.', ' */'),
    ['4: ids'],
  ],
  ['words across lines', 'src/a.ts', code('/**', ' * It goes', ' * on.', ' */'), ['2: goes on']],
  ['an opening', 'src/a.ts', '/** What a user may. */', ['1: What']],
  ['an opening in a block', 'src/a.ts', code('/**', ' * Of a user.', ' */'), ['2: Of']],
  ['no opening within', 'src/a.ts', '/** Tells what, or where, a user may. */', []],
  ['no opening of a second line', 'src/a.ts', code('// Tells', '// what is.'), []],
  ['an opening after code', 'src/a.ts', code('// Tells', 'f()', '// What.'), ['3: What']],
  ['no code', 'src/a.ts', 'const whom = just(id, "judge")', []],
  ['no quoted code', 'src/a.ts', '// Reads `id` and {@link whom}.', []],
  ['no part of a name', 'src/a.ts', '// Reads user-id, ID, idle, https://a.test/id, and a/id.', []],
  ['no comment within a string', 'src/a.ts', 'f("// whom")', []],
  ['JSX text', 'src/console/a.tsx', 'const A = () => <b>For whom</b>', ['1: whom']],
  ['an attribute', 'src/console/a.tsx', 'const A = () => <b title="Refused" />', ['1: Refused']],
  ['a string', 'src/console/a.ts', "f('just now')", ['1: just']],
  ['a template', 'src/console/a.ts', code('f(`once', 'or just now`)'), ['2: just']],
  ['no name in a string', 'src/console/a.ts', "f('id')", []],
  ['no tag of XML', 'src/console/a.ts', 'f(`<t:Folder Id="inbox"/> just`)', ['1: just']],
  ['no string elsewhere', 'src/http/a.ts', "f('just now')", []],
  [
    'Markdown',
    'docs/a.md',
    code('# A', 'Where it is, whom', 'it refuses.'),
    ['2: whom', '3: refuses'],
  ],
  ['no fenced code', 'docs/a.md', code('```', 'whom', '```', 'anew'), ['4: anew']],
  ['no target of a link', 'docs/a.md', '[Ask](whom.md)', []],
  ['unreleased changes', 'CHANGELOG.md', '## [Unreleased]\nanew\n## [1.0.0]\nwhom', ['2: anew']],
  ['a decision', 'docs/adr/1.md', '# 1. A\n\nAccepted. Topic: http.\n\nwhom', ['5: whom']],
  ['nothing else', 'compose.yaml', '# whom', []],
] as const) {
  t.strictSame(found(file, content).sort(), [...expected].sort(), `breachesOf() finds ${what}`)
}

t.test('differences() explains a count that rises, and asks to lower one that falls', async t => {
  const breaches = breachesOf('src/http/a.ts', '// For whom, and\n// whom.', RULES)
  t.strictSame(differences({ 'src/http': { whom: 1, anew: 2 } }, breaches), [
    'src/http: "whom" 2 times instead of 1. Write who, or the impersonated user:',
    '  src/http/a.ts:1: whom',
    '  src/http/a.ts:2: whom',
    'src/http: "anew" 0 times instead of 2. Lower the count.',
  ])
})

t.test('differences() is empty for equal counts', async t => {
  const breaches = ['a.md', 'src/http/deep/a.ts', 'src/http/b.ts'].flatMap(file =>
    breachesOf(file, '// anew, whom', RULES),
  )
  const counts = countsOf(breaches)
  t.strictSame(counts, { '.': { anew: 1, whom: 1 }, 'src/http': { anew: 2, whom: 2 } })
  t.strictSame(JSON.parse(formatCounts(counts)), counts, 'formatCounts() writes them as JSON')
  t.strictSame(differences(counts, breaches), [])
})

t.test('risen() names the words that are more frequent, wherever they are', async t => {
  const before = { 'src/a': { anew: 2, whom: 1 }, 'src/b': { anew: 1 } }
  t.strictSame(risen(before, { 'src/b': { anew: 3, whom: 1 } }), [], 'a file was moved')
  t.strictSame(risen(before, { 'src/a': { anew: 1, whom: 2, he: 1 } }), ['whom', 'he'])
})

t.test('readRules() reads each row of the table', async t => {
  t.ok(RULES.length > 25, `${RULES.length} rules`)
  for (const { name, advice } of RULES) t.ok(name && advice, name)
})
