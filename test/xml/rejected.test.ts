/**
 * Documents that are rejected, why, and what comes near to each but is accepted.
 */

import t from 'tap'
import { Failure } from '../../src/model/failure.ts'
import { rejection, scanner } from './rejection.ts'

const M = 'envelope-malformed: '
const E = 'encoding-refused: '
const NOT_UTF8 = `${E}the document is not UTF-8`
const OUTSIDE = `${M}text outside the root element`
const CONTROL = `${M}a control character`
const IN_ATTRIBUTE = `${CONTROL} in an attribute`
const REFERENCE = `${M}an unknown reference`
const LETTERS = `${M}a name with letters that are not ASCII`
const DECLARATION = `${M}the XML declaration is not well-formed`
const VERSION = `${M}the XML version is not 1.0`
const EARLY = `${M}the document ends too early`
const PI = `${M}a processing instruction`
const DOCTYPE = `${M}a document type declaration`
const twice = (key: string) => `${M}attribute ${key} appears more than once`
const noName = (name: string) => `${M}"${name}" is not a qualified name`
const declared = (prefix: string) => `${M}prefix "${prefix}" can't be declared with this namespace`
const undeclared = (prefix: string) => `${M}prefix "${prefix}" is not declared`
const many = (n: number, one: (i: number) => string) =>
  Array.from({ length: n }, (_, i) => one(i)).join(' ')

