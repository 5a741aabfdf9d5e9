/**
 * Reads the ORGANIZER of calendar content: iCalendar text, or a `text/calendar` part at any depth of a
 * message, including attached messages.
 *
 * @module
 */

import { calendarParts } from './mime-read.ts'

export type Organizer = Readonly<{ name: string; address: string }>

const CALENDAR = /^[\ufeff\s]*BEGIN:VCALENDAR/i
const ORGANIZER = /^ORGANIZER((?:;[^=:]+=(?:"[^"]*"|[^":;]*))*):(?:\s*mailto:)?\s*(\S+@\S+)\s*$/im

/** Returns the first organizer in MIME content, or undefined if there is none. */
export function organizerOf(mime: Buffer): Organizer | undefined {
  const text = mime.toString('utf8')
  const calendars = CALENDAR.test(text) ? [text] : calendarParts(mime)
  for (const calendar of calendars) {
    const [, parameters = '', address] = ORGANIZER.exec(calendar.replace(/\r?\n[ \t]/g, '')) ?? []
    if (address === undefined) continue
    const name = /;CN=(?:"([^"]*)"|([^";:]*))/i.exec(parameters)
    return { name: name?.[1] ?? name?.[2] ?? address, address }
  }
  return undefined
}
