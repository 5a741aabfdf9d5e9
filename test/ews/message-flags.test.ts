/**
 * Flags of new items: two values in one form keep a message a draft. A server could read everything else as the flags of
 * a message that was received or sent.
 */

import t from 'tap'
import { readEnvelope } from '../../src/ews/reader.ts'
import { envelope } from '../kit/corpus.ts'

const writesState = (operation: string) =>
  readEnvelope(Buffer.from(envelope('ann@example.com', operation))).facts.content.writesState

const XSI = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
const field = (attributes: string) => `<t:ExtendedFieldURI ${attributes}/>`
const tagged = (tag: string) => field(`PropertyTag="${tag}" PropertyType="Integer"`)
const FLAGS = tagged('3591')
const SUBJECT = tagged('0x0037')
const value = (text: string) => `<t:Value>${text}</t:Value>`
const property = (...parts: readonly string[]) =>
  `<t:ExtendedProperty>${parts.join('')}</t:ExtendedProperty>`
const message = (...content: readonly string[]) => `<t:Message>${content.join('')}</t:Message>`
const items = (...content: readonly string[]) =>
  `<m:CreateItem MessageDisposition="SaveOnly">${content.join('')}</m:CreateItem>`
const saved = (...content: readonly string[]) => items(`<m:Items>${content.join('')}</m:Items>`)
const DRAFT = property(FLAGS, value('9'))
const update = (change: string, content: string) =>
  `<m:UpdateItem MessageDisposition="SaveOnly"><t:${change}>${content}</t:${change}></m:UpdateItem>`

const drafts: readonly (readonly [what: string, operation: string])[] = [
  ['no flags', saved(message())],
  ['another property', saved(message(property(SUBJECT, value('1'))))],
  ['an unsent message', saved(message(property(FLAGS, value('8'))))],
  ['an unsent message that is read', saved(message(DRAFT))],
  ...['0x0E07', '0x0e07', '0xE07', '0X0E07'].map(
    tag => [tag, saved(message(property(tagged(tag), value('9'))))] as const,
  ),
  ['the flags of two messages', saved(message(DRAFT), message(DRAFT))],
  [
    'flags between other properties',
    saved(message(property(SUBJECT, value('1')), DRAFT, property(SUBJECT, value('1')))),
  ],
]

const others: readonly (readonly [what: string, operation: string])[] = [
  ...['0', '1', '4', '73', '13', '89', '99', '-8', '+8', '08', '0x8', '8.0', '８', 'true', ''].map(
    text => [`the value ${text}`, saved(message(property(FLAGS, value(text))))] as const,
  ),
  ...[' 8', '8 ', '\n8', '&#56;', '8&#x20;', '<![CDATA[8]]>', '8<![CDATA[]]>'].map(
    text =>
      [`the text ${JSON.stringify(text)}`, saved(message(property(FLAGS, value(text))))] as const,
  ),
  ['no value', saved(message(property(FLAGS)))],
  ['an empty value', saved(message(property(FLAGS, '<t:Value/>')))],
  [
    'a value that is nil',
    saved(message(property(FLAGS, `<t:Value ${XSI} i:nil="true">8</t:Value>`))),
  ],
  ['several values', saved(message(property(FLAGS, value('8'), value('1'))))],
  ['the same value twice', saved(message(property(FLAGS, value('8'), value('8'))))],
  ['a list of values', saved(message(property(FLAGS, `<t:Values>${value('8')}</t:Values>`)))],
  ['a value in front', saved(message(property(value('8'), FLAGS)))],
  ['values on both sides', saved(message(property(value('1'), FLAGS, value('8'))))],
  ['two properties', saved(message(DRAFT, property(FLAGS, value('1'))))],
  ['two properties in the other order', saved(message(property(FLAGS, value('1')), DRAFT))],
  ['two drafts', saved(message(DRAFT, DRAFT))],
  ['two fields', saved(message(property(SUBJECT, FLAGS, value('8'))))],
  ['two fields in the other order', saved(message(property(FLAGS, SUBJECT, value('8'))))],
  ['a field after the value', saved(message(property(FLAGS, value('8'), SUBJECT)))],
  ['flags after the value of another field', saved(message(property(SUBJECT, value('8'), FLAGS)))],
  ['a message beside a draft', saved(message(DRAFT), message(property(FLAGS, value('1'))))],
  ['a field alone', saved(message(FLAGS, value('8')))],
  [
    'an attached message',
    saved(
      message(
        `<t:Attachments><t:ItemAttachment>${message(DRAFT)}</t:ItemAttachment></t:Attachments>`,
      ),
    ),
  ],
  ['a property in a property', saved(message(`<t:ExtendedProperty>${DRAFT}</t:ExtendedProperty>`))],
  ['a message outside of the list', items(message(DRAFT))],
  ['a property outside of a message', saved(DRAFT)],
  ...[
    'PropertyTag="3591"',
    'PropertyTag="3591" PropertyType="Long"',
    'PropertyTag="3591" PropertyType="IntegerArray"',
    'PropertyTag="3591" PropertyType="integer"',
    'PropertyTag="3591" PropertyType="Integer" PropertyName="a"',
    'PropertyTag="3591" PropertyType="Integer" DistinguishedPropertySetId="Common"',
    'PropertyTag="0x0E070003" PropertyType="Integer"',
    'PropertyTag=" 3591" PropertyType="Integer"',
    'PropertyTag="+3591" PropertyType="Integer"',
    'PropertyTag="03591" PropertyType="Integer"',
    'PropertyTag="07007" PropertyType="Integer"',
    'PropertyTag="e07" PropertyType="Integer"',
    'PropertySetId="00020328-0000-0000-C000-000000000046" PropertyId="3591" PropertyType="Integer"',
    'DistinguishedPropertySetId="Unknown" PropertyId="3591" PropertyType="Integer"',
  ].map(
    attributes => [attributes, saved(message(property(field(attributes), value('8'))))] as const,
  ),
  [
    'a field by its type',
    saved(
      message(
        property(
          `<t:Path ${XSI} i:type="t:PathToExtendedFieldType" PropertyTag="3591" PropertyType="Integer"/>`,
          value('8'),
        ),
      ),
    ),
  ],
  ...['SetItemField', 'AppendToItemField', 'DeleteItemField'].map(
    change => [change, update(change, FLAGS + message(DRAFT))] as const,
  ),
  ['IsDraft', saved(message(DRAFT, '<t:IsDraft>false</t:IsDraft>'))],
]

t.test('flags keep a new message a draft in one form only', async t => {
  for (const [what, operation] of drafts) t.equal(writesState(operation), false, what)
  for (const [what, operation] of others) t.equal(writesState(operation), true, what)
})
