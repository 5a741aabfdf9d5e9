/**
 * Sent mail, with the sender that its recipients see.
 *
 * @module
 */

import type { XmlElement } from './xml.ts'

/** A mailbox in a header of a sent message. */
export type SentMailbox = Readonly<{ name: string; address: string; routingType: string }>

/** A sent message. */
export type Sent = Readonly<{
  /** Primary address of the user that the request acted as. */
  as: string
  from: SentMailbox
  sender: SentMailbox
  to: readonly string[]
  subject: string
  itemClass: string
}>

/** Returns the record of a message, from its properties after it was sent. */
export const sentOf = (
  as: string,
  to: readonly string[],
  properties: ReadonlyMap<string, XmlElement>,
): Sent => ({
  as,
  from: mailboxIn(properties.get('From')),
  sender: mailboxIn(properties.get('Sender')),
  to,
  subject: properties.get('Subject')?.text ?? '',
  itemClass: properties.get('ItemClass')?.text ?? '',
})

const mailboxIn = (property: XmlElement | undefined): SentMailbox => ({
  name: property?.textAt('Mailbox', 'Name') ?? '',
  address: property?.textAt('Mailbox', 'EmailAddress') ?? '',
  routingType: property?.textAt('Mailbox', 'RoutingType') ?? 'SMTP',
})
