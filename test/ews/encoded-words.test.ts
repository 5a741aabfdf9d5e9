/**
 * R13: encoded words as programs read them, with and without the blanks between them.
 */

import t from 'tap'
import { decodeWords } from '../../src/ews/encoded-words.ts'

const BAD = '\ufffd'

/** Texts, and how both kinds of programs read them; one result if they read the same. */
for (const [name, text, joined, spaced = joined] of [
  ['nothing', '', ''],
  ['a text', 'Ann <a@b.c>', 'Ann <a@b.c>'],
  ['a word', '=?utf-8?Q?A=C3=A9?=', 'Aé'],
  ['a word in small letters', '=?UTF-8?q?A=c3=a9?=', 'Aé'],
  ['a word in base64', '=?utf-8?B?QcOp?=', 'Aé'],
  ['a word in base64, in small letters', '=?utf-8?b?QcOp?=', 'Aé'],
  ['a word between texts', 'x =?utf-8?Q?a?= y', 'x a y'],
  ['two words', '=?utf-8?Q?a?= =?utf-8?Q?b?=', 'ab', 'a b'],
  ['two words, folded', '=?utf-8?Q?a?=\r\n\t=?utf-8?B?Yg==?=', 'ab', 'a b'],
  ['two words without a blank', '=?utf-8?Q?a?==?utf-8?Q?b?=', 'ab', 'a b'],
  ['three words', '=?utf-8?Q?a?= =?utf-8?Q?b?= =?utf-8?Q?c?=', 'abc', 'a b c'],
  ['two words with a text between', '=?utf-8?Q?a?= , =?utf-8?Q?b?=', 'a , b'],
  ['an underscore', '=?utf-8?Q?a_b=5F?=', 'a b_'],
  ['an underscore in base64', '=?utf-8?B?YV9i?=', 'a_b'],
  ['escapes that are none', '=?utf-8?Q?=4=G0=4G=?=', '=4=G0=4G='],
  ['the bounds of digits', '=?us-ascii?Q?=30=39=4a=4F=4f=7E?=', '09JOO~'],
  ['another character set', '=?iso-8859-15?Q?=A4?=', '€'],
  ['a language', '=?us-ascii*en?Q?a?=', 'a'],
  ['a character set with a colon', '=?x:y?Q?a?=', BAD, ''],
  ['no character set', '=??Q?a?=', BAD, ''],
  ['an unknown character set', '=?x?Q?a?=', BAD, ''],
  ['part of a character set', '=?utf?Q?a?=', BAD, ''],
  ['an unknown encoding', '=?utf-8?X?a?=', '=?utf-8?X?a?='],
  ['another sign in a character set', '=?utf 8?Q?a?=', '=?utf 8?Q?a?='],
  ['a word without an end', '=?utf-8?Q?a=', '=?utf-8?Q?a='],
  ['an empty word', '=?utf-8?Q??=', ''],
  ['a question mark in a word', '=?utf-8?Q?a?b?=', '=?utf-8?Q?a?b?='],
  ['a mark of byte order', '=?utf-8?B?77u/YQ==?=', '\ufeffa'],
  ['a character in two words', '=?utf-8?Q?=C3?= =?utf-8?Q?=A9?=', 'é', ' '],
  ['a character in base64 of two words', '=?utf-8?B?ww==?= =?utf-8?B?qQ==?=', 'é', ' '],
  [
    'a character in words of two character sets',
    '=?utf-8?Q?=C3?= =?iso-8859-1?Q?=A9?=',
    `${BAD}©`,
    ' ©',
  ],
  [
    'words of several character sets',
    '=?utf-8?Q?a?= =?utf-8?Q?b?= =?us-ascii?Q?c?= =?UTF-8?Q?d?=',
    'abcd',
    'a b c d',
  ],
  ['words and an unknown one', '=?utf-8?Q?a?= =?x?Q?b?= =?utf-8?Q?c?=', `a${BAD}c`, 'a  c'],
  ['two unknown words', '=?x?Q?a?= =?x?Q?b?=', BAD, ' '],
  ['an unknown word first', '=?x?Q?a?= =?utf-8?Q?b?=', `${BAD}b`, ' b'],
  ['invalid UTF-8', '=?utf-8?Q?a=FFb?=', `a${BAD}b`, 'ab'],
  ['base64 that is cut', '=?utf-8?B?QcO?=', BAD, ''],
  ['base64 with other characters', '=?utf-8?B?QcO*?=', BAD, ''],
  ['base64 behind padding', '=?utf-8?B?QQ==QQ==?=', BAD, ''],
  ['base64 with blanks', '=?utf-8?B?Q c O p?=', 'Aé'],
  ['bytes beside escapes', '=?iso-8859-1?Q?\u00e9=E9?=', 'éé'],
  ['the highest byte', '=?iso-8859-1?Q?\u00ff?=', 'ÿ'],
  ['a character above a byte', '=?iso-8859-1?Q?\u0100?=', BAD, ''],
  ['a character above 16 bits', '=?iso-8859-1?Q?\u{1f600}?=', BAD, ''],
  ['a character above a byte in base64', '=?iso-8859-1?B?QcO\u0170?=', BAD, ''],
] as const)
  t.strictSame(decodeWords(text), [joined, spaced], `R13 decodeWords() of ${name}`)

t.test('R13 decodeWords() decodes every byte in both encodings', async t => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  const expected = new TextDecoder('iso-8859-2', { ignoreBOM: true }).decode(bytes)
  const hex = (byte: number) => `=${byte.toString(16).padStart(2, '0')}`
  const base64 = Buffer.from(bytes).toString('base64')
  t.strictSame(decodeWords(`=?iso-8859-2?B?${base64}?=`), [expected, expected])
  const quoted = Array.from(bytes, hex).join('')
  t.strictSame(decodeWords(`=?iso-8859-2?Q?${quoted}?=`), [expected, expected])
})
