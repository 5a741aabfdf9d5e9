/**
 * R13: the organizers in lines of a calendar.
 */

import t from 'tap'
import { CalendarReader, namesSender } from '../../src/ews/calendar-reader.ts'

const [ANN, BOB] = ['ann@example.com', 'bob@example.com']
const OWN = `ORGANIZER:mailto:${ANN}`

/** Reads lines, each in the middle of a larger buffer. */
function read(lines: readonly string[], isWholeMessage?: boolean, isWhole = true) {
  const calendar = new CalendarReader(isWholeMessage)
  for (const line of lines) {
    const bytes = Buffer.from(`\r${line} \r:x`, 'latin1')
    calendar.line(bytes, 1, 1 + line.length, isWhole)
  }
  calendar.end()
  calendar.end()
  return calendar.broken ? undefined : calendar.organizers
}

/** Parameters and values of an organizer, and the addresses; undefined: servers could find different ones. */
for (const [rest, expected] of [
  [`:mailto:${ANN}`, [ANN]],
  [`:MailTo:${ANN}`, [ANN]],
  [`:${ANN}`, [ANN]],
  [`: ${ANN}\t`, [ANN]],
  [`:mailto:mailto:${ANN}`, undefined],
  [`:xmailto:${ANN}`, undefined],
  [`;CN=Ann:${ANN}`, [ANN]],
  [`;CN=:${ANN}`, [ANN]],
  [`;CN="":${ANN}`, [ANN]],
  [`;CN="a;b:c,d":${ANN}`, [ANN]],
  [`;CN=a,"b",c:${ANN}`, [ANN]],
  [`;CN=a;X-1=b:${ANN}`, [ANN]],
  [`;CN:${ANN}`, undefined],
  [`;=a:${ANN}`, undefined],
  [`;C_N=a:${ANN}`, undefined],
  [`;CN=a"b":${ANN}`, undefined],
  [`;CN="a"b:${ANN}`, undefined],
  [`;CN="a:${ANN}`, undefined],
  [`;SENT-BY=${BOB}:${ANN}`, [ANN, BOB]],
  [`;sent-by="mailto:${BOB}":${ANN}`, [ANN, BOB]],
  [`;Email=${BOB};CN=x:${ANN}`, [ANN, BOB]],
  [`;SENT-BY=${ANN};EMAIL=${BOB}:${ANN}`, [ANN, BOB]],
  [`;X-EMAIL=${BOB}:${ANN}`, [ANN]],
  [`;SENT-BYE=${BOB}:${ANN}`, [ANN]],
  [`;SENT-BY=x:${ANN}`, undefined],
  [`;SENT-BY=:${ANN}`, undefined],
  [`;SENT-BY=${ANN},x:${ANN}`, undefined],
  [`;CN=";EMAIL=${BOB}":${ANN}`, [ANN, BOB]],
  [`:${ANN},${BOB}`, undefined],
  [':', undefined],
  ['', undefined],
] as const)
  for (const name of ['ORGANIZER', 'organizer', 'X-MS-OLK-SENDER', 'x-ms-olk-Sender'])
    t.strictSame(read(['BEGIN:X', name + rest]), expected, `R13 ${name}${rest}`)

/** Lines, and the organizers. */
for (const [name, lines, expected] of [
  ['no organizer', ['X:y'], []],
  ['no lines', [], []],
  ['several organizers', [OWN, `X-MS-OLK-SENDER:${BOB}`], [ANN, BOB]],
  ['the same organizer twice', [OWN, OWN], [ANN]],
  ['a broken organizer before another', ['ORGANIZER:x', OWN], undefined],
  ['a broken organizer behind another', [OWN, 'ORGANIZER:x'], undefined],
  ['a carriage return behind the line', [`${OWN}\r`], [ANN]],
  ['two carriage returns behind the line', [`${OWN}\r\r`], undefined],
  ['a carriage return alone', ['\r', OWN], [ANN]],
  ['a zero', ['X:\0', OWN], undefined],
  ['a zero in a folded line', [OWN, 'X', ' \0'], undefined],
  ['a folded organizer', ['ORGANIZER', ` :mailto:${ANN}`], [ANN]],
  ['an organizer folded by a tab', ['ORGA', '\tNIZER:', `\t${ANN}`], [ANN]],
  ['an organizer folded with a carriage return', ['ORGANIZER\r', ` :${ANN}\r`], [ANN]],
  ['a fold that keeps blanks', ['ORGANIZER;CN=a', `  b:${ANN}`], [ANN]],
  ['a fold that takes a letter', ['ORGANIZER:', `x${ANN}`], undefined],
  ['an empty folded line', ['ORGANIZER:', ' ', ` ${ANN}`], [ANN]],
  ['an organizer in a folded line', ['X:y', ` ${OWN}`], undefined],
  ['an organizer in a folded line before another', ['X:y', ` ${OWN}`, OWN], undefined],
  ['the first line folded', [` X:${ANN}`], []],
  ['the first line folded, and the next', [' ORGA', ` NIZER:${ANN}`], [ANN]],
  ['an organizer of a group', [`g.${OWN}`], undefined],
  ['an organizer behind a byte that is not seen', [`\u00a0${OWN}`], undefined],
  ['an empty line', ['', OWN, ''], [ANN]],
  ['an empty line before a folded one', [OWN, '', ' .evil.example'], [ANN]],
  ['the first line folded, of an organizer', [` ${OWN}`], undefined],
  ['twenty organizers', Array.from({ length: 20 }, (_, n) => `ORGANIZER:u${n}@x.example`), 20],
  ['21 organizers', Array.from({ length: 21 }, (_, n) => `ORGANIZER:u${n}@x.example`), undefined],
] as const) {
  const organizers = read(lines)
  t.strictSame(
    typeof expected === 'number' ? organizers?.length : organizers,
    expected,
    `R13 a calendar with ${name}`,
  )
}

