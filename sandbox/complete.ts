/**
 * Normalizes properties before they are stored.
 *
 * @module
 */

import { mailboxElement } from './elements.ts'
import type { Exchange } from './exchange.ts'
import { isTrue, t, type XmlElement } from './xml.ts'

const RECIPIENTS: ReadonlySet<string> = new Set([
  'BccRecipients',
  'CcRecipients',
  'From',
  'ReplyTo',
  'Sender',
  'ToRecipients',
])

const BOOLEAN = /^(Is[A-Z]|(ReminderIsSet|MeetingRequestWasSent|AllowNewTimeProposal)$)/

const ATTENDEES: ReadonlySet<string> = new Set([
  'OptionalAttendees',
  'RequiredAttendees',
  'Resources',
])

/** Normalizes a property: `1` becomes true, and recipients get their names from the address book. */
export function complete(exchange: Exchange, property: XmlElement): XmlElement {
  if (RECIPIENTS.has(property.name))
    return t(
      property.name,
      property.children.map(mailbox => completeMailbox(exchange, mailbox)),
    )
  if (BOOLEAN.test(property.name)) return t(property.name, String(isTrue(property.text)))
  if (!ATTENDEES.has(property.name)) return property
  return t(
    property.name,
    property.children.map(attendee =>
      t(
        'Attendee',
        attendee.children.map(child =>
          child.name === 'Mailbox' ? completeMailbox(exchange, child) : child,
        ),
        attendee.child('ResponseType') === undefined ? t('ResponseType', 'Unknown') : undefined,
      ),
    ),
  )
}

function completeMailbox(exchange: Exchange, mailbox: XmlElement): XmlElement {
  const address = mailbox.textAt('EmailAddress') ?? ''
  const known = exchange.byAddress(address)
  const name = mailbox.textAt('Name') || (known?.displayName ?? address)
  return mailboxElement(name, address, known === undefined ? 'OneOff' : 'Mailbox')
}
