import t from 'tap'
import {
  CDATA_DELIMITERS,
  COMMENT_DELIMITERS,
  TEXT_DELIMITERS,
  VALUE_DELIMITERS,
} from '../../src/xml/characters.ts'
import { ScanBuffer } from '../../src/xml/scan-buffer.ts'

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