t.test('R13 CalendarReader reads no organizer in a line that is cut', async t => {
  const filled = (length: number) => {
    const end = `:${ANN}`
    return `ORGANIZER;CN=${'x'.repeat(length - 13 - end.length)}${end}`
  }
  t.strictSame(read([filled(2_048)]), [ANN])
  t.strictSame(read([`${filled(2_048)}\r`]), [ANN])
  t.strictSame(read([`${filled(2_048)}.evil.example`]), undefined)
  t.strictSame(read([`${filled(2_048)}.evil.example`, ' ']), undefined, 'cut, and folded')
  t.strictSame(read([filled(2_049)]), undefined)
  t.strictSame(read([OWN], undefined, false), undefined)
  t.strictSame(read(['X:y'], undefined, false), [])
  t.strictSame(read([filled(2_048), '', OWN]), [ANN])
  for (const at of [1, 13, 1_000, 2_047]) {
    const split = (line: string) => [line.slice(0, at), ` ${line.slice(at)}`]
    t.strictSame(read(split(filled(2_048))), [ANN], `folded at ${at}`)
    t.strictSame(read(split(filled(2_049))), undefined, `longer, folded at ${at}`)
    t.strictSame(read([...split(filled(2_048)), ' .evil.example']), undefined)
  }
  const long = `X:${'x'.repeat(2_047)}`
  t.strictSame(read([long, OWN]), [ANN], 'a long line says nothing about the next one')
  t.strictSame(read([long, ` ${'x'.repeat(3_000)}`, OWN, long]), [ANN])
  t.strictSame(read([OWN, ` ${'x'.repeat(3_000)}`]), undefined)
  // Each folded line is checked alone, too, up to the same length.
  t.strictSame(read(['ORGANIZER:', ` ${' '.repeat(2_047)}${ANN}`]), undefined)
})

/** Lines that a server could read as a header, if the calendar is all of a message. */
for (const [line, isHeader] of [
  ['From: x', true],
  ['FROM;x: y', true],
  ['sender : x', true],
  ['Resent-From: x', true],
  ['RESENT-SENDER:x', true],
  ['Content-Type: x', true],
  ['content-x', true],
  ['\u00a0From: x', true],
  ['X-From: x', false],
  ['From-X: x', false],
  ['Senders: x', false],
  ['X-Content-Type: x', false],
  ['To: x', false],
] as const) {
  t.strictSame(read([OWN, line], true), isHeader ? undefined : [ANN], `R13 ${line} as a header`)
  t.strictSame(read([line, OWN], true), isHeader ? undefined : [ANN], `R13 ${line} at the start`)
  t.strictSame(read([OWN, line]), [ANN], `R13 ${line} in a part`)
}

/** Lines that a lenient server could read as an organizer. */
for (const [line, names] of [
  ['ORGANIZER', true],
  ['Organizer;x', true],
  [' O R GANIZER:', true],
  ['g.ORGANIZER:', true],
  ['g.h.ORGANIZER:', true],
  ['\x7fX-MS-OLK-SENDER\u00e9;', true],
  ['ORGANIZERS:', false],
  ['XORGANIZER:', false],
  ['ORGANIZER.x:', false],
  ['X:ORGANIZER:', false],
  ['X;ORGANIZER:', false],
  [':ORGANIZER', false],
  ['', false],
] as const)
  t.equal(namesSender(line), names, `R13 namesSender() of ${JSON.stringify(line)}`)
