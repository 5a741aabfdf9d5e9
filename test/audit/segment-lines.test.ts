/**
 * Lines of a segment as bytes, and the hash in the first line of a batch.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import t from 'tap'
import { isComplete, linesOf, previousIn } from '../../src/audit/segment-lines.ts'

const HASH = '0123456789abcdef'.repeat(4)
const CHAIN = `,"previous":"${HASH}"}\n`

for (const [what, line, expected] of [
  ['a line that begins a batch', `{"a":1${CHAIN}`, HASH],
  ['one character before the hash', `{${CHAIN}`, HASH],
  ['nothing before the hash', CHAIN, undefined],
  ['a line of the same batch', '{"a":1}\n', undefined],
  ['an empty line', '\n', undefined],
  ['another member', `{"a":1${CHAIN.replace('previous', 'previoux')}`, undefined],
  ['a hash that is too short', `{"a":1${CHAIN.replace('0', '')}`, undefined],
  ['a hash that is too long', `{"a":1${CHAIN.replace('0', '00')}`, undefined],
  ['no line feed', `{"a":1${CHAIN.slice(0, -1)}`, undefined],
  ['a member after the hash', `{"a":1${CHAIN.replace('}', ',}')}`, undefined],
  ['another end of the line', `{"a":1${CHAIN.slice(0, -3)}"]\n`, undefined],
] as const)
  t.equal(previousIn(Buffer.from(line)), expected, `previousIn(): ${what}`)

t.ok(isComplete(Buffer.from('a\n')))
t.notOk(isComplete(Buffer.from('a\nb')))
t.notOk(isComplete(Buffer.alloc(0)))

t.test('linesOf() rejects a line that is longer than the limit', async t => {
  const file = join(t.testdir(), 'a.jsonl')
  const lengths = async () => {
    const found: number[] = []
    for await (const lines of linesOf(file, 10)) found.push(...lines.map(({ length }) => length))
    return found
  }
  writeFileSync(file, `${'x'.repeat(9)}\n${'x'.repeat(10)}`)
  t.strictSame(await lengths(), [10, 10])
  writeFileSync(file, 'x'.repeat(11))
  await t.rejects(lengths(), { message: 'a line is longer than 10 bytes' })
})

const MEGABYTE = 1_024 * 1_024

for (const [what, lines] of [
  ['an empty file', []],
  ['whole lines', ['a\n', '\n', 'b\n']],
  ['an empty first line', ['\n', 'a\n']],
  ['a line that is cut off', ['a\n', 'b']],
  ['one line without an end', ['a']],
  ['a line of three chunks', ['a\n', `${'x'.repeat(3 * MEGABYTE)}\n`, 'b\n']],
  ['a line that ends with a chunk', [`${'x'.repeat(MEGABYTE - 1)}\n`, 'b\n']],
  ['a line that begins with a chunk', [`${'x'.repeat(MEGABYTE - 2)}\n`, '\n', 'b\n', 'c']],
] as const)
  t.test(`linesOf() returns ${what}, compressed or not`, async t => {
    const folder = t.testdir()
    const bytes = Buffer.from(lines.join(''))
    for (const [ending, content] of [
      ['', bytes],
      ['.gz', gzipSync(bytes)],
      ['.zst', zstdCompressSync(bytes)],
    ] as const) {
      const file = join(folder, `a.jsonl${ending}`)
      writeFileSync(file, content)
      const found: string[] = []
      for await (const some of linesOf(file)) {
        t.not(some.length, 0)
        found.push(...some.map(line => line.toString()))
      }
      t.ok(found.length === lines.length && found.every((line, n) => line === lines[n]), ending)
    }
  })
