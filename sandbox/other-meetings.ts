/**
 * Other appointments that Exchange returns with an appointment or a meeting request: those at the same time, and those
 * directly before and after it.
 *
 * @module
 */

import { itemId } from './references.ts'
import type { Item } from './store.ts'
import { t, type XmlElement } from './xml.ts'

/** Properties of an appointment that is returned with another one. */
const SHOWN = ['Subject', 'Start', 'End', 'LegacyFreeBusyStatus', 'Location']

type Span = Readonly<{ start: number; end: number }>

const overlaps = (one: Span, other: Span) => one.start < other.end && one.end > other.start
const touches = (one: Span, other: Span) => one.start === other.end || one.end === other.start

/** Returns the appointments at the same time; undefined if the item has no time. */
export const conflictingMeetings = (item: Item): XmlElement | undefined =>
  listed('ConflictingMeetings', item, overlaps)

/** Returns the appointments directly before and after; undefined if the item has no time. */
export const adjacentMeetings = (item: Item): XmlElement | undefined =>
  listed('AdjacentMeetings', item, touches)

function listed(
  name: string,
  item: Item,
  isListed: (one: Span, other: Span) => boolean,
): XmlElement | undefined {
  const own = spanOf(item)
  if (own === undefined || !/^(CalendarItem|MeetingRequest)$/.test(item.kind)) return undefined
  const calendar = item.folder.store.distinguished('calendar')
  const others = [...(calendar?.items.values() ?? [])].filter(other => {
    const span = spanOf(other)
    return other !== item && other.kind === 'CalendarItem' && span && isListed(own, span)
  })
  return t(name, others.map(briefly))
}

const briefly = (event: Item) =>
  t(
    'CalendarItem',
    itemId(event),
    SHOWN.map(name => event.properties.get(name)),
  )

function spanOf({ properties }: Item): Span | undefined {
  const [start, end] = ['Start', 'End'].map(name => Date.parse(properties.get(name)?.text ?? ''))
  return start === undefined || end === undefined || !(start < end) ? undefined : { start, end }
}
