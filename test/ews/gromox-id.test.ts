/**
 * R43: the mailbox in an ID of grommunio, of every kind, with every change of one byte.
 */

import fc from 'fast-check'
import t from 'tap'
import { numberIn } from '../../src/ews/gromox-id.ts'
import { placeOf, placeOfBase64 } from '../../src/ews/item-id.ts'

/** As grommunio writes them: flags, GUID of the mailbox, type, GUID of the database, counter, and padding. */
const MAILBOX = '53c86293 03fa d145 9d7c ef09db45f783'
const DATABASE = '07010000 a518 7b6f bcdc ea1ed03c5657'
const FOLDER = `00000000 ${MAILBOX} 0100 ${DATABASE} 00000000000d 0000`
const ITEM = `00000000 ${MAILBOX} 0700 ${DATABASE} 00000000000d 0000 ${DATABASE} 000000000102 0000`
const IDS = {
  folder: `${FOLDER} 01`,
  item: `${ITEM} 02`,
  attachment: `${ITEM} 05000000 03`,
  occurrence: `${ITEM} c0a80f0d 04`,
} as const
const GUID = '00000107-18a5-6f7b-bcdc-ea1ed03c5657/9362c853-fa03-45d1-9d7c-ef09db45f783'
const mailbox = { kind: 'mailbox', guid: GUID } as const
const elsewhere = { kind: 'elsewhere' } as const
const opaque = { kind: 'opaque' } as const

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const idOf = (hex: string) => bytesOf(hex).toString('base64')
/** Reads an ID in place, from the middle of other bytes. */
function placeInPlace(id: string) {
  const bytes = Buffer.from(`AAMk${id}AAMk`)
  return placeOfBase64(bytes, 4, bytes.length - 4)
}

const plain = idOf(IDS.item)
for (const [name, id, expected] of [
  ...Object.entries(IDS).map(([kind, hex]) => [`reads the ID of a ${kind}`, idOf(hex), mailbox]),
  ['denies a folder in public folders', idOf(IDS.folder.replace(' 0100 ', ' 0300 ')), elsewhere],
  ['denies an item in public folders', idOf(IDS.item.replace(' 0700 ', ' 0900 ')), elsewhere],
  ['denies the type of a folder in an item', idOf(IDS.item.replace(' 0700 ', ' 0100 ')), elsewhere],
  ['denies the type of an item in a folder', idOf(IDS.folder.replace('0100 ', '0700 ')), elsewhere],
  ['denies an entry ID of a folder alone', idOf(FOLDER), elsewhere],
  ['denies an entry ID of an item alone', idOf(ITEM), elsewhere],
  ['denies an item with the type of a folder', idOf(`${ITEM} 01`), elsewhere],
  ['denies a folder with the type of an item', idOf(`${FOLDER} 02`), elsewhere],
  ['denies an attachment with the type of an item', idOf(`${ITEM} 05000000 02`), elsewhere],
  ['denies an item with the type of an attachment', idOf(`${ITEM} 03`), elsewhere],
  ['denies a type without a meaning', idOf(`${ITEM} 00`), elsewhere],
  ['denies bytes before the type', idOf(`${FOLDER} 00 01`), elsewhere],
  ['denies bytes after the type', idOf(`${IDS.item} 00`), elsewhere],
  ['denies a folder in the entry ID of an item', idOf(`${FOLDER} 01 02`), elsewhere],
  ['denies two databases', idOf(IDS.item.replace(/07010000(?!.*07010000)/, '08010000')), elsewhere],
  ['denies a blank', ` ${plain}`, elsewhere],
  ['denies a line break', `${plain.slice(0, 40)}\n${plain.slice(40)}`, elsewhere],
  ['denies another alphabet', plain.replaceAll('+', '-').replaceAll('/', '_'), elsewhere],
  ['denies bits that mean nothing', idOf(IDS.folder).replace(/E=$/, 'F='), elsewhere],
  ['denies a lack of padding', idOf(IDS.folder).replace(/=$/, ''), elsewhere],
  ['denies too much padding', `${plain}=`, elsewhere],
  ['knows no shorter form', idOf(FOLDER.slice(0, -3)), opaque],
  ['knows no form with flags', idOf(`01${IDS.item.slice(2)}`), opaque],
  ['knows no conversation', idOf('d41d8cd98f00b204e9800998ecf8427e 05'), opaque],
  ['knows no other type', idOf(IDS.item.replace(' 0700 ', ' 0500 ')), opaque],
  ['knows no type beyond a byte', idOf(IDS.item.replace(' 0700 ', ' 0701 ')), opaque],
] as const) {
  t.match(placeOf(id as string), expected, `placeOf() ${name}`)
  const inPlace = placeInPlace(id as string)
  t.ok(inPlace === undefined || inPlace.kind === (expected as { kind: string }).kind, `in place`)
}