/** `[document in Latin-1, why it is rejected]`, read whole and byte by byte. */
const DOCUMENTS: readonly (readonly [string, string?])[] = [
  ['<a/>'],
  // How it begins.
  ['', EARLY],
  ['\xef\xbb\xbf<a/>'],
  ['\xef\xbb\xbf<?xml version="1.0"?><a/>'],
  ['\xef\xbb<a/>', NOT_UTF8],
  ['\xef\xbb\xbf\xef\xbb\xbf<a/>', OUTSIDE],
  ['\xfe\xff\0<\0a\0/\0>', NOT_UTF8],
  ['\xff\xfe<\0a\0/\0>\0', NOT_UTF8],
  ['\xff\xfe\0\0<\0\0\0a\0\0\0', NOT_UTF8],
  ['\0<\0a\0/\0>', NOT_UTF8],
  ['<\0a\0/\0>\0', NOT_UTF8],
  ['+/v8-<a/>', NOT_UTF8],
  ['+/w<a/>', OUTSIDE],
  ['Lo\xa7\x94\x93', NOT_UTF8],
  ['Lo<a/>', OUTSIDE],
  ["<?xml version='1.0'?><a/>"],
  ["<?xml version='1.0' encoding='UTF-8'?><a/>"],
  ['<?xml version="1.0" encoding="utf-8"?><a/>'],
  ['<?xml version="1.0" encoding="Utf-8" standalone="yes" ?>\n<a/>'],
  ["<?xml\tversion = '1.0'\nstandalone='no'?><a/>"],
  ['<?xml version="1.0" encoding="latin1"?><a/>', `${E}the document is latin1, not UTF-8`],
  ["<?xml version='1.0' encoding='UTF-16'?><a/>", `${E}the document is UTF-16, not UTF-8`],
  ['<?xml version="1.1"?><a/>', VERSION],
  ["<?xml version='1.1'?><a/>", VERSION],
  ['<?xml encoding="utf-8"?><a/>', DECLARATION],
  ['<?xml version="1.0" ><a/>', DECLARATION],
  ['<?xmlx version="1.0"?><a/>', DECLARATION],
  ['<?xml <?xml version="1.0"?><a/>', DECLARATION],
  ['<?xml version="1.0"', `${M}the XML declaration does not end within 256 bytes`],
  ['<?xm version="1.0"?><a/>', PI],
  ['<?xm', PI],
  [' <?xml version="1.0"?><a/>', PI],
  // Names.
  ['<abcdefghijklmnop/>'],
  ['<abcdefghijklmnopq/>', `${M}a name is longer than 16 bytes`],
  ['< a/>', `${M}a name is missing`],
  ['<>', `${M}a name is missing`],
  ['</>', `${M}a name is missing`],
  ['<a ="1"/>', `${M}a name is missing`],
  ['<\xc3\xa9/>', LETTERS],
  ['<a\xc3\xa9/>', LETTERS],
  ['<a \xc3\xa9="1"/>', LETTERS],
  ['<a></a\xc3\xa9>', LETTERS],
  ['<a\xc3/>', NOT_UTF8],
  ['<a\x80/>', NOT_UTF8],
  ['<a\x7f/>', `${M}no space before an attribute of a`],
  ['<a\xef\xbf\xbe/>', `${M}U+FFFE and U+FFFF are not XML characters`],
  ['<1/>', noName('1')],
  ['<-a/>', noName('-a')],
  ['<:a/>', noName(':a')],
  ['<a:/>', noName('a:')],
  ['<:/>', noName(':')],
  ['<a:b:c/>', noName('a:b:c')],
  ['<1:b/>', noName('1:b')],
  ['<a:1/>', noName('a:1')],
  ['<a :b="1"/>', noName(':b')],
  ['<_-.9/>'],
  // Tags.
  ['<a', EARLY],
  ['<a b', EARLY],
  ['<a b=', EARLY],
  ['<a b="1', EARLY],
  ['<a/', EARLY],
  [`<a b="${'x'.repeat(65_536)}"/>`, `${M}a tag does not end within 65536 bytes`],
  ['<a>', EARLY],
  ['<a></a', EARLY],
  ['<', EARLY],
  ['<a / >', `${M}"/" inside the tag a`],
  ['<a/b>', `${M}"/" inside the tag a`],
  ['<a b="1"c="2"/>', `${M}no space before an attribute of a`],
  ['<a b/>', `${M}attribute b has no value`],
  ['<a b c="1"/>', `${M}attribute b has no value`],
  ['<a b=1/>', `${M}the value of b is not quoted`],
  ['<a b=/>', `${M}the value of b is not quoted`],
  ['<a\tb\n=\r\'1\' c ="2"\t/>'],
  ['<a b="\'" c=\'"\'/>'],
  ['<a></a b>', `${M}the end tag of a is not closed`],
  ['<a></a\n>'],
  ['<a></a=', `${M}the end tag of a is not closed`],
  ['<a></a?', `${M}the end tag of a is not closed`],
  ['<a></xa>', `${M}the end tag xa does not close the innermost open element`],
  // Inside `a`, tags and sections that differ in one byte from its end tag.
  ['<a><ba></ba></a>'],
  ['<a>/<ba></ba></a>'],
  ['<a>x<!-- -->x<![CDATA[x]]></a>'],
  ['<a>x<?b?></a>', PI],
  ['<a/><', EARLY],
  ['<a></b>', `${M}the end tag b does not close the innermost open element`],
  ['<a></aa>', `${M}the end tag aa does not close the innermost open element`],
  ['<p:a xmlns:p="u"></a>', `${M}the end tag a does not close the innermost open element`],
  ['</a>', `${M}the end tag a does not close the innermost open element`],
  ['<a/></a>', `${M}the end tag a does not close the innermost open element`],
  ['<a><b></a></b>', `${M}the end tag a does not close the innermost open element`],
  ['<a/><b/>', `${M}a second root element`],
  ['<a></a><b></b>', `${M}a second root element`],
  ['<a><b><c/></b></a>'],
  ['<a><b><c><d/></c></b></a>', `${M}elements are nested deeper than 3 levels`],
  ['<a><?b?></a>', PI],
  ['<a/><?b?>', PI],
  // Attributes and namespaces.
  [`<a ${many(70, i => `a${i}=""`)}/>`],
  [`<a ${many(71, i => `a${i}=""`)}/>`, `${M}a tag has more than 70 attributes`],
  ['<a b="1" b="2"/>', twice('b')],
  ['<a c="" b="1" b="2"/>', twice('b')],
  [`<a b="1" ${many(4, i => `a${i}=""`)} b="2"/>`, twice('b')],
  ['<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>', twice('{u}b')],
  ['<a xmlns:p="u" xmlns:q="u" c="" p:b="1" q:b="2"/>', twice('{u}b')],
  ['<a xmlns:p="u" xmlns:q="v" p:b="1" q:b="2"/>'],
  ['<a xmlns="u" xmlns:p="u" p:b="1" b="2"/>'],
  ['<a xmlns:p="u" p:b="1" p:c="2"/>'],
  ['<a xmlns="u" xmlns="u"/>', twice('xmlns')],
  [`<a ${many(64, i => `xmlns:p${i}="u"`)}/>`],
  [
    `<a ${many(65, i => `xmlns:p${i}="u"`)}/>`,
    `${M}more than 64 namespace declarations are in scope`,
  ],
  ['<p:a/>', undeclared('p')],
  ['<a p:b=""/>', undeclared('p')],
  ['<a c="" p:b=""/>', undeclared('p')],
  ['<a><b xmlns:p="u"/><p:c/></a>', undeclared('p')],
  ['<a><b xmlns:p="u"></b><p:c/></a>', undeclared('p')],
  ['<a xml:b="" xml:c=""/>'],
  ['<xml:a/>'],
  ['<a xmlns="">x</a>'],
  ['<a xmlns:p=""/>', `${M}prefix "p" can't be undeclared`],
  ['<a xmlns:xml="http://www.w3.org/XML/1998/namespace"/>'],
  ['<a xmlns:xml="u"/>', declared('xml')],
  ['<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>', declared('p')],
  ['<a xmlns:xmlns="u"/>', declared('xmlns')],
  ['<a xmlns:p="http://www.w3.org/2000/xmlns/"/>', declared('p')],
  ['<a xmlns="http://www.w3.org/2000/xmlns/"/>', declared('')],
  // Values.
  ['<a b="<"/>', `${M}"<" in an attribute`],
  ["<a b='<'/>", `${M}"<" in an attribute`],
  ['<a b="\x1f"/>', IN_ATTRIBUTE],
  ['<a b="\0"/>', IN_ATTRIBUTE],
  ['<a b="\x7f"/>'],
  ['<a b="\x80"/>', NOT_UTF8],
  ['<a b="\xc3"/>', NOT_UTF8],
  ['<a b="\xc3\xc3"/>', NOT_UTF8],
  ['<a b="\xc3\x7f"/>', NOT_UTF8],
  ['<a b="\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80"/>'],
  ['<a b="&amp;&#65;&#x41;>"/>'],
  ['<a b="&nbsp;"/>', REFERENCE],
  ['<a b="&;"/>', REFERENCE],
  ['<a b="&"/>', EARLY],
  ['<a b="& amp;"/>', REFERENCE],
  ['<a b="&aaaaaaaaaaaaaaaa;"/>', `${M}a reference is longer than 16 bytes`],
  // Text.
  ['<a>&lt;&gt;&amp;&apos;&quot;</a>'],
  ['<a>&#60;</a>'],
  ['<a>&nbsp;</a>', REFERENCE],
  ['<a>&;</a>', REFERENCE],
  ['<a>&#60;&;</a>', REFERENCE],
  ['<a>&#;</a>', REFERENCE],
  ['<a>&#60;&#;</a>', REFERENCE],
  ['<a>&l\xc3\xa9t;</a>', REFERENCE],
  ['<a>&aaaaaaaaaaaaaaaaa</a>', REFERENCE],
  ['<a>&#60', `${M}the document ends inside a reference`],
  ['<a>]]></a>', `${M}"]]>" in text`],
  ['<a>>]]></a>', `${M}"]]>" in text`],
  ['<a>>&nbsp;</a>', REFERENCE],
  ['<a>>\x1f</a>', CONTROL],
  ['<a>>\x80</a>', NOT_UTF8],
  ['<a>>></a>'],
  ['<a>\x1f</a>', CONTROL],
  ['<a>\x7f</a>'],
  ['<a>\0</a>', CONTROL],
  ['<a>\0\0</a>', CONTROL],
  ['<a>x\0\0</a>', CONTROL],
  ['<a>\x80</a>', NOT_UTF8],
  ['<a>\xc3</a>', NOT_UTF8],
  ['<a>\xc3x</a>', NOT_UTF8],
  ['<a>\xc3\x1f</a>', NOT_UTF8],
  ['<a>\xc3x\xa9</a>', NOT_UTF8],
  ['<a>\xc3\xc3\xa9\xa9</a>', NOT_UTF8],
  ['<a><![CDATA[\xc3x\xa9]]></a>', NOT_UTF8],
  ['<a><!--\xc3x\xa9--></a>', NOT_UTF8],
  ['<a>\xe6\xbc</a>', NOT_UTF8],
  ['<a>\xc3', NOT_UTF8],
  ['<a>\xef\xbf\xbe</a>', `${M}U+FFFE and U+FFFF are not XML characters`],
  ['<a>\xef\xbf\xbf</a>', `${M}U+FFFE and U+FFFF are not XML characters`],
  ['x<a/>', OUTSIDE],
  [']>', OUTSIDE],
  ['<a/>x', OUTSIDE],
  ['<a/>\xc3\xa9', OUTSIDE],
  ['<a/>\xc3', OUTSIDE],
  [' \t\r\n<a/> \t\r\n'],
  ['&lt;<a/>', `${M}a reference outside the root element`],
  ['<a/>&#60;', `${M}a reference outside the root element`],
  // Sections.
  ['<!----><a/><!-- - -->'],
  ['<a><!--\x1f--></a>', CONTROL],
  ['<a><!-- -- --></a>', `${M}"--" in a comment`],
  ['<a><!-- ---></a>', `${M}"--" in a comment`],
  ['<a><!-->--></a>'],
  ['<a><!--', `${M}the document ends inside a comment`],
  ['<a/><!-- --', `${M}the document ends inside a comment`],
  ['<a><!--\xc3--></a>', NOT_UTF8],
  ['<a><![CDATA[]]></a>'],
  ['<a><![CDATA[<&]]]]></a>'],
  ['<a><![CDATA[\0]]></a>', CONTROL],
  ['<a><![CDATA[\xc3]]></a>', NOT_UTF8],
  ['<a><![CDATA[]]', `${M}the document ends inside a cdata`],
  ['<a><![CDATA[] ]></a>', `${M}the document ends inside a cdata`],
  ['<![CDATA[]]><a/>', OUTSIDE],
  ['<a/><![CDATA[]]>', OUTSIDE],
  ['<!DOCTYPE a><a/>', DOCTYPE],
  ['<a><!xCDATA[]]></a>', DOCTYPE],
  ['<a><![xDATA[]]></a>', DOCTYPE],
  ['<a><![CDATAx]]></a>', DOCTYPE],
  ['<a><!-x--></a>', DOCTYPE],
  ['<a><!x--></a>', DOCTYPE],
  ['<a><!', EARLY],
  ['<a><!-', EARLY],
  ['<a><![CDATA', EARLY],
]

