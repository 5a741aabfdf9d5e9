import t from 'tap'
import { changed, changesOf } from './operators.ts'

/** A source, and every source that one mistake makes of it. */
const CASES: readonly (readonly [behavior: string, source: string, mutants: readonly string[]])[] =
  [
    ['moves a boundary', 'f(a < b)', [';', 'f(a <= b)', 'f(a >= b)']],
    ['negates an equality', 'const x = a === b', ['const x = a !== b']],
    ['swaps a sign', 'const x = a + b', ['const x = a - b']],
    ['keeps the sum of texts', 'const x = a + `b`', []],
    ['swaps and and or', 'const x = a && b', ['const x = a || b']],
    ['assigns always', 'a ||= b', [';', 'a = b']],
    ['removes a negation', 'const x = !a', ['const x = a']],
    [
      'fixes a condition',
      'const x = a ? b : c',
      ['const x = true ? b : c', 'const x = false ? b : c'],
    ],
    [
      'removes an early return',
      'function f() { if (a) return b; return c }',
      [
        'function f() { if (true) return b; return c }',
        'function f() { if (false) return b; return c }',
        'function f() { if (a) ; return c }',
      ],
    ],
    ['never enters a loop', 'while (a) {}', ['while (false) {}']],
    [
      'removes anchors',
      'const x = /^a$|[$]\\$/',
      ['const x = /a$|[$]\\$/', 'const x = /^a|[$]\\$/'],
    ],
    ['counts wrong', 'const x = 7', ['const x = (7 + 1)', 'const x = (7 - 1)']],
    ['flips a boolean', 'const x = true', ['const x = false']],
    ['empties a text', "const x = 'a'", ["const x = ''"]],
    ['removes an element', 'const x = [a, b]', ['const x = [b]', 'const x = [a]']],
    [
      'drops what an object is merged from',
      'const x = { ...a, b, ...f(c) }',
      ['const x = { b, ...f(c) }', 'const x = { ...a, b }'],
    ],
    ['keeps other members', 'const x = { a, b: c }', []],
    ['swaps some and every', 'const x = a.some(f)', ['const x = a.every(f)']],
    ['keeps other calls', 'const x = a.toString()', []],
    ['keeps types', "type T = 'a' | 1; const x = a as 'b'", []],
    ['keeps imports and messages', "import 'a'; const x = new Error('a')", []],
    ['keeps messages of functions', "throw rejected('a')", []],
    ['empties other texts in a throw', "throw f(g('a'))", ["throw f(g(''))"]],
  ]

for (const [behavior, source, mutants] of CASES)
  t.strictSame(
    changesOf(source).map(change => changed(source, change)),
    mutants,
    `changesOf() ${behavior}`,
  )

t.throws(() => changesOf('const'), SyntaxError, 'changesOf() rejects what is not TypeScript')
