/**
 * R13: the addresses in a From, as the most careless reader finds them.
 */

import fc from 'fast-check'
import t from 'tap'
import { readAddresses } from '../../sandbox/mime-read.ts'
import { addressesIn } from '../../src/ews/mime-addresses.ts'
import { isAddress } from '../../src/model/identity.ts'
import { runs } from '../kit/runs.ts'

const [ANN, ALIAS, BOB] = ['ann@example.com', 'ann.alias@example.com', 'bob@example.com']
const latin1 = (text: string) => Buffer.from(text).toString('latin1')
const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')
const word = (charset: string, text: string | Buffer) => `=?${charset}?B?${base64(text)}?=`

/** Character sets that all mail programs read alike. */
const CHARSETS = [
  ...'utf-8 us-ascii koi8-r koi8-u gb2312 gbk gb18030 big5 iso-2022-jp shift_jis'.split(' '),
  ...'euc-jp euc-kr ks_c_5601-1987 iso-8859-1 iso-8859-2 iso-8859-3 iso-8859-4'.split(' '),
  ...'iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-9 iso-8859-10'.split(' '),
  ...'iso-8859-11 iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16 windows-1250'.split(' '),
  ...'windows-1251 windows-1252 windows-1253 windows-1254 windows-1255'.split(' '),
  ...'windows-1256 windows-1257 windows-1258'.split(' '),
]
/** Character sets that some programs don't know, or read otherwise. */
const OTHERS = 'iso-8859-0 iso-8859-12 iso-8859-17 windows-1249 windows-1259 utf-7'.split(' ')

for (const [charsets, expected] of [
  [CHARSETS, [ANN]],
  [OTHERS, undefined],
] as const)
  for (const charset of charsets)
    t.strictSame(addressesIn(`${word(charset, 'Ann')} <${ANN}>`), expected, charset)

/** Rows beside those of `fixtures/guard/from-fields.ts`; undefined: nothing can be determined. */
for (const [name, value, expected] of [
  ['an alias as a name', `"${ALIAS}" <${ANN}>`, [ANN, ALIAS]],
  ['two groups', `x: ${ANN};, y: <${ALIAS}>;`, [ANN, ALIAS]],
  ['an apostrophe in an address', "o'brien@example.com", ["o'brien@example.com"]],
  ['an apostrophe before an address', `'${BOB}`, [`'${BOB}`, BOB]],
  ['a comment in a domain', `${ANN}(x).example`, undefined],
  ['an address of 257 characters', `<${'b'.repeat(245)}@example.com>`, undefined],
  [
    'an address of 257 characters beside another',
    `<${ANN}>, <${'b'.repeat(245)}@example.com>`,
    undefined,
  ],
  ['a name in Latin 1', `L\xe9e <${ANN}>`, [ANN]],
  ['quotes of Windows', `\x93Ann\x94 <${ANN}>`, [ANN]],
  ['a wide at sign in UTF-8', latin1(`bob\uff20example.com <${ANN}>`), [ANN, BOB]],
  ['a letter in UTF-8 before an address', latin1(`"\u00e9${ANN}" <${ANN}>`), undefined],
  ['a letter in UTF-8 in an address', latin1(`\u00e9${ANN}`), undefined],
  ['a language', `=?us-ascii*en?Q?Ann?= <${ANN}>`, [ANN]],
  ['an address as a language', `=?us-ascii*${BOB}?Q?Ann?= <${ANN}>`, undefined],
  ['a word of an unknown encoding', `=?utf-8?X?Ann?= <${ANN}>`, undefined],
  ['the middle of a word', `a?Q?b <${ANN}>`, undefined],
  ['two words that begin a word', `=?utf-8?Q?=3D?= =?utf-8?Q?=3F?= <${ANN}>`, undefined],
  ['an address in a word', `=?utf-8?Q?${BOB}?= <${ANN}>`, undefined],
  ['a mark of byte order', latin1(`\ufeff${ANN}`), undefined],
  ['a mark of byte order behind', latin1(`<${ANN}\ufeff>`), undefined],
  ['a mark of byte order in a name', latin1(`Ann \ufeff<${ANN}>`), [ANN]],
  ['a line separator', latin1(`\u2028${ANN}`), undefined],
  ['square brackets in a name', `[Ann] <${ANN}>`, [ANN]],
  ['square brackets in an address', `<ann[]@example.com>`, undefined],
  ['an address in two words', `=?utf-8?Q?jo?= =?utf-8?Q?${ANN}?= <${ANN}>`, undefined],
  [
    'two words that are an address',
    `=?utf-8?Q?bob=40?= =?utf-8?Q?example.com?= <${ANN}>`,
    undefined,
  ],
  [
    'two words with a blank to some reader',
    '=?utf-8?Q?jo?= =?utf-8?Q?ann=40example.com?= <joann@example.com>',
    undefined,
  ],
  ['an invalid character', `${word('utf-8', Buffer.of(0xc1, 0x80))} <${ANN}>`, undefined],
  ['an unknown character set', `${word('x-any', 'Ann')} <${ANN}>`, undefined],
  ['UTF-16', `${word('utf-16', Buffer.from('Ann', 'utf16le'))} <${ANN}>`, undefined],
  ['base64 that is cut', `=?utf-8?B?QW5?= <${ANN}>`, undefined],
  ['base64 behind padding', `=?utf-8?B?QQ==QUFB?= <${ANN}>`, undefined],
  ['a character that is no byte', latin1(`=?utf-8?Q?\u20ac\u0100?= <${ANN}>`), undefined],
  ['a zero', `Ann\0 <${ANN}>`, undefined],
  ['an encoded delete', `=?utf-8?Q?A=7F?= <${ANN}>`, undefined],
  ['the longest field', `${'x'.repeat(1_024 - 18)} <${ANN}>`, [ANN]],
  ['a longer field', `${'x'.repeat(1_024 - 17)} <${ANN}>`, undefined],
  ['many open brackets', `${'<'.repeat(1_000)}${ANN}`, undefined],
  ['many open comments', `${'('.repeat(1_000)}${ANN}`, undefined],
  ['nothing', ' ', undefined],
] as const)
  t.strictSame(addressesIn(value), expected, `addressesIn() of a field with ${name}`)

