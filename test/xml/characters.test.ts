import t from 'tap'
import { NAME, NAME_START, SPACES, TEXT_DELIMITERS } from '../../src/xml/characters.ts'
import { rejection } from './rejection.ts'

const LONG = 'x'.repeat(400)
const CONTEXTS = [
  ['text', '<a>', '</a>', '<&'],
  ['a value', '<a b="', '"/>', '<&"'],
  ['a CDATA section', '<a><![CDATA[', ']]></a>', ''],
  ['a comment', '<a><!--', '--></a>', '-'],
] as const

t.test('Scanner rejects each byte that is not ASCII if it is no character', async t => {
  const bytes = Array.from({ length: 128 }, (_, i) => String.fromCharCode(0x80 + i))
  for (const [context, before, after] of CONTEXTS) {
    // At even and odd addresses, as the first, the second, and both of a pair, and after a long run.
    const isRejected = (byte: string) =>
      [byte, `x${byte}`, `${byte}x`, `x${byte}x`]
        .concat([`${LONG}${byte}${byte}${LONG}`, `${LONG}x${byte}${byte}${LONG}`])
        .map(text => rejection(Buffer.from(before + text + after, 'latin1')))
        .every(reason => reason?.startsWith('encoding-refused'))
    t.strictSame(bytes.filter(isRejected), bytes, context)
  }
})

t.test('Scanner rejects all control characters, and no other byte of ASCII', async t => {
  for (const [context, before, after, stops] of CONTEXTS) {
    const accepted: number[] = []
    const expected: number[] = []
    for (let byte = 0; byte < 0x80; byte++) {
      const character = String.fromCharCode(byte)
      if (stops.includes(character)) continue
      if (byte >= 0x20 || '\t\n\r'.includes(character)) expected.push(byte)
      // Behind others, so that it is at an odd and at an even address.
      const isAccepted = ['', 'x'].map(x => {
        const document = Buffer.from(before + x + character.repeat(2) + x + after)
        return rejection(document) === undefined
      })
      if (isAccepted.every(Boolean)) accepted.push(byte)
      else if (isAccepted.some(Boolean)) t.fail(`${byte} in ${context} depends on its place`)
    }
    t.strictSame(accepted, expected, context)
  }
})

t.test('Scanner accepts only names of letters, digits, and -._', async t => {
  const takes = (name: string) => rejection(Buffer.from(`<${name}/>`, 'latin1')) === undefined
  const all = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))
  const other = /[\s/>]/
  t.strictSame(
    all.filter(takes),
    all.filter(character => /[A-Za-z_]/.test(character)),
    'first',
  )
  t.strictSame(
    all.filter(character => !other.test(character) && takes(`a${character}b`)),
    all.filter(character => /[\w.-]/.test(character)),
    'then',
  )
})

t.test('Tables of characters have one flag for each byte or pair', async t => {
  const { bytes, pairs } = TEXT_DELIMITERS
  for (const table of [NAME, NAME_START, SPACES, bytes]) t.equal(table.length, 2 ** 8)
  t.equal(pairs.length, 2 ** 16)
})
