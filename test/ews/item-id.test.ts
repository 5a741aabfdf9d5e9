import fc from 'fast-check'
import t from 'tap'
import { writeId } from '../../sandbox/ids.ts'
import { placeOf, placeOfBase64 } from '../../src/ews/item-id.ts'

/** From Microsoft's documentation: plain and with run lengths, of the same mailbox. */
const PLAIN =
  'AAMkADkzNjJjODUzLWZhMDMtNDVkMS05ZDdjLWVmMDlkYjQ1Zjc4MwBGAAAAAABSSWVKrmGUTJE+MVIvofglBwDZGACZQpSgSpyNkexYe2b7AAAAAAENAADZGACZQpSgSpyNkexYe2b7AAANGFYwAAA='
const PACKED =
  'AQMkADkzNjJjODUzLWZhMDMtNDVkMS05ZDdjLWVmMDlkYjQ1Zjc4MwAuAAADUkllSq5hlEyRPjFSL6H4JQEA2RgAmUKUoEqcjZHsWHtm+wAAAgENAAAA'
const PACKED_CUT = Buffer.from(PACKED, 'base64').subarray(0, -1).toString('base64')
const GUID = '9362c853-fa03-45d1-9d7c-ef09db45f783'
const OTHER = '00000000-0000-4000-8000-0000000000b0'
const mailbox = { kind: 'mailbox', guid: GUID } as const
const elsewhere = { kind: 'elsewhere' } as const
const opaque = { kind: 'opaque' } as const

/** Builds an ID from the parts that Exchange writes. */
function made(type: number, moniker: Uint8Array | string, rest: readonly number[] = []): string {
  const name = Buffer.from(moniker)
  const head = Buffer.from([0, type, name.length & 255, name.length >> 8])
  return Buffer.concat([head, name, Buffer.from(rest)]).toString('base64')
}
/** Reads an ID in place, from the middle of other bytes. */
function placeInPlace(id: string) {
  const bytes = Buffer.from(`AAMk${id}AAMk`)
  return placeOfBase64(bytes, 4, bytes.length - 4)
}
const entry = (length: number) => [0, length, 0, ...Array(length).fill(7)]
const packed = (...bytes: readonly number[]) => Buffer.from([1, ...bytes]).toString('base64')
const brokenLine = (id: string) => `${id.slice(0, 9)}\n${id.slice(9)}`
const bytesOf = (id: string) => Buffer.from(id, 'base64')
const cutBy = (bytes: number, id: string) => bytesOf(id).subarray(0, -bytes).toString('base64')
const cut = (bytes: number) => Buffer.from(PLAIN, 'base64').subarray(0, bytes).toString('base64')

