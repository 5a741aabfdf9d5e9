import t from 'tap'
import { CDATA_STOP, TEXT_STOP } from '../../src/soap/characters.ts'
import { skipPairs } from '../../src/soap/pairs.ts'

/** Bytes that a call looks at together. */
const EIGHT = 8
const LENGTH = 40
const PLAIN = 0x41

/** A run at an even or odd place of its buffer, with a byte that may stop it. */
function run(offset: number, at: number, byte: number): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(LENGTH + offset), offset).fill(PLAIN)
  bytes[at] = byte
  return bytes
}

for (const [name, stops] of [
  ['text', TEXT_STOP],
  ['a CDATA section', CDATA_STOP],
] as const)
  t.test(
    `skipPairs() stops in ${name} before each byte that stops it, wherever that is`,
    async t => {
      const wrong: string[] = []
      for (let byte = 0; byte < 256; byte++)
        for (const offset of [0, 1, 2, 3])
          for (let at = 0; at < LENGTH; at++)
            for (const from of [0, 1]) {
              if (at < from) continue
              const end = skipPairs(run(offset, at, byte), from, stops)
              const most = stops[byte] === 0 ? LENGTH : at
              if (end < from || end > most || end < most - EIGHT)
                wrong.push(`${byte} ${offset} ${at} ${from}: ${end}`)
            }
      t.strictSame(wrong, [])
    },
  )