/** Bytes that say whose mailbox it is. In the ID of an item, those of the database must agree with those after 46. */
const isCounter = (kind: keyof typeof IDS, at: number) =>
  (at >= 38 && at < 44) || (kind !== 'folder' && at >= 62 && at < 68)
const isDetail = (kind: keyof typeof IDS, at: number) =>
  (kind === 'attachment' || kind === 'occurrence') && at >= 70 && at < 74

for (const kind of Object.keys(IDS) as (keyof typeof IDS)[])
  t.test(`R43 placeOf() and every change of one byte: ${kind}`, async t => {
    const original = bytesOf(IDS[kind])
    const wrong: string[] = []
    for (let at = 0; at < original.length; at += 1)
      for (let value = 0; value < 256; value += 1) {
        if (value === original[at]) continue
        const bytes = Buffer.from(original)
        bytes[at] = value
        const place = placeOf(bytes.toString('base64'))
        const guid = place.kind === 'mailbox' ? place.guid : undefined
        const isSwap = original.length === 75 && at === 74 && (value === 3 || value === 4)
        const same = isCounter(kind, at) || isDetail(kind, at) || isSwap
        const isOwner = (at >= 4 && at < 20) || (kind === 'folder' && at >= 22 && at < 38)
        const isRight = same
          ? guid === GUID
          : isOwner
            ? guid !== undefined && guid !== GUID
            : guid === undefined
        const isNumber = at >= 22 && at < 26
        const number = guid && numberIn(guid)
        if (!isRight || (number !== undefined && (number !== '00000107') !== isNumber))
          wrong.push(`byte ${at} is ${value}: ${JSON.stringify(place)}`)
      }
    t.strictSame(wrong, [])
  })

t.test('placeOf() tells mailboxes apart after an ID of another one', async t => {
  const same = fc.property(
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.constantFrom('folder', 'item', 'attachment', 'occurrence'),
    (mailbox, database, kind) => {
      const bytes = bytesOf(IDS[kind as keyof typeof IDS])
      bytes.set(mailbox, 4)
      bytes.set(database, 22)
      if (kind !== 'folder') bytes.set(database, 46)
      const id = bytes.toString('base64')
      const place = placeOf(id)
      const again = [placeOf(plain), placeOf(id)]
      const isSame =
        JSON.stringify(again) === JSON.stringify([{ kind: 'mailbox', guid: GUID }, place])
      if (place.kind !== 'mailbox' || !isSame) return false
      const number = Buffer.from(database).readUInt32LE(0).toString(16).padStart(8, '0')
      return numberIn(place.guid) === number && place.guid.length === 73
    },
  )
  t.doesNotThrow(() => fc.assert(same))
})

t.test('placeOf() never takes a compressed ID for one of grommunio', async t => {
  const runs = [1, ...[...bytesOf(IDS.item)].slice(1).flatMap(byte => [byte])]
  t.not(placeOf(Buffer.from(runs).toString('base64')).kind, 'mailbox')
  // Three zeros, with run lengths: two zeros and one more.
  const packed = [1, 0, 0, 1, ...bytesOf(IDS.item).subarray(4)]
  t.not(placeOf(Buffer.from(packed).toString('base64')).kind, 'mailbox')
})

t.test('numberIn() finds a number only in a GUID of grommunio', async t => {
  t.equal(numberIn(GUID), '00000107')
  for (const guid of [GUID.slice(0, 36), GUID.slice(37), '']) t.equal(numberIn(guid), undefined)
})
