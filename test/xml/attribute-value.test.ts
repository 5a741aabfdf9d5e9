import t from 'tap'
import { decodeValue, INCOMPLETE, skipValue } from '../../src/xml/attribute-value.ts'
import { ScanBuffer } from '../../src/xml/scan-buffer.ts'

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
  [LONG, LONG],
  [`${LONG}é&amp;${LONG}`, `${LONG}é&${LONG}`],
] as const)
  t.test(`decodeValue() of ${JSON.stringify(written.slice(0, 40))}`, async t => {
    const bytes = Buffer.from(`"${written}"`)
    const buffer = new ScanBuffer(bytes)
    const end = skipValue(buffer, 1, bytes.length, QUOTE)
    t.equal(end, bytes.length - 1)
    t.equal(decodeValue(bytes, 1, end), value)
    const cut = Array.from({ length: end }, (_, at) => skipValue(buffer, 1, at + 1, QUOTE))
    t.ok(
      cut.every(next => next === INCOMPLETE),
      'it is incomplete wherever it is cut',
    )
  })
