/**
 * R13: forms of a From field in MIME. Mail programs write some of them; the others name Bob to some reader.
 *
 * @module
 */

import { ALICE, BOB, create, mime, type Row } from './row.ts'

const encoded = (text: string) => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`

/** Forms that name no sender but Alice to any reader. */
const HARMLESS: readonly (readonly [name: string, value: string])[] = [
  ['an address', ALICE],
  ['an address in brackets', `<${ALICE}>`],
  ['a name', `Alice Lee <${ALICE}>`],
  ['a name and a comment', `Alice Lee (Sales) <${ALICE}>`],
  ['a comment in a comment', `Alice (Lee (Sales)) <${ALICE}>`],
  ['a comment at the end', `Alice <${ALICE}> (Sales)`],
  ['an address and a comment', `${ALICE} (Alice)`],
  ['a name with escaped quotes', `"Alice \\"Al\\" Lee" <${ALICE}>`],
  ['a quoted word in a name', `Alice "Al" Lee <${ALICE}>`],
  ['a name with a comma', `"Lee, Alice" <${ALICE}>`],
  ['a name with a dot', `Alice B. Lee <${ALICE}>`],
  ['a name with square brackets', `Alice [Sales] <${ALICE}>`],
  ['the address as a name', `${ALICE} <${ALICE}>`],
  ['the address as a quoted name', `"${ALICE}" <${ALICE}>`],
  ['the address as a name in apostrophes', `"'${ALICE}'" <${ALICE}>`],
  ['the address as an encoded name', `${encoded(ALICE)} <${ALICE}>`],
  ['an encoded name with a comma', `=?utf-8?Q?L=C3=A9e=2C_Alice?= <${ALICE}>`],
  ['a character in two encoded words', `=?utf-8?Q?L=C3?= =?utf-8?Q?=A9e?= <${ALICE}>`],
  ['a name in Japanese', `=?iso-2022-jp?B?GyRCO0NFRBsoQg==?= <${ALICE}>`],
  ['a name in UTF-8', `Alice Lée <${ALICE}>`],
  ['a name in another line', `Alice\r\n\t<${ALICE}>`],
  ['a group', `Sales: Alice <${ALICE}>;`],
  ['the same twice', `Alice <${ALICE}>, <${ALICE.toUpperCase()}>`],
]

/** Forms that name Bob to some reader, and whether the sandbox is one. */
const FOREIGN: readonly (readonly [name: string, value: string, acts: boolean])[] = [
  ['a name and a comment', `Bob Lee (Sales) <${BOB}>`, true],
  ['an address and a comment', `${BOB} (Alice)`, true],
  ['another address as a name', `${BOB} <${ALICE}>`, false],
  ['another name for an address', `${ALICE} <${BOB}>`, true],
  ['another address as a quoted name', `"${BOB}" <${ALICE}>`, false],
  ['another address in a comment', `Alice (${BOB}) <${ALICE}>`, false],
  ['another address in a comment at the end', `${ALICE} (${BOB})`, false],
  ['another address in an encoded word', `${encoded(BOB)} <${ALICE}>`, false],
  ['brackets in an encoded word', `${encoded(`<${BOB}>`)} <${ALICE}>`, true],
  ['brackets in a quoted encoded word', `"${encoded(`<${BOB}>`)}" <${ALICE}>`, true],
  ['an encoded list', `${encoded(`${BOB}, `)} <${ALICE}>`, true],
  ['an encoded word twice', `${encoded(encoded(`<${BOB}>`))} <${ALICE}>`, false],
  ['an encoded local part', `=?utf-8?Q?bob?=@example.com, <${ALICE}>`, true],
  ['an encoded word in UTF-7', `=?utf-7?Q?+ADw-bob+AEA-example.com+AD4-?= <${ALICE}>`, false],
  ['an encoded word in UTF-16', `=?utf-16?B?AGIAbwBi?= <${ALICE}>`, false],
  ['an encoded line break', `${encoded(`x\r\nFrom: ${BOB}`)} <${ALICE}>`, false],
  ['an encoded word that does not end', `=?utf-8?Q?x <${ALICE}>`, false],
  ['brackets in a quoted name', `"x <${BOB}>" <${ALICE}>`, true],
  ['brackets without an address', `"x <bob>" <${ALICE}>`, false],
  ['brackets behind escaped quotes', `"x\\" <${BOB}>, \\"" <${ALICE}>`, true],
  ['two in brackets', `<${BOB}> <${ALICE}>`, true],
  ['brackets in brackets', `<${BOB}<${ALICE}>>`, false],
  ['a list', `${ALICE}, ${BOB}`, false],
  ['a list with Bob first', `Bob <${BOB}>, Alice <${ALICE}>`, true],
  ['a group', `Sales: ${ALICE}, ${BOB};`, false],
  ['a group without members', 'Sales: ;', false],
  ['a route', `<@example.com,@x.example:${BOB}>`, false],
  ['a comment in an address', `bob(x)@example.com`, false],
  ['a quoted local part', `"bob"@example.com`, false],
  ['a wide at sign', `"bob\uff20example.com" <${ALICE}>`, false],
  ['words before an address', `"x ${ALICE}" <${ALICE}>`, false],
  ['an open quote', `"Alice <${ALICE}>`, false],
  ['an open comment', `Alice (x <${ALICE}>`, false],
]

const request = (value: string) =>
  create(`<t:Message>${mime(`From: ${value}\r\nTo: carol@example.com\r\n\r\nHello`)}</t:Message>`)

export const FROM_FIELDS: readonly Row[] = [
  ...HARMLESS.map(
    ([name, value]): Row => ({ name: `${name} of Alice`, ruling: 'R13', request: request(value) }),
  ),
  ...FOREIGN.map(
    ([name, value, acts]): Row => ({
      name: `${name} of Bob`,
      ruling: 'R13',
      request: request(value),
      reasons: ['sender-refused'],
      ...(acts && { effect: 'sender' }),
    }),
  ),
]
