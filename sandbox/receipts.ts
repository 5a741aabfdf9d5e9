/**
 * Read receipts of messages that ask for one.
 *
 * @module
 */

import { deliver, recipientsOf } from './delivery.ts'
import { mailboxElement } from './elements.ts'
import type { Exchange } from './exchange.ts'
import { isMail } from './item-properties.ts'
import { propertyMap } from './mail.ts'
import type { Mailbox } from './mailbox.ts'
import type { Item } from './store.ts'
import { isTrue, t } from './xml.ts'

/** Whether a message is marked as read. */
export const isRead = ({ properties }: Item): boolean => isTrue(properties.get('IsRead')?.text)

/** Sends a receipt to the sender of a message, if it asks for one. */
export function sendReceipt(exchange: Exchange, reader: Mailbox, item: Item) {
  const { properties } = item
  if (!isMail(item) || !isTrue(properties.get('IsReadReceiptRequested')?.text)) return
  const self = mailboxElement(reader.displayName, reader.user.primarySmtpAddress)
  deliver(exchange, reader, recipientsOf(properties, ['From']), {
    kind: 'Message',
    properties: propertyMap([
      t('ItemClass', 'REPORT.IPM.Note.IPNRN'),
      t('Subject', `Read: ${properties.get('Subject')?.text ?? ''}`),
      t('From', self),
      t('Sender', self),
    ]),
  })
}

/**
 * Marks a message as read or unread.
 *
 * @param isSuppressed - whether the request suppresses read receipts
 */
export function markRead(
  exchange: Exchange,
  reader: Mailbox,
  item: Item,
  { read, isSuppressed }: Readonly<{ read: boolean; isSuppressed: boolean }>,
) {
  const wasRead = isRead(item)
  item.properties.set('IsRead', t('IsRead', String(read)))
  item.folder.store.touchItem(item, 'read-flag')
  if (read && !wasRead && !isSuppressed) sendReceipt(exchange, reader, item)
}
