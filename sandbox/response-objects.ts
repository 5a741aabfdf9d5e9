/**
 * Response objects that are neither replies nor responses to meetings: votes on messages that wait for approval, accepted
 * sharing invitations, posts, and items that are added to the calendar.
 *
 * @module
 */

import { composeItem } from './compose-item.ts'
import { deliver, recipientsOf } from './delivery.ts'
import type { Exchange } from './exchange.ts'
import { folderOf, type Mailbox } from './mailbox.ts'
import { type Item, MailStore } from './store.ts'
import { t, type XmlElement } from './xml.ts'

const VOTES: Readonly<Record<string, string>> = {
  ApproveRequestItem: 'IPM.Note.Microsoft.Approval.Reply.Approve',
  RejectRequestItem: 'IPM.Note.Microsoft.Approval.Reply.Reject',
}

type Respond = (
  exchange: Exchange,
  actor: Mailbox,
  item: Item,
  element: XmlElement,
) => readonly Item[]

/** Sends a vote to the sender of the message, whatever the request's MessageDisposition is. */
const vote: Respond = (exchange, actor, item, element) => {
  const itemClass = t('ItemClass', VOTES[element.name] ?? '')
  const properties = new Map([
    [itemClass.name, itemClass],
    ...[...item.properties].filter(([name]) => name === 'Subject'),
  ])
  const message = { kind: 'Message', properties }
  deliver(exchange, actor, recipientsOf(item.properties, ['From']), message)
  return []
}

const RESPONSES: Readonly<Record<string, Respond>> = {
  ApproveRequestItem: vote,
  RejectRequestItem: vote,
  AcceptSharingInvitation: (_exchange, actor, item) => {
    actor.accepted.add(`invitation ${item.counter}`)
    return []
  },
  AddItemToMyCalendar: (_exchange, actor, item) => [
    MailStore.copyItem(item, folderOf(actor, 'calendar')),
  ],
  PostReplyItem: (exchange, _actor, item, element) => {
    const { store } = item.folder
    const { properties } = composeItem(exchange, store, element)
    properties.set('ItemClass', t('ItemClass', 'IPM.Post'))
    return [store.addItem(item.folder, { kind: 'PostItem', properties })]
  },
}

/** Returns the function that runs a child of CreateItem's Items, if it is such a response object. */
export const responseNamed = (name: string): Respond | undefined =>
  Object.hasOwn(RESPONSES, name) ? RESPONSES[name] : undefined
