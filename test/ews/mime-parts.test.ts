/**
 * R13: calendars in the parts of a message, and messages whose parts servers could divide differently.
 */

import t from 'tap'
import { contentOf } from '../../src/ews/mime-fields.ts'
import { MimeParts } from '../../src/ews/mime-parts.ts'

const [ANN, BOB] = ['ann@example.com', 'bob@example.com']

/** Reads the lines of a body, each in the middle of a larger buffer. */
function read(lines: readonly string[], type = 'multipart/mixed; boundary=b1', isWhole = true) {
  const parts = new MimeParts(contentOf([['Content-Type', type]]))
  for (const line of lines) {
    const bytes = Buffer.from(`-\n${line}---b1--\n`, 'latin1')
    parts.line(bytes, 2, 2 + line.length, isWhole, !isWhole)
  }
  parts.end()
  return parts.unknown ? undefined : parts.organizers
}

const multipart = (boundary: string) => [
  `Content-Type: multipart/mixed; boundary="${boundary}"`,
  '',
]
const organizer = (address: string) => `ORGANIZER:mailto:${address}`
const calendar = (address: string) => [
  'Content-Type: text/calendar',
  '',
  'BEGIN:VCALENDAR',
  organizer(address),
]
const TEXT = ['', 'Hello']
const MESSAGE = ['Content-Type: message/rfc822', '']