for (const [name, id, expected] of [
  ['an id of Exchange', PLAIN, mailbox],
  ['one with run lengths', PACKED, mailbox],
  // Behind the whole one, whose last byte can still be in memory.
  ['a run without its length', PACKED_CUT, elsewhere],
  ['a folder', made(3, GUID, entry(46)), mailbox],
  ['a GUID in capitals', made(3, GUID.toUpperCase(), entry(46)), mailbox],
  ['three bytes', 'AAMk', opaque],
  ['an occurrence', made(3, GUID, [1, 46, 0, ...Array(60).fill(1)]), mailbox],
  ['a conversation', made(4, GUID, [16, 0, ...Array(16).fill(1)]), mailbox],
  ["the sandbox's attachment", writeId({ guid: GUID, folder: 1, item: 2, attachment: 3 }), mailbox],
  ['an address of 2007', made(0, 'ann@example.com', entry(46)), elsewhere],
  ['a name of 2007', made(0, '/o=Example/ou=x/cn=Recipients/cn=ann', entry(46)), elsewhere],
  ['what may be anybody’s address', made(0, 'ann', entry(46)), elsewhere],
  ['blanks in a name', made(0, '/o=Example/cn=ann ~', entry(46)), elsewhere],
  ['a unit separator in a name', made(0, '/o=Example/cn=ann\x1f', entry(46)), opaque],
  ['a deletion in a name', made(0, '/o=Example/cn=ann\x7f', entry(46)), opaque],
  ['a long address of 2007', made(0, 'x'.repeat(61), entry(46)), elsewhere],
  ['a deletion in a long address', made(0, `${'x'.repeat(60)}\x7f`, entry(46)), opaque],
  ['an address of 2007 around a line break', brokenLine(made(0, 'an@example.com')), elsewhere],
  ['a + in the URL’s alphabet', made(0, 'a~bc>de~f').replaceAll('+', '-'), elsewhere],
  ['a / in the URL’s alphabet', made(0, 'a?bc?de?f').replaceAll('/', '_'), elsewhere],
  ['an address that is cut', cutBy(1, made(0, 'ann@example.com')), opaque],
  ['a moniker that is cut, and no GUID', cutBy(1, made(3, 'x'.repeat(35))), opaque],
  ['a GUID that is cut, of an unknown type', cutBy(1, made(7, GUID)), opaque],
  ['a GUID that is cut, of the last type', cutBy(1, made(6, GUID)), elsewhere],
  ['a GUID of which nothing is there', 'AAMkAA==', elsewhere],
  [
    'another compression',
    Buffer.from([2, ...bytesOf(PLAIN).subarray(1)]).toString('base64'),
    opaque,
  ],
  ['no address', made(0, Buffer.from([1, 2, 3]), entry(46)), opaque],
  ['a public folder', made(1, Buffer.alloc(46, 1)), elsewhere],
  ['an item in one', made(2, Buffer.alloc(46, 1), entry(70)), elsewhere],
  ['a user in the address book', made(5, Buffer.alloc(20, 1)), elsewhere],
  ['an id with a fallback', made(6, GUID, entry(70)), elsewhere],
  ['a type of the future', made(9, GUID, entry(70)), elsewhere],
  ['a folder without padding', made(3, GUID, entry(47)), mailbox],
  ['a folder with two characters of padding', made(3, GUID, entry(48)), mailbox],
  ['the last instruction', made(3, GUID, [3, 46, 0, ...Array(46).fill(1)]), mailbox],
  ['the first unknown instruction', made(3, GUID, [4, 46, 0, ...Array(46).fill(1)]), elsewhere],
  ['the last type', made(6, Buffer.alloc(46, 1)), elsewhere],
  ['the first unknown type', made(7, Buffer.alloc(46, 1)), opaque],
  ['an instruction of the future', made(3, GUID, [9, 46, 0, ...Array(46).fill(1)]), elsewhere],
  ['an entry longer than the id', made(3, GUID, [0, 47, 0, ...Array(46).fill(1)]), elsewhere],
  ['no entry', made(3, GUID), elsewhere],
  ['an empty entry', made(3, GUID, [0, 0, 0]), elsewhere],
  ['a conversation too long', made(4, GUID, [16, 0, ...Array(17).fill(1)]), elsewhere],
  ['no GUID', made(3, 'x'.repeat(36), entry(46)), elsewhere],
  ['a GUID before another character', made(3, `${GUID}x`, entry(46)), elsewhere],
  ['zeros instead of a GUID', made(3, Buffer.alloc(36), entry(46)), elsewhere],
  ['a GUID in braces', made(3, `{${GUID}}`, entry(46)), elsewhere],
  ['an id that is cut in its entry', cut(60), elsewhere],
  ['an id that is cut in its GUID', cut(20), elsewhere],
  ['blanks in an id', ` ${PLAIN.slice(0, 40)}\n${PLAIN.slice(40)}`, elsewhere],
  ['an id without its padding', PLAIN.slice(0, -1), elsewhere],
  ['an id with junk behind it', `${PLAIN}AAAA`, elsewhere],
  ['bits that mean nothing', `${made(3, GUID, [...entry(46), 1]).slice(0, -3)}Ax=`, elsewhere],
  ["the URL's alphabet", PLAIN.replaceAll('+', '-'), elsewhere],
  ['a bomb of run lengths', packed(...Array(3_000).fill(255)), elsewhere],
  ['run lengths that end too early', packed(3, 36, 0, 57, 57), elsewhere],
  ['text without an end', 'A'.repeat(4_097), elsewhere],
  [
    'an id of grommunio',
    Buffer.from([...Array(4).fill(0), ...Array(42).fill(9), 1]).toString('base64'),
    opaque,
  ],
  ['nothing', '', opaque],
  ['a byte', 'AA==', opaque],
  ['a word', 'ITM-1', opaque],
  ['a number', '42', opaque],
  ['base64 of text', 'T3BhcXVl', opaque],
] as const) {
  t.strictSame(placeOf(id), expected, `placeOf() ${name}`)
  const inPlace = placeInPlace(id)
  t.ok(inPlace === undefined || inPlace.kind === expected.kind, `placeOfBase64() ${name}`)
}

