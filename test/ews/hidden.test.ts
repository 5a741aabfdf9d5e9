/**
 * R14: hidden items, and actions that outlive their request. R13: read receipts.
 */

import t from 'tap'
import { type Case, guardOn } from '../policy/guard-cases.ts'

const SAVED = 'MessageDisposition="SaveOnly"'
const RULES: Case = { guard: { inboxRules: true } }
const QUIET: Case = { guard: { sending: false } }

const createItem = (content: string) =>
  `<m:CreateItem ${SAVED}><m:Items><t:Message>${content}</t:Message></m:Items></m:CreateItem>`
const updateItem = (content: string, attributes = '') =>
  `<m:UpdateItem ${SAVED} ConflictResolution="AlwaysOverwrite"${attributes}><m:ItemChanges><t:ItemChange>` +
  `<t:Updates><t:SetItemField>${content}</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`
const associated = (text: string) => `<t:IsAssociated>${text}</t:IsAssociated>`
const field = (name: string) => `<t:FieldURI FieldURI="${name}"/>`
const property = (tag: string) =>
  `<t:ExtendedFieldURI PropertyTag="${tag}" PropertyType="Boolean"/>`
const actions = (...contents: readonly string[]) =>
  `<m:ApplyConversationAction><m:ConversationActions>${contents
    .map(content => `<t:ConversationAction>${content}</t:ConversationAction>`)
    .join('')}</m:ConversationActions></m:ApplyConversationAction>`
const action = (name: string, rest = '') => `<t:Action>${name}</t:Action>${rest}`
const suppress = (text: string) => `<t:SuppressReadReceipts>${text}</t:SuppressReadReceipts>`
const markAll = (content: string) =>
  `<m:MarkAllItemsAsRead><m:ReadFlag>true</m:ReadFlag>${content.replaceAll('t:', 'm:')}</m:MarkAllItemsAsRead>`

for (const [name, request, hidden] of [
  ['an item that says nothing', createItem('<t:Subject>x</t:Subject>'), false],
  ['an item that is not hidden', createItem(associated('false')), false],
  ['nor by number', createItem(associated(' 0 ')), false],
  ['a hidden item', createItem(associated('true')), true],
  ['a hidden item by number', createItem(associated('1')), true],
  ['a hidden item in capitals', createItem(associated('TRUE')), true],
  ['a hidden item by nonsense', createItem(associated('yes')), true],
  ['a hidden item by an empty element', createItem('<t:IsAssociated/>'), true],
  ['a hidden item by a long text', createItem(associated('false'.padEnd(2_000))), true],
  [
    'a hidden item in the other namespace',
    createItem('<m:IsAssociated>true</m:IsAssociated>'),
    true,
  ],
  ['a hidden item by references', createItem(associated('&#116;rue')), true],
  ['the second of two', createItem(associated('false') + associated('true')), true],
  ['the first of two', createItem(associated('true') + associated('false')), true],
  ['an item that becomes hidden', updateItem(associated('true')), true],
  ['an item that becomes hidden by its field', updateItem(field('item:IsAssociated')), true],
  ['another field', updateItem(field('item:Subject')), false],
  [
    'hidden items that are read',
    '<m:GetItem><t:IsAssociated>true</t:IsAssociated></m:GetItem>',
    false,
  ],
  ['one move', actions(action('Move')), false],
  ['one deletion', actions(action('Delete')), false],
  ['one copy', actions(action('Copy')), false],
  ['one flag', actions(action('Flag')), false],
  ['one retention policy', actions(action('SetRetentionPolicy')), false],
  ['a read state', actions(action('SetReadState', suppress('true'))), false],
  ['deletions from now on', actions(action('AlwaysDelete')), true],
  ['moves from now on', actions(action('AlwaysMove')), true],
  ['categories from now on', actions(action('AlwaysCategorize')), true],
  ['an unknown action', actions(action('UpdateAlwaysCategorizeRule')), true],
  ['an action in other letters', actions(action('move')), true],
  ['an action with a blank', actions(action(' Move')), true],
  ['an action that is empty', actions('<t:Action/>'), true],
  ['the second of two actions', actions(action('Move') + action('AlwaysMove')), true],
  ['the first of two actions', actions(action('AlwaysMove') + action('Move')), true],
  ['an action on the second conversation', actions(action('Move'), action('AlwaysDelete')), true],
  [
    'deletions by another element',
    actions(action('Move', '<t:EnableAlwaysDelete>true</t:EnableAlwaysDelete>')),
    true,
  ],
  [
    'deletions by the word of another action',
    actions(action('Move', '<t:EnableAlwaysDelete>Move</t:EnableAlwaysDelete>')),
    true,
  ],
  [
    'deletions that end',
    actions(action('Move', '<t:EnableAlwaysDelete>false</t:EnableAlwaysDelete>')),
    true,
  ],
  ['an action in the other namespace', actions('<m:Action>AlwaysMove</m:Action>'), true],
] as const) {
  t.equal(guardOn(request), hidden ? 'operation-refused' : undefined, `R14 ${name}`)
  if (!hidden) continue
  t.equal(guardOn(request, RULES), undefined, `R14 by switch: ${name}`)
  t.equal(guardOn(request, { type: 'READ_ONLY', ...RULES }), 'role-is-read-only', `P4 ${name}`)
}