const decoded = (text: string) =>
  text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?[^?]*\?b\?([^?]*)\?=/gi, (_, it) => Buffer.from(it, 'base64').toString())
    .replace(/=\?[^?]*\?q\?([^?]*)\?=/gi, (_, it) => it.replaceAll('=40', '@'))
const changes: readonly ((text: string) => string)[] = [
  text => text,
  decoded,
  text => decoded(decoded(text)),
  text => text.replace(/\([^()]*\)/g, ''),
  text => text.replace(/\(.*\)/g, ' '),
  text => text.replace(/["\\]/g, ''),
  text => text.replace(/"[^"]*"/g, ''),
  text => text.replace(/\s+/g, ''),
]
const readers: readonly ((text: string) => readonly string[])[] = [
  text => [/<([^>]*)>/.exec(text)?.[1] ?? ''],
  text => [text.slice(text.lastIndexOf('<') + 1).replace(/>.*/, '')],
  text => text.split(/[\s<>(),:;"\\[\]]+/),
  text => text.split(/[<>(),:;"]+/).map(it => it.trim()),
  text => readAddresses(text).map(({ address }) => address),
]

/** Addresses that some careless reader finds: it changes the text twice, and takes it apart in its own way. */
const carelessly = (text: string): ReadonlySet<string> =>
  new Set(
    changes
      .flatMap(first => changes.map(second => second(first(text))))
      .flatMap(changed => readers.flatMap(read => read(changed)))
      .map(address => address.replace(/^'/, ''))
      .filter(isAddress),
  )

const PARTS = [
  ...[ANN, BOB, 'ann', 'jo', '@', 'example.com', '.', 'Ann', ' ', "'", '[', ']', '=40', '<', '>'],
  ...['"', '\\', '(', ')', ',', ';', ':', '=?utf-8?Q?', '?=', `"${ANN}"`, '(Ann)', '"Ann"'],
  ...[word('utf-8', BOB), word('utf-8', `<${BOB}>`), '=?utf-8?Q?<jo?='],
]
/** Parts in any order, and one or two of them at any place of a field that is right. */
const fields = fc.oneof(
  fc.array(fc.constantFrom(...PARTS), { maxLength: 9 }).map(parts => parts.join('')),
  fc
    .tuple(
      fc.constantFrom(
        `Ann <${ANN}>`,
        `"Ann" (x) <${ANN}>`,
        `x: "${ANN}" <${ANN}>;`,
        `${ANN} (Ann)`,
      ),
      fc.array(fc.tuple(fc.nat(40), fc.constantFrom(...PARTS)), { minLength: 1, maxLength: 2 }),
    )
    .map(([field, added]) => {
      let text: string = field
      for (const [at, part] of added) text = `${text.slice(0, at)}${part}${text.slice(at)}`
      return text
    }),
)

t.test('R13 addressesIn() misses no address that a careless reader finds', async t => {
  let read = 0
  const property = fc.property(fields, value => {
    const addresses = addressesIn(value)
    if (addresses === undefined) return true
    read += 1
    const missed = [...carelessly(value)].filter(address => !addresses.includes(address))
    return missed.length === 0
  })
  const { failed, counterexample } = fc.check(property, { seed: 20261127, numRuns: runs(1_500) })
  t.notOk(failed, JSON.stringify(counterexample))
  t.ok(read > runs(75), `${read} fields were read`)
})
