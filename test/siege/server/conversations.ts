/**
 * FindConversation and GetConversationItems.
 *
 * @module
 */

import { itemProperty } from '../../../sandbox/item-properties.ts'
import { itemElement, readItemShape } from '../../../sandbox/item-shape.ts'
import { findFolder, folderIn } from '../../../sandbox/locate.ts'
import {
  type Call,
  message,
  type Operation,
  respond,
} from '../../../sandbox/operations/operation.ts'
import { itemId } from '../../../sandbox/references.ts'
import type { Item } from '../../../sandbox/store.ts'
import { m, t } from '../../../sandbox/xml.ts'

const conversationOf = (item: Item) => itemProperty(item, 'ConversationId')?.attribute('Id')

const messagesOf = ({ actor }: Call): readonly Item[] =>
  [...actor.primary.folders.values()].flatMap(({ items }) => [...items.values()])

/** Lists the conversations with a message in a folder, each with the IDs of all its messages in the mailbox. */
export const findConversation: Operation = call =>
  message('FindConversationResponse', () => {
    const folder = folderIn(call, call.request.child('ParentFolderId'))
    const all = Map.groupBy(messagesOf(call), conversationOf)
    const found = Map.groupBy(folder.items.values(), conversationOf)
    return [
      m(
        'Conversations',
        [...found].flatMap(([id, items]) =>
          id === undefined ? [] : [conversation(id, items, all.get(id) ?? [])],
        ),
      ),
    ]
  })

const conversation = (id: string, items: readonly Item[], all: readonly Item[]) =>
  t(
    'Conversation',
    t('ConversationId', { Id: id }),
    t('ConversationTopic', items[0]?.properties.get('Subject')?.text ?? ''),
    t('MessageCount', String(items.length)),
    t('GlobalMessageCount', String(all.length)),
    t(
      'ItemIds',
      items.map(item => itemId(item)),
    ),
    t(
      'GlobalItemIds',
      all.map(item => itemId(item)),
    ),
  )

/** Returns the messages of conversations in the whole mailbox, except those in ignored folders. */
export const getConversationItems: Operation = call => {
  const shape = readItemShape(call.request.child('ItemShape'))
  return respond('GetConversationItems', call.request.listAt('Conversations'), asked => {
    const ignored = call.request.listAt('FoldersToIgnore').map(id => findFolder(call, id))
    const id = asked.child('ConversationId')?.attribute('Id') ?? ''
    const items = messagesOf(call).filter(
      item => conversationOf(item) === id && !ignored.includes(item.folder),
    )
    return [
      m(
        'Conversation',
        t('ConversationId', { Id: id }),
        t(
          'ConversationNodes',
          items.map(item => t('ConversationNode', t('Items', itemElement(item, shape, 'alone')))),
        ),
      ),
    ]
  })
}
