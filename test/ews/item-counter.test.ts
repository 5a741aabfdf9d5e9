/**
 * Counts of items in responses: each place of an ID, and chunks that end anywhere.
 */

import t from 'tap'
import { ItemCounter } from '../../src/ews/item-counter.ts'

/** Number of items in a response that arrives in chunks of a length. */
function countOf(text: string, length = text.length): number {
  const counter = new ItemCounter()
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += length) counter.add(bytes.subarray(at, at + length))
  return counter.count
}

const ID = '<t:ItemId Id="A" ChangeKey="CK"/>'
const WHITE_SPACE = ['\t', '\n', '\v', '\f', '\r', ' ']
const NO_SPACE = ['\b', '\x0e', '\x1f', '!', 'x']

for (const [name, text, count] of [
  ['an item', `<t:Message>${ID}`, 1],
  ['an item without prefixes', '<Message><ItemId Id="A"/>', 1],
  ['an item with a long prefix', '<types:Message><types:ItemId Id="A"/>', 1],
  ['an item with a prefix of two letters', '<ns:Message><ns:ItemId Id="A"/>', 1],
  ['an item after a line break and blanks', `<t:Message>\r\n    ${ID}`, 1],
  ['an item with attributes', `<t:Message Delete="Delete">${ID}`, 1],
  ['an item with a short name', `<a Delete ="x">${ID}`, 1],
  ['an item whose name begins like that of another ID', `<t:DeleteItem>${ID}`, 1],
  ['two items', `<t:Message>${ID}</t:Message><t:Task>${ID}</t:Task>`, 2],
  ['two items without content between them', `<t:Message>${ID}<t:Task>${ID}`, 2],
  ...WHITE_SPACE.map(
    space => [`an item after ${JSON.stringify(space)}`, `<t:Message>${space}${ID}`, 1] as const,
  ),
  ...NO_SPACE.map(
    text => [`an ID after ${JSON.stringify(text)}`, `<t:Message>${text}${ID}`, 0] as const,
  ),
  ['the content of an item before its ID', `<t:MimeContent>AAAA</t:MimeContent>${ID}`, 1],
  ['an item without content', `<t:MimeContent/>${ID}`, 1],
  ['an item without content, with attributes', `<t:MimeContent CharacterSet="UTF-8"/>\r\n${ID}`, 1],
  ['an exported item', `<m:ResponseCode>NoError</m:ResponseCode>${ID}`, 1],
  ['an exported item with blanks', `<m:ResponseCode>NoError</m:ResponseCode >${ID}`, 1],
  ['an ID after another element', `<t:Subject>x</t:Subject>${ID}`, 0],
  ['an ID after an empty element', `<t:Subject/>${ID}`, 0],
  ['an ID after an element of almost that name', `<t:MimeContents/>${ID}`, 0],
  ['an ID after another ID', `<t:ParentFolderId Id="F"/>${ID}`, 0],
  ['a deleted item', `<t:Delete>${ID}`, 0],
  ['a deleted item with an attribute', `<t:Delete Kind="x">${ID}`, 0],
  ['a deleted item after a line break in its tag', `<t:Delete\n>${ID}`, 0],
  ['an ID after a deleted item', `</t:Delete>${ID}`, 0],
  ['an item that was read', `<t:ReadFlagChange>${ID}`, 0],
  ['a contact', `<t:Mailbox>${ID}`, 0],
  ['an occurrence', `<t:Occurrence>${ID}`, 0],
  ['the first occurrence', `<t:FirstOccurrence>${ID}`, 0],
  ['another ID', '<t:Message><t:ParentItemId Id="A"/>', 0],
  ['another name with a prefix in it', '<t:Message><t:x:ItemId Id="A"/>', 1],
  ['an ID in text', '<t:Message>A:ItemId Id', 0],
  ['an ID in text without a prefix', '<t:Message>ItemId Id', 0],
  ['an ID in text after a byte', '<t:Message>xItemId Id', 0],
  ['an end tag', '<t:Message></t:ItemId >', 0],
  ['an ID without attributes', '<t:Message><t:ItemId>', 0],
  ['an ID at the beginning', '<ItemId Id="A"/>', 0],
  ['a prefix at the beginning', ':ItemId Id="A"/>', 0],
  ['its name at the beginning', `ItemId <t:Message>${ID}`, 1],
  ['half of a tag at the beginning', `Delete>${ID}`, 0],
  ['nothing', '', 0],
] as const)
  t.equal(countOf(text), count, `ItemCounter counts ${name}`)

const KINDS = [
  `<t:Message>${ID}<t:Subject>x</t:Subject></t:Message>`,
  `<t:Delete>\n  ${ID}</t:Delete>`,
  '<Task><ItemId Id="B"/></Task>',
  `<t:Item><t:MimeContent>${'A'.repeat(99)}</t:MimeContent>\r\n${ID}</t:Item>`,
  `<t:Attendee><t:Mailbox Kind="${'x'.repeat(70)}">${ID}</t:Mailbox></t:Attendee>`,
]
const response = KINDS.join('').repeat(8)

t.test('ItemCounter counts the same wherever chunks end', async t => {
  const wrong = Array.from({ length: 600 }, (_, i) => i + 1).filter(
    length => countOf(response, length) !== 24,
  )
  t.strictSame(wrong, [], 'lengths of chunks')
})

t.test('ItemCounter counts the same in two chunks of any length', async t => {
  const bytes = Buffer.from(response)
  const wrong = Array.from(bytes.keys()).filter(at => {
    const counter = new ItemCounter()
    counter.add(bytes.subarray(0, at))
    counter.add(bytes.subarray(at))
    return counter.count !== 24
  })
  t.strictSame(wrong, [], 'ends of the first chunk')
})

t.test('ItemCounter recognizes a tag of up to 257 bytes before an ID at any border', async t => {
  const deleted = (length: number) => `${'<Delete '.padEnd(length - 1, 'x')}><ItemId Id="A"/>`
  const most = (length: number) => {
    const text = `<Other>${'x'.repeat(600)}</Other>${deleted(length)}`
    return Math.max(
      ...Array.from({ length: text.length - 1 }, (_, i) => {
        const counter = new ItemCounter()
        counter.add(Buffer.from(text.slice(0, i + 1)))
        counter.add(Buffer.from(text.slice(i + 1)))
        return counter.count
      }),
    )
  }
  t.equal(most(257), 0)
  t.equal(most(258), 1, 'a longer one loses its name')
})
