/**
 * Creates the properties of an item from its MIME content.
 *
 * @module
 */

import { readCalendar } from './calendar-text.ts'
import { complete } from './complete.ts'
import { dateText } from './elements.ts'
import type { Exchange } from './exchange.ts'
import { type MimeMessage, mimeHeader, readAddresses } from './mime-read.ts'
import { t, type XmlElement } from './xml.ts'

/** Returns the properties in the headers, the body, and the calendar part. */
export function mimeProperties(
  exchange: Exchange,
  kind: string,
  message: MimeMessage,
): readonly XmlElement[] {
  const { html, text, calendar } = message
  const event = kind === 'CalendarItem' && calendar !== undefined ? readCalendar(calendar) : {}
  const date = Date.parse(mimeHeader(message, 'Date') ?? '')
  const body = html ?? text
  const found: readonly (readonly [string, string | undefined])[] = [
    ['Subject', mimeHeader(message, 'Subject')],
    ['InReplyTo', mimeHeader(message, 'In-Reply-To')],
    ['References', mimeHeader(message, 'References')],
    ['InternetMessageId', mimeHeader(message, 'Message-ID')],
    ['DateTimeSent', Number.isNaN(date) ? undefined : dateText(date)],
    ...Object.entries(event),
  ]
  return [
    ...found.flatMap(([name, value]) => (value === undefined ? [] : [t(name, value)])),
    ...(kind === 'CalendarItem' ? [] : mimeRecipients(exchange, message)),
    ...(body === undefined
      ? []
      : [t('Body', { BodyType: html === undefined ? 'Text' : 'HTML' }, body)]),
    t(
      'InternetMessageHeaders',
      message.headers.map(([name, value]) =>
        t('InternetMessageHeader', { HeaderName: name }, value),
      ),
    ),
  ]
}

const MIME_RECIPIENTS = [
  ['From', 'From'],
  ['Sender', 'Sender'],
  ['ToRecipients', 'To'],
  ['CcRecipients', 'Cc'],
  ['BccRecipients', 'Bcc'],
  ['ReplyTo', 'Reply-To'],
] as const

const mimeRecipients = (exchange: Exchange, message: MimeMessage): readonly XmlElement[] =>
  MIME_RECIPIENTS.map(([property, header]) => ({
    property,
    addresses: readAddresses(mimeHeader(message, header)),
  }))
    .filter(({ addresses }) => addresses.length > 0)
    .map(({ property, addresses }) =>
      complete(
        exchange,
        t(
          property,
          addresses.map(({ name, address }) =>
            t(
              'Mailbox',
              name === address ? undefined : t('Name', name),
              t('EmailAddress', address),
            ),
          ),
        ),
      ),
    )
