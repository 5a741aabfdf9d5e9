/**
 * Meetings: invitations, cancellations, and responses to them.
 *
 * @module
 */

import { composeItem } from './compose-item.ts'
import { deliver, recipientsOf } from './delivery.ts'
import { dateText, mailboxElement } from './elements.ts'
import type { Exchange } from './exchange.ts'
import { distinguishedFolder, type Mailbox } from './mailbox.ts'
import type { Item, NewItem } from './store.ts'
import { t, type XmlElement } from './xml.ts'

/** Response type and message class of each element. */
const RESPONSES = {
  AcceptItem: ['Accept', 'IPM.Schedule.Meeting.Resp.Pos', 'Accepted: '],
  DeclineItem: ['Decline', 'IPM.Schedule.Meeting.Resp.Neg', 'Declined: '],
  TentativelyAcceptItem: ['Tentative', 'IPM.Schedule.Meeting.Resp.Tent', 'Tentative: '],
  CancelCalendarItem: ['Decline', 'IPM.Schedule.Meeting.Canceled', 'Canceled: '],
  ProposeNewTime: ['Tentative', 'IPM.Schedule.Meeting.Resp.Tent', 'New Time Proposed: '],
} as const

type MeetingResponse = keyof typeof RESPONSES

/** Whether a child of CreateItem's Items responds to an invitation or cancels a meeting. */
export const isMeetingResponse = (name: string): name is MeetingResponse =>
  Object.hasOwn(RESPONSES, name)

const EVENT_PROPERTIES = [
  ...'UID Start End Location IsAllDayEvent LegacyFreeBusyStatus Organizer'.split(' '),
  ...'RequiredAttendees OptionalAttendees Resources'.split(' '),
]
const ATTENDEES = ['RequiredAttendees', 'OptionalAttendees', 'Resources']

/** Puts a meeting request into the attendees' inboxes. */
export function invite(
  exchange: Exchange,
  organizer: Mailbox,
  event: NewItem,
  attendees: readonly string[],
) {
  const request = meetingMessage(
    exchange,
    organizer,
    event,
    'MeetingRequest',
    'IPM.Schedule.Meeting.Request',
  )
  deliver(exchange, organizer, attendees, request)
}

/** Sends cancellations to the attendees of a meeting, if it has any. */
export function cancel(exchange: Exchange, organizer: Mailbox, event: NewItem) {
  const attendees = recipientsOf(event.properties, ATTENDEES)
  const [, itemClass, prefix] = RESPONSES.CancelCalendarItem
  const message = meetingMessage(
    exchange,
    organizer,
    event,
    'MeetingCancellation',
    itemClass,
    prefix,
  )
  if (attendees.length > 0) deliver(exchange, organizer, attendees, message)
}

/**
 * Responds to an invitation, or cancels a meeting, and notifies the other people.
 *
 * @param disposition - `SaveOnly` responds without a message; a cancellation and a proposal are sent in any case
 * @returns the calendar item that is left, if any
 */
export function respondToMeeting(
  exchange: Exchange,
  actor: Mailbox,
  item: Item,
  element: XmlElement,
  disposition: string,
): readonly Item[] {
  const name = isMeetingResponse(element.name) ? element.name : 'AcceptItem'
  const [response, itemClass, prefix] = RESPONSES[name]
  const isCancel = name === 'CancelCalendarItem'
  const kind = isCancel ? 'MeetingCancellation' : 'MeetingResponse'
  const message = meetingMessage(exchange, actor, item, kind, itemClass, prefix)
  if (exchange.gromox) {
    const given = composeItem(exchange, actor.primary, element).properties
    for (const name of ['From', 'Sender']) {
      const sender = given.get(name)
      if (sender !== undefined) message.properties.set(name, sender)
    }
  }
  const others = recipientsOf(item.properties, isCancel ? ATTENDEES : ['Organizer'])
  const organizer = item.properties.get('Organizer')?.textAt('Mailbox', 'EmailAddress')
  const recipients = isCancel || organizer === undefined ? others : [organizer]
  const isSent = isCancel || name === 'ProposeNewTime' || disposition !== 'SaveOnly'
  if (isSent) deliver(exchange, actor, recipients, message)
  item.folder.store.removeItem(item)
  if (response === 'Decline') return []
  const calendar = distinguishedFolder(actor, 'calendar')
  if (calendar === undefined) return []
  const properties = eventProperties(item)
  properties.set('MyResponseType', t('MyResponseType', response))
  return [calendar.store.addItem(calendar, { kind: 'CalendarItem', properties })]
}

function eventProperties({ properties }: NewItem): Map<string, XmlElement> {
  const kept = ['Subject', 'Body', ...EVENT_PROPERTIES]
    .map(name => properties.get(name))
    .filter(property => property !== undefined)
  return new Map([
    ['ItemClass', t('ItemClass', 'IPM.Appointment')],
    ...kept.map(property => [property.name, property] as const),
  ])
}

function meetingMessage(
  exchange: Exchange,
  sender: Mailbox,
  event: NewItem,
  kind: string,
  itemClass: string,
  prefix = '',
): NewItem {
  const self = mailboxElement(sender.displayName, sender.user.primarySmtpAddress)
  const now = dateText(exchange.now())
  const attendees = ATTENDEES.flatMap(name => event.properties.get(name)?.children ?? [])
  const properties = eventProperties(event)
  const set = (property: XmlElement) => properties.set(property.name, property)
  set(t('ItemClass', itemClass))
  set(t('Subject', prefix + (event.properties.get('Subject')?.text ?? '')))
  set(
    t(
      'ToRecipients',
      attendees.map(attendee => attendee.child('Mailbox')),
    ),
  )
  set(t('From', ownerOf(exchange, event, kind) ?? self))
  set(t('Sender', self))
  set(t('DateTimeSent', now))
  set(t('DateTimeReceived', now))
  return { kind, properties }
}

/** grommunio sends invitations and cancellations as the organizer, and responses as the attendee. */
function ownerOf(exchange: Exchange, { properties }: NewItem, kind: string) {
  if (!exchange.gromox || kind === 'MeetingResponse') return undefined
  return (properties.get('From') ?? properties.get('Organizer'))?.child('Mailbox')
}
