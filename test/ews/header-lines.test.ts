/**
 * Headers of items: none may contain another one, which some servers would write into the message.
 */

import t from 'tap'
import { readEnvelope } from '../../src/ews/reader.ts'
import { envelope } from '../kit/corpus.ts'

function hasForeignHeaders(operation: string): boolean {
  const text = envelope('ann@example.com', operation)
  return readEnvelope(Buffer.from(text)).facts.foreignHeaders
}

const create = (content: string) =>
  `<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message>${content}</t:Message></m:Items></m:CreateItem>`
const uri = (attributes: string) => `<t:ExtendedFieldURI ${attributes}/>`
const extended = (content: string) => `<t:ExtendedProperty>${content}</t:ExtendedProperty>`
const value = (text: string) => `<t:Value>${text}</t:Value>`
const NAMED = 'DistinguishedPropertySetId="InternetHeaders"'
const GUID = 'PropertySetId="00020386-0000-0000-C000-000000000046"'
const named = (name: string, set = NAMED) => uri(`${set} PropertyName="${name}"`)
const header = (name: string, text: string, set = NAMED) => extended(named(name, set) + value(text))
const property = (tag: string, text: string) =>
  extended(uri(`PropertyTag="${tag}" PropertyType="String"`) + value(text))
const INJECTED = '1&#13;&#10;From: ceo@example.com'

for (const [name, content, isBroken] of [
  ['a header', header('X-A', '1'), false],
  [
    'a name of all characters',
    header("!#$%&amp;'*+-.^_`|~09AZaz&quot;(),/;&lt;=&gt;?@[]{}", '1'),
    false,
  ],
  ['a name with a line feed', header('X-A: 1&#10;From', 'x'), true],
  ['a name with a carriage return', header('From: x&#13;X-A', 'x'), true],
  ['a name with a colon', header('From: ceo@example.com', 'x'), true],
  ['a name that begins with a blank', header(' X-A', 'x'), true],
  ['a name that ends with a blank', header('X-A ', 'x'), true],
  ['a name beyond ASCII', header('X-\u00e4', 'x'), true],
  ['an empty name', header('', 'x'), true],
  ['a broken name of the set by its GUID', header('A:', 'x', GUID), true],
  ['such a name in another set', header('A:', 'x', 'DistinguishedPropertySetId="Common"'), false],
  [
    'a broken field',
    '<t:IndexedFieldURI FieldURI="item:InternetMessageHeader" FieldIndex="A:"/>',
    true,
  ],
  ['such an index of another field', '<t:IndexedFieldURI FieldURI="x" FieldIndex="A:"/>', false],
  ['a broken header element', '<t:InternetMessageHeader HeaderName="A:"/>', true],
  ['a line break in a value', header('X-A', INJECTED), true],
  ['a line feed alone', header('X-A', '1&#10;From: x'), true],
  ['a carriage return alone', header('X-A', '1&#xD;From: x'), true],
  ['a line break as it is', header('X-A', '1\nFrom: x'), true],
  ['a line break in CDATA', header('X-A', '<![CDATA[1\nFrom: x]]>'), true],
  ['a line break at the beginning', header('X-A', '\nFrom: x'), true],
  ['a line break at the end', header('X-A', '1\n'), true],
  ['an empty line', header('X-A', '1\n\n x'), false],
  ['a line that continues with a blank', header('X-A', '1\r\n 2'), false],
  ['a line that continues with a tab', header('X-A', '1&#10;&#9;2'), false],
  ['a later line', header('X-A', '1\n 2\nFrom: x'), true],
  ['a line break in a value by a GUID', header('X-A', INJECTED, GUID), true],
  [
    'a line break in another set',
    header('X-A', INJECTED, 'PropertySetId="00020329-0000-0000-C000-000000000046"'),
    false,
  ],
  [
    'a line break in one of several values',
    extended(`${named('X-A')}<t:Values>${value('1')}${value(INJECTED)}</t:Values>`),
    true,
  ],
  ...['0x1035', '0x1039', '0x1042', '0x1043', '0x1044', '0x1045'].map(
    tag => [`a line break in ${tag}`, property(tag, INJECTED), true] as const,
  ),
  ['a line break in another property', property('0x0037', INJECTED), false],
  ['a line break in a class', '<t:ItemClass>IPM.Note\n</t:ItemClass>', false],
  ['a line break behind an element', '<t:References>1<t:Value/>\nFrom: x</t:References>', true],
  [
    'a broken name in a path',
    `<t:Path xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="t:PathToExtendedFieldType" ${NAMED} PropertyName="A:"/>`,
    true,
  ],
  ['a broken name before a header', header('A:', 'x') + header('X-A', '1'), true],
  [
    'a broken element before another one',
    '<t:InternetMessageHeader HeaderName="A:"/><t:InternetMessageHeader HeaderName="B"/>',
    true,
  ],
  ['a broken name beside a harmless one', uri(`${NAMED} PropertyName="A:" HeaderName="A"`), true],
  [
    'a line break behind another property inside',
    extended(named('X-A') + extended('') + value(INJECTED)),
    true,
  ],
  [
    'a line break behind another name inside',
    extended(named('X-A') + uri('PropertyTag="0x0037"') + value(INJECTED)),
    true,
  ],
  ['a value outside of a property', value('1') + named('X-A'), false],
  ['a value behind a property', header('X-A', '1') + named('X-A'), false],
  ['a value behind that of a header', header('X-A', '1') + property('0x0037', INJECTED), false],
  ['a value before its property', extended(value(INJECTED) + named('X-A')), true],
  ['a harmless value before its property', extended(value('1') + named('X-A')), true],
  [
    'another value before its property',
    extended(value(INJECTED) + uri('PropertyTag="0x0037"')),
    false,
  ],
  ['a header behind such a value', property('0x0037', '1\n2') + header('X-A', '1'), false],
  ...['InternetMessageId', 'InReplyTo', 'References', 'InternetMessageHeader'].flatMap(
    element =>
      [
        [`a line break in ${element}`, `<t:${element}>${INJECTED}</t:${element}>`, true],
        [`one line in ${element}`, `<t:${element}>&lt;a@b&gt;\n &lt;c@d&gt;</t:${element}>`, false],
        [
          `a line break behind ${element}`,
          `<t:${element}>x</t:${element}><t:Subject>1\n2</t:Subject>`,
          false,
        ],
      ] as const,
  ),
] as const)
  t.equal(hasForeignHeaders(create(content)), isBroken, `HeaderLines of ${name}`)

