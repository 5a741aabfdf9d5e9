/**
 * Calendar items as iCalendar text, which is their MIME content.
 *
 * @module
 */

import type { Item } from './store.ts'
import type { XmlElement } from './xml.ts'

/** Time zone of all items. DavMail uses it as the user's time zone. */
const TIME_ZONE = [
  'BEGIN:VTIMEZONE',
  'TZID:UTC',
  'BEGIN:STANDARD',
  'DTSTART:16010101T000000',
  'TZOFFSETFROM:+0000',
  'TZOFFSETTO:+0000',
  'END:STANDARD',
  'END:VTIMEZONE',
]

/** Returns a VCALENDAR with one VEVENT, in UTC. */
export function writeCalendar({ properties }: Pick<Item, 'properties'>): Buffer {
  const text = (name: string) => properties.get(name)?.text
  const attendees = ['RequiredAttendees', 'OptionalAttendees', 'Resources'].flatMap(
    name => properties.get(name)?.children ?? [],
  )
  const lines = [
    'BEGIN:VCALENDAR',
    'METHOD:PUBLISH',
    'PRODID:Microsoft Exchange Server 2010',
    'VERSION:2.0',
    ...TIME_ZONE,
    'BEGIN:VEVENT',
    `UID:${escapeText(text('UID') ?? '')}`,
    `DTSTAMP:${utc(text('DateTimeStamp') ?? text('Start'))}`,
    `DTSTART:${utc(text('Start'))}`,
    `DTEND:${utc(text('End'))}`,
    `SUMMARY:${escapeText(text('Subject') ?? '')}`,
    ...(text('Location') === undefined ? [] : [`LOCATION:${escapeText(text('Location') ?? '')}`]),
    ...organizer(properties.get('Organizer')),
    ...attendees.map(attendee => `ATTENDEE:mailto:${attendee.textAt('Mailbox', 'EmailAddress')}`),
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ]
  return Buffer.from(lines.map(fold).join('\r\n'))
}

/** Returns the properties of the event in iCalendar text. */
export function readCalendar(calendar: string): Readonly<Record<string, string>> {
  const event = /BEGIN:VEVENT(.*?)END:VEVENT/s.exec(calendar.replace(/\r?\n[ \t]/g, ''))?.[1] ?? ''
  const found: Record<string, string> = {}
  for (const line of event.split(/\r?\n/)) {
    const [, name = '', value = ''] = /^([A-Z-]+)[^:]*:(.*)$/.exec(line) ?? []
    const property = PROPERTIES[name]
    if (property === undefined) continue
    found[property] ??= name.startsWith('DT') ? readDate(value) : unescapeText(value)
  }
  return found
}

const PROPERTIES: Readonly<Record<string, string>> = {
  DTEND: 'End',
  DTSTART: 'Start',
  LOCATION: 'Location',
  SUMMARY: 'Subject',
  UID: 'UID',
}

const organizer = (property: XmlElement | undefined) => {
  const address = property?.textAt('Mailbox', 'EmailAddress')
  return address === undefined ? [] : [`ORGANIZER:mailto:${address}`]
}

const utc = (date: string | undefined) =>
  `${new Date(date ?? 0).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`

const readDate = (value: string) =>
  value.replace(
    /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z?)?.*$/,
    (_, year, month, day, hour = '00', minute = '00', second = '00') =>
      `${year}-${month}-${day}T${hour}:${minute}:${second}Z`,
  )

const escapeText = (text: string) => text.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n')
const unescapeText = (text: string) => text.replace(/\\n/gi, '\n').replace(/\\(.)/g, '$1')
const fold = (line: string) => line.replace(/.{72}(?!$)/g, '$&\r\n ')
