import t from 'tap'
import { Kept } from '../../src/xml/kept.ts'
import { MAX_TAG_BYTES } from '../../src/xml/limits.ts'

const encode = (text: string) => Buffer.from(text)

/** Returns the offsets up to which markup is added before it is looked at. */
function looks(markup: string): number[] {
  const kept = new Kept()
  const bytes = encode(markup)
  const offsets: number[] = []
  for (let at = 0; at < bytes.length; ) {
    at = kept.addUntilItMayBeWhole(bytes, at)
    if (kept.mayBeWhole) offsets.push(at)
  }
  t.equal(Buffer.from(kept.bytes).toString(), markup, `all of ${markup} is kept`)
  return offsets
}

const OPENING = [1, 2, 3, 4, 5, 6, 7, 8, 9]

t.test('Kept is looked at as long as it may open a section, and where a tag may end', async t => {
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
})

t.test('Kept is looked at when it is as long as a tag can be', async t => {
  const kept = new Kept()
  kept.add(encode('<'), 0, 1)
  t.notOk(kept.mayBeWhole)
  const bytes = encode('a'.repeat(MAX_TAG_BYTES + 1))
  t.equal(kept.addUntilItMayBeWhole(bytes, 8), 9, 'nine bytes are not')
  t.notOk(kept.length === MAX_TAG_BYTES)
})

t.test('Kept follows quotes in bytes that are known not to be whole', async t => {
  const kept = new Kept()
  const begin = encode('<aaaaaaaa b="')
  kept.add(begin, 0, begin.length)
  t.notOk(kept.mayBeWhole)
  const rest = encode('>">')
  t.equal(kept.addUntilItMayBeWhole(rest, 0), rest.length)
  t.ok(kept.mayBeWhole)
  kept.clear()
  t.equal(kept.length, 0)
  t.equal(kept.bytes.length, 0)
})

t.test('Kept doubles its memory, so that few bytes are copied', async t => {
  const kept = new Kept()
  const one = encode('a')
  const sizes = new Set<number>()
  for (let i = 0; i < 1_025; i++) {
    kept.addUntilItMayBeWhole(one, 0)
    sizes.add(kept.bytes.buffer.byteLength)
  }
  t.strictSame([...sizes], [256, 512, 1_024, 2_048])
  const many = encode('a'.repeat(10_000))
  kept.add(many, 0, many.length)
  t.equal(kept.bytes.buffer.byteLength, 11_025)
  t.equal(Buffer.from(kept.bytes).toString(), 'a'.repeat(11_025))
})
