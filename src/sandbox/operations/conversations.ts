/**
 * ApplyConversationAction: applies an action once, or permanently to every message of a conversation.
 *
 * @module
 */

import { ResponseError } from '../fault.ts'
import { itemProperty } from '../item-properties.ts'
import type { Item } from '../store.ts'
import { t, type XmlElement } from '../xml.ts'
import { type Call, type Operation, respond } from './operation.ts'

/** Pattern of permanent actions. Each of them creates an inbox rule. */
const STANDING = /^\s*(always|update)/i

/** Marks or deletes the messages of a conversation, or stores an action for later ones. */
export const applyConversationAction: Operation = call =>
  respond('ApplyConversationAction', call.request.listAt('ConversationActions'), element => {
    const action = element.textAt('Action') ?? ''
    const id = element.child('ConversationId')?.attribute('Id')
    if (action.trim() === '' || id === undefined) throw new ResponseError('ErrorInvalidOperation')
    if (STANDING.test(action)) call.actor.conversationActions.set(id, action.trim())
    else for (const item of itemsOf(call, id)) apply(item, action, element)
    return []
  })

const itemsOf = ({ actor }: Call, id: string): readonly Item[] =>
  [...actor.primary.folders.values()]
    .flatMap(({ items }) => [...items.values()])
    .filter(item => itemProperty(item, 'ConversationId')?.attribute('Id') === id)

function apply(item: Item, action: string, element: XmlElement) {
  const { store } = item.folder
  if (action === 'Delete') store.removeItem(item)
  if (action !== 'SetReadState') return
  item.properties.set('IsRead', t('IsRead', element.textAt('IsRead') ?? 'true'))
  store.touchItem(item, 'read-flag')
}
