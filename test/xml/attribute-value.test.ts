import t from 'tap'
import { decodeValue, INCOMPLETE, skipValue } from '../../src/xml/attribute-value.ts'
import { ScanBuffer } from '../../src/xml/scan-buffer.ts'
import { readsOf } from './counted.ts'

const QUOTE = 0x22
const LONG = 'x'.repeat(300)

for (const [written, value] of [
  ['', ''],
  ["'>", "'>"],
  ['\ufeffé', '\ufeffé'],
  ['&amp;\ufeffé&amp;', '&\ufeffé&'],
  ['\t.\n.\r.\r\n.\n\r', ' . . . .  '],
  ['é\t漢\r\n😀', 'é 漢 😀'],
  ['&#9;&#10;&#13;', '\t\n\r'],
  ['&#13;\n', '\r '],
  ['\r&#10;', ' \n'],
  ['&#x26;amp;', '&amp;'],
  ['a&lt;&gt;b&#x1F600;', 'a<>b😀'],
  ['&quot;;', '";'],
  ['&#x0000000000041;', 'A'],
  ['—', '—'],
  [LONG, LONG],
  [`${LONG}é&amp;${LONG}`, `${LONG}é&${LONG}`],
] as const)
  t.test(`decodeValue() of ${JSON.stringify(written.slice(0, 40))}`, async t => {
    for (const from of [0, 1]) {
      const bytes = Buffer.from(`${written}"`.padStart(written.length + 1 + from))
      const buffer = new ScanBuffer(bytes)
      const end = skipValue(buffer, from, bytes.length, QUOTE)
      t.equal(end, bytes.length - 1)
      t.ok(end !== INCOMPLETE)
      t.equal(decodeValue(bytes, from, end), value)
      const ends = Array.from({ length: end - from + 1 }, (_, i) => {
        const to = from + i
        const short = new ScanBuffer(bytes.subarray(0, to))
        return [buffer, short].map(each => skipValue(each, from, to, QUOTE))
      })
      t.strictSame([...new Set(ends.flat())], [INCOMPLETE], 'it is incomplete wherever it is cut')
    }
  })

t.test('skipValue() reads whole characters together', async t => {
  const bytes = Uint8Array.from(Buffer.from('漢漢漢漢"'))
  const reads = readsOf(bytes, counted => {
    t.equal(skipValue(new ScanBuffer(counted), 0, bytes.length, QUOTE), bytes.length - 1)
  })
  t.ok(reads <= 25, `${reads} reads`)
})