for (const [name, request, sends] of [
  ['all items as read', markAll(suppress('false')), true],
  ['all items as read, without a word on receipts', markAll(''), true],
  ['all items as read, without receipts', markAll(suppress('true')), false],
  ['all items as read, without receipts by number', markAll(suppress('1')), false],
  ['all items as read, in capitals', markAll(suppress('TRUE')), true],
  ['all items as read, with a blank', markAll(suppress(' true')), true],
  ['all items as read, first not', markAll(suppress('false') + suppress('true')), true],
  ['all items as read, then not', markAll(suppress('true') + suppress('false')), true],
  ['a conversation as read', actions(action('SetReadState')), true],
  [
    'a conversation as read, without receipts',
    actions(action('SetReadState', suppress('true'))),
    false,
  ],
  ['a conversation, receipts first', actions(suppress('true') + action('SetReadState')), false],
  [
    'the second conversation',
    actions(action('SetReadState', suppress('true')), action('SetReadState')),
    true,
  ],
  [
    'the first conversation',
    actions(action('SetReadState'), action('SetReadState', suppress('true'))),
    true,
  ],
  [
    'the first, with two words in the second',
    actions(action('SetReadState'), action('SetReadState', suppress('true') + suppress('true'))),
    true,
  ],
  ['a conversation that moves', actions(action('Move')), false],
  [
    'a conversation inside another',
    actions(
      `${action('SetReadState')}<t:ConversationAction>${suppress('true')}</t:ConversationAction>`,
    ),
    true,
  ],
  [
    'a conversation after one inside it',
    actions(
      `<t:ConversationAction>${action('Move')}</t:ConversationAction>${action('SetReadState')}`,
    ),
    true,
  ],
  [
    'conversations, with the attribute of another operation',
    actions(action('SetReadState')).replace('Action>', 'Action SuppressReadReceipts="true">'),
    true,
  ],
  ['an item as read', updateItem(field('message:IsRead')), true],
  [
    'an item as read, without receipts',
    updateItem(field('message:IsRead'), ' SuppressReadReceipts="true"'),
    false,
  ],
  [
    'an item as read, with receipts',
    updateItem(field('message:IsRead'), ' SuppressReadReceipts="false"'),
    true,
  ],
  [
    'an item as read, in capitals',
    updateItem(field('message:IsRead'), ' SuppressReadReceipts="True"'),
    true,
  ],
  ['an item as read by its property', updateItem(property('0x0E69')), true],
  ['an item as read by its flags', updateItem(property('0x0E07')), true],
  [
    'an item as read by its property, without receipts',
    updateItem(property('0x0E69'), ' SuppressReadReceipts="1"'),
    false,
  ],
  ['a subject', updateItem(field('item:Subject')), false],
  [
    'a new item that was read',
    createItem(
      `<t:ExtendedProperty>${property('0x0E07')}<t:Value>1</t:Value></t:ExtendedProperty>`,
    ),
    false,
  ],
] as const) {
  t.equal(guardOn(request, QUIET), sends ? 'operation-refused' : undefined, `R13 marks ${name}`)
  t.equal(guardOn(request), undefined, `R13 by switch: marks ${name}`)
}
