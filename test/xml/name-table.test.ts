import t from 'tap'
import { OPERATIONS } from '../../src/ews/operations.ts'
import { Failure } from '../../src/model/failure.ts'
import { INCOMPLETE } from '../../src/xml/attribute-value.ts'
import { NameReader } from '../../src/xml/name-reader.ts'
import { NameTable, slotOf } from '../../src/xml/name-table.ts'
import { Vocabulary } from '../../src/xml/vocabulary.ts'

const SLOTS = 8_192
const encode = (text: string) => Buffer.from(text)
const meaningless = (local: string) => ({ local, meaning: 0 })

t.test('slotOf() uses every slot, and the higher bits of a hash', async t => {
  const slots = Array.from({ length: SLOTS }, (_, hash) => slotOf(hash))
  t.strictSame(
    slots,
    slots.map((_, hash) => hash),
  )
  t.equal(slotOf(SLOTS), 1)
  t.equal(slotOf(-1), slotOf(0xffffffff | 0))
  for (const hash of [-1, -SLOTS, 2 ** 31 - 1, -(2 ** 31)]) {
    t.ok(slotOf(hash) >= 0 && slotOf(hash) < SLOTS, `${hash}`)
  }
})

t.test('NameTable keeps the last name of a slot, if it is short', async t => {
  const table = new NameTable(meaningless)
  const read = (text: string) => table.nameIn(5, encode(`<${text}>`), 1, text.length + 1)
  const name = read('a:b')
  t.match(name, { written: 'a:b', prefix: 'a', local: 'b' })
  t.equal(read('a:b'), name)
  const other = read('c')
  t.equal(read('c'), other)
  t.not(read('a:b'), name)
  for (const [length, isKept] of [
    [64, true],
    [65, false],
  ] as const) {
    const text = 'a'.repeat(length)
    const first = read(text)
    t.equal(read(text) === first, isKept, `${length} bytes`)
  }
})

t.test('NameReader waits for the end of a name that can still fit', async t => {
  const reader = new NameReader(2, new Vocabulary().names)
  t.equal(reader.read(encode('ab'), 0, 2), INCOMPLETE)
  t.equal(reader.read(encode('abc'), 0, 2), INCOMPLETE, 'it reads no byte behind the end')
  t.equal(reader.read(encode('ab '), 0, 3), 2)
  t.throws(() => reader.read(encode('abc'), 0, 3), Failure)
})

t.test('NameReader finds nearly all of many names in its cache', async t => {
  const reader = new NameReader(100, new Vocabulary().names)
  const read = (text: string) => {
    t.equal(reader.read(encode(`${text} `), 0, text.length + 1), text.length)
    return reader.name
  }
  const texts = Object.keys(OPERATIONS)
  const names = texts.map(read)
  const again = texts.filter((text, n) => read(text) === names[n])
  t.ok(texts.length > 100 && again.length > 0.95 * texts.length, `${again.length}`)
})

t.test('NameReader finds a name in the slot of its hash', async t => {
  for (const [text, hash] of [
    ['a', 97],
    ['ab', 97 * 31 + 98],
    ['abc', (97 * 31 + 98) * 31 + 99],
  ] as const) {
    const { names } = new Vocabulary()
    const kept = names.nameIn(slotOf(hash), encode(text), 0, text.length)
    const reader = new NameReader(100, names)
    reader.read(encode(`${text} `), 0, text.length + 1)
    t.equal(reader.name, kept, text)
  }
})
