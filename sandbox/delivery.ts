/**
 * Sends messages inside the sandbox: to the inboxes of its own mailboxes.
 *
 * @module
 */

import { dateText, mailboxElement, newMessageId } from './elements.ts'
import type { Exchange } from './exchange.ts'
import { ResponseError } from './fault.ts'
import { distinguishedFolder, type Mailbox } from './mailbox.ts'
import { sentOf } from './sent.ts'
import type { NewItem } from './store.ts'
import { t, type XmlElement } from './xml.ts'

type Properties = Map<string, XmlElement>

/** Returns recipients of a message, or attendees of a meeting. */
export const recipientsOf = (
  properties: ReadonlyMap<string, XmlElement>,
  names: readonly string[] = ['ToRecipients', 'CcRecipients', 'BccRecipients'],
): readonly string[] =>
  names
    .flatMap(name => properties.get(name)?.children ?? [])
    .map(entry => entry.textAt('EmailAddress') ?? entry.textAt('Mailbox', 'EmailAddress') ?? '')
    .filter(address => address !== '')

/**
 * Delivers a message to its recipients, and marks it as sent.
 *
 * @throws ResponseError if it has no recipients, or if its sender is another user and the sandbox checks
 * that
 */
export function send(exchange: Exchange, sender: Mailbox, message: NewItem) {
  const recipients = recipientsOf(message.properties)
  if (recipients.length === 0) throw new ResponseError('ErrorInvalidRecipients')
  checkSender(exchange, sender, message.properties)
  stamp(exchange, sender, message.properties)
  deliver(exchange, sender, recipients, {
    ...message,
    properties: received(exchange, message.properties),
  })
}

/** Puts a copy into the inbox of every recipient with a mailbox in the sandbox, and records that it was sent. */
export function deliver(
  exchange: Exchange,
  sender: Mailbox,
  recipients: readonly string[],
  message: NewItem,
) {
  exchange.noteSent(sentOf(sender.user.primarySmtpAddress, recipients, message.properties))
  const mailboxes = recipients
    .flatMap(address => exchange.expand(address))
    .map(address => exchange.byAddress(address))
  for (const mailbox of new Set(mailboxes)) {
    const inbox = mailbox && distinguishedFolder(mailbox, 'inbox')
    inbox?.store.addItem(inbox, { ...message, properties: new Map(message.properties) }, 'NewMail')
  }
}

function checkSender(exchange: Exchange, sender: Mailbox, properties: Properties) {
  for (const name of ['From', 'Sender']) {
    const address = properties.get(name)?.textAt('Mailbox', 'EmailAddress')
    if (address === undefined) continue
    const owner = exchange.byAddress(address)
    if (owner === undefined || !exchange.mayOpen(sender, owner.primary))
      exchange.behavior.apply(
        'send-as',
        exchange.gromox ? undefined : new ResponseError('ErrorSendAsDenied'),
      )
  }
}

/** Sets the properties that a message gets when it is sent. */
function stamp(exchange: Exchange, sender: Mailbox, properties: Properties) {
  const self = mailboxElement(sender.displayName, sender.user.primarySmtpAddress)
  const now = dateText(exchange.now())
  if (!exchange.gromox || !properties.has('Sender')) properties.set('Sender', t('Sender', self))
  if (!properties.has('From')) properties.set('From', t('From', self))
  if (!properties.has('InternetMessageId'))
    properties.set('InternetMessageId', t('InternetMessageId', newMessageId()))
  properties.set('DateTimeSent', t('DateTimeSent', now))
  properties.set('DateTimeReceived', t('DateTimeReceived', now))
  properties.set('IsDraft', t('IsDraft', 'false'))
  properties.set('IsRead', t('IsRead', 'true'))
  properties.set('IsFromMe', t('IsFromMe', 'true'))
}

function received(exchange: Exchange, sent: Properties): Properties {
  const properties = new Map(sent)
  properties.delete('BccRecipients')
  properties.set('IsRead', t('IsRead', 'false'))
  properties.set('IsFromMe', t('IsFromMe', 'false'))
  properties.set('DateTimeReceived', t('DateTimeReceived', dateText(exchange.now())))
  return properties
}
