import t from 'tap'
import { skipCharacters, Utf8 } from '../../src/xml/utf8.ts'

/** On both sides of every border. */
const BYTES = [
  0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xb7, 0xbd, 0xbe, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
  0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
]

/** On both sides of the borders of all bytes but the first two of a character. */
const LAST = [0x41, 0x7f, 0x80, 0xbd, 0xbe, 0xbf, 0xc0, 0xc2, 0xe0, 0xf0]

function* sequences(): Generator<Uint8Array> {
  for (const a of BYTES)
    for (const b of BYTES)
      for (const c of LAST) for (const d of LAST) yield Uint8Array.of(a, b, c, d)
}

/**
 * Returns the number of bytes of the first character, byte by byte. 0 if it has one byte, or is invalid or
 * incomplete.
 */
function lengthByBytes(bytes: Uint8Array, to: number): number {
  const utf8 = new Utf8()
  for (let i = 0; i < to; i++) {
    const byte = bytes[i] as number
    if (byte < 0x80 || !utf8.accepts(byte)) return 0
    if (!utf8.open) return i + 1
  }
  return 0
}

t.test('skipCharacters() skips exactly what Utf8 accepts byte by byte', async t => {
  const wrong: string[] = []
  for (const bytes of sequences())
    for (const to of [1, 2, 3, 4]) {
      let expected = 0
      for (let length = -1; length !== 0; expected += length)
        length = lengthByBytes(bytes.subarray(expected), to - expected)
      if (skipCharacters(bytes, 0, to) !== expected) wrong.push(`${bytes} to ${to}`)
    }
  t.strictSame(wrong.slice(0, 10), [])
})

t.test('Utf8 accepts what a decoder accepts, except U+FFFE and U+FFFF', async t => {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const wrong: string[] = []
  for (const bytes of sequences())
    for (const length of [2, 3, 4]) {
      const text = decoder.decode(bytes.subarray(0, length))
      const isRight = Buffer.from(text).equals(bytes.subarray(0, length))
      const isOne = isRight && [...text].length === 1 && !/[\ufffe\uffff]/.test(text)
      if ((lengthByBytes(bytes, length) === length) !== isOne) wrong.push(`${bytes}, ${length}`)
    }
  t.strictSame(wrong.slice(0, 10), [])
})

t.test('Utf8 rejects a byte that begins no character at once', async t => {
  const bytes = Array.from({ length: 0x80 }, (_, i) => 0x80 + i)
  t.strictSame(
    bytes.filter(byte => new Utf8().accepts(byte)),
    bytes.filter(byte => byte >= 0xc2 && byte <= 0xf4),
  )
})
