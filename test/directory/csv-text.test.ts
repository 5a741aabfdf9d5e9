import fc from 'fast-check'
import t from 'tap'
import { CsvDecoder, decodeCsv } from '../../src/directory/csv-text.ts'
import { anyCharacter } from '../kit/characters.ts'

const bytesOf = (text: string, encoding: BufferEncoding = 'utf8') => Buffer.from(text, encoding)
const utf16be = (text: string) => bytesOf(text, 'utf16le').swap16()
const ADVICE = 'Save the file as UTF-8 (in Excel: CSV UTF-8), and import it again.'

/** Decodes in chunks of one size. */
function decodeBy(size: number, bytes: Uint8Array): string {
  const decoder = new CsvDecoder()
  let text = ''
  for (let at = 0; at < bytes.length; at += size)
    text += decoder.decode(bytes.subarray(at, at + size))
  return text + decoder.end()
}

for (const [behavior, bytes, text] of [
  ['decodes UTF-8', bytesOf('Jörg 😀'), 'Jörg 😀'],
  ['decodes an empty file', bytesOf(''), ''],
  ['decodes one character', bytesOf('a'), 'a'],
  ['leaves out one byte order mark', bytesOf('\uFEFF\uFEFFa'), '\uFEFFa'],
  ['decodes what Excel saves as Unicode text', bytesOf('\uFEFFJörg\t😀', 'utf16le'), 'Jörg\t😀'],
  ['decodes UTF-16 of the other order', utf16be('\uFEFFJörg\t😀'), 'Jörg\t😀'],
  ['takes a replacement character that the file has', bytesOf('J\uFFFDrg'), 'J\uFFFDrg'],
] as const) {
  t.equal(decodeCsv(bytes), text, `decodeCsv() ${behavior}`)
  for (const size of [1, 2, 3])
    t.equal(decodeBy(size, bytes), text, `CsvDecoder ${behavior}, in chunks of ${size} bytes`)
}

for (const [behavior, bytes, problem] of [
  [
    'Latin-1',
    bytesOf('a\r\nb\rc\nJ\xf6rg\n', 'latin1'),
    'Line 4 has the byte 0xF6, which is not UTF-8.',
  ],
  [
    'Latin-1 at the end',
    bytesOf('\xef\xbf\xbd\n\xef\xbf\xbd\nJ\xfc', 'latin1'),
    'Line 3 has the byte 0xFC, which is not UTF-8.',
  ],
  [
    'a continuation byte alone',
    bytesOf('\x80', 'latin1'),
    'Line 1 has the byte 0x80, which is not UTF-8.',
  ],
  [
    'an overlong form',
    bytesOf('a\n\xc0\xaf', 'latin1'),
    'Line 2 has the byte 0xC0, which is not UTF-8.',
  ],
  [
    'a surrogate',
    bytesOf('a\n\xed\xa0\x80', 'latin1'),
    'Line 2 has the byte 0xED, which is not UTF-8.',
  ],
  [
    'a file that ends within a character',
    bytesOf('a\n😀').subarray(0, -1),
    'Line 2 has the byte 0xF0, which is not UTF-8.',
  ],
  [
    'a half of a surrogate in UTF-16',
    bytesOf('\uFEFFa\uD83D', 'utf16le'),
    'The file is not valid UTF-16.',
  ],
  [
    'half a unit of UTF-16',
    bytesOf('\uFEFFab', 'utf16le').subarray(0, -1),
    'The file is not valid UTF-16.',
  ],
] as const) {
  const error = { name: 'CsvTextError', message: `${problem} ${ADVICE}` }
  t.throws(() => decodeCsv(bytes), error, `decodeCsv() rejects ${behavior}`)
  for (const size of [1, 2, 3])
    t.throws(
      () => decodeBy(size, bytes),
      error,
      `CsvDecoder rejects ${behavior}, in chunks of ${size} bytes`,
    )
}

t.test('CsvDecoder decodes any text in chunks of any size', async t => {
  const text = fc.string({ unit: anyCharacter }).filter(text => !text.startsWith('\uFEFF'))
  const property = fc.property(text, fc.integer({ min: 1, max: 9 }), (text, size) => {
    return decodeBy(size, bytesOf(text)) === text
  })
  t.doesNotThrow(() => fc.assert(property))
})