const change = (content: string) =>
  `<m:UpdateItem MessageDisposition="SaveOnly"><t:SetItemField>${content}</t:SetItemField></m:UpdateItem>`
t.ok(
  hasForeignHeaders(change(`${named('X-A')}<t:Message>${extended(value(INJECTED))}</t:Message>`)),
  'HeaderLines of a value whose property stands outside',
)
t.ok(
  hasForeignHeaders(change(named('X-A') + extended('') + extended(value(INJECTED)))),
  'HeaderLines of a value in a later property',
)
t.notOk(
  hasForeignHeaders(
    change(
      `${named('X-A')}</t:SetItemField><t:SetItemField><t:FieldURI FieldURI="x"/>${extended(value(INJECTED))}`,
    ),
  ),
  'HeaderLines of a later change',
)
t.notOk(
  hasForeignHeaders(`<m:GetItem><m:ItemShape>${named('A:')}</m:ItemShape></m:GetItem>`),
  'a request that reads',
)

const SIGNED = 'IPM.Note.SMIME.MultipartSigned'
const ofClass = (text: string) => `<t:ItemClass>${text}</t:ItemClass>`
for (const [name, content, isForeign] of [
  ['a signed message', ofClass(SIGNED), true],
  ['one in lower case', ofClass(SIGNED.toLowerCase()), true],
  ['one before another class', ofClass(SIGNED) + ofClass('IPM.Note'), true],
  ['another class of S/MIME', ofClass('IPM.Note.X.SMIME'), true],
  ['a message', ofClass('IPM.Note'), false],
  ['a class of 63 characters', ofClass(`IPM.Note.${'x'.repeat(54)}`), false],
  ['a class of 64 characters', ofClass(`IPM.Note.${'x'.repeat(55)}`), true],
  ['a class as a property', property('0x001A', 'IPM.Note'), true],
  ['a value with such a text', property('0x0037', SIGNED), false],
] as const) {
  t.notOk(hasForeignHeaders(create(content)), `${name} is saved`)
  const sent = create(content).replace('SaveOnly', 'SendAndSaveCopy')
  t.equal(hasForeignHeaders(sent), isForeign, `${name} is sent`)
}
