/** R43: the mailbox of an ID that is to be converted, in each of its forms. */

import t from 'tap'
import { mailboxInEntry, placeOfAlternate, providerIn } from '../../src/ews/alternate-id.ts'

/** From Microsoft's documentation: an item, and a folder with run lengths, of the same mailbox. */
const ITEM =
  'AAMkADkzNjJjODUzLWZhMDMtNDVkMS05ZDdjLWVmMDlkYjQ1Zjc4MwBGAAAAAABSSWVKrmGUTJE+MVIvofglBwDZGACZQpSgSpyNkexYe2b7AAAAAAENAADZGACZQpSgSpyNkexYe2b7AAANGFYwAAA='
const PACKED_FOLDER =
  'AQMkADkzNjJjODUzLWZhMDMtNDVkMS05ZDdjLWVmMDlkYjQ1Zjc4MwAuAAADUkllSq5hlEyRPjFSL6H4JQEA2RgAmUKUoEqcjZHsWHtm+wAAAgENAAAA'
const GUID = '9362c853-fa03-45d1-9d7c-ef09db45f783'
/** GUIDs in the entry IDs of both: that of the mailbox, and that of the database. */
const PROVIDER = '4a654952-61ae-4c94-913e-31522fa1f825'
const DATABASE = '990018d9-9442-4aa0-9c8d-91ec587b66fb'
/** Offset of the entry ID of the item. */
const ENTRY_AT = 43
const entry = Buffer.from(ITEM, 'base64').subarray(ENTRY_AT)
const folderEntry = Buffer.concat([entry.subarray(0, 44), Buffer.alloc(2)])
folderEntry[20] = 1

/** An entry ID with other bytes from an offset on. */
function changed(at: number, ...bytes: readonly number[]): Buffer {
  const other = Buffer.from(entry)
  other.set(bytes, at)
  return other
}
const base64 = (bytes: Buffer) => bytes.toString('base64')
const hex = (bytes: Buffer) => bytes.toString('hex')

const inEntry = { kind: 'mailbox', guid: `entry:${DATABASE}/${PROVIDER}` } as const
const mailbox = { kind: 'mailbox', guid: GUID } as const
const elsewhere = { kind: 'elsewhere' } as const
const opaque = { kind: 'opaque' } as const

for (const [name, id, expected] of [
  ['an ID of EWS', ITEM, mailbox],
  ['one with run lengths', PACKED_FOLDER, mailbox],
  ['one with percent encoding', encodeURIComponent(ITEM), mailbox],
  ['one with small letters in it', ITEM.replace('=', '%3d'), mailbox],
  ['one with another letter encoded', ITEM.replace('A', '%41'), opaque],
  ['one that is encoded twice', ITEM.replace('=', '%253D'), elsewhere],
  ['the entry ID of an item', base64(entry), inEntry],
  ['that of a folder', base64(folderEntry), inEntry],
  ['one in hexadecimal', hex(entry).toUpperCase(), inEntry],
  ['one in small hexadecimal', hex(folderEntry), inEntry],
  ['one with percent encoding', encodeURIComponent(base64(entry)), inEntry],
  ['one with a blank', ` ${base64(entry)}`, elsewhere],
  ['one without padding', base64(entry).replace(/=+$/, ''), elsewhere],
  ['one in the URL’s alphabet', base64(entry).replaceAll('+', '-'), elsewhere],
  ['one in public folders', base64(changed(20, 9)), elsewhere],
  ['the type of a folder in an item', base64(changed(20, 1)), elsewhere],
  ['two databases', base64(changed(46, 0)), elsewhere],
  ['two databases in hexadecimal', hex(changed(46, 0)), elsewhere],
  ['a pad that is not empty', hex(changed(69, 1)), elsewhere],
  ['one that is cut', hex(entry.subarray(0, -1)), elsewhere],
  ['one with another byte', hex(Buffer.concat([entry, Buffer.of(2)])), elsewhere],
  ['one that is too short to be one', hex(entry.subarray(0, 45)), opaque],
  ['an ID of EWS in hexadecimal', hex(Buffer.from(ITEM, 'base64')), opaque],
  ['another type', hex(changed(20, 5)), opaque],
  ['flags', hex(changed(0, 1)), opaque],
  ['a word', 'ITM-1', opaque],
] as const)
  t.strictSame(placeOfAlternate(id), expected, `placeOfAlternate() ${name}`)

t.test('placeOfAlternate() leaves IDs of grommunio to their own reader', async t => {
  for (const [bytes, type] of [
    [entry, 2],
    [folderEntry, 1],
  ] as const) {
    const id = base64(Buffer.concat([bytes, Buffer.of(type)]))
    t.strictSame(placeOfAlternate(id), { kind: 'mailbox', guid: `${DATABASE}/${PROVIDER}` })
  }
})

t.test('mailboxInEntry() has both readings', async t => {
  const mailbox = `${DATABASE}/${PROVIDER}`
  t.strictSame(mailboxInEntry(inEntry.guid), { mailbox, provider: PROVIDER })
  t.equal(mailboxInEntry(GUID), undefined)
  t.equal(mailboxInEntry(mailbox), undefined)
})

t.test('providerIn() finds the GUID in an ID of Exchange', async t => {
  t.equal(providerIn(ITEM), PROVIDER)
  t.equal(providerIn(PACKED_FOLDER), PROVIDER)
  const conversation = Buffer.concat([
    Buffer.from([0, 4, 36, 0]),
    Buffer.from(GUID),
    Buffer.from([16, 0]),
    Buffer.alloc(16),
  ])
  t.equal(providerIn(base64(conversation)), undefined, 'a conversation has none')
  t.equal(providerIn(base64(Buffer.concat([entry, Buffer.of(2)]))), undefined, 'nor has grommunio')
  t.equal(providerIn('T3BhcXVl'), undefined)
})