for (const [document, why] of DOCUMENTS) {
  const bytes = Buffer.from(document, 'latin1')
  const name = JSON.stringify(document.slice(0, 60))
  t.equal(rejection(bytes), why, `Scanner: ${name}`)
  t.equal(rejection(bytes, 1), why, `Scanner: ${name}, byte by byte`)
}

/** Texts that a document can't continue with: rejected before anything else of it comes. */
for (const [begin, next] of [
  ['<a b="', '<'],
  ['<a b="x', '\x1f'],
  ['<a b="x', '\x80'],
  ['<a b', '<'],
  ['<a><b></a', '>'],
  ['<a>]]', '>'],
  ['<a><!-- --', ' '],
  ['<a/>', 'x'],
  ['<!', 'D'],
  ['<![CDATA', 'x'],
  ['<a>&aaaaaaaaaaaaaaaa', 'a'],
  ['<a>\xc3', '<'],
  ['<a><![CDATA[\xc3', ']'],
  ['<a><!--\xc3', '-'],
] as const)
  t.test(`Scanner rejects ${JSON.stringify(next)} after ${begin} at once`, async t => {
    const reader = scanner()
    reader.write(Buffer.from(begin, 'latin1'))
    t.throws(() => reader.write(Buffer.from(next, 'latin1')), Failure)
  })