const anyBytes = fc.uint8Array({ maxLength: 200 })
const total = fc.check(
  fc.property(
    fc.oneof(
      fc.string(),
      anyBytes.map(bytes => Buffer.from(bytes).toString('base64')),
    ),
    id => ['mailbox', 'elsewhere', 'opaque'].includes(placeOf(id).kind),
  ),
  { numRuns: 3_000 },
)
t.notOk(total.failed, 'placeOf() never throws')

/** Matches exact base64: whole groups, padded, no bits left over. */
const EXACT = /^(?:[\w+/]{4})*(?:[\w+/][AQgw]==|[\w+/]{2}[AEIMQUYcgkosw048]=)?$/
const alike = fc.check(
  fc.property(
    anyBytes.map(bytes => Buffer.from(bytes).toString('base64')),
    fc.constantFrom('', '=', 'A', '-', '_', ' ', '\n', 'é', '==='),
    fc.nat(),
    (text, put, at) => {
      const cut = at % (text.length + 1)
      const id = text.slice(0, cut) + put + text.slice(cut)
      const inPlace = placeInPlace(id)
      if (!EXACT.test(id) || id.includes('_')) return inPlace === undefined
      return JSON.stringify(inPlace) === JSON.stringify(placeOf(id))
    },
  ),
  { numRuns: 5_000 },
)
t.notOk(alike.failed, 'placeOfBase64() is placeOf() of exact base64, and nothing of all else')

const ends = fc.constantFrom(...'AEQgwB+/019z=-_! \0ÿĀ')
const last = fc.check(
  fc.property(
    fc.constantFrom('', 'AAAA', PLAIN.slice(0, -4), PACKED.slice(0, -4)),
    fc.tuple(ends, ends, ends, ends).map(group => group.join('')),
    (before, group) => {
      const id = before + group
      const inPlace = placeOfBase64(Buffer.from(id, 'latin1'), 0, id.length)
      if (!EXACT.test(id) || id.includes('_')) return inPlace === undefined
      return JSON.stringify(inPlace) === JSON.stringify(placeOf(id))
    },
  ),
  { numRuns: 4_000 },
)
t.notOk(last.failed, 'placeOfBase64() reads the last group of exact base64, and no other')

t.test('placeOfBase64() reads a last group only if no bits are left over', async t => {
  const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/']
  for (const id of alphabet.flatMap(letter => [`A${letter}==`, `AA${letter}=`, `${letter}A==`])) {
    const isExact = placeOfBase64(Buffer.from(id), 0, id.length) !== undefined
    if (isExact !== EXACT.test(id)) t.equal(isExact, EXACT.test(id), id)
  }
})

const isBase64 = (code: number) => /[A-Za-z0-9+/]/.test(String.fromCharCode(code))
const codes = [...Array(258).keys(), 0x141, 0xffff].filter(code => !isBase64(code))
const damaged = codes.flatMap(code => {
  const character = String.fromCharCode(code)
  return [0, 1, 5, 40, 58, 59, 60, 61, 70, PLAIN.length - 4, PLAIN.length].flatMap(at => [
    PLAIN.slice(0, at) + character + PLAIN.slice(at),
    PLAIN.slice(0, at) + character + PLAIN.slice(at + 1),
  ])
})
t.strictSame(
  damaged.filter(id => id !== PLAIN && placeOf(id).kind === 'mailbox'),
  [],
  'placeOf() finds the mailbox of no ID with another character',
)

