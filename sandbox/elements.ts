/**
 * Elements that many responses contain.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { t } from './xml.ts'

/** Returns a time in RFC 3339 without fractions, in UTC. */
export const dateText = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** Returns a `Mailbox` with the given content. */
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

/** Returns a new, unique Message-ID. */
export const newMessageId = () => `<${randomUUID().replaceAll('-', '')}@ex1.sandbox.example.com>`
