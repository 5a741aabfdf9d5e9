/**
 * Limits of a document: the largest that fits, and the smallest that does not, however it is cut.
 */

import t from 'tap'
import { Failure } from '../../src/model/failure.ts'
import { DEFAULT_LIMITS, MAX_TAG_BYTES } from '../../src/xml/limits.ts'
import { Scanner } from '../../src/xml/scanner.ts'
import type { Tag } from '../../src/xml/tag.ts'
import { TextBuffer } from '../../src/xml/text.ts'
import { Vocabulary } from '../../src/xml/vocabulary.ts'

type Seen = { values: string[]; text: string }

/** Reads a document in chunks of a length. Returns undefined if it is rejected. */
function read(document: string, length: number, isWhole = true): Seen | undefined {
  const seen: Seen = { values: [], text: '' }
  const scanner = new Scanner(
    {
      open: (tag: Tag) => {
        for (let i = 0; i < tag.attributeCount; i++) seen.values.push(tag.value(i))
      },
      text: (bytes, from, to) => {
        seen.text += Buffer.from(bytes.subarray(from, to)).toString()
      },
      reference: character => {
        seen.text += character
      },
      close: () => undefined,
      comment: () => undefined,
    },
    new Vocabulary(),
    DEFAULT_LIMITS,
  )
  const bytes = Buffer.from(document)
  try {
    for (let at = 0; at < bytes.length; at += length) scanner.write(bytes.subarray(at, at + length))
    if (isWhole) scanner.end()
    return seen
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}

const LENGTHS = [1, 255, 4_096, Number.MAX_SAFE_INTEGER]
const many = (n: number, one: (i: number) => string) =>
  Array.from({ length: n }, (_, i) => one(i)).join(' ')
/** Pads to a length in bytes. */
const padded = (before: string, n: number, after: string, by = 'x') =>
  before + by.repeat(n - before.length - after.length) + after

for (const [what, most, document] of [
  ['elements inside one another', 64, n => '<a>'.repeat(n) + '</a>'.repeat(n)],
  ['attributes of an element', 256, n => `<a ${many(n, i => `a${i}=""`)}/>`],
  ['namespaces in scope', 64, n => `<a ${many(n, i => `xmlns:p${i}="u"`)}/>`],
  ['bytes of an element name', 1_024, n => `<${'a'.repeat(n)}/>`],
  ['bytes of an attribute name', 1_024, n => `<a ${'a'.repeat(n)}=""/>`],
  ['bytes of a start tag', MAX_TAG_BYTES, n => `<r>${padded('<a b="', n, '"/>')}</r>`],
  ['bytes of an end tag', MAX_TAG_BYTES, n => `<a>${padded('</a', n, '>', ' ')}`],
  ['bytes of a reference in text', 18, n => `<a>${padded('&#x', n, '41;', '0')}</a>`],
  ['bytes of a reference in an attribute', 17, n => `<a b="${padded('&#x', n, '41;', '0')}"/>`],
  ['bytes of a declaration', 256, n => `${padded('<?xml version="1.0"', n, '?>', ' ')}<a/>`],
  [
    'bytes of a declaration after a byte order mark',
    256,
    n => `\ufeff${padded('<?xml version="1.0"', n, '?>', ' ')}<a/>`,
  ],
] as const satisfies readonly (readonly [string, number, (n: number) => string])[])
  for (const length of LENGTHS) {
    t.ok(read(document(most), length), `${most} ${what} fit, in chunks of ${length}`)
    t.notOk(read(document(most + 1), length), `${most + 1} ${what} don't, in chunks of ${length}`)
  }

for (const [what, most, begin, before = ''] of [
  ['a start tag', MAX_TAG_BYTES - 1, '<a b="'],
  ['a declaration', 255, '<?xml '],
  ['a declaration after a byte order mark', 255, '<?xml ', '\ufeff'],
] as const)
  for (const length of LENGTHS) {
    const document = (n: number) => before + padded(begin, n, '')
    t.ok(read(document(most), length, false), `${what} may continue, in chunks of ${length}`)
    t.notOk(read(document(most + 1), length, false), `${what} is too long, in chunks of ${length}`)
  }

t.test('Scanner measures a tag from its beginning, however late in a chunk it is cut', async t => {
  const value = 'x'.repeat(MAX_TAG_BYTES - 1_000)
  const document = `<a>${value}<b c="${value}"/></a>`
  for (const cut of [value.length + 4, value.length + 20, document.length - 8])
    t.strictSame(read(document, cut), { values: [value], text: value }, `after ${cut} bytes`)
})

t.match(DEFAULT_LIMITS, { bodyBytes: 64 * 1_024 * 1_024, prologueBytes: 64 * 1_024 })

/** Lengths around which buffers grow. */
const GROWTH = [255, 256, 257, 511, 512, 513, 1_023, 1_024, 1_025, 65_000]

for (const size of GROWTH) {
  const value = Array.from({ length: size }, (_, i) => String.fromCharCode(97 + (i % 26))).join('')
  for (const length of [1, 7, 255, 256, 257])
    t.strictSame(
      read(`<a b="${value}">${value}</a>`, length),
      { values: [value], text: value },
      `a value of ${size} bytes is kept whole, in chunks of ${length}`,
    )
}

t.test('TextBuffer takes as many bytes as it may, and begins again', async t => {
  for (const [chunks, expected] of [
    [['abcd'], 'abcd'],
    [['abcde'], undefined],
    [['ab', 'cd'], 'abcd'],
    [['abcd', 'e'], undefined],
    [['abcde', ''], undefined],
    [['éé'], 'éé'],
    [['éé', 'x'], undefined],
  ] as const) {
    const gathered = new TextBuffer(4)
    for (const chunk of chunks)
      gathered.add(Buffer.from(`<>${chunk}<`), 2, 2 + Buffer.byteLength(chunk))
    t.equal(gathered.take(), expected, JSON.stringify(chunks))
    gathered.addCharacter('x')
    t.equal(gathered.take(), 'x', 'what was too long is forgotten')
  }
  const buffer = new TextBuffer(1)
  buffer.addCharacter('x')
  t.equal(buffer.take(), 'x')
  const half = new TextBuffer(2)
  half.add(Buffer.from('é'), 0, 1)
  half.take()
  half.add(Buffer.from('é'), 0, 2)
  t.equal(half.take(), 'é', 'half a character is forgotten')
  buffer.addCharacter('x')
  buffer.addCharacter('y')
  t.equal(buffer.take(), undefined, 'characters count, too')
})