/** Changes every byte of a foreign ID to every value. It never becomes an ID of the user. */
const foreign = Buffer.from(writeId({ guid: OTHER, folder: 1, item: 2 }), 'base64')
let mine = 0
for (let at = 0; at < foreign.length; at++)
  for (let byte = 0; byte < 256; byte++) {
    const bytes = Buffer.from(foreign)
    bytes[at] = byte
    const place = placeOf(bytes.toString('base64'))
    if (place.kind === 'mailbox' && place.guid === GUID) mine += 1
  }
t.equal(mine, 0, 'placeOf() takes no damaged id for one of another mailbox')

t.test('placeOf() unpacks runs to exactly their length', async t => {
  const guid = '11111111-2222-3333-4444-555566667777'
  const payload = (length: number, tail: readonly number[]) =>
    Buffer.from([3, 36, 0, ...Buffer.from(guid), 0, length & 255, length >> 8, ...tail])
  for (const length of [1, 2, 3, 4, 255, 256, 257, 258, 259, 600]) {
    const tail = Array(length).fill(7)
    const whole = placeOf(packed(...pack(payload(length, tail))))
    t.strictSame(whole, { kind: 'mailbox', guid }, `a run of ${length}`)
    const short = placeOf(packed(...pack(payload(length + 1, tail))))
    t.strictSame(short, elsewhere, `an entry of ${length + 1} in a run of ${length}`)
  }
  const tail = Array.from({ length: 600 }, (_, i) => (i % 2) + 1)
  const unlike = placeOf(packed(...pack(payload(600, tail))))
  t.strictSame(unlike, { kind: 'mailbox', guid }, 'bytes without a run')
  const twice = placeOf(packed(...pack(payload(1, [7, 7]))))
  t.strictSame(twice, { kind: 'mailbox', guid }, 'two bytes')
  const once = placeOf(packed(...pack(payload(1, [7]))))
  t.strictSame(
    once,
    { kind: 'mailbox', guid },
    'one byte, after an ID with the same byte behind it',
  )
})

t.test('placeOf() tells mailboxes apart whose GUIDs differ in one character', async t => {
  for (const [at, character] of [...GUID].entries()) {
    if (character === '-') continue
    const guid = `${GUID.slice(0, at)}${character === '0' ? '1' : '0'}${GUID.slice(at + 1)}`
    t.strictSame(placeOf(PLAIN), mailbox)
    t.strictSame(placeOf(made(3, guid, entry(46))), { kind: 'mailbox', guid }, guid)
  }
})

t.test('placeOfBase64() reads IDs of up to 4,096 characters', async t => {
  t.match(placeInPlace(made(3, GUID, entry(46).concat(Array(2_983).fill(1)))), mailbox)
  t.equal(placeInPlace(made(3, GUID, entry(46).concat(Array(2_984).fill(1)))), undefined)
})

const runs = fc.check(
  fc.property(fc.uint8Array({ minLength: 0, maxLength: 120 }), tail => {
    const payload = Buffer.concat([
      Buffer.from([3, 36, 0]),
      Buffer.from(GUID),
      Buffer.from([0, tail.length, 0]),
      tail,
    ])
    const place = placeOf(packed(...pack(payload)))
    return tail.length === 0 ? place.kind === 'elsewhere' : place.kind === 'mailbox'
  }),
)
t.notOk(runs.failed, 'placeOf() undoes run lengths')

/** As MS-OXCEXT 3.1.4.5 says. */
function pack(payload: Uint8Array): number[] {
  const bytes: number[] = []
  for (let i = 0; i < payload.length; ) {
    let times = 1
    while (payload[i + times] === payload[i] && times < 257) times += 1
    const byte = payload[i] as number
    bytes.push(...(times === 1 ? [byte] : [byte, byte, times - 2]))
    i += times
  }
  return bytes
}
