/**
 * R13: lines of a message, in chunks that end anywhere.
 */

import t from 'tap'
import { LineSplitter } from '../../src/ews/line-splitter.ts'

/** Splits chunks in the middle of a larger buffer. A line that was truncated ends in `…`. */
function split(chunks: readonly string[], maxBytes: number) {
  const lines: string[] = []
  const splitter = new LineSplitter(maxBytes, (bytes, from, to, isWhole) =>
    lines.push(
      `${Buffer.from(bytes.subarray(from, to))}${isWhole ? '' : '…'}${splitter.hasDashInRest ? '-' : ''}`,
    ),
  )
  for (const chunk of chunks)
    splitter.add(Buffer.from(`\r\n${chunk}\n`).subarray(2, 2 + chunk.length))
  const { hasBareCr } = splitter
  splitter.end()
  splitter.end()
  return { lines, hasBareCr }
}

/** Splits a whole text. */
function expected(text: string, maxBytes: number) {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return {
    lines: lines.map(it => {
      const dash = it.slice(maxBytes).includes('-') ? '-' : ''
      return it.length > maxBytes ? `${it.slice(0, maxBytes)}…${dash}` : it
    }),
    hasBareCr: /\r[^\n]/.test(text),
  }
}

const texts = (length: number): readonly string[] =>
  length === 0 ? [''] : texts(length - 1).flatMap(rest => [...'-\r\n'].map(it => it + rest))

t.test('R13 LineSplitter splits every short text the same, wherever chunks end', async t => {
  const wrong: unknown[] = []
  const check = (chunks: readonly string[], maxBytes: number) => {
    const result = split(chunks, maxBytes)
    const right = expected(chunks.join(''), maxBytes)
    if (JSON.stringify(result) !== JSON.stringify(right)) wrong.push([chunks, maxBytes, result])
  }
  for (const text of texts(5))
    for (let first = 0; first <= text.length; first++)
      for (let second = first; second <= text.length; second++)
        check([text.slice(0, first), text.slice(first, second), text.slice(second)], 2)
  for (const text of ['', ...texts(1), ...texts(2), ...texts(3), ...texts(4)])
    for (const maxBytes of [1, 2, 3, 4, 9]) {
      check([text], maxBytes)
      check([...text], maxBytes)
    }
  t.strictSame(wrong.slice(0, 5), [])
})

t.test('R13 LineSplitter keeps long lines, however they arrive', async t => {
  const text = (length: number) => 'abcdefg'.repeat(200).slice(0, length)
  for (const length of [1, 2, 255, 256, 257, 511, 512, 513, 999, 1_000, 1_001])
    for (const size of [1, 7, 200, 256, 600]) {
      const whole = `${text(length)}\n${text(length)}\nb`
      const chunks = whole.match(new RegExp(`.{1,${size}}`, 'gs')) ?? []
      t.strictSame(split(chunks, 1_000), expected(whole, 1_000), `${length} bytes, ${size} a chunk`)
    }
})
