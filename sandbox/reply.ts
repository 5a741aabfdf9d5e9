/**
 * Replies and forwards: messages that are created from another one.
 *
 * @module
 */

import { foldName } from '../src/model/identity.ts'
import { complete } from './complete.ts'
import { composeItem } from './compose-item.ts'
import type { Exchange } from './exchange.ts'
import type { Mailbox } from './mailbox.ts'
import type { Item, NewItem } from './store.ts'
import { t, type XmlElement } from './xml.ts'

type ReplyKind = 'ReplyToItem' | 'ReplyAllToItem' | 'ForwardItem'

const PREFIX: Readonly<Record<ReplyKind, string>> = {
  ForwardItem: 'FW: ',
  ReplyAllToItem: 'RE: ',
  ReplyToItem: 'RE: ',
}

/** Whether a child of CreateItem's Items is a reply or forward. */
export const isReply = (name: string): name is ReplyKind => Object.hasOwn(PREFIX, name)

/** Returns the message that replies to an item or forwards it. Values in the element take precedence. */
export function replyTo(
  exchange: Exchange,
  actor: Mailbox,
  original: Item,
  element: XmlElement,
): NewItem {
  const kind = isReply(element.name) ? element.name : 'ReplyToItem'
  const subject = original.properties.get('Subject')?.text ?? ''
  const messageId = original.properties.get('InternetMessageId')?.text
  const properties = new Map<string, XmlElement>()
  const set = (property: XmlElement | undefined) =>
    property && properties.set(property.name, property)
  set(t('ItemClass', 'IPM.Note'))
  set(t('Subject', subject.startsWith(PREFIX[kind]) ? subject : PREFIX[kind] + subject))
  set(bodyOf(original, element))
  set(messageId === undefined ? undefined : t('InReplyTo', messageId))
  set(messageId === undefined ? undefined : t('References', messageId))
  if (kind !== 'ForwardItem') set(recipients('ToRecipients', original, actor, ['From']))
  if (kind === 'ReplyAllToItem')
    set(recipients('CcRecipients', original, actor, ['ToRecipients', 'CcRecipients']))
  for (const property of element.children)
    if (property.name !== 'ReferenceItemId' && property.name !== 'NewBodyContent')
      set(complete(exchange, property))
  if (exchange.gromox) for (const sender of givenSenders(exchange, actor, element)) set(sender)
  return {
    kind: 'Message',
    properties,
    attachments: kind === 'ForwardItem' ? original.attachments : [],
  }
}

/** Returns From and Sender according to the MAPI properties in the element. */
function givenSenders(exchange: Exchange, actor: Mailbox, element: XmlElement) {
  const { properties } = composeItem(exchange, actor.primary, element)
  return [properties.get('From'), properties.get('Sender')]
}

function recipients(
  name: string,
  { properties }: Item,
  actor: Mailbox,
  sources: readonly string[],
): XmlElement | undefined {
  const own = [actor.user.primarySmtpAddress, ...actor.user.aliases].map(foldName)
  const found = sources
    .flatMap(source => properties.get(source)?.children ?? [])
    .filter(
      mailbox =>
        name === 'ToRecipients' || !own.includes(foldName(mailbox.textAt('EmailAddress') ?? '')),
    )
  return found.length === 0 ? undefined : t(name, found)
}

function bodyOf({ properties }: Item, element: XmlElement): XmlElement {
  const fresh = element.child('NewBodyContent') ?? element.child('Body')
  const old = properties.get('Body')
  const type = fresh?.attribute('BodyType') ?? old?.attribute('BodyType') ?? 'Text'
  return t('Body', { BodyType: type }, `${fresh?.text ?? ''}\r\n${old?.text ?? ''}`)
}
