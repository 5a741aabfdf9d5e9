/**
 * R13: who organizes a calendar in a part of a message, in each encoding.
 */

import t from 'tap'
import type { Encoding } from '../../src/ews/mime-fields.ts'
import { PartCalendar } from '../../src/ews/part-calendar.ts'

const [ANN, BOB] = ['ann@example.com', 'bob@example.com']
const OWN = `ORGANIZER:mailto:${ANN}`
const FOREIGN = `ORGANIZER:mailto:${BOB}`

/** Reads the lines of a part, each in the middle of a larger buffer. */
function read(encoding: Encoding, lines: readonly string[], isWhole = true, before = '\n') {
  const calendar = new PartCalendar(encoding)
  for (const line of lines) {
    const bytes = Buffer.from(`${before}${line}4142\r\n`, 'latin1')
    calendar.line(bytes, before.length, before.length + line.length, isWhole)
  }
  return calendar.end()
}

/** Lines of quoted-printable text, and the organizers; undefined: programs could find different ones. */
for (const [name, lines, expected] of [
  ['the user', [OWN], [ANN]],
  ['another user', [OWN, FOREIGN], [ANN, BOB]],
  ['no organizer', ['X:y'], undefined],
  ['nothing', [], undefined],
  ['an escape', [OWN.replace('@', '=40')], [ANN]],
  ['an escape at the end', [OWN.replace(/m$/, '=6D')], [ANN]],
  ['the lowest and the highest escapes', ['X:=00', OWN], undefined],
  ['escapes of high bytes', ['X:=FF=A0=0A=F9=9F', OWN], [ANN]],
  ['an escaped line break', [`X:y=0D=0A${FOREIGN}`, OWN], [BOB, ANN]],
  ['an escaped carriage return', ['X:y=0Dz', OWN], undefined],
  ['an escaped carriage return at the end', ['X:y=0D', OWN], undefined],
  ['a small letter in an escape', ['X:=4a', OWN], undefined],
  ['a small letter first in an escape', ['X:=a4', OWN], undefined],
  ...['/', ':', '@', 'G', 'g', '`', ' ', '='].flatMap(
    it =>
      [
        [`an escape with ${it} behind`, [`X:=4${it}y`, OWN], undefined],
        [`an escape with ${it} before`, [`X:=${it}4y`, OWN], undefined],
      ] as const,
  ),
  ['an escape that is cut', ['X:y=4', OWN], undefined],
  ['a cut escape with blanks', ['X:y=4 ', OWN], undefined],
  ['a cut escape at a soft line break', ['X:y=4=', OWN], undefined],
  ['a soft line break', ['X:y=', 'z', OWN], [ANN]],
  ['a soft line break before CRLF', ['X:y=\r', 'z\r', `${OWN}\r`], [ANN]],
  ['a soft line break and a carriage return more', ['X:y=\r\r', 'z', OWN], undefined],
  ['a soft line break and a blank', ['X:y= ', 'z', OWN], undefined],
  ['a soft line break and a tab', ['X:y=\t\r', 'z', OWN], undefined],
  ['a soft line break alone', ['=', OWN], undefined],
  ['a soft line break alone after others', ['X:y=', '=', 'z', OWN], [ANN]],
  ['a soft line break in a value', [`${OWN.slice(0, 20)}=`, OWN.slice(20)], [ANN]],
  ['a soft line break in a name', [`${OWN.slice(0, 4)}=`, OWN.slice(4)], [ANN]],
  ['a name behind a soft line break', ['X:y=', FOREIGN, OWN], undefined],
  ['blanks behind a line', [`${OWN} \t \r`], [ANN]],
  ['a blank behind a folded line', [`${OWN.slice(0, 20)} `, ` ${OWN.slice(20)}`], [ANN]],
  ['a tab behind a folded line', [`${OWN.slice(0, 20)}\t`, ` ${OWN.slice(20)}`], [ANN]],
  ['blanks alone', [' \t', OWN], [ANN]],
  ['an equals sign behind blanks', ['X:y', ' =', 'z', OWN], [ANN]],
  ['a last line that continues', [`${OWN}=`], [ANN]],
  ['an empty line between', [OWN, '', FOREIGN], [ANN, BOB]],
] as const)
  for (const before of ['\n', '=', '= '])
    t.strictSame(
      read('quoted-printable', lines, true, before),
      expected,
      `R13 quoted-printable with ${name}`,
    )

t.test('R13 PartCalendar finds an organizer far behind in a line', async t => {
  for (const length of [1, 200, 210, 220, 240, 250, 256, 257, 300, 512, 700, 1_000, 4_000]) {
    const fill = 'x'.repeat(length)
    const hidden = [`X:${fill}=0D=0A${FOREIGN}`, OWN]
    t.strictSame(read('quoted-printable', hidden), [BOB, ANN], `escaped, behind ${length}`)
    const base64 = Buffer.from(hidden.join('\n').replace('=0D=0A', '\r\n')).toString('base64')
    t.strictSame(read('base64', [base64]), [BOB, ANN], `in base64, behind ${length}`)
    t.strictSame(read('base64', base64.match(/.{1,77}/g) ?? []), [BOB, ANN], 'in lines')
    t.strictSame(read('identity', [`X:${fill}`, FOREIGN, OWN]), [BOB, ANN], `below ${length}`)
  }
})

t.test('R13 PartCalendar reads short lines after long ones', async t => {
  const line = `X:${'x'.repeat(900)}`
  t.strictSame(read('quoted-printable', [line, FOREIGN, line, OWN]), [BOB, ANN])
})

t.test('R13 PartCalendar looks for a name in a line up to a limit', async t => {
  const behind = (length: number) => ['X:y=', `${'\u00a0'.repeat(length)}ORGANIZER:x`, OWN]
  t.strictSame(read('quoted-printable', behind(4_087)), undefined)
  t.strictSame(read('quoted-printable', behind(4_088)), [ANN])
})

t.test('R13 PartCalendar joins a long line up to a limit', async t => {
  // The line that it joins is longer than an organizer can be, but not longer than is kept.
  const soft = (length: number) => [...Array<string>(length).fill('x=')]
  t.strictSame(read('quoted-printable', ['X:=', ...soft(9_000), 'y', OWN]), [ANN])
  t.strictSame(read('quoted-printable', ['ORGANIZER;CN=3D=', ...soft(3_000), `:${ANN}`]), undefined)
})

for (const encoding of ['identity', 'base64', 'quoted-printable'] as const) {
  const text = encoding === 'base64' ? Buffer.from(OWN).toString('base64') : OWN
  t.strictSame(read(encoding, [text]), [ANN], `R13 ${encoding}`)
  t.strictSame(read(encoding, [text], false), undefined, `R13 ${encoding} of a truncated line`)
  t.equal(new PartCalendar(encoding).isQuoted, encoding === 'quoted-printable')
}
for (const [name, lines] of [
  ['another character', ['Kg*=', Buffer.from(OWN).toString('base64')]],
  ['a character missing', [Buffer.from(`${OWN}\n`).toString('base64'), 'Z']],
  ['a lone carriage return', [Buffer.from(`X:y\rz\n${OWN}`).toString('base64')]],
  ['no organizer', [Buffer.from('X:y').toString('base64')]],
] as const)
  t.strictSame(read('base64', lines), undefined, `R13 base64 with ${name}`)
t.strictSame(read('identity', ['X:a\rb', OWN]), [ANN], 'R13 a line is as it is told')
