/**
 * The initial content of a mailbox: mail with attachments, a calendar, contacts, and an archive. It is the same for
 * all users, except for names. Times are relative to the current time.
 *
 * @module
 */

import { dateText, mailboxElement } from './elements.ts'
import type { Exchange } from './exchange.ts'
import { propertyMap } from './mail.ts'
import { folderOf, type Mailbox } from './mailbox.ts'
import { type Person, person, pick, seedArchive, seedMail } from './seed-mail.ts'
import { t } from './xml.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Fills a mailbox. */
export function seedMailbox(exchange: Exchange, mailbox: Mailbox) {
  const others = exchange.mailboxes.filter(
    other => other !== mailbox && other !== exchange.service && other.user.empty !== true,
  )
  const friends = (others.length > 0 ? others : [mailbox]).map(person)
  seedMail(exchange, mailbox, friends)
  seedCalendar(exchange, mailbox, friends)
  seedContacts(exchange, mailbox, friends)
  seedArchive(exchange, mailbox)
  seedConfigurations(mailbox)
}

function seedCalendar(exchange: Exchange, mailbox: Mailbox, friends: readonly Person[]) {
  const calendar = folderOf(mailbox, 'calendar')
  const midnight = Math.floor(exchange.now() / DAY) * DAY
  const event = (subject: string, location: string, startMs: number, lengthMs: number) =>
    propertyMap([
      t('ItemClass', 'IPM.Appointment'),
      t('Subject', subject),
      t('Body', { BodyType: 'Text' }, subject),
      t('UID', crypto.randomUUID().toUpperCase()),
      t('DateTimeStamp', dateText(exchange.now())),
      t('Start', dateText(midnight + startMs)),
      t('End', dateText(midnight + startMs + lengthMs)),
      t('IsAllDayEvent', String(lengthMs >= DAY)),
      t('LegacyFreeBusyStatus', lengthMs >= DAY ? 'Free' : 'Busy'),
      t('Location', location),
      t('Organizer', mailboxElement(mailbox.displayName, mailbox.user.primarySmtpAddress)),
    ])
  const friend = pick(friends, 0)
  const attendee = t(
    'Attendee',
    mailboxElement(friend.name, friend.address),
    t('ResponseType', 'Accept'),
  )
  const meeting = event('Planning', 'Room 1', DAY + 9 * HOUR, HOUR)
  meeting.set('RequiredAttendees', t('RequiredAttendees', attendee))
  const events = [
    meeting,
    event('Dentist', 'Main Street 1', 2 * DAY + 14 * HOUR, HOUR / 2),
    event('Holiday', '', 7 * DAY, DAY),
    event('Review', 'Room 2', -6 * DAY + 10 * HOUR, 2 * HOUR),
  ]
  for (const properties of events)
    calendar.store.addItem(calendar, { kind: 'CalendarItem', properties })
}

function seedContacts(exchange: Exchange, mailbox: Mailbox, friends: readonly Person[]) {
  const contacts = folderOf(mailbox, 'contacts')
  const outside = { name: 'Erika Mustermann', address: 'erika@partner.example' }
  for (const { name, address } of [...friends.slice(0, 3), outside]) {
    const [givenName = name, ...surnames] = name.split(' ')
    const properties = propertyMap([
      t('ItemClass', 'IPM.Contact'),
      t('Subject', name),
      t('FileAs', name),
      t('DisplayName', name),
      t('GivenName', givenName),
      t('CompanyName', 'Example'),
      t('EmailAddresses', t('Entry', { Key: 'EmailAddress1' }, address)),
      t('PhoneNumbers', t('Entry', { Key: 'BusinessPhone' }, '+1 555 0100')),
      t('Surname', surnames.join(' ')),
      t('DateTimeReceived', dateText(exchange.now())),
    ])
    contacts.store.addItem(contacts, { kind: 'Contact', properties })
  }
}

const OWA_OPTIONS = [
  ['timezone', 'UTC'],
  ['timeformat', 'HH:mm'],
  ['dateformat', 'yyyy-MM-dd'],
] as const

function seedConfigurations(mailbox: Mailbox) {
  const root = folderOf(mailbox, 'root')
  const text = (value: string, name: 'DictionaryKey' | 'DictionaryValue') =>
    t(name, t('Type', 'String'), t('Value', value))
  const entries = OWA_OPTIONS.map(([key, value]) =>
    t('DictionaryEntry', text(key, 'DictionaryKey'), text(value, 'DictionaryValue')),
  )
  mailbox.configurations.set(
    `${root.counter} OWA.UserOptions`,
    t('UserConfiguration', t('Dictionary', entries)),
  )
}
