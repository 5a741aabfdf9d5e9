/**
 * GetUserAvailability and GetMailTips: facts about a mailbox that other users can see.
 *
 * @module
 */

import { mailboxElement } from '../elements.ts'
import { ResponseError } from '../fault.ts'
import { distinguishedFolder, type Mailbox } from '../mailbox.ts'
import type { Item } from '../store.ts'
import { m, t, type XmlElement } from '../xml.ts'
import { errorChildren, type Operation } from './operation.ts'

const MINUTE = 60_000
const BUSY: Readonly<Record<string, string>> = {
  Busy: '2',
  Free: '0',
  OOF: '3',
  Tentative: '1',
  WorkingElsewhere: '4',
}

type Window = Readonly<{ start: number; end: number; interval: number; detailed: boolean }>

/** Returns the times at which people are busy. Any user can request it. */
export const getUserAvailability: Operation = ({ exchange, request }) => {
  const window = readWindow(request.child('FreeBusyViewOptions'))
  const responses = request.listAt('MailboxDataArray').map(data => {
    const mailbox = exchange.byAddress(data.textAt('Email', 'Address') ?? '')
    return mailbox === undefined ? unknownMailbox() : freeBusy(mailbox, window)
  })
  return m('GetUserAvailabilityResponse', m('FreeBusyResponseArray', responses))
}

function readWindow(options: XmlElement | undefined): Window {
  const at = (name: string) => Date.parse(zoned(options?.textAt('TimeWindow', name) ?? ''))
  return {
    start: at('StartTime'),
    end: at('EndTime'),
    interval: Number(options?.textAt('MergedFreeBusyIntervalInMinutes') ?? 30) * MINUTE,
    detailed: /Detailed/.test(options?.textAt('RequestedView') ?? ''),
  }
}

// Returns a time as UTC if it has no offset, because the sandbox has no time zones.
const zoned = (time: string) => (/(Z|[+-]\d\d:\d\d)$/.test(time) ? time : `${time}Z`)

const unknownMailbox = () =>
  m(
    'FreeBusyResponse',
    m(
      'ResponseMessage',
      { ResponseClass: 'Error' },
      errorChildren(new ResponseError('ErrorNonExistentMailbox')),
    ),
    m('FreeBusyView', t('FreeBusyViewType', 'None')),
  )

function freeBusy(mailbox: Mailbox, window: Window): XmlElement {
  const events = eventsIn(mailbox, window)
  return m(
    'FreeBusyResponse',
    m('ResponseMessage', { ResponseClass: 'Success' }, m('ResponseCode', 'NoError')),
    m(
      'FreeBusyView',
      t('FreeBusyViewType', window.detailed ? 'DetailedMerged' : 'FreeBusyMerged'),
      t('MergedFreeBusy', merged(events, window)),
      t(
        'CalendarEventArray',
        events.map(event => calendarEvent(event, window.detailed)),
      ),
      WORKING_HOURS,
    ),
  )
}

type Event = Readonly<{ item: Item; start: number; end: number; busy: string }>

const eventsIn = (mailbox: Mailbox, { start, end }: Window): readonly Event[] =>
  [...(distinguishedFolder(mailbox, 'calendar')?.items.values() ?? [])]
    .map(item => ({
      item,
      start: Date.parse(item.properties.get('Start')?.text ?? ''),
      end: Date.parse(item.properties.get('End')?.text ?? ''),
      busy: item.properties.get('LegacyFreeBusyStatus')?.text ?? 'Busy',
    }))
    .filter(event => event.start < end && event.end > start)
    .sort((a, b) => a.start - b.start)

/** Maximum number of intervals in a response: 42 days of five minutes. */
const MAX_INTERVALS = 12_096

function merged(events: readonly Event[], { start, end, interval }: Window): string {
  const count = Math.min(MAX_INTERVALS, Math.ceil((end - start) / interval) || 0)
  return Array.from({ length: count }, (_, index) => {
    const from = start + index * interval
    const event = events.find(event => event.start < from + interval && event.end > from)
    return event === undefined ? '0' : (BUSY[event.busy] ?? '2')
  }).join('')
}

const calendarEvent = ({ item, start, end, busy }: Event, detailed: boolean) =>
  t(
    'CalendarEvent',
    t('StartTime', new Date(start).toISOString().slice(0, 19)),
    t('EndTime', new Date(end).toISOString().slice(0, 19)),
    t('BusyType', busy),
    detailed ? eventDetails(item) : undefined,
  )

const eventDetails = ({ properties }: Item) =>
  t(
    'CalendarEventDetails',
    t('ID', properties.get('UID')?.text ?? ''),
    t('Subject', properties.get('Subject')?.text ?? ''),
    t('Location', properties.get('Location')?.text ?? ''),
    ['IsMeeting', 'IsRecurring', 'IsException', 'IsReminderSet', 'IsPrivate'].map(name =>
      t(name, 'false'),
    ),
  )

const NO_CHANGE = [
  t('Bias', '0'),
  t('Time', '00:00:00'),
  t('DayOrder', '0'),
  t('Month', '0'),
  t('DayOfWeek', 'Sunday'),
]

const WORKING_HOURS = t(
  'WorkingHours',
  t('TimeZone', t('Bias', '0'), t('StandardTime', NO_CHANGE), t('DaylightTime', NO_CHANGE)),
  t(
    'WorkingPeriodArray',
    t(
      'WorkingPeriod',
      t('DayOfWeek', 'Monday Tuesday Wednesday Thursday Friday'),
      t('StartTimeInMinutes', '480'),
      t('EndTimeInMinutes', '1020'),
    ),
  ),
)

/** Returns facts about a recipient before a message is written. */
export const getMailTips: Operation = ({ exchange, request }) =>
  m(
    'GetMailTipsResponse',
    { ResponseClass: 'Success' },
    m('ResponseCode', 'NoError'),
    m(
      'ResponseMessages',
      request.listAt('Recipients').map(recipient => {
        const address = recipient.textAt('EmailAddress') ?? ''
        return m(
          'MailTipsResponseMessageType',
          { ResponseClass: 'Success' },
          m('ResponseCode', 'NoError'),
          mailTips(address, exchange.byAddress(address)),
        )
      }),
    ),
  )

function mailTips(address: string, mailbox: Mailbox | undefined): XmlElement {
  const settings = mailbox?.oof.get('settings')
  const isAway = settings?.textAt('OofState') === 'Enabled'
  const reply = isAway ? (settings?.textAt('InternalReply', 'Message') ?? '') : ''
  return m(
    'MailTips',
    t('RecipientAddress', mailboxElement(mailbox?.displayName ?? address, address).children),
    t('PendingMailTips'),
    t('OutOfOffice', t('ReplyBody', t('Message', reply))),
    t('MailboxFull', 'false'),
    t('TotalMemberCount', '1'),
    t('ExternalMemberCount', mailbox === undefined ? '1' : '0'),
    t('MaxMessageSize', '37748736'),
    t('DeliveryRestricted', 'false'),
    t('IsModerated', 'false'),
    t('InvalidRecipient', String(mailbox === undefined)),
  )
}
