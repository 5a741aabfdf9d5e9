/**
 * Pieces that many answers are made of.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { t } from './xml.ts'

/** RFC 3339 without fractions, in UTC. */
export const dateText = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** `Mailbox` with the given content. */
export const mailboxElement = (
  name: string,
  address: string,
  type: 'Mailbox' | 'PublicDL' | 'OneOff' | 'Contact' = 'Mailbox',
) =>
  t(
    'Mailbox',
    t('Name', name),
    t('EmailAddress', address),
    t('RoutingType', 'SMTP'),
    t('MailboxType', type),
  )

/** A Message-ID that nobody else has. */
export const newMessageId = () => `<${randomUUID().replaceAll('-', '')}@ex1.sandbox.example.com>`
