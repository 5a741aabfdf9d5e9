/**
 * ApplyConversationAction: applies an action once, or permanently to every message of a conversation.
 *
 * @module
 */

import { ResponseError } from '../fault.ts'
import { itemProperty } from '../item-properties.ts'
import { folderIn } from '../locate.ts'
import { markRead } from '../receipts.ts'
import { type Item, MailStore } from '../store.ts'
import { isTrue, t, type XmlElement } from '../xml.ts'
import { bin } from './folders.ts'
import { type Call, type Operation, respond } from './operation.ts'

/** Pattern of permanent actions. Each of them creates an inbox rule. */
const STANDING = /^\s*(always|update)/i

/** Marks, moves, copies, or deletes the messages of a conversation, or stores an action for later ones. */
export const applyConversationAction: Operation = call =>
  respond('ApplyConversationAction', call.request.listAt('ConversationActions'), element => {
    const action = element.textAt('Action') ?? ''
    const id = element.child('ConversationId')?.attribute('Id')
    if (action.trim() === '' || id === undefined) throw new ResponseError('ErrorInvalidOperation')
    if (STANDING.test(action)) call.actor.conversationActions.set(id, action.trim())
    else for (const item of itemsOf(call, id, element)) apply(call, item, action, element)
    return []
  })

/** Returns the messages of a conversation: those in the context folder, or in all folders of the mailbox without one. */
function itemsOf(call: Call, id: string, element: XmlElement): readonly Item[] {
  const context = element.child('ContextFolderId')
  const folders =
    context === undefined ? [...call.actor.primary.folders.values()] : [folderIn(call, context)]
  return folders
    .flatMap(({ items }) => [...items.values()])
    .filter(item => itemProperty(item, 'ConversationId')?.attribute('Id') === id)
}

function apply(call: Call, item: Item, action: string, element: XmlElement) {
  const { store } = item.folder
  if (action === 'Delete') {
    const target = bin(store, element.textAt('DeleteType') ?? 'HardDelete')
    if (target === undefined || target === item.folder) store.removeItem(item)
    else MailStore.moveItem(item, target)
  }
  if (action === 'Move')
    MailStore.moveItem(item, folderIn(call, element.child('DestinationFolderId')))
  if (action === 'Copy')
    MailStore.copyItem(item, folderIn(call, element.child('DestinationFolderId')))
  if (action === 'Flag') {
    item.properties.set('Flag', element.child('Flag') ?? t('Flag', t('FlagStatus', 'NotFlagged')))
    store.touchItem(item)
  }
  if (action === 'SetRetentionPolicy') {
    const tag = element.textAt('RetentionPolicyType') === 'Archive' ? 'ArchiveTag' : 'PolicyTag'
    item.properties.set(tag, t(tag, element.textAt('RetentionPolicyTagId') ?? ''))
    store.touchItem(item)
  }
  if (action === 'SetReadState')
    markRead(call.exchange, call.actor, item, {
      read: isTrue(element.textAt('IsRead') ?? 'true'),
      isSuppressed: isTrue(element.textAt('SuppressReadReceipts')),
    })
}
