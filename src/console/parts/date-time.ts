/**
 * Reads and prints dates and times of text fields.
 *
 * The parser accepts only texts that all conventions read alike: the year first with all digits, or the month by its
 * name. It corrects nothing. A text without an offset is a time on the wall clock of the zone.
 *
 * @module
 */

import { instantsOf, offsetAt } from './zone.ts'

/** An instant in seconds since 1970, or the reason why the text has none. */
export type Parsed = Readonly<{ seconds: number } | { problem: string }>

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

/** Latest time that the API accepts. */
const MAX_SECONDS = 253_402_300_799

const TIME = String.raw`(?<time>\d\d:\d\d(:\d\d(\.\d{1,3})?)?) ?(?<offset>Z|UTC|[+-]\d\d:\d\d)?`
const FORMS = [
  new RegExp(String.raw`^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)([T ]${TIME})?$`, 'i'),
  new RegExp(String.raw`^(?<day>\d\d?) (?<month>[a-z]+) (?<year>\d{4})(,? ${TIME})?$`, 'i'),
  new RegExp(String.raw`^(?<month>[a-z]+) (?<day>\d\d?),? (?<year>\d{4})(,? ${TIME})?$`, 'i'),
]

const HOW_TO_TYPE = 'Enter year-month-day, or add a 24-hour time: 2026-12-31 or 2026-12-31 18:00.'

/** Returns the time that a text means. A date without a time means 00:00. @param zone - IANA name */
export function parseDateTime(text: string, zone: string): Parsed {
  const parts = partsOf(text.trim().replaceAll(/\s+/g, ' '))
  if (parts === undefined) return { problem: HOW_TO_TYPE }
  const { year, month, day, time = '00:00', offset } = parts
  if (year < 1970) return { problem: 'The year must be between 1970 and 9999.' }
  if (month < 1 || month > 12) return { problem: 'The month must be between 01 and 12.' }
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate()
  if (day < 1 || day > days)
    return { problem: `${MONTHS[month - 1]} ${year} has ${days} days. Correct the day.` }
  const ofDay = millisecondsOf(time)
  if (ofDay === undefined) return { problem: 'The time must be between 00:00 and 23:59:59.' }
  const wall = Date.UTC(year, month - 1, day) + ofDay
  return offset === undefined ? onWallClock(wall, zone) : atOffset(wall, offset)
}

/**
 * Returns a text that {@link parseDateTime} reads as the same time, to the millisecond. It has an offset only if the
 * wall clock of the zone doesn't identify the time.
 */
export function formatDateTime(seconds: number, zone: string): string {
  const at = Math.round(seconds * 1_000)
  const offset = offsetAt(at, zone)
  const wall = at + offset
  if (wall < 0 || wall > MAX_SECONDS * 1_000) return `${wallText(at)} Z`
  return instantsOf(wall, zone).length === 1
    ? wallText(wall)
    : `${wallText(wall)} ${offsetText(offset)}`
}

type Parts = { year: number; month: number; day: number; time?: string; offset?: string }

function partsOf(text: string): Parts | undefined {
  const groups = FORMS.map(form => form.exec(text)?.groups).find(found => found !== undefined)
  if (groups === undefined) return undefined
  const { year, month = '', day, time, offset } = groups
  const number = /^\d/.test(month) ? Number(month) : monthOf(month)
  if (number === undefined) return undefined
  return {
    year: Number(year),
    month: number,
    day: Number(day),
    ...(time !== undefined && { time }),
    ...(offset !== undefined && { offset: offset.toUpperCase() }),
  }
}

/** Returns the number of a month from its name or the first three letters of it. */
function monthOf(name: string): number | undefined {
  const folded = name.toLowerCase()
  const index = MONTHS.findIndex(month => {
    const whole = month.toLowerCase()
    return folded === whole || folded === whole.slice(0, 3)
  })
  return index === -1 ? undefined : index + 1
}

function millisecondsOf(time: string): number | undefined {
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number)
  if (hours > 23 || minutes > 59 || seconds >= 60) return undefined
  return (hours * 60 + minutes) * 60_000 + Math.round(seconds * 1_000)
}

function atOffset(wall: number, offset: string): Parsed {
  const [, sign, hours = '00', minutes = '00'] = /^([+-])(\d\d):(\d\d)$/.exec(offset) ?? []
  const ahead = Number(hours) * 60 + Number(minutes)
  if (Number(minutes) > 59 || ahead > 14 * 60)
    return { problem: 'The offset from UTC must be between -14:00 and +14:00.' }
  return inRange(wall - (sign === '-' ? -ahead : ahead) * 60_000)
}

function onWallClock(wall: number, zone: string): Parsed {
  const [at, second] = instantsOf(wall, zone)
  if (at === undefined) {
    // The clock before the change, continued, shows a time that exists.
    const later = formatDateTime((wall - offsetAt(wall - 86_400_000, zone)) / 1_000, zone)
    return {
      problem: `${wallText(wall)} doesn't exist in ${zone}, because the clocks go forward. Enter another time, such as ${later}.`,
    }
  }
  if (second === undefined) return inRange(at)
  const [first, other] = [at, second].map(one => formatDateTime(one / 1_000, zone))
  return {
    problem: `${wallText(wall)} occurs twice in ${zone}, because the clocks go back. Enter ${first} or ${other}.`,
  }
}

const inRange = (at: number): Parsed =>
  at < 0 || at > MAX_SECONDS * 1_000
    ? { problem: 'The year must be between 1970 and 9999.' }
    : { seconds: at / 1_000 }

/** Returns a wall time without the parts at its end that are 0. */
function wallText(wall: number): string {
  const [date = '', time = ''] = new Date(wall).toISOString().split('T')
  return `${date} ${time.replace('Z', '').replace(/(:00)?\.000$/, '')}`
}

function offsetText(offset: number): string {
  const minutes = Math.abs(offset) / 60_000
  const pad = (part: number) => String(Math.floor(part)).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${pad(minutes / 60)}:${pad(minutes % 60)}`
}
