import t from 'tap'
import { ascii, copyOf, escapeXml, latin1, TextBuffer } from '../../src/xml/text.ts'
import { readsOf } from './counted.ts'

const bytes = (text: string): [Uint8Array, number, number] => {
  const encoded = Buffer.from(text)
  return [encoded, 0, encoded.length]
}

for (const [what, parts, text] of [
  ['CR and CR LF are LF', ['a\r', 'b\r\nc'], 'a\nb\nc'],
  ['CR LF is one LF wherever it is cut', ['a\r', '\nb'], 'a\nb'],
  [
    'what a reference wrote stays',
    ['a\r', { reference: '\n' }, 'b', { reference: '\r' }],
    'a\n\nb\r',
  ],
  ['a byte order mark stays', ['\ufeffé', { reference: '<' }, '\ufeffé'], '\ufeffé<\ufeffé'],
  ['characters are whole wherever they are cut', ['a\r', Buffer.of(0xc3), Buffer.of(0xa9)], 'a\né'],
] as const)
  t.test(`TextBuffer.take(): ${what}`, async t => {
    const buffer = new TextBuffer(100)
    for (const part of parts) {
      if (typeof part === 'string') buffer.add(...bytes(part))
      else if ('reference' in part) buffer.addCharacter(part.reference)
      else buffer.add(part, 0, part.length)
    }
    t.equal(buffer.take(), text)
  })

t.test('ascii() returns text that is all ASCII, up to 256 bytes', async t => {
  const plain = Array.from({ length: 300 }, (_, i) => String.fromCharCode(i % 128)).join('')
  for (const length of [0, 1, 7, 8, 9, 15, 16, 17, 24, 255, 256]) {
    const encoded = Buffer.from(`é${plain.slice(0, length)}é`)
    t.equal(ascii(encoded, 2, 2 + length), plain.slice(0, length), `${length} bytes`)
    for (let at = 0; at < Math.min(length, 24); at++) {
      const byte = encoded[2 + at] as number
      encoded[2 + at] = 0x80
      t.equal(ascii(encoded, 2, 2 + length), undefined, `of ${length} bytes, ${at} is not ASCII`)
      encoded[2 + at] = byte
    }
  }
  t.equal(ascii(Buffer.from(plain), 0, 257), undefined, 'more bytes are for a decoder')
})

t.test('copyOf() and latin1() take a part of the bytes', async t => {
  for (const length of [0, 1, 63, 64, 65, 200]) {
    const whole = Uint8Array.from({ length: length + 2 }, (_, i) => i + 1)
    const copy = copyOf(whole, 1, length + 1)
    t.strictSame([...copy], [...whole.slice(1, -1)], `${length} bytes`)
    t.equal(copy.buffer.byteLength, length, 'in memory of its own')
    t.equal(latin1(whole, 1, length + 1), Buffer.from(copy).toString('latin1'))
  }
  t.equal(latin1(Uint8Array.of(0x41, 0xe9), 0, 2), 'Aé')
})

t.test('escapeXml() writes text for an element and an attribute', async t => {
  t.equal(escapeXml('&<>"\'\t\n\r é'), '&amp;&lt;&gt;&quot;&apos;&#9;&#10;&#13; é')
})

/** Bytes before and after those that a function may read. */
const AROUND = 1

for (const [what, length, reads, act] of [
  ['copyOf() reads a few bytes one by one', 64, 64, copyOf],
  ['copyOf() reads more bytes at once', 65, 0, copyOf],
  ['latin1() copies a part', 65, 0, latin1],
  ['ascii() reads eight bytes at a time', 8, 8, ascii],
  ['ascii() reads eight bytes at a time', 16, 16, ascii],
  ['ascii() reads each of the last bytes twice', 23, 16 + 2 * 7, ascii],
  ['ascii() leaves more bytes to a decoder', 257, 0, ascii],
] as const)
  t.test(`${what}: ${length} bytes`, async t => {
    const bytes = new Uint8Array(length + 2 * AROUND).fill(0x41)
    t.equal(
      readsOf(bytes, counted => act(counted, AROUND, AROUND + length)),
      reads,
    )
  })

t.test('latin1() does not copy whole bytes', async t => {
  const bytes = new Uint8Array(65).fill(0x41)
  t.equal(
    readsOf(bytes, counted => latin1(counted, 0, 65)),
    65,
  )
})

t.test('TextBuffer decodes nothing of a text that is too long', async t => {
  const buffer = new TextBuffer(4)
  const add = (length: number) =>
    readsOf(new Uint8Array(length).fill(0x41), bytes => buffer.add(bytes, 0, length))
  t.ok(add(4) > 0)
  t.equal(add(1), 0)
  t.equal(buffer.take(), undefined)
})