/** Lines of a multipart with the boundary b1, and its organizers; undefined: servers could find others. */
for (const [name, lines, expected] of [
  ['no part', ['--b1--'], []],
  ['nothing', [], undefined],
  ['a text', ['--b1', ...TEXT, '--b1--'], []],
  ['two texts', ['--b1', ...TEXT, '--b1', ...TEXT, '--b1--'], []],
  ['a preamble and an epilogue', ['x', '--x', '--b1', ...TEXT, '--b1--', 'y', '--y'], []],
  ['a calendar in the preamble', [organizer(BOB), '--b1', ...TEXT, '--b1--'], []],
  ['a calendar', ['--b1', ...calendar(BOB), '--b1--'], [BOB]],
  ['two calendars', ['--b1', ...calendar(ANN), '--b1', ...calendar(BOB), '--b1--'], [ANN, BOB]],
  [
    'the same calendar twice',
    ['--b1', ...calendar(ANN), '--b1', ...calendar(ANN), '--b1--'],
    [ANN],
  ],
  ['a calendar before a text', ['--b1', ...calendar(BOB), '--b1', ...TEXT, '--b1--'], [BOB]],
  [
    'an organizer in a text behind a calendar',
    ['--b1', ...calendar(ANN), '--b1', '', organizer(BOB), '--b1--'],
    [ANN],
  ],
  ['an organizer in the epilogue', ['--b1', ...calendar(ANN), '--b1--', organizer(BOB)], [ANN]],
  ['a calendar without an organizer', ['--b1', ...calendar(ANN).slice(0, 3), '--b1--'], undefined],
  ['a calendar without an end', ['--b1', ...calendar(ANN)], undefined],
  ['a text without an end', ['--b1', ...TEXT], undefined],
  ['a header without an end', ['--b1', 'X: 1', '--b1--'], undefined],
  ['a header without lines', ['--b1', '--b1--'], undefined],
  ['a header that ends with a carriage return', ['--b1', 'X: 1\r', '\r', 'x', '--b1--\r'], []],
  ['a header that only seems to end', ['--b1', 'X: 1', '\r\r', '', '--b1--'], undefined],
  ['a field that is none', ['--b1', 'x', '', '--b1--'], undefined],
  ['a zero in a header', ['--b1', 'X: a\0', '', '--b1--'], undefined],
  ['a zero in a text', ['--b1', '', 'a\0', '--b1--'], []],
  ['a folded field', ['--b1', 'Content-Type:', ' text/plain', '', '--b1--'], []],
  [
    'another part behind the end',
    ['--b1', ...TEXT, '--b1--', '--b1', ...TEXT, '--b1--'],
    undefined,
  ],
  ['a part alone behind the end', ['--b1', ...TEXT, '--b1--', '--b1', ...TEXT], undefined],
  ['two ends', ['--b1', ...TEXT, '--b1--', '--b1--'], undefined],
  ['blanks behind delimiters', ['--b1 \t', ...TEXT, '--b1--\t \r'], []],
  ['a longer delimiter', ['--b1', ...TEXT, '--b11', '--b1--'], undefined],
  ['a longer end', ['--b1', ...TEXT, '--b1--x', '--b1--'], undefined],
  ['an end behind a blank', ['--b1', ...TEXT, '--b1 --'], undefined],
  ['a longer delimiter alone', ['--b1', ...TEXT, '--b11'], undefined],
  ['a line in a header that begins with dashes', ['--b1', '--x', '', '--b1--'], undefined],
  ['an end with one dash', ['--b1', ...TEXT, '--b1-', '--b1--'], undefined],
  ['a delimiter with one dash', ['--b1', ...TEXT, '-b1', '--b1--'], []],
  ['a delimiter with three dashes', ['--b1', ...TEXT, '---b1', '--b1--'], undefined],
  ['a delimiter with other signs', ['--b1', ...TEXT, '-_b1', '_-b1', '--b1--'], []],
  ['a delimiter behind a blank', ['--b1', ...TEXT, ' --b1', '--b1--'], undefined],
  ['a delimiter behind a text', ['--b1', ...TEXT, 'x--b1', '--b1--'], undefined],
  ['a delimiter inside a line', ['--b1', ...TEXT, '> --b1 x', '--b1--'], undefined],
  ['a delimiter with a blank inside', ['--b1', ...TEXT, '-- \tb1', '--b1--'], undefined],
  ['a delimiter in capitals', ['--b1', ...TEXT, '--B1', '--b1--'], undefined],
  ['an end in capitals behind the end', ['--b1', ...calendar(ANN), '--b1--', '--B1--'], undefined],
  ['a delimiter inside a preamble', ['x --b1', '--b1', ...TEXT, '--b1--'], undefined],
  ['a delimiter inside a header', ['--b1', 'X: --b1', '', '--b1--'], undefined],
  [
    'a delimiter of an outer multipart inside a line',
    ['--b1', ...multipart('c'), '--c', ...TEXT, 'x --b1', '--c--', '--b1--'],
    undefined,
  ],
  [
    'lines that are like delimiters',
    ['--b1', ...TEXT, '-- ', '-- b', '> --b', ' --b', 'a--b2', '-b1', 'b1--', '--b1--'],
    [],
  ],
  ['a shorter delimiter', ['--b1', ...TEXT, '--b', '--', '-', '', '--b1--'], []],
  [
    'an inner multipart',
    ['--b1', ...multipart('c'), '--c', ...calendar(BOB), '--c--', '--b1--'],
    [BOB],
  ],
  [
    'a calendar behind an inner multipart',
    ['--b1', ...multipart('c'), '--c', ...TEXT, '--c--', '--b1', ...calendar(BOB), '--b1--'],
    [BOB],
  ],
  [
    'a text between two multiparts',
    ['--b1', ...multipart('c'), '--c--', 'x', organizer(BOB), '--b1--'],
    [],
  ],
  [
    'two inner multiparts of the same boundary',
    ['--b1', ...multipart('c'), '--c--', '--b1', ...multipart('c'), '--c--', '--b1--'],
    [],
  ],
  [
    'an inner multipart that is open',
    ['--b1', ...multipart('c'), '--c', ...TEXT, '--b1--'],
    undefined,
  ],
  [
    'an inner multipart that is open at the next part',
    ['--b1', ...multipart('c'), '--c', ...TEXT, '--b1', ...TEXT, '--b1--'],
    undefined,
  ],
  [
    'an inner multipart that continues',
    ['--b1', ...multipart('c'), '--c--', '--c', ...TEXT, '--c--', '--b1--'],
    undefined,
  ],
  [
    'an innermost multipart that is open',
    ['--b1', ...multipart('c'), '--c', ...multipart('d'), '--d', ...TEXT, '--c--', '--b1--'],
    undefined,
  ],
  [
    'an inner boundary that begins alike',
    ['--b1', ...multipart('b11'), '--b11--', '--b1--'],
    undefined,
  ],
  [
    'an inner boundary that ends alike',
    ['--b1', ...multipart('x-\n -B1'), '--x- -B1--', '--b1--'],
    undefined,
  ],
  [
    'an inner boundary that is the same',
    ['--b1', ...multipart('b1'), '--b1--', '--b1--'],
    undefined,
  ],
  [
    'an outer boundary that begins alike',
    ['--b1', ...multipart('b'), '--b--', '--b1--'],
    undefined,
  ],
  ['a multipart of unknown kind', ['--b1', 'Content-Type: multipart/x', '', '--b1--'], undefined],
  ['a message', ['--b1', ...MESSAGE, 'From: x', '', 'y', '--b1--'], []],
  ['a message with a calendar', ['--b1', ...MESSAGE, ...calendar(BOB), '--b1--'], [BOB]],
  [
    'a message with a multipart',
    ['--b1', ...MESSAGE, ...multipart('c'), '--c', ...calendar(BOB), '--c--', '--b1--'],
    [BOB],
  ],
  ['a message in a message', ['--b1', ...MESSAGE, ...MESSAGE, ...calendar(BOB), '--b1--'], [BOB]],
  ['a message without an end of its header', ['--b1', ...MESSAGE, 'X: 1', '--b1--'], undefined],
  ['a message that begins with an empty line', ['--b1', ...MESSAGE, '', 'y', '--b1--'], undefined],
  ['a header that another line end ends', ['--b1', 'X: 1', '\r', '--b1--'], undefined],
  ['a header that a line feed ends', ['--b1', 'X: 1\r', '', '--b1--'], undefined],
  [
    'a header behind an empty line',
    ['--b1', '', 'Content-Type: text/calendar', '--b1--'],
    undefined,
  ],
  [
    'a message whose fields repeat those around it',
    ['--b1', ...MESSAGE, ...MESSAGE, 'From: x', '', '--b1--'],
    [],
  ],
] as const)
  t.strictSame(read(lines), expected, `R13 a multipart with ${name}`)

