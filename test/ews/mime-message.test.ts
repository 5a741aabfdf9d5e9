/**
 * R13: who sends what the base64 of a MimeContent says, as a message or as a calendar.
 */

import t from 'tap'
import { MimeMessage } from '../../src/ews/mime-message.ts'

const [ANN, BOB] = ['ann@example.com', 'bob@example.com']
const OWN = `From: ${ANN}\n`
const CALENDAR = 'BEGIN:VCALENDAR\n'
const organizer = (address: string) => `ORGANIZER:mailto:${address}\n`

/** Reads base64 in chunks of a length, each in the middle of a larger buffer. */
function readBase64(base64: string, length = base64.length) {
  const message = new MimeMessage()
  for (let at = 0; at < base64.length; at += length) {
    const chunk = base64.slice(at, at + length)
    message.add(Buffer.from(`RnJv${chunk}bTog*`), 4, 4 + chunk.length)
  }
  return message.senders()
}
const read = (text: string, length?: number) =>
  readBase64(Buffer.from(text, 'latin1').toString('base64'), length)

/** Texts, and their senders; undefined: servers could find different ones. */
for (const [name, text, expected] of [
  ['nothing', '', []],
  ['a sender', `${OWN}\nx`, [ANN]],
  ['a header alone', OWN, [ANN]],
  ['a folded sender', `From:\n ${ANN}\nX: 1\n\n`, [ANN]],
  ['a header without a line feed', OWN.trim(), [ANN]],
  ['a sender in the body', `X: 1\n\n${OWN}`, []],
  ['a header that is ambiguous', `x\n\ny`, undefined],
  ['a header alone that is ambiguous', 'x', undefined],
  ['an ambiguous header before a calendar', `x\n\n${CALENDAR}${organizer(ANN)}`, undefined],
  ['a lone carriage return', `${OWN}\na\rb`, undefined],
  ['a carriage return at the end', `${OWN}\na\r`, [ANN]],
  ['a calendar in the body', `${OWN}\n${CALENDAR}${organizer(BOB)}`, [ANN, BOB]],
  ['a calendar of the same user', `${OWN}\n${CALENDAR}${organizer(ANN)}`, [ANN]],
  ['a calendar whose last line has no end', `X: 1\n\n${CALENDAR}${organizer(BOB).trim()}`, [BOB]],
  ['a broken calendar', `${OWN}\n${CALENDAR}ORGANIZER:x\n`, undefined],
  ['a calendar of no organizer', `${OWN}\n${CALENDAR}`, [ANN]],
  ['an organizer without a calendar', `${OWN}\n${organizer(BOB)}`, [ANN]],
  ['an organizer before a calendar', `${OWN}\n${organizer(BOB)}${CALENDAR}`, [ANN]],
  ['a calendar in the header', `${OWN}${CALENDAR}${organizer(BOB)}\n`, [ANN, BOB]],
  ['a calendar alone', CALENDAR + organizer(BOB), [BOB]],
  ['a calendar alone, with an empty line', `${CALENDAR}\n${organizer(BOB)}`, [BOB]],
  ['a calendar alone, with a line that is no field', `${CALENDAR}x\n${organizer(BOB)}`, [BOB]],
  ['a calendar alone, with an ambiguous header', `${CALENDAR}x\n\n${organizer(BOB)}`, [BOB]],
  ['a calendar alone, with CRLF', `BEGIN:VCALENDAR\r\n${organizer(BOB)}`, [BOB]],
  ['a calendar alone, with blanks', `begin:vcalendar \t\r\n${organizer(BOB)}`, [BOB]],
  ['a calendar alone, of no organizer', CALENDAR, undefined],
  ['a calendar alone, with a header', `${CALENDAR}${organizer(ANN)}${OWN}`, undefined],
  ['a calendar alone, without a line feed', CALENDAR.trim(), undefined],
  ['a calendar as the second line', `X: 1\n${CALENDAR}${OWN}${organizer(BOB)}\n`, [ANN, BOB]],
  [
    'a calendar alone, with a multipart',
    `${CALENDAR}${organizer(ANN)}Content-Type: x\n`,
    undefined,
  ],
  [
    'a part that is a calendar',
    `${OWN}Content-Type: text/calendar\n\n${organizer(BOB)}`,
    [ANN, BOB],
  ],
  ['a part that is a calendar of no organizer', `${OWN}Content-Type: text/calendar\n\n`, undefined],
  [
    'a part that is a calendar of no organizer, and no body',
    `${OWN}Content-Type: text/calendar\n`,
    undefined,
  ],
  [
    'parts that are not closed',
    `${OWN}Content-Type: multipart/x; boundary=b\n\n--b\n\n`,
    undefined,
  ],
  [
    'a quoted-printable calendar',
    `${OWN}Content-Type: text/calendar\nContent-Transfer-Encoding: quoted-printable\n\n` +
      `${CALENDAR}ORGANIZER:mailto:bob=\n=40example.com\n`,
    [ANN, BOB],
  ],
  [
    'a base64 calendar',
    `Content-Type: text/calendar\nContent-Transfer-Encoding: base64\n\n` +
      `${Buffer.from(CALENDAR + organizer(BOB)).toString('base64')}\n`,
    [BOB],
  ],
] as const)
  for (const length of [undefined, 1, 3, 4, 16])
    t.strictSame(read(text, length), expected, `R13 MIME with ${name}, ${length} a chunk`)

