import { deepStrictEqual as deepEqual } from 'node:assert'
import fc from 'fast-check'
import t from 'tap'
import { GROMOX_IDS, numberStores } from '../../sandbox/gromox-ids.ts'
import {
  EXCHANGE_IDS,
  entryOf,
  readEntry,
  readId,
  type Target,
  writeId,
} from '../../sandbox/ids.ts'
import { OPAQUE_IDS } from '../../sandbox/opaque-ids.ts'
import { placeOf } from '../../src/ews/item-id.ts'

const { read, write } = GROMOX_IDS
const counter = fc.integer({ min: 1, max: 2 ** 40 })
const plain = <Model>(model: { [Key in keyof Model]: fc.Arbitrary<Model[Key]> }) =>
  fc.record(model, { noNullPrototype: true })
const target: fc.Arbitrary<Target> = fc.oneof(
  plain({ guid: fc.uuid(), folder: counter }),
  plain({ guid: fc.uuid(), folder: counter, item: counter }),
  plain({ guid: fc.uuid(), folder: counter, item: counter, attachment: fc.nat(2 ** 32 - 1) }),
)

t.test('GROMOX_IDS goes by the number of the user, and ignores other parts', async t => {
  const [own, other] = [crypto.randomUUID(), crypto.randomUUID()]
  numberStores([own, other, own])
  const [bytes, others] = [own, other].map(guid =>
    Buffer.from(write({ guid, folder: 1, item: 2 }), 'base64'),
  ) as [Buffer, Buffer]
  for (const [what, from, to, guid] of [
    ['flags', 0, 4, own],
    ['the GUID of the mailbox', 4, 20, own],
    ['the number of the user', 22, 26, other],
    ['the database of the item', 46, 62, own],
  ] as const) {
    const changed = Buffer.from(bytes)
    others.copy(changed, from, from, to)
    t.match(read(changed.toString('base64')), { guid }, what)
  }
  for (const type of [1, 3, 9, 0x107]) {
    const changed = Buffer.from(bytes)
    changed.writeUInt16LE(type, 20)
    t.match(read(changed.toString('base64')), { guid: /^unknown/ }, `type ${type}`)
  }
})

for (const [name, ids, other] of [
  ['Exchange', EXCHANGE_IDS, GROMOX_IDS],
  ['grommunio', GROMOX_IDS, EXCHANGE_IDS],
] as const)
  t.test(`IDs of ${name} are read as written, and by no other server`, async t => {
    const roundTrip = fc.property(target, given => {
      deepEqual(ids.read(ids.write(given)), given)
      deepEqual(other.read(ids.write(given)), undefined)
    })
    t.doesNotThrow(() => fc.assert(roundTrip))
  })

t.test('IDs of grommunio have its lengths, and tell their mailbox', async t => {
  const item = { guid: crypto.randomUUID(), folder: 1, item: 2 }
  const place = placeOf(write(item))
  t.match(place, {
    kind: 'mailbox',
    guid: /^[0-9a-f]{8}-18a5-6f7b-bcdc-ea1ed03c5657\/[-0-9a-f]{36}$/,
  })
  for (const [given, length] of [
    [{ guid: item.guid, folder: 1 }, 47],
    [item, 71],
    [{ ...item, attachment: 3 }, 75],
    [{ ...item, occurrence: 3 }, 75],
  ] as const) {
    const id = write(given)
    t.equal(Buffer.from(id, 'base64').length, length)
    t.strictSame(placeOf(id), place)
    t.equal(read(id.slice(4)), undefined, 'a cut ID')
    t.equal(read(`${id.slice(0, -4)}AAAA`), undefined, 'another type')
    t.equal(read(` ${id}`), undefined, 'what is not base64 alone')
  }
})

t.test('OPAQUE_IDS tell no mailbox', async t => {
  const roundTrip = fc.property(target, given => {
    const id = OPAQUE_IDS.write(given)
    deepEqual(OPAQUE_IDS.read(id), given)
    for (const ids of [EXCHANGE_IDS, GROMOX_IDS]) {
      deepEqual(ids.read(id), undefined)
      deepEqual(OPAQUE_IDS.read(ids.write(given)), undefined)
    }
    deepEqual(placeOf(id), { kind: 'opaque' })
  })
  t.doesNotThrow(() => fc.assert(roundTrip))
  const hash = Buffer.alloc(16, 7)
  t.strictSame(placeOf(OPAQUE_IDS.conversation('', hash)), { kind: 'opaque' })
})

t.test('readEntry() reads the output of entryOf()', async t => {
  const roundTrip = fc.property(
    target,
    ({ attachment: _, ...given }: Target & { attachment?: number }) =>
      deepEqual(readEntry(entryOf(given)), given),
  )
  t.doesNotThrow(() => fc.assert(roundTrip))
})

t.test('writeId() writes Exchange’s format', async t => {
  const guid = '9362c853-fa03-45d1-9d7c-ef09db45f783'
  // An ID from Microsoft's documentation: uncompressed, storage type 3, an item.
  const real = Buffer.from(
    'AAMkADkzNjJjODUzLWZhMDMtNDVkMS05ZDdjLWVmMDlkYjQ1Zjc4MwBGAAAAAABSSWVKrmGUTJE+MVIvofglBwDZGACZQpSgSpyNkexYe2b7AAAAAAENAADZGACZQpSgSpyNkexYe2b7AAANGFYwAAA=',
    'base64',
  )
  const ours = Buffer.from(writeId({ guid, folder: 0x10d, item: 0xd185630 }), 'base64')
  t.equal(ours.length, real.length)
  t.strictSame(ours.subarray(0, 43), real.subarray(0, 43), 'the same up to the entry id')
  t.strictSame(readId(real.toString('base64')), { guid, folder: 0x10d, item: 0xd185630 })
  t.match(writeId({ guid, folder: 1 }), /^AAMkA/)
})

for (const [name, id] of [
  ['nothing', ''],
  ['text', 'ITM-1'],
  ['a compressed id', Buffer.alloc(120, 1).toString('base64')],
  ['a cut id', writeId({ guid: crypto.randomUUID(), folder: 1, item: 2 }).slice(0, 96)],
  ['a longer id', `${writeId({ guid: crypto.randomUUID(), folder: 1 })}AAAA`],
] as const) {
  t.equal(readId(id), undefined, `readId() refuses ${name}`)
}
