/**
 * R13: who sends a message, as its MIME header says line by line.
 */

import t from 'tap'
import { MAX_HEAD_BYTES, MimeHead } from '../../src/ews/mime-head.ts'

const [ANN, BOB] = ['ann@example.com', 'bob@example.com']
const OWN = `From: ${ANN}`

/** Reads lines in the middle of a larger buffer, up to the end of the header. */
function read(lines: readonly string[], isWhole = true) {
  const head = new MimeHead()
  let count = 0
  for (const line of lines) {
    const bytes = Buffer.from(`\r\n${line}\r\n`)
    head.line(bytes, 2, bytes.length - 2, isWhole)
    count += 1
    if (head.ended) break
  }
  const content = head.read()
  return { count, ended: head.ended, senders: content && [...content.senders], content }
}

const TNEF = 'application/ms-tnef'
/** Lines of a header, and its senders; undefined: servers could understand it differently. */
for (const [name, lines, expected] of [
  ['the user', [OWN], [ANN]],
  ['another user as Sender', [OWN, `Sender: ${BOB}`], [ANN, BOB]],
  ['another user as Resent-From', [OWN, `Resent-From: ${BOB}`], [ANN, BOB]],
  ['another user as Resent-Sender', [OWN, `RESENT-SENDER: ${BOB}`], [ANN, BOB]],
  ['the user twice', [OWN, `Sender: ${ANN}`], [ANN]],
  ['another user in a field that sends nothing', [OWN, `To: ${BOB}`, `X-From: ${BOB}`], [ANN]],
  ['another user in a folded field', ['From:', `\t${BOB}`], [BOB]],
  ['no sender', ['Subject: x'], []],
  ['no blank behind a colon', [`From:${BOB}`], [BOB]],
  ['an empty name', [': x', OWN], [ANN]],
  ['blanks around a name', [`From : ${BOB}`], [BOB]],
  ['a blank in a name', [`Fr om: ${BOB}`], undefined],
  ['a tab in a name', [OWN, `X\tY: ${BOB}`], undefined],
  ['bytes in a name that are not seen', [`\u00e9From\u0001: ${BOB}`], [BOB]],
  ['a line without a colon', [OWN, 'x'], undefined],
  ['a carriage return in a line', [OWN, 'X: a\rb'], undefined],
  ['carriage returns behind each line', [`${OWN}\r`, `Sender: ${BOB}\r`], [ANN, BOB]],
  ['a From without an address', ['From: Ann'], undefined],
  ['a Sender without an address', [OWN, 'Sender: x'], undefined],
  ['another format', [OWN, `Content-Type: ${TNEF}`], undefined],
  ['another format in capitals', [OWN, `CONTENT-TYPE: ${TNEF.toUpperCase()}`], undefined],
  ['the announcement of another format', [OWN, 'X-MS-TNEF-Correlator: <1>'], undefined],
  ['a field like the announcement', [OWN, 'X-X-MS-TNEF-Correlator: <1>'], [ANN]],
  ['a field about another format', [OWN, `X-Content-Type: ${TNEF}`], [ANN]],
  ['a name outside of ASCII', [`From: Ä <${ANN}>`], [ANN]],
  ['wide brackets in a name', [`From: "＜${BOB}＞" <${ANN}>`], undefined],
  ['a wide address in a name', [`From: "x＜bob＠example.com＞" <${ANN}>`], undefined],
] as const) {
  for (const end of ['', '\r']) {
    const ended = lines.map(line => (line.endsWith('\r') ? line : line + end))
    const clear = ended.at(-1)?.endsWith('\r') ? '\r' : ''
    const result = read([...ended, clear, `From: ${BOB}`])
    t.strictSame(result.senders, expected, `R13 MimeHead reads ${name}`)
    t.equal(result.ended, true, 'the header ends')
    t.equal(result.count, lines.length + 1, 'at the first empty line')
  }
  const open = read(lines)
  t.strictSame(
    [open.senders, open.ended],
    [expected, false],
    `R13 MimeHead without an end: ${name}`,
  )
}

for (const lines of [
  [OWN, '\r'],
  [`${OWN}\r`, ''],
  [OWN, `To: ${BOB}\r`, ''],
])
  t.hasStrict(
    read([...lines, `From: ${BOB}`]),
    { count: lines.length, ended: true, content: undefined },
    'R13 MimeHead reads no header whose empty line has another end than the line before it',
  )
for (const first of ['', '\r'])
  t.hasStrict(
    read([first, OWN]),
    { count: 1, ended: true, content: undefined },
    'R13 MimeHead reads no header that begins with an empty line',
  )
t.hasStrict(
  read([OWN], false),
  { count: 1, ended: true, content: undefined },
  'R13 MimeHead reads no header with a truncated line',
)
for (const line of ['x', 'x\r', '\rx', '\r\r', ' '])
  t.equal(read([OWN, line, OWN]).count, 3, `R13 ${JSON.stringify(line)} does not end a header`)

t.test('MimeHead returns the content that its fields announce', async t => {
  const calendar = { kind: 'calendar', encoding: 'base64' }
  const multipart = { kind: 'multipart', boundary: 'b1' }
  for (const [content, ...lines] of [
    [{ kind: 'leaf' }, OWN],
    [calendar, 'Content-Type: text/calendar', 'Content-Transfer-Encoding: base64', OWN],
    [multipart, OWN, 'content-type:multipart/mixed; boundary=b1'],
    [{ kind: 'unknown' }, OWN, 'Content-Type : multipart/mixed; boundary=b1'],
  ] as const)
    t.strictSame(read(lines).content?.content, content, lines.join())
})

t.test('R13 MimeHead reads a header up to its limit', async t => {
  /** Lines that take a number of bytes with their line feeds. The last one names the sender. */
  const lines = (size: number, count: number) => {
    const last = `Sender: ${BOB}`
    const each = Math.floor((size - last.length - 1) / count)
    const rest = size - last.length - 1 - each * count
    const fill = (length: number) => `X:${'x'.repeat(length - 3)}`
    return [...Array.from({ length: count }, (_, n) => fill(each + (n === 0 ? rest : 0))), last]
  }
  for (const count of [1, 2, 3, 50]) {
    t.strictSame(read(lines(MAX_HEAD_BYTES, count)).senders, [BOB], `${count} lines that fit`)
    const over = read(lines(MAX_HEAD_BYTES + 1, count))
    t.hasStrict(over, { ended: true, content: undefined }, `${count} lines that don't fit`)
  }
  t.strictSame(read([`${OWN} (${'x'.repeat(900)})`, '']).senders, [ANN])
})