/** Bodies that are no multipart. */
for (const [type, lines, expected] of [
  ['text/plain', [organizer(BOB), '--b1', ...calendar(BOB)], []],
  ['text/calendar', [organizer(BOB), '--b1'], [BOB]],
  ['text/calendar', ['X:y'], undefined],
  ['message/rfc822', calendar(BOB), [BOB]],
  ['message/rfc822', ['X: 1'], undefined],
  ['x', [], undefined],
] as const)
  t.strictSame(read(lines, type), expected, `R13 ${type} with ${lines.join()}`)

t.test('R13 MimeParts divides no line that it knows only in part', async t => {
  const delimiter = (length: number) => '--b1'.padEnd(length)
  t.strictSame(read([delimiter(512), ...TEXT, '--b1--']), [])
  t.strictSame(read([delimiter(513), ...TEXT, '--b1--']), undefined)
  t.strictSame(read(['--b1', ...TEXT, `--c${' '.repeat(600)}`, '--b1--']), [])
  t.strictSame(read(['--b1'], undefined, false), undefined)
  const parts = new MimeParts(contentOf([['Content-Type', 'multipart/mixed; boundary=b1']]))
  for (const [line, isWhole] of [
    ['--b1', true],
    ['', true],
    ['x', false],
  ] as const)
    parts.line(Buffer.from(line), 0, line.length, isWhole, !isWhole)
  t.equal(parts.unknown, true, 'R13 a delimiter could be in the rest of a truncated line')
  t.strictSame(read(['X: 1', ''], 'message/rfc822', false), undefined)
  t.strictSame(read([organizer(ANN)], 'text/calendar', false), undefined)
  t.strictSame(read(['x'], 'text/plain', false), [])
})

t.test('R13 MimeParts reads a header, levels, and organizers up to a limit', async t => {
  const header = (size: number) => ['--b1', `X:${'x'.repeat(size - 7)}`, 'Y: 2', '', '--b1--']
  t.strictSame(read(header(16_383)), [])
  t.strictSame(read(header(16_384)), undefined)
  t.strictSame(read(header(16_385)), undefined)
  const nested = (n: number) => {
    const bounds = Array.from({ length: n - 1 }, (_, i) => `c${String(i).padStart(2, '0')}.`)
    const begin = bounds.map(it => [...multipart(it), `--${it}`])
    const end = bounds.toReversed().map(it => `--${it}--`)
    return ['--b1', ...begin.flat(), ...calendar(BOB), ...end, '--b1--']
  }
  t.strictSame(read(nested(20)), [BOB])
  t.strictSame(read(nested(21)), undefined)
  const many = (n: number) =>
    Array.from({ length: n }, (_, i) => ['--b1', ...calendar(`u${i}@example.com`)]).flat()
  t.equal(read([...many(20), '--b1--'])?.length, 20)
  t.strictSame(read([...many(21), '--b1--']), undefined)
})

t.test('R13 MimeParts says whether a part is readable without decoding', async t => {
  const parts = new MimeParts(contentOf([['Content-Type', 'multipart/mixed; boundary=b1']]))
  const lines = [
    ['--b1', false],
    ['Content-Type: text/calendar', false],
    ['Content-Transfer-Encoding: quoted-printable', false],
    ['', true],
    [organizer(BOB), true],
    ['--b1', false],
    ['Content-Type: text/calendar', false],
    ['', false],
    [organizer(BOB), false],
    ['--b1--', false],
  ] as const
  for (const [line, isQuoted] of lines) {
    parts.line(Buffer.from(line), 0, line.length, true, false)
    t.equal(parts.isQuoted, isQuoted, line)
  }
})