/** First lines, and whether the text is only a calendar, so that a From makes it ambiguous. */
for (const [line, isCalendar] of [
  ['BEGIN:VCALENDAR', true],
  ['Begin:vCalendar\t ', true],
  [`BEGIN:VCALENDAR${' '.repeat(100)}`, true],
  // A text so far behind is not read.
  [`BEGIN:VCALENDAR${' '.repeat(49)}x`, true],
  [`BEGIN:VCALENDAR${' '.repeat(48)}x`, false],
  [' BEGIN:VCALENDAR', false],
  ['BEGIN:VCALENDAR\r\r', undefined],
  ['BEGIN:VCALENDARS', false],
  ['BEGIN:VEVENT', false],
  ['X:BEGIN:VCALENDAR', false],
] as const) {
  const expected = isCalendar === false ? [ANN] : undefined
  t.strictSame(read(`${line}\n${OWN}\n`), expected, `R13 ${JSON.stringify(line)} at the start`)
}

/** Lines of a body, and whether a calendar could begin there. */
for (const [line, begins] of [
  ['BEGIN:VCALENDAR', true],
  ['BEGIN:VEVENT', true],
  ['begin:v', true],
  ['b', true],
  ['BEG', true],
  ['BEGIN:', true],
  ['BEGIN:X', false],
  ['BEGX', false],
  ['', false],
  [' ', false],
  ['\t BEGIN:V', true],
  ['\x7f\xa0\xffBEGIN:V', true],
  ['\x03B\x01E G\x80IN:V', true],
  ['!BEGIN:V', false],
  ['~BEGIN:V', false],
  ['xBEGIN:V', false],
  ['"BEGIN:V', false],
  ['EGIN:V', false],
  ['\x02EGIN:V', false],
  [`B${' '.repeat(57)}EGIN:X`, false],
  // A letter so far behind is not read.
  [`B${' '.repeat(58)}EGIN:X`, true],
  [`${' '.repeat(90)}BEGIN:X`, false],
  [`${' '.repeat(90)}BEGIN:V`, true],
] as const)
  for (const before of ['', 'x', 'xBEGIN\nx', 'y\nxBEGIN\n x'])
    for (const length of [undefined, 1, 4])
      t.strictSame(
        read(`${OWN}\n${before}\n${line}\n${organizer(BOB)}`, length),
        begins ? [ANN, BOB] : [ANN],
        `R13 ${JSON.stringify(line)} in a body, behind ${JSON.stringify(before)}`,
      )

t.test('R13 MimeMessage reads base64 of any length', async t => {
  // Text is decoded in steps of 16,384 characters, which are 12,288 bytes.
  for (const length of [12_200, 12_284, 12_285, 12_286, 12_287, 12_288, 12_289, 24_576, 40_000]) {
    const fill = `X: ${'x'.repeat(900)}\n`.repeat(100).slice(0, length)
    const text = `${OWN}\n${fill}\n${CALENDAR}${organizer(BOB)}`
    for (const chunk of [undefined, 16_383, 16_384, 16_385, 30_000])
      t.strictSame(read(text, chunk), [ANN, BOB], `${length} bytes, ${chunk} a chunk`)
  }
})

/** Texts that are no base64 of a whole message. */
const whole = Buffer.from(`${OWN}\nx`).toString('base64')
for (const [name, base64] of [
  ['another character first', `*${whole}`],
  ['another character last', `${whole}*`],
  ['a character missing', whole.slice(0, -1)],
  ['a character more', `${whole.replace(/=*$/, '')}A`],
  ['text behind padding', `${Buffer.from(OWN).toString('base64')}Zm9v`],
  ['another character far behind', `${Buffer.from('x'.repeat(30_000)).toString('base64')}*AAA`],
] as const)
  t.strictSame(readBase64(base64), undefined, `R13 base64 with ${name}`)

t.test('R13 MimeMessage reads characters that are written as references', async t => {
  const readCharacters = (text: string) => {
    const message = new MimeMessage()
    for (const character of text) message.addCharacter(character)
    return message.senders()
  }
  t.strictSame(readCharacters(whole), [ANN])
  t.strictSame(readCharacters(`${whole.slice(0, 3)}\n${whole.slice(3)}`), [ANN])
  for (const character of ['*', '\x7f', '\x80', '\xff', '\u0141', '\u{10041}'])
    t.strictSame(readCharacters(`${whole.slice(0, 4)}${character}${whole.slice(4)}`), undefined)
  const replaced = (by: string) => whole.replace('R', by)
  t.strictSame(readCharacters(replaced('\u0152')), undefined, 'a character whose low byte fits')
})
