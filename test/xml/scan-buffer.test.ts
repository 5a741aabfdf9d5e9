import t from 'tap'
import {
  CDATA_DELIMITERS,
  COMMENT_DELIMITERS,
  TEXT_DELIMITERS,
  VALUE_DELIMITERS,
} from '../../src/xml/characters.ts'
import { ScanBuffer } from '../../src/xml/scan-buffer.ts'
import { counted } from './counted.ts'

/** Lengths around those at which runs are passed over in another way. */
const LENGTHS = [0, 1, 2, 3, 40, ...Array.from({ length: 20 }, (_, i) => 189 + i)]
const PLAIN = 0x41
/** Bytes behind a stop: enough that four pairs with it are looked at together. */
const BEHIND = 8

/** A run at some place of its buffer, with a byte at its end, and what may not be looked at behind. */
function run(offset: number, length: number, byte: number): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(offset + length + 1 + BEHIND), offset).fill(PLAIN)
  bytes[length] = byte
  return bytes
}

for (const [name, delimiters] of [
  ['text', TEXT_DELIMITERS],
  ['a CDATA section', CDATA_DELIMITERS],
  ['a comment', COMMENT_DELIMITERS],
  ['a value', VALUE_DELIMITERS],
] as const)
  t.test(
    `ScanBuffer.skip() stops in ${name} at each byte that stops it, wherever that is`,
    async t => {
      const wrong: string[] = []
      for (let byte = 0; byte < 256; byte++)
        for (const offset of [0, 1])
          for (const length of LENGTHS)
            for (const from of [0, 1, 2].filter(from => from <= length)) {
              const bytes = run(offset, length, byte)
              const to = length + BEHIND
              const end = new ScanBuffer(bytes).skip(from, to, delimiters)
              if (end !== (delimiters.bytes[byte] === 1 ? length : to))
                wrong.push(`${byte} ${offset} ${length} ${from}: ${end}`)
            }
      t.strictSame(wrong, [])
    },
  )

t.test('ScanBuffer.skip() looks at nothing behind its end', async t => {
  for (const offset of [0, 1])
    for (const length of LENGTHS)
      t.equal(new ScanBuffer(run(offset, length, 0x3c)).skip(0, length, TEXT_DELIMITERS), length)
})

t.test('ScanBuffer of few bytes', async t => {
  for (const offset of [0, 1])
    for (const length of [1, 2, 3, 4]) {
      const bytes = new Uint8Array(new ArrayBuffer(8), offset, length).fill(PLAIN)
      for (const from of [0, 1].filter(from => from < length))
        t.equal(new ScanBuffer(bytes).skip(from, length, TEXT_DELIMITERS), length)
    }
})

t.test('ScanBuffer of nothing', async t => {
  for (const offset of [0, 1, 8])
    t.equal(
      new ScanBuffer(new Uint8Array(new ArrayBuffer(8), offset, 0)).skip(0, 0, TEXT_DELIMITERS),
      0,
    )
})

/** Number of pairs that are looked up one by one before four at a time. */
const SHORT = 96

for (const [pairs, what, lookups] of [
  [0, 'a stop', 1],
  [1, 'a stop', 2],
  [SHORT - 1, 'a stop', SHORT],
  // Looks up the four that contain the stop, and then those before it and the stop again.
  [SHORT, 'a stop', SHORT + 4 + 1],
  [SHORT + 3, 'a stop', SHORT + 4 + 4],
  [SHORT + 4, 'a stop', SHORT + 4 + 4 + 1],
  [SHORT + 9, 'a stop', SHORT + 8 + 4 + 2],
  [10, 'the end', 10],
  [SHORT, 'the end', SHORT],
  [SHORT + 3, 'the end', SHORT + 3],
  [SHORT + 4, 'the end', SHORT + 4],
  [SHORT + 13, 'the end', SHORT + 13],
] as const)
  t.test(`ScanBuffer.skip() looks up few pairs in ${pairs} pairs before ${what}`, async t => {
    const bytes = run(0, 2 * pairs, what === 'a stop' ? 0x3c : PLAIN)
    const single = counted(TEXT_DELIMITERS.bytes)
    const double = counted(TEXT_DELIMITERS.pairs)
    const delimiters = { bytes: single.bytes, pairs: double.bytes }
    const to = what === 'a stop' ? bytes.length : 2 * pairs
    t.equal(new ScanBuffer(bytes).skip(0, to, delimiters), 2 * pairs)
    t.equal(double.reads.length, lookups)
    t.equal(single.reads.length, what === 'a stop' ? 1 : 0, 'and bytes only in the pair that stops')
  })

t.test(
  'ScanBuffer.skip() looks up four pairs together if the stop is in the last four',
  async t => {
    const pairs = SHORT + 4
    const { bytes, reads } = counted(TEXT_DELIMITERS.pairs)
    const buffer = new ScanBuffer(run(0, 2 * pairs - 2, 0x3c))
    t.equal(buffer.skip(0, 2 * pairs, { ...TEXT_DELIMITERS, pairs: bytes }), 2 * pairs - 2)
    t.equal(reads.length, SHORT + 4 + 4)
  },
)
