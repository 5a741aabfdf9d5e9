/**
 * Items that contain an attachment, found in the attachment's ID: in IDs that Exchange and grommunio write, and in none
 * that differ from these.
 */

import t from 'tap'
import { GROMOX_IDS } from '../../sandbox/gromox-ids.ts'
import { writeId } from '../../sandbox/ids.ts'
import { itemOfAttachment } from '../../src/ews/attachment-id.ts'

const GUID = '9362c853-fa03-45d1-9d7c-ef09db45f783'
const ITEM = { guid: GUID, folder: 1, item: 2 }
const ATTACHMENT = { ...ITEM, attachment: 3 }
/** Bytes that two attachments follow in an ID: their number, and the length and bytes of each. */
const ATTACHMENTS = [2, 1, 0, 9, 1, 0, 8]

type Parts = Readonly<{ type?: number; guid?: string; lengthHigh?: number; entry?: number }>

/** Bytes of the ID of an item. The entry ID consists of the same byte. */
function item({ type = 3, guid = GUID, lengthHigh = 0, entry = 46 }: Parts = {}): number[] {
  const name = [...Buffer.from(guid)]
  const length = [entry & 0xff, entry >> 8]
  return [0, type, name.length, lengthHigh, ...name, 0, ...length, ...Array(entry).fill(7)]
}

/** Compresses an ID: two equal bytes are followed by the number of their repetitions. */
function packed([, ...bytes]: readonly number[]): number[] {
  const out = [1]
  for (let i = 0; i < bytes.length; ) {
    const byte = bytes[i] as number
    let times = 1
    while (bytes[i + times] === byte && times < 257) times += 1
    out.push(...(times === 1 ? [byte] : [byte, byte, times - 2]))
    i += times
  }
  return out
}

const written = (bytes: readonly number[]) => Buffer.from(bytes).toString('base64')
const gromox = (change: (bytes: Buffer) => Uint8Array) =>
  change(Buffer.from(GROMOX_IDS.write(ATTACHMENT), 'base64'))
const ending = (byte: number) => (bytes: Buffer) => Buffer.from([...bytes.subarray(0, -1), byte])

for (const [name, id, found] of [
  ['Exchange', writeId(ATTACHMENT), writeId(ITEM)],
  ['grommunio', GROMOX_IDS.write(ATTACHMENT), GROMOX_IDS.write(ITEM)],
  ['Exchange, in parts', written([...item(), ...ATTACHMENTS]), written(item())],
  ['Exchange, compressed', written(packed([...item(), ...ATTACHMENTS])), written(item())],
  ['Exchange, with one byte after the item', written([...item(), 1]), written(item())],
  ...[1, 255, 256, 300, 1_000].flatMap(entry => {
    const of = item({ entry })
    return [
      [`an entry ID of ${entry} bytes`, written([...of, 1]), written(of)],
      [`a compressed entry ID of ${entry} bytes`, written(packed([...of, 1])), written(of)],
    ] as const
  }),
  [
    '2,049 bytes that are compressed',
    written(packed([...item({ entry: 2_003 }), 1, 1, 1])),
    written(item({ entry: 2_003 })),
  ],
] as const)
  t.equal(itemOfAttachment(id), found, `itemOfAttachment() finds the item in an ID of ${name}`)

for (const [name, id] of [
  ['nothing', ''],
  ['one byte', 'AA=='],
  ['no base64', 'x'],
  ['another character', `${writeId(ATTACHMENT).slice(0, 8)}!${writeId(ATTACHMENT).slice(9)}`],
  ['a blank in front', ` ${writeId(ATTACHMENT)}`],
  ['no padding', written([...item({ entry: 47 }), 1]).replace(/=+$/, '')],
  ['unused bits', written([...item({ entry: 47 }), 1]).replace('Q==', 'R==')],
  ['an item', writeId(ITEM)],
  ['an item of grommunio', GROMOX_IDS.write(ITEM)],
  ['no attachments', written([...item(), 0])],
  ['another compression', written([2, ...item().slice(1), 1])],
  ['another type', written([...item({ type: 4 }), 1])],
  ['the type before', written([...item({ type: 2 }), 1])],
  ['a longer GUID', written([...item({ guid: `${GUID}0` }), 1])],
  ['a shorter GUID', written([...item({ guid: GUID.slice(1) }), 1])],
  ['a GUID of 292 bytes', written([...item({ lengthHigh: 1 }), 1])],
  ['an entry ID that is cut off', written(item().slice(0, -1))],
  ['a length that is cut off', written(item().slice(0, 42))],
  ['no length', written(item().slice(0, 41))],
  ['a run without its length', written([...packed(item()), 1, 1])],
  ['2,050 bytes that are compressed', written(packed([...item({ entry: 2_004 }), 1, 1, 1]))],
  ['another kind of grommunio', written([...gromox(ending(2))])],
  ['the next kind of grommunio', written([...gromox(ending(4))])],
  [
    'a longer ID of grommunio',
    written([...gromox(bytes => Buffer.concat([bytes, bytes.subarray(-1)]))]),
  ],
  ['a shorter ID of grommunio', written([...gromox(bytes => bytes.subarray(1))])],
] as const)
  t.equal(itemOfAttachment(id), undefined, `itemOfAttachment() finds no item in an ID with ${name}`)
