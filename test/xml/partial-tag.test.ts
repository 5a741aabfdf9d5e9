import t from 'tap'
import { MAX_TAG_BYTES } from '../../src/xml/limits.ts'
import { PartialTag } from '../../src/xml/partial-tag.ts'

const encode = (text: string) => Buffer.from(text)

/** Returns the offsets up to which markup is added before it is looked at. */
function looks(markup: string): number[] {
  const partial = new PartialTag()
  const bytes = encode(markup)
  const offsets: number[] = []
  for (let at = 0; at < bytes.length; ) {
    at = partial.addUntilMaybeComplete(bytes, at)
    if (partial.mayBeComplete) offsets.push(at)
  }
  t.equal(Buffer.from(partial.bytes).toString(), markup, `all of ${markup} is kept`)
  return offsets
}

const OPENING = [1, 2, 3, 4, 5, 6, 7, 8, 9]

t.test(
  'PartialTag may be complete while it can open a section, and where a tag can end',
  async t => {
    for (const [markup, ends] of [
      ['<aaaaaaaaaaaa', []],
      ['<aaaaaaaaaaaa>', [14]],
      ['<aaaaaaaaaaaa<', [14]],
      ['<aaaaaaaa b=">">', [16]],
      ["<aaaaaaaa b='>'>", [16]],
      ['<aaaaaaaa b="\'>">', [17]],
      ["<aaaaaaaa b='\">'>", [17]],
      ['<aaaaaaaa b="1" c=">">', [22]],
      ['<aaaaaaaa b="<">', [14, 16]],
    ] as const)
      t.strictSame(looks(markup), [...OPENING, ...ends], markup)
  },
)

t.test('PartialTag may be complete at the maximum length of a tag', async t => {
  const partial = new PartialTag()
  partial.add(encode('<'), 0, 1)
  t.notOk(partial.mayBeComplete)
  const bytes = encode('a'.repeat(MAX_TAG_BYTES + 1))
  t.equal(partial.addUntilMaybeComplete(bytes, 8), 9, 'nine bytes are not')
  t.notOk(partial.length === MAX_TAG_BYTES)
})

t.test('PartialTag follows quotes in bytes that are known not to be whole', async t => {
  const partial = new PartialTag()
  const begin = encode('"<aaaaaaaa b=""')
  partial.add(begin, 1, begin.length - 1)
  t.notOk(partial.mayBeComplete)
  const rest = encode('>">')
  t.equal(partial.addUntilMaybeComplete(rest, 0), rest.length)
  t.ok(partial.mayBeComplete)
  partial.clear()
  t.equal(partial.length, 0)
  t.equal(partial.bytes.length, 0)
})

t.test('PartialTag doubles its memory, so that few bytes are copied', async t => {
  const partial = new PartialTag()
  const one = encode('a')
  const firstLengths = new Map<number, number>()
  for (let length = 1; length <= 1_025; length++) {
    partial.addUntilMaybeComplete(one, 0)
    const size = partial.bytes.buffer.byteLength
    if (!firstLengths.has(size)) firstLengths.set(size, length)
  }
  t.strictSame(
    [...firstLengths],
    [
      [256, 1],
      [512, 257],
      [1_024, 513],
      [2_048, 1_025],
    ],
  )
  const many = encode('a'.repeat(10_000))
  partial.add(many, 0, many.length)
  t.equal(partial.bytes.buffer.byteLength, 11_025)
  t.equal(Buffer.from(partial.bytes).toString(), 'a'.repeat(11_025))
})
