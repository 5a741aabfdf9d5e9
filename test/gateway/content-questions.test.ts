/**
 * Questions of the gateway about folders and items, as an upstream receives them.
 */

import t from 'tap'
import { getFolder, getItem } from '../../src/gateway/content-questions.ts'

const ROOTS = [
  'msgfolderroot',
  'archivemsgfolderroot',
  'calendar',
  'contacts',
  'inbox',
  'notes',
  'tasks',
  'drafts',
]
const ITEM_SHAPE =
  '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>' +
  '<t:FieldURI FieldURI="item:ItemClass"/><t:FieldURI FieldURI="item:ParentFolderId"/>' +
  '<t:FieldURI FieldURI="item:IsDraft"/><t:FieldURI FieldURI="item:IsAssociated"/>' +
  '</t:AdditionalProperties></m:ItemShape>'
// PidTagAttributeHidden, and PidTagFolderType.
const FOLDER_SHAPE =
  '<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>' +
  '<t:FieldURI FieldURI="folder:FolderClass"/><t:FieldURI FieldURI="folder:ParentFolderId"/>' +
  '<t:ExtendedFieldURI PropertyTag="0x10F4" PropertyType="Boolean"/>' +
  '<t:ExtendedFieldURI PropertyTag="0x3601" PropertyType="Integer"/>' +
  '</t:AdditionalProperties></m:FolderShape>'

const own = ROOTS.map(name => `<t:DistinguishedFolderId Id="${name}"/>`).join('')
const rootsOf = (address: string) =>
  ROOTS.map(
    name =>
      `<t:DistinguishedFolderId Id="${name}"><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress>` +
      '</t:Mailbox></t:DistinguishedFolderId>',
  ).join('')

t.test('getItem() asks for classes and folders', t => {
  for (const [ids, elements] of [
    [['AAA='], '<t:ItemId Id="AAA="/>'],
    [['AAA=', 'a"&<b'], '<t:ItemId Id="AAA="/><t:ItemId Id="a&quot;&amp;&lt;b"/>'],
  ] as const)
    t.equal(getItem(ids), `<m:GetItem>${ITEM_SHAPE}<m:ItemIds>${elements}</m:ItemIds></m:GetItem>`)
  t.end()
})

t.test('getFolder() asks for classes, places, and visible roots', t => {
  for (const [ids, mailboxes, elements] of [
    [['AAA='], [], '<t:FolderId Id="AAA="/>'],
    [['AAA=', '"'], [undefined], `<t:FolderId Id="AAA="/><t:FolderId Id="&quot;"/>${own}`],
    [[], [undefined, 'b&b@example.com'], `${own}${rootsOf('b&amp;b@example.com')}`],
  ] as const)
    t.equal(
      getFolder(ids, mailboxes),
      `<m:GetFolder>${FOLDER_SHAPE}<m:FolderIds>${elements}</m:FolderIds></m:GetFolder>`,
    )
  t.end()
})
