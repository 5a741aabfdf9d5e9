/**
 * The class and the place of a folder, as a response to GetFolder contains them.
 */

import t from 'tap'
import { readResponse } from '../../src/ews/response-reader.ts'
import type { FoundFolder } from '../../src/ews/stored-folder.ts'
import { responseTo } from '../kit/responses.ts'

/** Reads the only folder in a response; undefined if neither its class nor its place is known. */
function folderOf(content: string, element = 'Folder'): FoundFolder | undefined {
  const folder = `<t:${element}><t:FolderId Id="a"/>${content}</t:${element}>`
  const message = `<m:ResponseCode>NoError</m:ResponseCode><m:Folders>${folder}</m:Folders>`
  const { messages } = readResponse(Buffer.from(responseTo('GetFolder', message)), 'GetFolder')
  const { folders } = messages[0] as { folders?: readonly FoundFolder[] }
  return folders?.[0]
}

const PARENT = '<t:ParentFolderId Id="p"/>'
const ofClass = (text: string) => `<t:FolderClass>${text}</t:FolderClass>`
const value = (text: string) => `<t:Value>${text}</t:Value>`
const extended = (content: string) => `<t:ExtendedProperty>${content}</t:ExtendedProperty>`
const property = (tag: string, text: string) =>
  extended(`<t:ExtendedFieldURI PropertyTag="${tag}" PropertyType="Integer"/>${value(text)}`)
const type = (text: string) => property('0x3601', text)
const hidden = (text: string) => property('0x10f4', text)

const FOUND: FoundFolder = {
  id: 'a',
  parentId: 'p',
  container: '',
  isGeneric: false,
  isHidden: false,
}

for (const [name, content, found] of [
  ['a place', PARENT, {}],
  ['a class and a place', PARENT + ofClass('IPF.Note'), { container: 'IPF.Note' }],
  [
    'a class before a property',
    PARENT + ofClass('IPF.Note') + type('1'),
    { container: 'IPF.Note', isGeneric: true },
  ],
  ['a class alone', ofClass('IPF.Note'), { container: 'IPF.Note', parentId: undefined }],
  ['an empty class', PARENT + ofClass(''), {}],
  ['a class around an element', PARENT + ofClass('IPF.<t:x/>Note'), {}],
  [
    'a place without an ID',
    `<t:ParentFolderId/>${ofClass('x')}`,
    { container: 'x', parentId: undefined },
  ],
  ['items of its own', PARENT + type('1'), { isGeneric: true }],
  ['items of its own, twice', PARENT + type('1') + type('1'), { isGeneric: true }],
  ['a type of a search before one of items', PARENT + type('2') + type('1'), {}],
  ['a type of a search after one of items', PARENT + type('1') + type('2'), {}],
  ['the next property', PARENT + property('0x3602', '1'), {}],
  [
    'another property between them',
    PARENT + type('1') + property('0x3602', '2'),
    { isGeneric: true },
  ],
  ['any property', PARENT + property('0x3601001F', '1'), { isHidden: true }],
  ['a hidden folder', PARENT + hidden('true'), { isHidden: true }],
  [
    'a hidden folder, then a visible one',
    PARENT + hidden('true') + hidden('false'),
    { isHidden: true },
  ],
  ['a visible folder', PARENT + hidden('false') + hidden('0'), {}],
  ['a hidden property around an element', PARENT + hidden('<t:x/>false'), { isHidden: true }],
  [
    'a value without a property after one of a type',
    PARENT + type('1') + extended(value('2')),
    { isGeneric: true },
  ],
  [
    'a property in the wrong element',
    `${PARENT}<t:ExtendedProperty PropertyTag="0x10f4">${value('true')}</t:ExtendedProperty>`,
    {},
  ],
  ['a value without a property', PARENT + extended(value('true')), {}],
] as const)
  t.strictSame(folderOf(content), { ...FOUND, ...found }, `readResponse() reads ${name}`)

t.equal(
  readResponse(
    Buffer.from(
      responseTo(
        'GetFolder',
        `<m:ResponseCode>NoError</m:ResponseCode><m:Folders><t:Folder>${PARENT}</t:Folder></m:Folders>`,
      ),
    ),
    'GetFolder',
  ).messages[0]?.folders,
  undefined,
  'readResponse() finds no folder without an ID',
)
t.equal(folderOf(''), undefined, 'readResponse() finds no folder without a class and a place')
t.equal(folderOf(type('1') + hidden('true')), undefined, 'properties are neither')
t.strictSame(
  folderOf(PARENT + type('1'), 'SearchFolder'),
  FOUND,
  'readResponse() finds no items of its own in a search folder',
)
t.strictSame(
  folderOf(PARENT + type('1'), 'CalendarFolder'),
  { ...FOUND, isGeneric: true },
  'readResponse() finds items of its own in a calendar',
)
