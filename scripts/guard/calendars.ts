/**
 * Calendar content, and messages with a calendar somewhere inside.
 *
 * @module
 */

import { ALICE, BOB, base64, CAROL } from './row.ts'

/** Lines as iCalendar text and MIME have them. */
export const lines = (...text: readonly string[]) => text.join('\r\n')

/** Returns a calendar with one event that has these lines. */
export const calendar = (...event: readonly string[]) =>
  lines(
    'BEGIN:VCALENDAR',
    'METHOD:REQUEST',
    'VERSION:2.0',
    'BEGIN:VEVENT',
    'UID:row',
    'DTSTART:20270101T100000Z',
    'DTEND:20270101T110000Z',
    `ATTENDEE:mailto:${CAROL}`,
    ...event,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  )

export const BOBS = calendar(`ORGANIZER:mailto:${BOB}`)
export const OWN = calendar(`ORGANIZER:mailto:${ALICE}`)

const HEAD = lines(`From: ${ALICE}`, `To: ${CAROL}`, 'Subject: Row', 'MIME-Version: 1.0')

/** A whole message of Alice: its part with headers of its own. */
export const mail = (part: string) => lines(HEAD, part)

/** A part with a text and its transfer encoding. */
export const part = (
  type: string,
  text: string | Buffer,
  encoding = '8bit',
  more: readonly string[] = [],
) =>
  lines(
    `Content-Type: ${type}`,
    ...more,
    `Content-Transfer-Encoding: ${encoding}`,
    '',
    encoded(text, encoding.trim().toLowerCase()),
  )

export const plain = part('text/plain', 'Hello')

/** A multipart, whose boundary is different at every depth. */
export const multipart = (parts: readonly string[], subtype = 'mixed', depth = 0) =>
  lines(
    `Content-Type: multipart/${subtype}; boundary="b${depth}"`,
    '',
    'This is a message in several parts.',
    ...parts.flatMap(inner => [`--b${depth}`, inner]),
    `--b${depth}--`,
    '',
  )

/** A part inside a number of multiparts. */
export const nested = (depth: number, inner: string): string =>
  depth === 0 ? inner : nested(depth - 1, multipart([plain, inner], 'mixed', depth))

/** A message inside a message. */
export const attached = (message: string) => lines('Content-Type: message/rfc822', '', message)

function encoded(text: string | Buffer, encoding: string): string {
  if (encoding === 'base64') return base64(text).replace(/(.{76})/g, '$1\r\n')
  if (encoding !== 'quoted-printable') return String(text)
  return String(text)
    .split('\r\n')
    .map(line => line.replace(/[=A-E]/g, hexOf).replace(/(?:=..|[^=]){20}(?!$)/g, '$&=\r\n'))
    .join('\r\n')
}

const hexOf = (character: string) =>
  `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
