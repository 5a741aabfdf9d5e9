import t from 'tap'
import { Gathered } from '../../src/xml/text.ts'

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
  ['characters are whole wherever they are cut', ['a\r', Buffer.of(0xc3), Buffer.of(0xa9)], 'a\né'],
] as const)
  t.test(`Gathered.take(): ${what}`, async t => {
    const gathered = new Gathered(100)
    for (const part of parts) {
      if (typeof part === 'string') gathered.add(...bytes(part))
      else if ('reference' in part) gathered.addCharacter(part.reference)
      else gathered.add(part, 0, part.length)
    }
    t.equal(gathered.take(), text)
  })
